"""What of a balance snapshot one kind of market can trade with. Pure: rows of `BalanceSnapshot.balances` in, dollars out."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialect import Dialect
from exchanges.types import DOLLARS, MarketType
from exchanges.venue import Venue


def free_by_market(venue: Venue, rows: Sequence[Mapping[str, Any]], free_usd: Decimal) -> dict[str, Decimal]:
    """Free dollars of each kind of market; one that is missing holds only coins whose value in dollars is not known.

    `free_usd` is the snapshot's own sum, for one that does not tell markets apart. A wallet without any coin holds nothing,
    unless the account's markets may draw on one wallet: then what the other one tells counts.
    """
    if not any("markets" in row for row in rows):
        return dict.fromkeys(venue.market_types, free_usd)
    told = {market for row in rows for market in row.get("markets", {})}
    free = {market: found for market in venue.market_types if (found := _dollars(rows, market)) is not None}
    for market in venue.market_types:
        others = [other for other in venue.market_types if other in told and other in free]
        if market not in told and others and _may_share(venue, market, others[0]):
            free[market] = free[others[0]]
    return {str(market): amount for market, amount in free.items()}


def _dollars(rows: Sequence[Mapping[str, Any]], market: str) -> Decimal | None:
    here = [row for row in rows if market in row.get("markets", {})]
    dollars = [Decimal(row["markets"][market]["free"]) for row in here if row["currency"] in DOLLARS]
    if not dollars and any(row.get("usd_value") is None for row in here):
        return None
    return sum(dollars, Decimal(0))


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
