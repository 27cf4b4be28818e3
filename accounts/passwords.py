"""Changing and resetting passwords. Both end every other session, of the pages and of the API (D20)."""

from uuid import UUID

from axes.utils import reset as forget_failures
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts import audit, tokens
from accounts.models import User
from accounts.ringing import ring_worker


class WrongPassword(ValueError):
    """The present password is another one."""


class ResetRefused(ValueError):
    """The link is wrong, used or too old."""


def check_strength(password: str, user: User, *, field: str) -> None:
    """Raises Django's ValidationError for `field` when the password is too short, too common or too near the person."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({field: error.error_list}) from error


def change_password(user: User, *, old: str, new: str, request: HttpRequest | None = None) -> None:
    """Set a new password, end all API sessions (page sessions end by their hash), write the audit line, tell by mail.

    Raises WrongPassword, or Django's ValidationError when the new one is too weak.
    """
    if not user.check_password(old):
        raise WrongPassword
    check_strength(new, user, field="new_password")
    _set_password(user, new, audit.Event.PASSWORD_CHANGED, request)


def ask_reset(email: str) -> bool:
    """Have the link sent if the address is known; the work done here is the same for every address."""
    return ring_worker("accounts.send_password_reset", email.strip().lower())


def make_reset_token(user: User) -> tuple[str, str]:
    """The two parts of the link: who, and a token that dies with use, a new login or after PASSWORD_RESET_TIMEOUT."""
    return urlsafe_base64_encode(user.pk.bytes), default_token_generator.make_token(user)


def find_by_reset_token(uid: str, token: str) -> User:
    """Whose link this is. Raises ResetRefused."""
    try:
        user = User.objects.filter(pk=UUID(bytes=urlsafe_base64_decode(uid)), is_active=True).first()
    except ValueError as error:
        raise ResetRefused from error
    if user is None or not default_token_generator.check_token(user, token):
        raise ResetRefused
    return user


def reset_password(*, uid: str, token: str, new: str, request: HttpRequest | None = None) -> User:
    """Set the password that was chosen by the link; also proves the mailbox and lifts the lock of failed logins.

    Raises ResetRefused, or Django's ValidationError when the password is too weak.
    """
    user = find_by_reset_token(uid, token)
    check_strength(new, user, field="new_password")
    if user.email_verified_at is None:
        user.email_verified_at = timezone.now()
    _set_password(user, new, audit.Event.PASSWORD_RESET, request)
    forget_failures(username=user.email)
    return user


def _set_password(user: User, new: str, event: audit.Event, request: HttpRequest | None) -> None:
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password", "email_verified_at"])
        tokens.end_families(user, str(event))
        audit.record(event, request=request, user=user)
    ring_worker("accounts.send_password_changed", user.pk)
