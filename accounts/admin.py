"""People, their consents and the audit log in the admin. Passwords and tokens are never shown (BKO-10)."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from accounts import passwords, roles
from accounts.audit import Event
from accounts.backoffice import BackofficeAdmin, FactsAdmin
from accounts.models import AuditEntry, Consent, Role, User
from accounts.time_zones import check_time_zone

MOST_PEOPLE = 200

admin.site.unregister(Group)  # what somebody may do is their role


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("email", "name", "role", "is_active", "language", "time_zone")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.strip().lower()

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        check_time_zone(name)
        return name


@admin.register(User)
class UserAdmin(BackofficeAdmin):
    """A new person is sent a link to choose a password; role and block go through `accounts.roles`."""

    form = UserForm
    list_display = ("email", "name", "show_role", "show_active", "show_verified", "date_joined", "last_login")
    list_filter = ("role", "is_active", "language", "date_joined")
    search_fields = ("email", "name")
    ordering = ("-date_joined",)
    date_hierarchy = "date_joined"
    readonly_fields = ("email_verified_at", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "role", "is_active")}),
        (_("Preferences"), {"fields": ("language", "time_zone")}),
        (_("History"), {"fields": readonly_fields}),
    )
    actions = ("block", "unblock", "send_reset_link")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return (*self.readonly_fields, "email") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Saves plain fields; a changed role or block is one domain call each, with its audit line."""
        actor = _person(request)
        role, active = obj.role, obj.is_active
        if change:
            before = User.objects.get(pk=obj.pk)
            obj.role, obj.is_active = before.role, before.is_active
        else:
            obj.role, obj.is_active = Role.CLIENT, True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if role != obj.role:
            roles.change_role(obj, Role(role), actor=actor, request=request)
        if active != obj.is_active:
            roles.set_active(obj, active, actor=actor, request=request)
        if not change and not passwords.ask_reset(obj.email):
            messages.warning(request, _("The link could not be sent. Use the action again in a moment."))

    @action(description=_("Block"), permissions=["change"])
    def block(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._set_active(request, queryset.exclude(pk=_person(request).pk), active=False)

    @action(description=_("Unblock"), permissions=["change"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._set_active(request, queryset, active=True)

    @action(description=_("Send a link for a new password"), permissions=["change"])
    def send_reset_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        sent = sum(passwords.ask_reset(user.email) for user in queryset)
        messages.success(request, ngettext("%d link was sent.", "%d links were sent.", sent) % sent)

    @display(description=_("role"), label={"admin": "danger", "manager": "info", "support": "warning"}, ordering="role")
    def show_role(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

    @display(description=_("active"), boolean=True, ordering="is_active")
    def show_active(self, user: User) -> bool:
        return user.is_active

    @display(description=_("e-mail verified"), boolean=True, ordering="email_verified_at")
    def show_verified(self, user: User) -> bool:
        return user.email_verified_at is not None

    def _set_active(self, request: HttpRequest, people: QuerySet[User], *, active: bool) -> None:
        changed = list(people.filter(is_active=not active))
        for user in changed:
            roles.set_active(user, active, actor=_person(request), request=request)
        text = ngettext("%d person was changed.", "%d people were changed.", len(changed))
        messages.success(request, text % len(changed))


@admin.register(Consent)
class ConsentAdmin(FactsAdmin):
    list_display = ("created_at", "user", "kind", "version", "accepted", "ip_address")
    list_filter = ("kind", "accepted", "version", "created_at")
    search_fields = ("user__email",)
    list_select_related = ("user",)
    date_hierarchy = "created_at"


@admin.register(AuditEntry)
class AuditAdmin(FactsAdmin):
    """Who did what to whom. Lines name people by id only; the e-mail beside it is the person's of today."""

    list_display = ("at", "show_event", "show_about", "show_by", "ip_address", "show_details")
    list_filter = ("event", "at")
    search_fields = ("user_id__exact", "actor_id__exact", "ip_address")
    search_help_text = _("E-mail, user id or IP address")
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        about, by = (User.objects.filter(pk=OuterRef(name)).values("email") for name in ("user_id", "actor_id"))
        return entries.annotate(about=Subquery(about), by=Subquery(by))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """What the columns find, and what concerns the people whose e-mail holds the term."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        term = search_term.strip()
        if "@" not in term:
            return found, duplicates
        people = list(User.objects.filter(email__icontains=term).values_list("pk", flat=True)[:MOST_PEOPLE])
        return queryset.filter(Q(user_id__in=people) | Q(actor_id__in=people)), duplicates

    @display(description=_("event"), ordering="event")
    def show_event(self, entry: AuditEntry) -> str:
        return str(Event(entry.event).label) if entry.event in Event else entry.event

    @display(description=_("about"), ordering="user_id")
    def show_about(self, entry: AuditEntry) -> str:
        return _named(entry.about, entry.user_id)  # type: ignore[attr-defined] # annotated

    @display(description=_("by"), ordering="actor_id")
    def show_by(self, entry: AuditEntry) -> str:
        return _named(entry.by, entry.actor_id)  # type: ignore[attr-defined] # annotated

    @display(description=_("details"))
    def show_details(self, entry: AuditEntry) -> str:
        return json.dumps(entry.details, ensure_ascii=False)


def _named(email: str | None, key: UUID | None) -> str:
    """A person as administrators know people; by id where there is none of that id any more."""
    return email or (str(key) if key else "–")


def _person(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 -- the admin lets nobody else in
    return user
