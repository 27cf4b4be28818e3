"""What an account can pay an entry with. Pure: rows of `BalanceSnapshot.balances` in, dollars out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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


def free_by_quote(purse: Purse, symbol_keys: Sequence[str]) -> dict[str, Decimal | None]:
    """The currencies in which these symbols are paid for, and what of each is free, in dollars; None: not known.

    USD stands for all dollar coins, "" for currencies of which the account holds nothing. Without any symbol dollars are
    meant, where there are some.
    """
    dollars = purse.get(USD, Decimal(0))
    if not symbol_keys:
        return {USD: dollars if dollars or len(purse) == 1 else None}
    quotes = [quote_of(key, purse) for key in symbol_keys]
    return {quote: dollars if quote == USD else purse.get(quote, Decimal(0)) for quote in quotes}


def quote_of(symbol_key: str, currencies: Collection[str]) -> str:
    """Which of these currencies a symbol is paid for in: USD for all dollar coins, "" for none of them."""
    if symbol_key.endswith(tuple(DOLLARS)):
        return USD
    return max((currency for currency in currencies if symbol_key.endswith(currency)), key=len, default="")


def usd_values(rows: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """What one of each coin was worth in dollars when the balances were read, as far as that is known."""
    values = {USD: Decimal(1)}
    for row in rows:
        if row.get("usd_value") is not None and (total := Decimal(row["total"])):
            values[row["currency"]] = Decimal(row["usd_value"]) / total
    return values


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
