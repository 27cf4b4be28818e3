"""The append-only audit log (SEC-05): one line per event, chained by a keyed digest, refused change by the database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.client_ip import client_ip
from accounts.digests import digest_matches, keyed_digest
from accounts.models import AuditEntry, User

GENESIS = "0" * 64
_LOCK = 0x42_41_55_44  # any number that no other advisory lock uses
WAITS_FOR = "1s"
USER_AGENT_LENGTH = 300


class Event(models.TextChoices):
    REGISTERED = "registered", _("Registered")
    LOGGED_IN = "logged_in", _("Logged in")
    LOGIN_FAILED = "login_failed", _("Login failed")
    LOGIN_LOCKED = "login_locked", _("Login locked")
    LOGGED_OUT = "logged_out", _("Logged out")
    REFRESH_REUSED = "refresh_reused", _("Used refresh token came again")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password reset")
    PASSWORD_RESET_ASKED = "password_reset_asked", _("Password reset asked for")
    EMAIL_VERIFIED = "email_verified", _("E-mail verified")
    CONSENT_CHANGED = "consent_changed", _("Consent changed")
    ROLE_CHANGED = "role_changed", _("Role changed")
    ACTIVE_CHANGED = "active_changed", _("Blocked or unblocked")
    KEYS_SUBMITTED = "keys_submitted", _("Exchange keys entered")
    KEYS_ADDED = "keys_added", _("Exchange keys added")
    KEYS_REFUSED = "keys_refused", _("Exchange keys refused")
    KEYS_REPLACED = "keys_replaced", _("Exchange keys replaced")
    KEYS_DESTROYED = "keys_destroyed", _("Exchange keys destroyed")
    ACCOUNT_DELETED = "account_deleted", _("Exchange account deleted")
    SECRET_ROTATED = "secret_rotated", _("Webhook secret rotated")
    BOT_CREATED = "bot_created", _("Bot created")
    BOT_CHANGED = "bot_changed", _("Bot changed")
    BOT_PAUSED = "bot_paused", _("Bot paused")
    BOT_RESUMED = "bot_resumed", _("Bot resumed")
    BOT_ARCHIVED = "bot_archived", _("Bot archived")
    ENTRIES_PAUSED = "entries_paused", _("New entries at an exchange paused")
    ENTRIES_RESUMED = "entries_resumed", _("New entries at an exchange let in again")
    SUBSCRIBED = "subscribed", _("Bot followed")
    SUBSCRIPTION_CHANGED = "subscription_changed", _("Subscription changed")
    SUBSCRIPTION_PAUSED = "subscription_paused", _("Subscription paused")
    SUBSCRIPTION_RESUMED = "subscription_resumed", _("Subscription resumed")
    SUBSCRIPTION_CANCELLED = "subscription_cancelled", _("Subscription cancelled")
    CLOSE_ASKED = "close_asked", _("Position closed by hand")
    SIGNAL_SENT = "signal_sent", _("Signal sent by hand")
    TEST_SIGNAL_SENT = "test_signal_sent", _("Test signal sent")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event came from; `user_agent` cut to what is stored."""

    ip_address: str | None = None
    user_agent: str = ""


def origin_of(request: HttpRequest | None) -> Origin:
    """Address and browser of a request; nothing for what the machine did by itself."""
    if request is None:
        return Origin()
    agent = request.META.get("HTTP_USER_AGENT", "").replace("\x00", "")
    return Origin(client_ip(request) or None, agent[:USER_AGENT_LENGTH])


def record(
    event: Event,
    *,
    request: HttpRequest | None = None,
    user: User | None = None,
    actor: User | None = None,
    **details: Any,
) -> AuditEntry:
    """Append a line: `event` happened to `user`, done by `actor` (the user themself when not given).

    Serialised by a database lock until the surrounding transaction ends, so that the chain stays one line. `details`
    hold plain values, never secrets. Raises OperationalError when the log is not free within a second: a process that froze with it
    must not keep the rows that the caller has locked from trading.
    """
    origin = origin_of(request)
    by = actor or user
    with transaction.atomic():
        _take_turn()
        last = AuditEntry.objects.order_by("-id").only("digest").first()
        entry = AuditEntry(
            at=timezone.now(),
            event=event,
            actor_id=by.pk if by else None,
            user_id=user.pk if user else None,
            ip_address=origin.ip_address,
            user_agent=origin.user_agent,
            details=details,
            previous_digest=last.digest if last else GENESIS,
        )
        entry.digest = keyed_digest("audit", _canonical(entry))
        entry.save(force_insert=True)
    return entry


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [WAITS_FOR])
        before = cursor.fetchone()[0]
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def email_digest(email: str) -> str:
    """An address as it may stand in the log: equal for equal addresses, not readable."""
    return keyed_digest("audit e-mail", email.strip().lower())


def broken_lines() -> Iterator[tuple[int, str]]:
    """Walk the whole chain; yield (id, what is wrong) for each line that was altered or whose predecessor is missing."""
    previous = GENESIS
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous_digest != previous:
            yield entry.pk, "does not follow the line before it: a line was removed, added or altered"
        if not digest_matches("audit", _canonical(entry), entry.digest):
            yield entry.pk, "was altered"
        previous = entry.digest


def _canonical(entry: AuditEntry) -> str:
    values: dict[str, Any] = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "event": str(entry.event),
        "actor": _text(entry.actor_id),
        "user": _text(entry.user_id),
        "ip": entry.ip_address or "",
        "agent": entry.user_agent,
        "details": entry.details,
        "previous": entry.previous_digest,
    }
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _text(identifier: UUID | None) -> str:
    return str(identifier) if identifier else ""
