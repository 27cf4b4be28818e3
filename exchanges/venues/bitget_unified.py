"""What a unified account (v3, "UTA") says alike for futures and spot: prices, orders, trades, coins.

Sides are those of the trade; what a hedge account's order belongs to is `posSide`. Stops are told in lists only, so that a look-up
picks its own out of them.
"""

from abc import ABC
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from exchanges.dialect import Call, Raw
from exchanges.errors import ExchangeError
from exchanges.raw_values import decimal, decimal_or_none, moment, plain, require_id
from exchanges.types import (
    ExchangeFill,
    Market,
    OrderAnswer,
    OrderState,
    Side,
)
from exchanges.venues.bitget_answers import STATES, data_of, fee_of, only, quantity_of, rows_of
from exchanges.venues.bitget_codes import ON_CLASSIC
from exchanges.venues.bitget_dialect import BitgetDialect
from exchanges.venues.bitget_keys import is_classic

STRATEGY_STATES = {
    "pending": OrderState.OPEN,
    "submitting": OrderState.OPEN,
    "success": OrderState.FILLED,
    "failed": OrderState.REFUSED,
    "cancelled": OrderState.CANCELLED,
}
_SUB_STATES = {"filled": OrderState.FILLED, "cancelled": OrderState.CANCELLED, "failed": OrderState.REFUSED}
_TICKERS = "publicUtaGetV3MarketTickers"


class BitgetUnified(BitgetDialect, ABC):
    category: ClassVar[str]
    wallet = "unified"

    def key_error(self, error: ExchangeError) -> ExchangeError:
        return is_classic() if error.code == ON_CLASSIC else error

    # market data
    def price(self, market: Market) -> Call:
        return Call(_TICKERS, {"category": self.category, "symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(rows_of(raw)[0]["lastPrice"])

    def prices(self) -> Call:
        return Call(_TICKERS, {"category": self.category})

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["symbol"]: decimal(row["lastPrice"]) for row in rows_of(raw) if decimal_or_none(row["lastPrice"])}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = rows_of(raw)[0]
        bid, ask = decimal_or_none(row["bid1Price"]), decimal_or_none(row["ask1Price"])
        return (bid, ask) if bid and ask else None

    # orders
    def _order(self, symbol: str, side: Side, quantity: Decimal, client_order_id: str, says: Mapping[str, str]) -> Call:
        return Call(
            "privateUtaPostV3TradePlaceOrder",
            {
                "category": self.category,
                "symbol": symbol,
                "side": side.value,
                "orderType": "market",
                "qty": plain(quantity),
                "clientOid": client_order_id,
                **says,
            },
        )

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        return Call("privateUtaGetV3TradeOrderInfo", {"clientOid": client_order_id}, pick=data_of)

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        """An order, or the one that a stop or target sent ("Get Strategy Sub Orders")."""
        is_sent = "subOrderId" in raw
        exchange_order_id = require_id(raw, "subOrderId" if is_sent else "orderId")
        return OrderAnswer(
            client_order_id=str(raw["subClientOid" if is_sent else "clientOid"]),
            exchange_order_id=exchange_order_id,
            state=_SUB_STATES[raw["status"]] if is_sent else STATES[raw["orderStatus"]],
            filled_quantity=quantity_of(raw["cumExecQty"]),
            average_price=decimal_or_none(raw.get("avgPrice")),
            quantity=decimal_or_none(raw.get("qty")),
            raw=raw,
        )

    # stops and targets
    def standing(self, market: Market) -> Call:
        return Call("privateUtaGetV3TradeUnfilledStrategyOrders", {"category": self.category})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        """The list is of all symbols; its rows need not tell that they are pending."""
        return [
            self.read_protection_order({"status": "pending"} | row, market)
            for row in rows_of(raw)
            if row["symbol"] == market.id
        ]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> list[Call]:
        pick = only(client_order_id)
        return [
            Call(
                "privateUtaGetV3TradeUnfilledStrategyOrders",
                {"category": self.category},
                pick=lambda raw: {"status": "pending"} | pick(raw),
            ),
            Call(
                "privateUtaGetV3TradeHistoryStrategyOrders", {"category": self.category, "limit": "100"}, pick=pick
            ),
        ]  # fmt: skip

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        return OrderAnswer(
            client_order_id=str(raw["clientOid"]),
            exchange_order_id=exchange_order_id,
            state=STRATEGY_STATES[raw["status"]],
            filled_quantity=Decimal(0),
            average_price=None,
            trigger_price=decimal_or_none(raw.get("stopLoss")) or decimal_or_none(raw.get("takeProfit")),
            quantity=decimal_or_none(raw.get("qty")),
            raw=raw,
        )

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """Success means that the order was sent; that one tells its fill."""
        if answer.state is not OrderState.FILLED or "cumExecQty" in answer.raw:
            return None
        sent = {"orderId": answer.exchange_order_id}
        return Call("privateUtaGetV3TradeStrategySubOrders", sent, pick=_first)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("privateUtaPostV3TradeCancelStrategyOrder", {"clientOid": client_order_id})

    # what the account holds
    def balances(self) -> Call:
        return Call("privateUtaGetV3AccountAssets")

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """Of all symbols: the exchange does not let one be named."""
        given = {"startTime": since_ms, "endTime": until_ms}
        params = {"category": self.category, "limit": str(self.fills_page)}
        return Call(
            "privateUtaGetV3TradeFills", params | {name: str(ms) for name, ms in given.items() if ms is not None}
        )

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [_read_fill(row, market) for row in rows_of(raw)]


def _first(raw: Raw) -> Raw:
    return rows_of(raw)[0]


def _read_fill(row: dict[str, Any], market: Market) -> ExchangeFill:
    fee, coin = fee_of(row["feeDetail"][0], sign=1)
    return ExchangeFill(
        trade_id=str(row["execId"]),
        exchange_order_id=str(row["orderId"]),
        market_key=market.key if row["symbol"] == market.id else str(row["symbol"]),
        side=Side(row["side"]),
        price=decimal(row["execPrice"]),
        quantity=decimal(row["execQty"]),
        fee=fee,
        fee_currency=coin,
        realized_pnl=decimal(row["execPnl"]) if row.get("execPnl") not in (None, "") else None,
        filled_at=moment(row["createdTime"]),
        client_order_id=str(row.get("clientOid") or ""),
    )
