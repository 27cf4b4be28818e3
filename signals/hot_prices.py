"""Prices of the symbols that were traded a moment ago are read again and again: the next entry finds one under a second old.

Without it each broadcast begins with a round trip for the price (EXE-04 wants the price of now, not of the last signal).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from exchanges.errors import ExchangeError
from exchanges.limits import Priority, at_most
from exchanges.types import Market

log = logging.getLogger(__name__)

HOT_FOR_S = 600.0
EVERY_S = 0.6
# At one request per symbol and round this stays far below what an exchange allows per address and minute.
MOST_SYMBOLS = 5

Symbol = tuple[str, bool, Market]


class AsksPrice(Protocol):
    async def price(self, market: Market, *, max_age_s: float = 1.0) -> Decimal: ...
    async def best_bid_ask(self, market: Market, *, max_age_s: float = 1.0) -> tuple[Decimal, Decimal] | None: ...


_hot: "OrderedDict[Symbol, float]" = OrderedDict()


def note(venue_id: str, testnet: bool, market: Market) -> None:
    """This symbol is being traded in this process now."""
    symbol = (venue_id, testnet, market)
    _hot[symbol] = asyncio.get_running_loop().time()
    _hot.move_to_end(symbol)
    while len(_hot) > MOST_SYMBOLS:
        _hot.popitem(last=False)


async def keep_warm(public: Callable[[str, bool], AsksPrice]) -> None:
    """Read the hot symbols' prices every 0.6 s, for ever; the client shares them within the process."""
    while True:
        oldest = asyncio.get_running_loop().time() - HOT_FOR_S
        for symbol in [key for key, at in _hot.items() if at < oldest]:
            del _hot[symbol]
        await asyncio.gather(*(_read(public, *symbol) for symbol in list(_hot)))
        await asyncio.sleep(EVERY_S)


async def _read(public: Callable[[str, bool], AsksPrice], venue_id: str, testnet: bool, market: Market) -> None:
    try:
        with at_most(Priority.BACKGROUND):
            client = public(venue_id, testnet)
            await asyncio.gather(
                client.price(market, max_age_s=EVERY_S / 2), client.best_bid_ask(market, max_age_s=EVERY_S / 2)
            )
    except ExchangeError as error:
        log.debug("no price of %s: %s", market.symbol, error.message)
