"""Proving that a mailbox is the person's: a signed link, good for three days and for this very address."""

from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.ringing import ring_worker

_SALT = "accounts.verification"
MAX_AGE_S = 3 * 24 * 3600


class VerificationRefused(ValueError):
    """The link is wrong, too old, or the address has changed since."""


def ask_verification(user: User) -> bool:
    """Have the link sent; False when the worker could not be rung."""
    return ring_worker("accounts.send_verification", user.pk)


def make_token(user: User) -> str:
    return signing.dumps([str(user.pk), user.email], salt=_SALT)


def verify_email(token: str, *, request: HttpRequest | None = None) -> User:
    """Mark the address as verified (once) and write the audit line. Raises VerificationRefused."""
    try:
        user_id, email = signing.loads(token, salt=_SALT, max_age=MAX_AGE_S)
        user = User.objects.filter(pk=UUID(user_id), email=email, is_active=True).first()
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise VerificationRefused from error
    if user is None:
        raise VerificationRefused
    if User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=timezone.now()):
        audit.record(audit.Event.EMAIL_VERIFIED, request=request, user=user)
        user.refresh_from_db(fields=["email_verified_at"])
    return user
