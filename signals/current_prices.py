"""The last prices of positions, as the workers published them; the web process asks no exchange."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from exchanges.market_cache import read_prices
from signals.models import Position


def current_prices(positions: Iterable[Position]) -> dict[UUID, Decimal]:
    """Position id → last price; without those whose price is not known. One question per venue and market type."""
    groups: dict[tuple[str, str, bool], list[Position]] = defaultdict(list)
    for position in positions:
        groups[position.exchange, position.market_type, position.account.testnet].append(position)
    found: dict[UUID, Decimal] = {}
    for (exchange, market_type, testnet), group in groups.items():
        prices = read_prices(exchange, market_type, {row.symbol_key for row in group}, testnet=testnet)
        found |= {row.pk: prices[row.symbol_key] for row in group if row.symbol_key in prices}
    return found
