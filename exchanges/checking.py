"""Asking an exchange about an account's keys, in a worker: what it says is stored by `exchanges.candidates`."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from exchanges import client, vault
from exchanges.account_gate import asking_all_the_same
from exchanges.balances import Worth, read_worth, store_worth
from exchanges.candidates import TABLE, settle_candidate, store_verdict
from exchanges.errors import ExchangeError
from exchanges.limits import Priority, at_most
from exchanges.market_cache import markets_are_known, publish_markets
from exchanges.models import AccountStatus, ExchangeAccount, KeyCandidate
from exchanges.queries import held_symbols
from exchanges.registry import UnknownVenue, get_venue
from exchanges.types import Credentials, Market, MarketType, PositionMode
from exchanges.verdicts import Outcome, Verdict, judge_error, judge_report

STUCK_AFTER = timedelta(seconds=20)
# Keys that an exchange has begun to refuse while trading are asked about soon and for an hour, then daily. Further apart than
# the time for which a refused account is left alone, so that a check never adds to other refusals.
ASK_REFUSED_AGAIN, ASK_REFUSED_FOR = timedelta(minutes=6), timedelta(hours=1)


def check_account(account_id: UUID) -> Verdict | None:
    """Ask the exchange about the candidate keys, or else about the present ones, and store what it says.

    Balances are read too where the keys are good. None when there is nothing to ask about. Never raises for what the
    exchange says or does; an unknown outcome changes nothing and is asked again later.
    """
    account = ExchangeAccount.objects.filter(pk=account_id).first()
    if account is None:
        return None
    candidate = KeyCandidate.objects.filter(account=account, refusal_code="").first()
    if candidate is not None:
        sealed = vault.Sealed(bytes(candidate.sealed_keys), bytes(candidate.wrapped_data_key), candidate.key_id)
    elif account.sealed_keys:
        sealed = sealed_keys_of(account)
    else:
        return None
    # Keys that replace others must open the same account, where something stands on it.
    held = held_symbols(account) if candidate is not None and account.sealed_keys else set()
    verdict, worth = asyncio.run(_ask(account, sealed, held))
    if candidate is not None:
        settle_candidate(candidate.pk, bytes(candidate.sealed_keys), verdict)
    else:
        store_verdict(account, verdict)
    if worth is not None:
        store_worth(account, worth)
    return verdict


def read_balances(account_id: UUID) -> bool:
    """Read an account's balances and store them; True when the exchange told them."""
    account = ExchangeAccount.objects.filter(pk=account_id).exclude(key_id="").first()
    asked_at = timezone.now()
    worth = asyncio.run(_read_worth(account)) if account is not None else None
    if account is None or worth is None:
        return False
    store_worth(account, worth, asked_at=asked_at)
    return True


def waiting_accounts() -> list[UUID]:
    """Accounts whose keys are to be asked about now.

    A candidate was not settled in good time (the worker was away, or the exchange did not answer), or an exchange has begun to
    refuse keys that worked (F34): it may have been a matter of minutes.
    """
    now = timezone.now()
    late = KeyCandidate.objects.filter(refusal_code="", created_at__lt=now - STUCK_AFTER)
    refused = ExchangeAccount.objects.filter(
        deleted_at=None, status=AccountStatus.NEEDS_ATTENTION, checked_at__lt=now - ASK_REFUSED_AGAIN,
        updated_at__gt=now - ASK_REFUSED_FOR,
    ).exclude(key_id="")  # fmt: skip
    return [*late.values_list("account_id", flat=True), *refused.values_list("pk", flat=True)]


def accounts_to_recheck() -> list[UUID]:
    """All living accounts with keys (EXC-19: every day)."""
    rows = ExchangeAccount.objects.filter(deleted_at=None).exclude(key_id="")
    return list(rows.exclude(status=AccountStatus.CHECKING).values_list("pk", flat=True))


def accounts_with_balances() -> list[UUID]:
    """Living, verified accounts, whose balances make the equity curve."""
    rows = ExchangeAccount.objects.filter(deleted_at=None, status=AccountStatus.VERIFIED).exclude(key_id="")
    return list(rows.values_list("pk", flat=True))


def load_markets(venue_id: str, *, testnet: bool = False) -> None:
    """Load an exchange's lists of markets, which share themselves, and tell the pages their limits.

    What cannot be loaded is asked for by whoever needs it.
    """

    async def load() -> dict[MarketType, list[Market]]:
        found = {}
        try:
            public = client.public(venue_id, testnet=testnet)
            for market_type in public.venue.market_types:
                with suppress(ExchangeError), at_most(Priority.BACKGROUND):
                    await public.share_markets(market_type)
                    found[market_type] = await public.markets(market_type)
        finally:
            await client.close_all()
        return found

    for market_type, markets in asyncio.run(load()).items():
        publish_markets(venue_id, market_type.value, markets, testnet=testnet)


def make_markets_known(account_id: UUID) -> None:
    """Load the markets of an account's exchange where the pages do not know them yet: its first account was just connected."""
    account = ExchangeAccount.objects.filter(pk=account_id, status=AccountStatus.VERIFIED).first()
    if account is None:
        return
    kinds = get_venue(account.exchange).market_types
    if not all(markets_are_known(account.exchange, kind.value, testnet=account.testnet) for kind in kinds):
        load_markets(account.exchange, testnet=account.testnet)


def sealed_keys_of(account: ExchangeAccount) -> vault.Sealed:
    return vault.Sealed(bytes(account.sealed_keys), bytes(account.wrapped_data_key), account.key_id)


def _connect(account: ExchangeAccount, sealed: vault.Sealed) -> client.ExchangeClient:
    keys = vault.unseal(table=TABLE, row_id=account.pk, sealed=sealed)
    mode = PositionMode(account.position_mode) if account.position_mode else None
    return client.connect(account.exchange, Credentials(**keys), testnet=account.testnet, position_mode=mode)


async def _ask(
    account: ExchangeAccount, sealed: vault.Sealed, held: Collection[tuple[str, str, str]] = ()
) -> tuple[Verdict, Worth | None]:
    try:
        exchange = _connect(account, sealed)
        with asking_all_the_same(), at_most(Priority.QUERY):
            verdict = replace(judge_report(await exchange.key_report()), variant=exchange.variant)
            if verdict.outcome is Outcome.VERIFIED and held and not await _is_same_account(exchange, held):
                return Verdict(Outcome.REFUSED, "other_account"), None
            return verdict, await read_worth(exchange) if verdict.outcome is Outcome.VERIFIED else None
    except vault.SealBroken:
        return Verdict(Outcome.REFUSED, "seal_broken"), None
    except UnknownVenue as error:
        return Verdict(Outcome.REFUSED, "keys_refused", str(error)), None
    except ExchangeError as error:
        return judge_error(error), None
    finally:
        await client.close_all()


async def _is_same_account(exchange: client.ExchangeClient, held: Collection[tuple[str, str, str]]) -> bool:
    """Whether any of what we hold on the account is there: all of it may not be, when a stop has just sold one."""
    for market_type in {MarketType(kind) for kind, _, _ in held}:
        ours = {(key, side) for kind, key, side in held if kind == market_type}
        if market_type is MarketType.FUTURES:
            there = {(one.market_key, one.side.value) for one in await exchange.positions(market_type)}
        else:
            coins = {one.currency for one in await exchange.balances(market_type) if one.total}
            there = {(key, side) for key, side in ours if any(key.startswith(coin) for coin in coins)}
        if ours & there:
            return True
    return False


async def _read_worth(account: ExchangeAccount) -> Worth | None:
    try:
        with at_most(Priority.BACKGROUND):
            return await read_worth(_connect(account, sealed_keys_of(account)))
    except (vault.SealBroken, UnknownVenue, ExchangeError):
        return None  # the keys are asked about every day; a balance that is missing is only a gap in the curve
    finally:
        await client.close_all()
