"""API tokens in families (D20): a short access token, a refresh token that is good once, and an end for stolen ones.

Only rows of `TokenFamily` decide; a refresh locks its family's row, so that of any number of parallel refreshes with
one token exactly one succeeds.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts import audit
from accounts.models import TokenFamily, User

FAMILY_CLAIM = "family"
GENERATION_CLAIM = "generation"
# A used token that comes again within this time is a parallel request of the same client, later it is theft.
REUSE_GRACE = timedelta(seconds=10)


class RefreshToken(Token):
    token_type = "refresh"  # noqa: S105 -- a name, not a secret
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


class RefreshRefused(Exception):
    """The refresh token is invalid, expired, used, or its family has ended."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)


def open_family(user: User, *, request: HttpRequest | None = None) -> TokenPair:
    """Start a family for a person who has just proved who they are; writes the family and `last_login`."""
    now = timezone.now()
    origin = audit.origin_of(request)
    family = TokenFamily.objects.create(
        user=user,
        expires_at=now + api_settings.REFRESH_TOKEN_LIFETIME,
        ip_address=origin.ip_address,
        user_agent=origin.user_agent,
        created_at=now,
        refreshed_at=now,
    )
    update_last_login(User, user)
    return _pair(family, user)


def refresh_family(raw_token: str, *, request: HttpRequest | None = None) -> TokenPair:
    """Trade a refresh token for a new pair; the old one is used up (SEC-02).

    Raises RefreshRefused. A used token that comes later than 10 s after its rotation ends the whole family and is
    written to the audit log.
    """
    family_id, generation = _read(raw_token)
    now = timezone.now()
    with transaction.atomic():
        family = TokenFamily.objects.select_for_update(of=("self",)).select_related("user").filter(pk=family_id).first()
        if family is None or family.ended_at or not family.user.is_active or family.expires_at <= now:
            pair = None
        elif generation == family.generation:
            pair = _rotate(family, now)
        else:
            pair = None
            if _is_theft(family, generation, now):
                _end(family, now, "reused")
                audit.record(audit.Event.REFRESH_REUSED, request=request, user=family.user, family=str(family.pk))
    if pair is None:
        raise RefreshRefused
    return pair


def end_family(raw_token: str) -> User | None:
    """End the family of a refresh token (logout) and say whose it was; None when the token says nothing."""
    try:
        family_id, _generation = _read(raw_token)
    except RefreshRefused:
        return None
    with transaction.atomic():
        family = TokenFamily.objects.select_for_update(of=("self",)).select_related("user").filter(pk=family_id).first()
        if family is None or family.ended_at:
            return None
        _end(family, timezone.now(), "logout")
    return family.user


def end_families(user: User, reason: str) -> int:
    """End every API session of a person; says how many there were."""
    return TokenFamily.objects.filter(user=user, ended_at=None).update(ended_at=timezone.now(), end_reason=reason)


def _read(raw_token: str) -> tuple[UUID, int]:
    try:
        token = RefreshToken(raw_token)  # type: ignore[arg-type] # the stubs want a Token; a str is what it takes
        return UUID(str(token[FAMILY_CLAIM])), int(token[GENERATION_CLAIM])
    except (TokenError, KeyError, ValueError, TypeError) as error:
        raise RefreshRefused from error


def _rotate(family: TokenFamily, now: datetime) -> TokenPair:
    fresh = {number: at for number, at in family.rotated.items() if now - datetime.fromisoformat(at) <= REUSE_GRACE}
    family.rotated = {**fresh, str(family.generation): now.isoformat()}
    family.generation += 1
    family.refreshed_at = now
    family.expires_at = now + api_settings.REFRESH_TOKEN_LIFETIME
    family.save(update_fields=["rotated", "generation", "refreshed_at", "expires_at"])
    return _pair(family, family.user)


def _is_theft(family: TokenFamily, generation: int, now: datetime) -> bool:
    rotated_at = family.rotated.get(str(generation))
    return rotated_at is None or now - datetime.fromisoformat(rotated_at) > REUSE_GRACE


def _end(family: TokenFamily, now: datetime, reason: str) -> None:
    family.ended_at, family.end_reason = now, reason
    family.save(update_fields=["ended_at", "end_reason"])


def _pair(family: TokenFamily, user: User) -> TokenPair:
    access, refresh = AccessToken(), RefreshToken()
    for token in (access, refresh):
        token["user_id"] = str(user.pk)
        token[FAMILY_CLAIM] = str(family.pk)
    access["email"] = user.email  # SEC-03
    refresh[GENERATION_CLAIM] = family.generation
    return TokenPair(str(access), str(refresh))
