"""Who you are: people, their roles, consents and token families, and the audit log."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLIENT = "client", _("Client")
    MANAGER = "manager", _("Bot manager")
    SUPPORT = "support", _("Support")
    ADMIN = "admin", _("Administrator")


LANGUAGES = [("pt-br", "Português"), ("en", "English")]


class UserManager(BaseUserManager["User"]):
    """People are found by e-mail, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person with a hashed password (SEC-04)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an administrator with every permission."""
        return self.create_user(email, password, role=Role.ADMIN, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail is the login; `role` decides what is open to them, `is_staff` whether the admin is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.CLIENT)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="pt-br")
    time_zone = models.CharField(_("time zone"), max_length=50, default="America/Sao_Paulo")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("can use the admin"), default=False)
    email_verified_at = models.DateTimeField(_("e-mail verified"), null=True, blank=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return (self.name or self.email.partition("@")[0]).split(" ")[0]

    @property
    def is_manager(self) -> bool:
        return self.role in (Role.MANAGER, Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_support(self) -> bool:
        return self.role == Role.SUPPORT


class ConsentKind(models.TextChoices):
    TERMS = "terms", _("Terms of use")
    PRIVACY = "privacy", _("Privacy policy")
    RISK = "risk", _("Risk notice")
    MARKETING = "marketing", _("News by e-mail")


class Consent(models.Model):
    """What somebody agreed to or revoked, and when (LEG-01, 04). Rows are added, never changed; the newest of a kind counts."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(_("kind"), max_length=10, choices=ConsentKind.choices)
    version = models.CharField(_("version"), max_length=20)
    # SHA-256 of the very text that was shown; empty where there is none (marketing).
    text_digest = models.CharField(max_length=64, blank=True)
    accepted = models.BooleanField(_("accepted"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["user", "kind", "-id"], name="consent_user_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class TokenFamily(models.Model):
    """One API login and all tokens that came from it (D20). Only the refresh token of the present generation is accepted.

    `rotated` keeps generation → time of its rotation for the last seconds, to tell a parallel refresh from a stolen token.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    generation = models.PositiveIntegerField(default=1)
    rotated = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("API session")
        verbose_name_plural = _("API sessions")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user"], condition=models.Q(ended_at=None), name="family_live")]

    def __str__(self) -> str:
        return str(self.id)


class AuditEntry(models.Model):
    """One line of the append-only audit log (SEC-05): who did what, from where. Written by `accounts.audit.record` only.

    The database refuses UPDATE and DELETE (trigger), and each line carries a keyed digest over itself and the line
    before. People are plain ids, not foreign keys: nothing that happens to a person may change a line.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("time"))
    event = models.CharField(_("event"), max_length=50)
    actor_id = models.UUIDField(_("by"), null=True)
    user_id = models.UUIDField(_("about"), null=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    details = models.JSONField(_("details"), default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user_id", "-id"], name="audit_user"),
            models.Index(fields=["event", "-id"], name="audit_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.at:%Y-%m-%d %H:%M:%S}"
