"""WhiteBIT spot (API v4): what is sent and how answers are read. Source: docs.whitebit.com, "Spot Trading", "Authentication".

A market purchase is by cost, a sale by quantity. The conditional order is `stop_market`: of a sale it "triggers when the market price
falls to or below the specified price". One that the price has passed is not refused, so the price is looked at first.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from exchanges.dialect import Call, Dialect, FillsOrder, ProtectionCall, Raw
from exchanges.raw_values import decimal, plain, require_id
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
from exchanges.venues.whitebit_answers import CONDITIONAL, as_active, only, read_fill, read_order, rows, whole_money

NONCE_WINDOW_S = 5
PAGE = 100  # the largest


class Nonces:
    """Milliseconds of the exchange's clock, each once: "Each nonce must be unique to prevent double processing"."""

    def __init__(self) -> None:
        self._last = 0

    def params_at(self, now_ms: int) -> Mapping[str, str]:
        self._last = now_ms if now_ms > self._last or self._last - now_ms > NONCE_WINDOW_S * 500 else self._last + 1
        return {"nonce": str(self._last)}


class WhitebitSpot(Dialect):
    ccxt_id = "whitebit"
    fills_window = timedelta(days=30)
    fills_page = PAGE
    fills_order = FillsOrder.NEWEST_FIRST
    refuses_passed_stops = False

    def __init__(self) -> None:
        self._nonces = Nonces()

    def _private(self, endpoint: str, params: Mapping[str, str]) -> Call:
        """By time: without `nonceWindow` a request that is overtaken by a later one is refused."""
        return Call(f"v4PrivatePost{endpoint}", {**params, "nonceWindow": True}, params_at=self._nonces.params_at)

    def server_time(self) -> Call:
        return Call("v4PublicGetTime")

    def read_server_time(self, raw: Raw) -> int:
        """Whole seconds, "cached for 1 second": what is told is a second old, give or take one."""
        return int(raw["time"]) * 1000 + 1000

    # market data
    def price(self, market: Market) -> Call:
        return Call("v1PublicGetTicker", {"market": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(raw["result"]["last"])

    def prices(self) -> Call:
        return Call("v4PublicGetTicker")

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {name: price for name, row in raw.items() if (price := decimal(row["last_price"]))}

    def best_bid_ask(self, market: Market) -> Call:
        return Call("v4PublicGetOrderbookMarket", {"market": market.id, "limit": "1"})

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        if not raw["bids"] or not raw["asks"]:
            return None
        return decimal(raw["bids"][0][0]), decimal(raw["asks"][0][0])

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        return self._order("OrderMarket", market, Side.BUY, whole_money(cost, market), client_order_id, {})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return self._order("OrderMarket", market, side.exit_side, quantity, client_order_id, {})

    def _order(
        self, endpoint: str, market: Market, side: Side, amount: Decimal, client_order_id: str, more: Mapping[str, str]
    ) -> Call:
        params = {"market": market.id, "side": side.value, "amount": plain(amount), "clientOrderId": client_order_id}
        return self._private(endpoint, {**params, **more})

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """It is there; what was filled, and the fee's coin, are asked for."""
        return OrderAnswer(
            str(raw["clientOrderId"]), require_id(raw, "orderId"), OrderState.OPEN, Decimal(0), None, raw=raw
        )

    def order_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        """Among the active ones first: an order that is filled meanwhile is found among the closed ones then."""
        named = {"market": market.id, "clientOrderId": client_order_id}
        active = self._private("Orders", named)
        closed = self._private("TradeAccountOrderHistory", named)
        return (
            Call(active.endpoint, active.params, params_at=active.params_at,
                 pick=lambda raw: as_active(only(client_order_id, raw))),
            Call(closed.endpoint, closed.params, params_at=closed.params_at, pick=lambda raw: only(client_order_id, raw)),
        )  # fmt: skip

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_order(raw, market)

    # protection
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """The stop, at market price. A target would want the same coins once more: it is watched by us."""
        return [
            ProtectionCall(
                self._order(
                    "OrderStopMarket", market, side.exit_side, quantity, leg.client_order_id,
                    {"activation_price": plain(leg.trigger_price)},
                ),
                (leg,),
            )
            for leg in legs
            if leg.leg is Leg.STOP
        ]  # fmt: skip

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_placed(raw, market, leg.client_order_id) for leg in legs]

    def standing(self, market: Market) -> Call:
        return self._private("Orders", {"market": market.id, "limit": str(PAGE)})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        """All of them or none: of a full page nobody knows what it leaves out."""
        active = rows(raw)
        if len(active) >= PAGE:
            raise ValueError("there may be more orders than were told")
        return [read_order(as_active(row), market) for row in active if row["type"] in CONDITIONAL]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return self._private("OrderCancel", {"market": market.id, "clientOrderId": client_order_id})

    # what the account holds
    def balances(self) -> Call:
        return self._private("TradeAccountBalance", {})

    def read_balances(self, raw: Raw) -> list[Balance]:
        told = raw.items() if raw or isinstance(raw, dict) else ()  # an empty object may come as an empty list
        amounts = ((coin, decimal(row["available"]), decimal(row["freeze"])) for coin, row in told)
        return [Balance(coin, free, held, free + held) for coin, free, held in amounts if free + held]

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """Times in seconds, and neither end leaves anything out."""
        window = {
            "startDate": None if since_ms is None else since_ms // 1000,
            "endDate": None if until_ms is None else -(-until_ms // 1000),
        }
        times = {name: str(at) for name, at in window.items() if at is not None}
        return self._private("TradeAccountExecutedHistory", {"market": market.id, "limit": str(PAGE), **times})

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [read_fill(row, market) for row in rows(raw)]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [self.balances()]

    def read_key(self, raw: Raw) -> KeyReport:
        """That it reads is all that is told: of nothing else does the exchange say whether the key may do it."""
        self.read_balances(raw)
        return KeyReport(
            can_read=True,
            can_trade_spot=None,
            can_trade_futures=None,
            can_withdraw=None,
            ip_restricted=None,
            position_mode=None,
        )
