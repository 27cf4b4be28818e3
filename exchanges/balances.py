"""What an account is worth: balances of all its markets, in USD, kept as points of the equity curve."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.utils import timezone

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.events import balances_read
from exchanges.models import BalanceSnapshot, ExchangeAccount
from exchanges.types import DOLLARS, Balance, MarketType
from exchanges.venue import Venue

CENT = Decimal("0.00000001")
DOLLAR = "USDT"


class BalanceReader(Protocol):
    """The part of an exchange client that is needed here."""

    venue: Venue

    def wallets(self) -> list[MarketType]: ...
    async def balances(self, market_type: MarketType) -> list[Balance]: ...
    async def prices(self, market_type: MarketType) -> dict[str, Decimal]: ...


@dataclass(frozen=True, slots=True)
class Worth:
    """`equity` and `free` in USD over all markets; `rows` one per coin, with a row per market below it."""

    equity: Decimal
    free: Decimal
    rows: list[dict[str, object]]


async def read_worth(reader: BalanceReader) -> Worth | None:
    """Ask for the balances of every wallet; None when no market told any. Writes nothing (it runs on an event loop).

    Raises what the exchange raises, except that a market which this key may not use counts as empty.
    """
    market_types = reader.wallets()
    told = await asyncio.gather(*(_balances(reader, market_type) for market_type in market_types))
    by_market = {market: rows for market, rows in zip(market_types, told, strict=True) if rows is not None}
    if not by_market:
        return None
    return add_up(by_market, await _prices(reader, by_market))


def store_worth(account: ExchangeAccount, worth: Worth, *, asked_at: datetime | None = None) -> BalanceSnapshot:
    """Keep it as the newest point of the account's curve, of the moment at which the exchange was asked; tell the hearers of
    `balances_read`."""
    snapshot = BalanceSnapshot.objects.create(
        account=account, taken_at=asked_at or timezone.now(), equity=worth.equity, free=worth.free, balances=worth.rows
    )
    balances_read.send(sender=BalanceSnapshot, account=account)
    return snapshot


def add_up(by_market: Mapping[MarketType, Iterable[Balance]], prices: Mapping[str, Decimal]) -> Worth:
    """Balances as dollars. `prices` by market key ("BTCUSDT"); a coin without a price counts nothing and says so (null)."""
    coins: dict[str, dict[str, Balance]] = {}
    for market_type, balances in by_market.items():
        for balance in balances:
            coins.setdefault(balance.currency, {})[market_type.value] = balance
    equity = free = Decimal(0)
    rows: list[dict[str, object]] = []
    for currency, markets in sorted(coins.items()):
        price = _dollar_price(currency, prices)
        total = sum((balance.total for balance in markets.values()), Decimal(0))
        available = sum((balance.free for balance in markets.values()), Decimal(0))
        equity += total * (price or 0)
        free += available * (price or 0)
        rows.append(
            {
                "currency": currency,
                **_amounts(available, total),
                "usd_value": _text(total * price) if price is not None else None,
                "markets": {name: _amounts(balance.free, balance.total) for name, balance in markets.items()},
            }
        )
    return Worth(equity.quantize(CENT), free.quantize(CENT), rows)


async def _balances(reader: BalanceReader, market_type: MarketType) -> list[Balance] | None:
    try:
        return await reader.balances(market_type)
    except Refused as error:
        if error.kind is RefusalKind.CREDENTIALS:
            return None
        raise


async def _prices(reader: BalanceReader, by_market: Mapping[MarketType, list[Balance]]) -> dict[str, Decimal]:
    if all(balance.currency in DOLLARS for balances in by_market.values() for balance in balances):
        return {}
    try:
        return await reader.prices(next(iter(reader.venue.market_types)))
    except ExchangeError:
        return {}


def _dollar_price(currency: str, prices: Mapping[str, Decimal]) -> Decimal | None:
    """What one of it is worth in dollars; by way of the exchange's own currency where it has no dollar markets. None: not known."""
    if currency in DOLLARS:
        return Decimal(1)
    direct = prices.get(f"{currency}{DOLLAR}")
    if direct is not None:
        return direct
    for key, dollar in prices.items():
        local = key.removeprefix(DOLLAR)
        if local == key or not dollar:
            continue
        price = Decimal(1) if local == currency else prices.get(f"{currency}{local}")
        if price is not None:
            return price / dollar
    return None


def _amounts(free: Decimal, total: Decimal) -> dict[str, str]:
    return {"free": _text(free), "used": _text(total - free), "total": _text(total)}


def _text(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
