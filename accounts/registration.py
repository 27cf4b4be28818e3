"""Becoming a user: terms and privacy policy accepted (LEG-05), password hashed (SEC-04), everything in one transaction."""

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts import audit, verification
from accounts.consents import REQUIRED, ConsentRequired, record_consents
from accounts.models import ConsentKind, User
from accounts.passwords import check_strength


class EmailTaken(ValueError):
    """Somebody is registered with this address."""


def register_user(
    *,
    email: str,
    password: str,
    name: str = "",
    language: str = "pt-br",
    consents: dict[ConsentKind, bool],
    request: HttpRequest | None = None,
) -> User:
    """Make a client; writes user, consents and audit lines, then has the verification link sent.

    Raises ConsentRequired, EmailTaken, or Django's ValidationError when the password is too weak.
    """
    if not all(consents.get(kind) for kind in REQUIRED):
        raise ConsentRequired
    draft = User(email=email.strip().lower(), name=name.strip(), language=language)
    check_strength(password, draft, field="password")
    draft.set_password(password)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
            record_consents(draft, consents, request=request)
            audit.record(audit.Event.REGISTERED, request=request, user=draft)
    except IntegrityError as error:
        raise EmailTaken from error
    verification.ask_verification(draft)
    return draft
