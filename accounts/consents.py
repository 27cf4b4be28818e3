"""What a person agreed to: rows are added, the newest of a kind counts (LEG-01, 04, 08; D24)."""

from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest

from accounts import audit
from accounts.legal.documents import VERSIONS, read_document
from accounts.models import Consent, ConsentKind, User

# Without these nobody may use Batuta (LEG-05); they cannot be revoked while the account exists.
REQUIRED = (ConsentKind.TERMS, ConsentKind.PRIVACY)


class ConsentRequired(ValueError):
    """Terms and privacy policy must be accepted."""


def record_consents(
    user: User, choices: Mapping[ConsentKind, bool], *, request: HttpRequest | None = None
) -> list[Consent]:
    """Add one row per choice, with the version and digest of the text in the person's language, and an audit line.

    Raises ConsentRequired when one of the required ones is declined; nothing is written then.
    """
    if any(kind in REQUIRED and not accepted for kind, accepted in choices.items()):
        raise ConsentRequired
    origin = audit.origin_of(request)
    with transaction.atomic():
        rows = Consent.objects.bulk_create(
            Consent(
                user=user,
                kind=kind,
                version=VERSIONS[kind],
                text_digest=_text_digest(kind, user.language),
                accepted=accepted,
                ip_address=origin.ip_address,
                user_agent=origin.user_agent,
            )
            for kind, accepted in choices.items()
        )
        changes = {str(kind): accepted for kind, accepted in choices.items()}
        audit.record(audit.Event.CONSENT_CHANGED, request=request, user=user, choices=changes)
    return rows


def current_consents(user: User) -> dict[ConsentKind, Consent]:
    """The newest row of each kind that the person ever chose."""
    rows = Consent.objects.filter(user=user).order_by("kind", "-id").distinct("kind")
    return {ConsentKind(row.kind): row for row in rows}


def has_accepted(user: User, kind: ConsentKind) -> bool:
    """Whether the present version of a text is accepted; a new version must be accepted again."""
    row = current_consents(user).get(kind)
    return row is not None and row.accepted and row.version == VERSIONS[kind]


def _text_digest(kind: ConsentKind, language: str) -> str:
    return "" if kind == ConsentKind.MARKETING else read_document(kind, language).digest
