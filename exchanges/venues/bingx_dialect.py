"""What BingX's futures and spot dialects share: clock, prices, how orders are said, times.

Documentation: bingx-api.github.io/docs-v3. Answers are `{"code": 0, "msg": "", "data": …}`. Some numbers in them are JSON
numbers: they arrive as floats, whose shortest text is what the exchange wrote as long as that has no more than 15 digits.
"""

from abc import ABC
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from exchanges.dialect import Call, Dialect, FillsOrder, Raw
from exchanges.raw_values import decimal, decimal_or_none
from exchanges.types import Market, Side

# How long an order stays valid on its way ("Signature authentication": by default, and at most, 5000).
ORDER_RECV_WINDOW_MS = 3000


class BingxDialect(Dialect, ABC):
    """The names of ccxt's implicit methods and of the client id differ between futures and spot."""

    ccxt_id = "bingx"
    fills_order = FillsOrder.OLDEST_FIRST
    ticker_endpoint: ClassVar[str]
    client_id_field: ClassVar[str]

    def server_time(self) -> Call:
        return Call("swapV2PublicGetServerTime")

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["data"]["serverTime"])

    # market data: "24hr Ticker Price Change Statistics" has the last price and both sides of the book
    def price(self, market: Market) -> Call:
        return Call(self.ticker_endpoint, {"symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(_one(raw)["lastPrice"])

    def prices(self) -> Call:
        return Call(self.ticker_endpoint)

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        told = {row["symbol"]: decimal_or_none(row["lastPrice"]) for row in raw["data"]}
        return {symbol: price for symbol, price in told.items() if price}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = _one(raw)
        bid, ask = decimal_or_none(row["bidPrice"]), decimal_or_none(row["askPrice"])
        return (bid, ask) if bid and ask else None

    # orders
    def _order(self, market: Market, side: Side, kind: str, client_order_id: str) -> dict[str, Any]:
        return {
            "symbol": market.id,
            "side": side.value.upper(),
            "type": kind,
            self.client_id_field: client_order_id,
            "recvWindow": ORDER_RECV_WINDOW_MS,
        }


def _one(raw: Raw) -> Any:
    """The row for one symbol, which some endpoints put into a list."""
    data = raw["data"]
    if isinstance(data, list):
        (data,) = data
    return data


def span(since_ms: int | None, until_ms: int | None, longest: timedelta) -> tuple[int, int]:
    """Start and end of a question for trades. Both must be said, for no longer than that; the start itself is left out
    ("startTs < … <= endTs"). What the client asks for in one go (`fills_window`) is a little shorter."""
    start = (since_ms or 1) - 1
    return start, until_ms or start + longest // timedelta(milliseconds=1)
