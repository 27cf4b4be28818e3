"""What an account can pay an entry with. Pure: rows of `BalanceSnapshot.balances` in, dollars out."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialect import Dialect
from exchanges.types import DOLLARS, MarketType
from exchanges.venue import Venue

USD = "USD"  # all coins that count as a dollar, together
Purse = Mapping[str, Decimal | None]


def free_by_market(venue: Venue, rows: Sequence[Mapping[str, Any]], free_usd: Decimal) -> dict[str, Purse]:
    """What each kind of market has free, in dollars, by currency (USD: all dollar coins); None where its value is not known.

    `free_usd` is the snapshot's own sum, for one that does not tell markets apart. A wallet without any coin holds nothing,
    unless the account's markets may draw on one wallet: then what the other one tells counts.
    """
    if not any("markets" in row for row in rows):
        return {str(market): {USD: free_usd} for market in venue.market_types}
    told = [market for market in venue.market_types if any(market in row.get("markets", {}) for row in rows)]
    found = {}
    for market in venue.market_types:
        shared = [other for other in told if market not in told and _may_share(venue, market, other)]
        found[str(market)] = _purse(rows, shared[0] if shared else market)
    return found


def free_for(purse: Purse, symbol_keys: Sequence[str]) -> tuple[str, Decimal | None]:
    """The currency in which these symbols are paid for, and what of it is free, in dollars; None: not known.

    Of symbols with several quotes a dollar one goes first. Without any symbol dollars are meant, where there are some.
    """
    dollars = purse.get(USD, Decimal(0))
    if not symbol_keys:
        return USD, dollars if dollars or len(purse) == 1 else None
    if any(key.endswith(tuple(DOLLARS)) for key in symbol_keys):
        return USD, dollars
    quotes = [currency for currency in purse if symbol_keys[0].endswith(currency)]
    quote = max(quotes, key=len, default="")
    return quote, purse[quote] if quote else Decimal(0)


def _purse(rows: Sequence[Mapping[str, Any]], market: str) -> Purse:
    purse: dict[str, Decimal | None] = {USD: Decimal(0)}
    for row in rows:
        if market not in row.get("markets", {}):
            continue
        free = Decimal(row["markets"][market]["free"])
        if row["currency"] in DOLLARS:
            purse[USD] = (purse[USD] or 0) + free
        elif row.get("usd_value") is None:
            purse[row["currency"]] = None
        elif total := Decimal(row["total"]):
            purse[row["currency"]] = free * Decimal(row["usd_value"]) / total
    return purse


def _may_share(venue: Venue, one: MarketType, other: MarketType) -> bool:
    """Whether both draw on one wallet, in any kind of account that the exchange has."""
    return any(
        found[one].wallet and found[one].wallet == found[other].wallet
        for found in _kinds(venue)
        if one in found and other in found
    )


def _kinds(venue: Venue) -> Iterator[Mapping[MarketType, Dialect]]:
    yield venue.dialects
    for dialects in venue.variants.values():
        yield {**venue.dialects, **dialects}
