"""Mercado Bitcoin spot (API v4): what is sent and how answers are read. Source: api.mercadobitcoin.net/api/v4/docs, "Trading".

No order is asked for by its `externalId`: it is looked for in the lists, newest first, then among those that are open.
The only conditional order is `stoplimit`, so a stop's limit lies far below its trigger. Nothing is told of a list's length.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

from exchanges.dialect import Call, Dialect, FillsOrder, ProtectionCall, Raw
from exchanges.errors import Unsupported
from exchanges.raw_values import decimal, decimal_or_none, moment, plain, require_id
from exchanges.types import (
    Balance,
    ExchangeFill,
    KeyReport,
    Leg,
    Market,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.mercado_answers import STATES, external_id, fee_of, picker, traded

# A stop sells at any price down to this part of its trigger.
LIMIT_FRACTION = Decimal("0.9")
CENT = Decimal("0.01")
OPEN_ORDERS = {"status": "created,working", "size": "100"}


class MercadoSpot(Dialect):
    ccxt_id = "batuta:mercado"
    fills_window = timedelta(days=7)
    # Nothing is documented: an answer of so many is asked on from its oldest one.
    fills_page = 50
    fills_order = FillsOrder.NEWEST_FIRST
    cancels_by_exchange_id = True
    refuses_passed_stops = False  # "price that triggers a limit order creation": nobody says which way it must go

    def server_time(self) -> Call:
        raise Unsupported("The exchange tells no time, and its requests bear none")

    def read_server_time(self, raw: Raw) -> int:
        raise Unsupported("The exchange tells no time")

    # market data
    def price(self, market: Market) -> Call:
        return Call("publicGetTickers", {"symbols": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(raw[0]["last"])

    def prices(self) -> Call:
        return Call("publicGetTickers")

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["pair"]: decimal(row["last"]) for row in raw if decimal(row["last"])}

    def best_bid_ask(self, market: Market) -> Call:
        return Call("publicGetOrderbook", {"symbol": market.id, "limit": "1"})

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        if not raw["bids"] or not raw["asks"]:
            return None
        return decimal(raw["bids"][0][0]), decimal(raw["asks"][0][0])

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        spent = plain(cost.quantize(CENT, ROUND_DOWN))
        return self._order(market, Side.BUY, client_order_id, {"type": "market", "cost": spent})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return self._order(market, side.exit_side, client_order_id, {"type": "market", "qty": plain(quantity)})

    def _order(self, market: Market, side: Side, client_order_id: str, more: Mapping[str, str]) -> Call:
        params = {"symbol": market.id, "async": False, "externalId": client_order_id, "side": side.value, **more}
        return Call("privatePostSymbolOrders", params)

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        return OrderAnswer(client_order_id, require_id(raw, "orderId"), OrderState.OPEN, Decimal(0), None, raw=raw)

    def order_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        pick = picker(client_order_id)
        return (
            Call("privateGetSymbolOrders", {"symbol": market.id}, pick=pick),
            Call("privateGetOrders", {"symbol": market.id, **OPEN_ORDERS}, pick=lambda raw: pick(raw["items"])),
        )

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "id")
        filled, spent = traded(raw)
        state = STATES[raw["status"]]
        return OrderAnswer(
            client_order_id=external_id(raw),
            exchange_order_id=exchange_order_id,
            state=OrderState.PARTIAL if filled and state is OrderState.OPEN else state,
            filled_quantity=filled,
            average_price=spent / filled if filled and spent else None,
            quantity=decimal_or_none(raw.get("qty")),
            trigger_price=decimal_or_none(raw.get("stopPrice")),
            # Other orders bear one too: it is another name of theirs then.
            triggered_order_id=str(raw.get("triggerOrderId") or "") if raw.get("type") == "stoplimit" else "",
            fee=decimal(raw.get("fee") or 0) or sum((fee_of(one) for one in raw.get("executions") or ()), Decimal(0)),
            # "charged volume by fee application": of what is received
            fee_currency=market.base if raw.get("side") == "buy" else market.quote,
            raw=raw,
        )

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """The stop. There is no order for a target: it is watched by us."""
        calls = []
        for leg in legs:
            if leg.leg is Leg.STOP:
                limit = (leg.trigger_price * LIMIT_FRACTION / market.price_step).to_integral_value(ROUND_FLOOR)
                more = {
                    "type": "stoplimit",
                    "qty": plain(quantity),
                    "stopPrice": plain(leg.trigger_price),
                    "limitPrice": plain(limit * market.price_step),
                }
                calls.append(
                    ProtectionCall(self._order(market, side.exit_side, leg.client_order_id, more), (leg,))
                )  # fmt: skip
        return calls

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_placed(raw, market, leg.client_order_id) for leg in legs]

    def standing(self, market: Market) -> Call:
        """Of both states in one answer: between two, an order could pass from the one to the other unseen."""
        return Call("privateGetOrders", {"symbol": market.id, **OPEN_ORDERS})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [self.read_order(row, market) for row in raw["items"] if row["type"] == "stoplimit"]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return self.read_order(raw, market)

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """The limit order that a stop became tells whether it is filled; a stop that tells so itself is not asked on."""
        if not answer.triggered_order_id or answer.state is OrderState.CANCELLED:
            return None
        if answer.state is OrderState.FILLED and answer.filled_quantity == answer.quantity and answer.average_price:
            return None
        return Call("privateGetSymbolOrder", {"symbol": market.id, "orderId": answer.triggered_order_id})

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        """Answered when it is cancelled; by default it would be cancelled later, or not."""
        return Call(
            "privateDeleteSymbolOrder", {"symbol": market.id, "orderId": exchange_order_id, "async": "false"}
        )  # fmt: skip

    # what the account holds
    def balances(self) -> Call:
        return Call("privateGetBalances")

    def read_balances(self, raw: Raw) -> list[Balance]:
        told = (
            Balance(row["symbol"], decimal(row["available"]), decimal(row["on_hold"]), decimal(row["total"]))
            for row in raw
        )
        return [balance for balance in told if balance.total]

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """Trades are told with their orders, times in seconds."""
        window = {"executed_at_from": since_ms, "executed_at_to": until_ms}
        times = {name: str(at // 1000) for name, at in window.items() if at is not None}
        return Call("privateGetSymbolOrders", {"symbol": market.id, "has_executions": "true", **times})

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [
            ExchangeFill(
                trade_id=str(row["id"]),
                exchange_order_id=require_id(order, "id"),
                market_key=market.key,
                side=Side(row["side"]),
                price=decimal(row["price"]),
                quantity=decimal(row["qty"]),
                fee=fee_of(row),
                fee_currency=market.base if row["side"] == "buy" else market.quote,
                realized_pnl=None,
                filled_at=moment(int(decimal(row["executed_at"]) * 1000)),
                client_order_id=external_id(order),
            )
            for order in raw
            for row in order["executions"]
        ]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("privateGetBalances")]

    def read_key(self, raw: Raw) -> KeyReport:
        """A key that reads is all that is told: nothing of what else it may do."""
        self.read_balances(raw)
        return KeyReport(
            can_read=True,
            can_trade_spot=None,
            can_trade_futures=None,
            can_withdraw=None,
            ip_restricted=None,
            position_mode=None,
        )
