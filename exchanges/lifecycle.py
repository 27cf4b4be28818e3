"""An exchange account's life: added, checked, renamed, switched, made the main one, given other keys, deleted."""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.ringing import ring_worker
from exchanges.candidates import KeysInUse, destroy_keys, propose_keys, take_main
from exchanges.events import account_deleted, close_requested
from exchanges.models import AccountStatus, ExchangeAccount, KeyCandidate
from exchanges.queries import count_open_positions, count_unfinished_work
from exchanges.reasons import refusal_text
from exchanges.registry import get_venue

__all__ = ["KeysInUse", "KeysRefused", "PositionsOpen", "TooManyAccounts", "add_account", "delete_account"]

CHECK_TASK = "exchanges.check_account"
MOST_ACCOUNTS = 20


class TooManyAccounts(ValueError):
    """Nobody needs more than 20 accounts."""


class PositionsOpen(ValueError):
    """Positions are open on the account and nobody said what becomes of them (D1)."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} positions are open")
        self.count = count


class KeysRefused(ValueError):
    """The exchange spoke against the keys; nothing of them is stored. `code` is stable, `text` the sentence for it, `detail`
    the exchange's own words."""

    def __init__(self, code: str, detail: str, *, account: ExchangeAccount) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
        self._exchange, self._testnet = account.exchange, account.testnet

    @property
    def text(self) -> str:
        return refusal_text(self.code, get_venue(self._exchange), testnet=self._testnet)


def add_account(
    *,
    user: User,
    exchange: str,
    name: str,
    keys: Mapping[str, str],
    testnet: bool = False,
    is_main: bool = False,
    request: HttpRequest | None = None,
) -> ExchangeAccount:
    """Store an account as `checking`, have a worker ask the exchange, wait for its word at most
    settings.KEY_CHECK_WAIT_S.

    The answer is `verified`, or still `checking` when the wait was too short. Raises KeysRefused (nothing is stored then),
    KeysInUse, TooManyAccounts.
    """
    with transaction.atomic():
        hold_room(user)
        account = ExchangeAccount.objects.create(user=user, exchange=exchange, name=name, testnet=testnet)
        propose_keys(account, keys, make_main=is_main)
        _note_submission(account, request)
    account = _check_and_wait(account)
    if account.status == AccountStatus.INVALID:
        refusal = KeysRefused(account.status_code, account.status_detail, account=account)
        account.delete()
        raise refusal
    return account


def hold_room(user: User) -> None:
    """Lock the person's row, so that the account stored in this transaction is the only new one. Raises TooManyAccounts."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not has_room(user):
        raise TooManyAccounts


def has_room(user: User) -> bool:
    """Whether one more account may be had, as far as one can see without a lock."""
    return ExchangeAccount.objects.filter(user=user, deleted_at=None).count() < MOST_ACCOUNTS


def replace_keys(
    account: ExchangeAccount, keys: Mapping[str, str], *, request: HttpRequest | None = None
) -> ExchangeAccount:
    """Put other keys in; the present ones stay in use until the exchange has accepted the new ones, positions open or not.

    Returns the account; it has a `candidate` while the exchange was not asked yet. Raises KeysRefused (the present keys
    stay), KeysInUse.
    """
    propose_keys(account, keys)
    _note_submission(account, request)
    account = _check_and_wait(account)
    candidate = KeyCandidate.objects.filter(account=account).exclude(refusal_code="").first()
    if candidate is not None:
        candidate.delete()
        raise KeysRefused(candidate.refusal_code, candidate.refusal_detail, account=account)
    return account


def change_account(account: ExchangeAccount, **changes: Any) -> ExchangeAccount:
    """Rename (`name`), switch on or off (`is_active`: no opens on an inactive account), make it the main one (`is_main`)."""
    plain = {name: value for name, value in changes.items() if name in ("name", "is_active")}
    if plain:
        ExchangeAccount.objects.filter(pk=account.pk).update(**plain, updated_at=timezone.now())
    if changes.get("is_main"):
        take_main(account)
    account.refresh_from_db()
    return account


def delete_account(
    account: ExchangeAccount, *, user: User, close_positions: bool | None, request: HttpRequest | None = None
) -> None:
    """Delete softly: history stays, opens end, the choice of D1 is taken. Raises PositionsOpen when it is missing.

    The sealed keys are destroyed at once when nothing is left to be done with them; else they are kept, since stops and
    exits still have to be watched, and the last fills to be booked (`destroy_idle_keys`). The next oldest account becomes the main one.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=account.user_id)
        row = ExchangeAccount.objects.select_for_update(no_key=True).select_related("user").get(pk=account.pk)
        if row.deleted_at is not None:
            return
        count = count_open_positions(row)
        if count and close_positions is None:
            raise PositionsOpen(count)
        if count and close_positions:
            close_requested.send(sender=ExchangeAccount, account=row, user=user)
        row.deleted_at, row.is_active, was_main, row.is_main = timezone.now(), False, row.is_main, False
        row.save(update_fields=["deleted_at", "is_active", "is_main", "updated_at"])
        account_deleted.send(sender=ExchangeAccount, account=row, user=user)
        audit.record(audit.Event.ACCOUNT_DELETED, request=request, user=row.user, actor=user, account=str(row.pk))
        if not count and not count_unfinished_work(row):
            destroy_keys(row)
        if was_main and (heir := _oldest_account(row.user)):
            take_main(heir)


def destroy_idle_keys() -> int:
    """Destroy the keys of deleted accounts that are flat by now, once nothing is left to be done with them; says how many."""
    rows = ExchangeAccount.objects.filter(deleted_at__isnull=False).exclude(key_id="").select_related("user")
    idle = [row for row in rows if not count_open_positions(row) and not count_unfinished_work(row)]
    for row in idle:
        destroy_keys(row)
    return len(idle)


def _check_and_wait(account: ExchangeAccount) -> ExchangeAccount:
    """Ring the worker and look at the row until it is settled; when the worker cannot be rung, the sweep rings later."""
    if ring_worker(CHECK_TASK, account.pk):
        deadline, pause = time.monotonic() + settings.KEY_CHECK_WAIT_S, 0.02
        while time.monotonic() < deadline:
            open_candidates = KeyCandidate.objects.filter(account=account, refusal_code="")
            if not open_candidates.exists():
                break
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)
    account.refresh_from_db()
    return account


def _oldest_account(user: User) -> ExchangeAccount | None:
    mine = ExchangeAccount.objects.filter(user=user, deleted_at=None)
    return mine.filter(status=AccountStatus.VERIFIED).order_by("created_at").first()


def _note_submission(account: ExchangeAccount, request: HttpRequest | None) -> None:
    audit.record(
        audit.Event.KEYS_SUBMITTED,
        request=request,
        user=account.user,
        account=str(account.pk),
        exchange=account.exchange,
    )
