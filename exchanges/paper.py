"""Paper accounts (D21): an account at our simulator in one click, with keys drawn here, and back to the start at will.

The simulator is told by its control API. The account's API key is derived from the row, so that it can be named to the
simulator without opening the vault; the secret is random and sealed like any other.
"""

import json
import secrets
from contextlib import suppress
from decimal import ROUND_DOWN, Decimal
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.ringing import ring_worker
from exchanges.candidates import fingerprint_of, seal_keys, take_main
from exchanges.lifecycle import PositionsOpen, TooManyAccounts, has_room, hold_room
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.queries import count_open_positions
from exchanges.registry import all_venues, get_venue
from exchanges.types import Credentials, MarketType, PositionMode
from exchanges.vault import keyed_digest

MIN_BALANCE, MAX_BALANCE = Decimal(10), Decimal(10_000_000)
TIMEOUT_S = 3.0
QUOTE = "USDT"
CENT = Decimal("0.01")


class SimulatorUnavailable(Exception):
    """The simulator did not answer, or refused; nothing was stored."""


class NotPaper(ValueError):
    """Only paper accounts can be set back."""


def paper_venue_id() -> str:
    """The venue whose accounts are paper."""
    return next(venue.id for venue in all_venues() if venue.features.is_paper)


def is_paper(account: ExchangeAccount) -> bool:
    return get_venue(account.exchange).features.is_paper


def create_paper_account(
    *, user: User, start_balance: Decimal, name: str = "", is_main: bool = False, request: HttpRequest | None = None
) -> ExchangeAccount:
    """Open an account at the simulator and here, verified at once; the start balance is split over the markets.

    Raises SimulatorUnavailable, TooManyAccounts.
    """
    if not has_room(user):  # told before the simulator is asked; what counts is counted when it is stored
        raise TooManyAccounts
    account = ExchangeAccount(
        user=user, exchange=paper_venue_id(), name=name or "Paper", start_balance=start_balance, testnet=False
    )
    _open_at_simulator(account)
    account.status, account.checked_at = AccountStatus.VERIFIED, timezone.now()
    account.position_mode, account.can_withdraw, account.ip_restricted = PositionMode.ONE_WAY.value, False, None
    account.can_trade_spot = account.can_trade_futures = True
    _store(account)
    if is_main or not ExchangeAccount.objects.filter(user=user, is_main=True, deleted_at=None).exists():
        take_main(account)
    audit.record(audit.Event.KEYS_ADDED, request=request, user=user, account=str(account.pk), last4=account.key_last4)
    ring_worker("exchanges.read_balances", account.pk)
    return account


def _store(account: ExchangeAccount) -> None:
    """No transaction is open while the simulator is asked, so others may have taken the last place meanwhile."""
    try:
        with transaction.atomic():
            hold_room(account.user)
            account.save(force_insert=True)
    except TooManyAccounts:
        with suppress(SimulatorUnavailable):  # then it keeps an account that nobody has the keys of
            _ask_simulator("DELETE", f"accounts/{_api_key(account)}", {})
        raise


def reset_paper_account(account: ExchangeAccount, *, start_balance: Decimal | None = None) -> ExchangeAccount:
    """Back to the start balance (or another): no orders, no history at the simulator; what we recorded stays.

    Raises NotPaper, PositionsOpen, SimulatorUnavailable. An account that the simulator has lost is opened again.
    """
    if not is_paper(account):
        raise NotPaper
    if count := count_open_positions(account):
        raise PositionsOpen(count)
    account.start_balance = start_balance or account.start_balance or Decimal(10_000)
    path = f"accounts/{_api_key(account)}/reset"
    if _ask_simulator("POST", path, _wallets(account.start_balance)) is None:
        account.key_version += 1
        _open_at_simulator(account)
        account.status = AccountStatus.VERIFIED
    account.save()
    ring_worker("exchanges.read_balances", account.pk)
    return account


def open_for_canary() -> Credentials:
    """An account at the simulator that belongs to nobody, for one test trade. Raises SimulatorUnavailable.

    Always the same one, made anew: what a run that died left on it goes with it.
    """
    keys = {"api_key": keyed_digest("paper key", "canary"), "secret": secrets.token_hex(32)}
    _ask_simulator("DELETE", f"accounts/{keys['api_key']}", {})
    if _ask_simulator("POST", "accounts", {**keys, "label": "canary", **_wallets(Decimal(10_000))}) is None:
        raise SimulatorUnavailable("the simulator has no accounts")
    return Credentials(keys["api_key"], keys["secret"])


def close_after_canary(credentials: Credentials) -> None:
    """The account of a test trade is gone again. Raises SimulatorUnavailable."""
    _ask_simulator("DELETE", f"accounts/{credentials.api_key}", {})


def _open_at_simulator(account: ExchangeAccount) -> None:
    keys = {"api_key": _api_key(account), "secret_key": secrets.token_hex(32)}
    body = {"api_key": keys["api_key"], "secret": keys["secret_key"], "label": str(account.pk)}
    if _ask_simulator("POST", "accounts", {**body, **_wallets(account.start_balance or Decimal(0))}) is None:
        raise SimulatorUnavailable("the simulator has no accounts")
    sealed = seal_keys(account.pk, keys)
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.key_last4, account.key_fingerprint = keys["api_key"][-4:], fingerprint_of(account, keys["api_key"])


def _api_key(account: ExchangeAccount) -> str:
    return keyed_digest("paper key", f"{account.pk}|{account.key_version}")


def _wallets(start_balance: Decimal) -> dict[str, dict[str, str]]:
    """Half for futures, half for spot: the two are different wallets, and a bot of either kind must find money."""
    markets = get_venue(paper_venue_id()).market_types
    spot = (start_balance / 2).quantize(CENT, ROUND_DOWN) if len(markets) > 1 else Decimal(0)
    shares = {MarketType.FUTURES: start_balance - spot, MarketType.SPOT: spot}
    return {"wallet": {QUOTE: str(shares[MarketType.FUTURES])}, "coins": {QUOTE: str(shares[MarketType.SPOT])}}


def _ask_simulator(method: str, path: str, body: dict[str, Any]) -> Any:
    """One call of the control API; None for 404. Raises SimulatorUnavailable."""
    url = urlsplit(settings.EXCHANGE_URLS[paper_venue_id()])
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_S)
    headers = {"Authorization": f"Bearer {settings.SIMULATOR_TOKEN}", "Content-Type": "application/json"}
    try:
        connection.request(method, f"{url.path.rstrip('/')}/_control/{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, HTTPException) as error:
        raise SimulatorUnavailable(str(error)) from error
    finally:
        connection.close()
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise SimulatorUnavailable(f"{answer.status}: {content[:200].decode(errors='replace')}")
    return json.loads(content)
