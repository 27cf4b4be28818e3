"""What Binance's futures and spot dialects share: clock, prices, market orders, the questions for one order and for trades."""

from abc import ABC
from decimal import Decimal
from typing import ClassVar

from exchanges.dialect import Call, Dialect, Raw
from exchanges.raw_values import decimal
from exchanges.types import Market, Side

# How long a request stays valid on its way: short, since an order that arrives later may already have been sent again.
ORDER_RECV_WINDOW_MS = 3000


class BinanceDialect(Dialect, ABC):
    """The names of ccxt's implicit methods differ, what they take and tell does not."""

    time_endpoint: ClassVar[str]
    price_endpoint: ClassVar[str]
    book_endpoint: ClassVar[str]
    order_endpoint: ClassVar[str]
    trades_endpoint: ClassVar[str]
    answer_kind: ClassVar[str]  # newOrderRespType

    def server_time(self) -> Call:
        return Call(self.time_endpoint)

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["serverTime"])

    # market data
    def price(self, market: Market) -> Call:
        return Call(self.price_endpoint, {"symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(raw["price"])

    def prices(self) -> Call:
        return Call(self.price_endpoint)

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["symbol"]: decimal(row["price"]) for row in raw}

    def best_bid_ask(self, market: Market) -> Call:
        return Call(self.book_endpoint, {"symbol": market.id})

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        bid, ask = decimal(raw["bidPrice"]), decimal(raw["askPrice"])
        return (bid, ask) if bid and ask else None

    # orders
    def _market_order(self, market: Market, side: Side, client_order_id: str) -> dict[str, str | int]:
        return {
            "symbol": market.id,
            "side": side.value.upper(),
            "newClientOrderId": client_order_id,
            "newOrderRespType": self.answer_kind,
            "type": "MARKET",
            "recvWindow": ORDER_RECV_WINDOW_MS,
        }

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call(self.order_endpoint, {"symbol": market.id, "origClientOrderId": client_order_id})

    # what the account holds
    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        given = {"startTime": since_ms, "endTime": until_ms, "fromId": from_id}
        params: dict[str, str | int] = {"symbol": market.id, "limit": self.fills_page}
        return Call(self.trades_endpoint, params | {name: value for name, value in given.items() if value is not None})
