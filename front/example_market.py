"""At what a preview computes its example: a symbol that the bot traded lately, as the workers know its market (BOT-18, SUB-11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bots.preview import EXAMPLE_PRICE, EXAMPLE_SYMBOL
from exchanges.market_cache import read_minimums, read_prices


@dataclass(frozen=True, slots=True)
class ExampleMarket:
    """`price` is the present one, or an example's where `is_live` is False; the steps are None where they are not known."""

    symbol: str
    price: Decimal
    is_live: bool = False
    quantity_step: Decimal | None = None
    price_step: Decimal | None = None


def find_example(venues: Iterable[tuple[str, bool]], market_type: str, symbols: Iterable[str] = ()) -> ExampleMarket:
    """The first of `symbols` (else the usual example) with a known price at the first of `venues`, (id, whether testnet)."""
    keys = list(symbols) or [EXAMPLE_SYMBOL]
    venues = list(venues)
    for venue_id, testnet in venues:
        for symbol, price in read_prices(venue_id, market_type, keys, testnet=testnet).items():
            return _with_steps(ExampleMarket(symbol, price, is_live=True), venue_id, market_type, testnet)
    unpriced = ExampleMarket(EXAMPLE_SYMBOL, EXAMPLE_PRICE)
    return _with_steps(unpriced, venues[0][0], market_type, venues[0][1]) if venues else unpriced


def _with_steps(example: ExampleMarket, venue_id: str, market_type: str, testnet: bool) -> ExampleMarket:
    known = read_minimums(venue_id, market_type, [example.symbol], testnet=testnet).get(example.symbol)
    if known is None:
        return example
    return ExampleMarket(
        example.symbol, example.price, example.is_live, known.quantity_step or None, known.price_step or None
    )
