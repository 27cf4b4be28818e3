"""Coinbase spot (Advanced Trade): what is sent and how answers are read. Source: docs.cdp.coinbase.com, Advanced Trade REST API.

A `client_order_id` that is not unique places nothing: "the order corresponding with that ID will be returned instead". No order
is asked for by it: it is looked for among the newest of the pair, then among those that are open.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Any

from exchanges.dialect import Call, Dialect, FillsOrder, ProtectionCall, Raw
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
from exchanges.venues.coinbase_answers import TRIGGERS, configuration, picker, read_fill, read_order

# A stop sells at any price down to this part of its trigger.
LIMIT_FRACTION = Decimal("0.9")
# The increment of amounts of a quote currency is not a market's price step: cents for money, eight decimals for coins.
CENT, EIGHTH = Decimal("0.01"), Decimal("0.00000001")
NEWEST, ACCOUNTS = "100", "250"
ORDERS = "v3PrivateGetBrokerageOrdersHistoricalBatch"


class CoinbaseSpot(Dialect):
    ccxt_id = "coinbase"
    fills_window = timedelta(days=30)
    fills_page = 100
    fills_order = FillsOrder.NEWEST_FIRST
    cancels_by_exchange_id = True

    def server_time(self) -> Call:
        return Call("v3PublicGetBrokerageTime")

    def read_server_time(self, raw: Raw) -> int:
        return int(raw["epochMillis"])

    # market data
    def price(self, market: Market) -> Call:
        return Call("v3PublicGetBrokerageMarketProductsProductId", {"product_id": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(raw["price"])

    def prices(self) -> Call:
        return Call("v3PublicGetBrokerageMarketProducts", {"product_type": "SPOT"})

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        """A product that was never traded has none."""
        told = ((row["product_id"], decimal_or_none(row["price"])) for row in raw["products"])
        return {product_id: price for product_id, price in told if price}

    def best_bid_ask(self, market: Market) -> Call:
        return Call("v3PublicGetBrokerageMarketProductBook", {"product_id": market.id, "limit": "1"})

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        book = raw["pricebook"]
        if not book["bids"] or not book["asks"]:
            return None
        return decimal(book["bids"][0]["price"]), decimal(book["asks"][0]["price"])

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        spent = plain(cost.quantize(CENT if cost >= 1 else EIGHTH, ROUND_DOWN))
        return _order(market, Side.BUY, client_order_id, {"market_market_ioc": {"quote_size": spent}})

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return _order(
            market, side.exit_side, client_order_id, {"market_market_ioc": {"base_size": plain(quantity)}}
        )  # fmt: skip

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """The order's ids and no more; of an id that was there already, those of that order."""
        if raw["success"] is not True:
            raise ValueError("not created")
        placed = raw["success_response"]
        order_id = require_id(placed, "order_id")
        return OrderAnswer(str(placed["client_order_id"]), order_id, OrderState.OPEN, Decimal(0), None, raw=raw)

    def order_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        pick = picker(client_order_id)
        newest = {"product_ids": market.id, "limit": NEWEST}
        return (Call(ORDERS, newest, pick=pick), Call(ORDERS, {**newest, "order_status": "OPEN"}, pick=pick))

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
        """The stop, with a limit far below its trigger: there is no stop that sells at the market. The target is watched by us."""
        calls = []
        for leg in legs:
            if leg.leg is Leg.STOP:
                steps = (leg.trigger_price * LIMIT_FRACTION / market.price_step).to_integral_value(ROUND_FLOOR)
                said = {
                    "base_size": plain(quantity),
                    "limit_price": plain(steps * market.price_step),
                    "stop_price": plain(leg.trigger_price),
                    "stop_direction": "STOP_DIRECTION_STOP_DOWN",
                }
                order = _order(
                    market, side.exit_side, leg.client_order_id, {"stop_limit_stop_limit_gtc": said}
                )  # fmt: skip
                calls.append(ProtectionCall(order, (leg,)))
        return calls

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [self.read_placed(raw, market, leg.client_order_id) for leg in legs]

    def standing(self, market: Market) -> Sequence[Call]:
        """Also those that are just being placed."""
        asked = {"product_ids": market.id, "limit": NEWEST}
        return tuple(Call(ORDERS, {**asked, "order_status": status}) for status in ("OPEN", "PENDING"))

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        if raw.get("has_next") and len(raw["orders"]) >= int(NEWEST):
            raise ValueError("more orders stand than are told")
        return [
            read_order(row, market)
            for row in raw["orders"]
            if row["product_id"] == market.id and configuration(row)[0] in TRIGGERS
        ]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        return self.order_by_client_id(market, client_order_id)

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        """A triggered stop stays the same order."""
        return read_order(raw, market)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("v3PrivatePostBrokerageOrdersBatchCancel", {"order_ids": [exchange_order_id]})

    # what the account holds
    def balances(self) -> Call:
        return Call("v3PrivateGetBrokerageAccounts", {"limit": ACCOUNTS})

    def read_balances(self, raw: Raw) -> list[Balance]:
        balances = []
        for row in raw["accounts"]:
            free, used = decimal(row["available_balance"]["value"]), decimal(row["hold"]["value"])
            if free or used:
                balances.append(Balance(row["currency"], free, used, free + used))
        return balances

    def more_balances(self, raw: Raw) -> Call | None:
        """There is one for every coin that was ever held."""
        if not raw.get("has_next") or not raw.get("cursor"):
            return None
        return Call("v3PrivateGetBrokerageAccounts", {"limit": ACCOUNTS, "cursor": str(raw["cursor"])})

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        """Trades "after" the start and "before" the end: a millisecond is put to each."""
        params = {"product_ids": market.id, "limit": str(self.fills_page), "sort_by": "TRADE_TIME"}
        if since_ms is not None:
            params["start_sequence_timestamp"] = _rfc3339(since_ms - 1)
        if until_ms is not None:
            params["end_sequence_timestamp"] = _rfc3339(until_ms + 1)
        return Call("v3PrivateGetBrokerageOrdersHistoricalFills", params)

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [read_fill(row, market) for row in raw["fills"]]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        return [Call("v3PrivateGetBrokerageKeyPermissions")]

    def read_key(self, raw: Raw) -> KeyReport:
        """Transfers are withdrawals."""
        return KeyReport(
            can_read=raw["can_view"] is True,
            can_trade_spot=raw["can_trade"] is True,
            can_trade_futures=None,
            can_withdraw=raw["can_transfer"] is True,
            ip_restricted=None,
            position_mode=None,
        )


def _order(market: Market, side: Side, client_order_id: str, said: Mapping[str, Mapping[str, str]]) -> Call:
    params: dict[str, Any] = {
        "client_order_id": client_order_id,
        "product_id": market.id,
        "side": side.value.upper(),
        "order_configuration": said,
    }
    return Call("v3PrivatePostBrokerageOrders", params)


def _rfc3339(milliseconds: int) -> str:
    return moment(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
