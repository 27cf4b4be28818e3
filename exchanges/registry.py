"""Every venue there is. A new one is a file in `venues/` and a line here. Never imports ccxt: forms and pages read this."""

from exchanges.venue import Venue
from exchanges.venues.binance import Binance
from exchanges.venues.bingx import Bingx
from exchanges.venues.bitget import Bitget
from exchanges.venues.bybit import Bybit
from exchanges.venues.coinbase import Coinbase
from exchanges.venues.gate import Gate
from exchanges.venues.kraken import Kraken
from exchanges.venues.kucoin import Kucoin
from exchanges.venues.mercado import Mercado
from exchanges.venues.okx import Okx
from exchanges.venues.paper import Paper
from exchanges.venues.whitebit import Whitebit

_VENUES: dict[str, Venue] = {
    venue.id: venue
    for venue in (
        Binance(),
        Bybit(),
        Okx(),
        Bitget(),
        Bingx(),
        Gate(),
        Kraken(),
        Coinbase(),
        Kucoin(),
        Mercado(),
        Whitebit(),
        Paper(),
    )
}


class UnknownVenue(LookupError):
    """No such exchange here (EXC-07)."""

    def __init__(self, venue_id: str) -> None:
        super().__init__(f"Exchange {venue_id} not supported")
        self.venue_id = venue_id


def get_venue(venue_id: str) -> Venue:
    """The venue of that id. Raises UnknownVenue, whose text is the answer of EXC-07."""
    try:
        return _VENUES[venue_id]
    except KeyError:
        raise UnknownVenue(venue_id) from None


def all_venues() -> list[Venue]:
    """All venues, in the order in which pages list them."""
    return list(_VENUES.values())
