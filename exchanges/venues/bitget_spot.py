"""Bitget spot on a classic account (v2): what is sent and how answers are read.

A market purchase names its size in the quote coin, a sale in the base coin. Stops are plan orders at the market; there is no order
list, so that only the stop stands at the exchange (D27).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, plain, require_id
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
from exchanges.venues.bitget_answers import PLAN_STATES, STATES, only, quantity_of, read_accepted_leg, rows_of
from exchanges.venues.bitget_dialect import NO_BROKER, BitgetDialect
from exchanges.venues.bitget_keys import UNIFIED_PROBE, read_classic_key
from exchanges.venues.bitget_spot_fills import read_order_fee, read_spot_fill

_ORDER = "privateSpotGetV2SpotTradeOrderInfo"
_DOLLARS, _CENT, _FINEST = ("USDT", "USDC"), Decimal("0.01"), Decimal("1E-8")
_TICKERS = "publicSpotGetV2SpotMarketTickers"
_SENT_BY_PLAN = "privateSpotGetV2SpotTradePlanSubOrder"


class BitgetSpot(BitgetDialect):
    refuses_passed_stops = False  # the side of the trigger decides what it is: a stop above the price would be a target
    market_options: Mapping[str, Any] = NO_BROKER | {"uta": False, "fetchMarkets": {"types": ["spot"], "uta": False}}
    endpoints: Mapping[str, tuple[str, list[str], str]] = {
        _SENT_BY_PLAN: ("v2/spot/trade/plan-sub-order", ["private", "spot"], "GET")  # "Get Plan Sub Order"; not in ccxt
    }

    # market data
    def price(self, market: Market) -> Call:
        return Call(_TICKERS, {"symbol": market.id})

    def read_price(self, raw: Raw) -> Decimal:
        return decimal(rows_of(raw)[0]["lastPr"])

    def prices(self) -> Call:
        return Call(_TICKERS)

    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        return {row["symbol"]: decimal(row["lastPr"]) for row in rows_of(raw) if decimal_or_none(row["lastPr"])}

    def best_bid_ask(self, market: Market) -> Call:
        return self.price(market)

    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None:
        row = rows_of(raw)[0]
        bid, ask = decimal_or_none(row["bidPr"]), decimal_or_none(row["askPr"])
        return (bid, ask) if bid and ask else None

    # orders
    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        return _order(market, Side.BUY, _payable(market, cost), client_order_id)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        return _order(market, side.exit_side, quantity, client_order_id)

    def order_by_client_id(self, market: Market, client_order_id: str) -> list[Call]:
        """By client id the exchange finds the orders of the last two hours; older ones are looked for in the history."""
        history = {"symbol": market.id, "limit": "100"}
        return [
            Call(_ORDER, {"clientOid": client_order_id}, pick=only(client_order_id)),
            Call("privateSpotGetV2SpotTradeHistoryOrders", history, pick=only(client_order_id)),
        ]

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        if "planOrderId" in raw:  # where a plan order's own order is named: that one tells the rest
            return OrderAnswer("", exchange_order_id, OrderState.OPEN, Decimal(0), None, exchange_order_id, raw=raw)
        by_cost = raw["side"] == "buy" and raw.get("orderType") == "market"
        fee, fee_currency = read_order_fee(raw, market)
        return OrderAnswer(
            client_order_id=str(raw["clientOid"]),
            exchange_order_id=exchange_order_id,
            state=STATES[raw["status"]],
            filled_quantity=quantity_of(raw["baseVolume"]),
            average_price=decimal_or_none(raw.get("priceAvg")),
            quantity=None if by_cost else decimal_or_none(raw.get("size")),
            fee=fee,
            fee_currency=fee_currency,
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
        """The stop where both are wanted: plan orders are not linked, and both together would sell twice."""
        alone = [leg for leg in legs if leg.leg is Leg.STOP] or legs
        shared = {
            "symbol": market.id,
            "side": side.exit_side.value,
            "orderType": "market",
            "planType": "amount",
            "size": plain(quantity),
            "triggerType": "fill_price",  # what is held is sold at the last price; there is no margin that a mark price guards
        }
        return [
            ProtectionCall(
                Call(
                    "privateSpotPostV2SpotTradePlacePlanOrder",
                    shared | {"triggerPrice": plain(leg.trigger_price), "clientOid": leg.client_order_id},
                ),
                (leg,),
            )
            for leg in alone
        ]

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [read_accepted_leg(raw, legs[0])]

    def standing(self, market: Market) -> Call:
        return Call("privateSpotGetV2SpotTradeCurrentPlanOrder", {"symbol": market.id, "limit": "100"})

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [self.read_protection_order(row, market) for row in rows_of(raw)]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> list[Call]:
        """Plan orders are told in lists only: what stands, then what stood."""
        params, pick = {"symbol": market.id, "limit": "100"}, only(client_order_id)
        return [
            Call(f"privateSpotGetV2SpotTrade{end}PlanOrder", dict(params), pick=pick) for end in ("Current", "History")
        ]

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        return OrderAnswer(
            client_order_id=str(raw["clientOid"]),
            exchange_order_id=exchange_order_id,
            state=PLAN_STATES[raw["status"]],
            filled_quantity=Decimal(0),
            average_price=None,
            trigger_price=decimal_or_none(raw.get("triggerPrice")),
            quantity=decimal_or_none(raw.get("size")),
            raw=raw,
        )

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """Two steps: which order the plan sent, then what became of that."""
        if answer.triggered_order_id:
            return Call(_ORDER, {"orderId": answer.triggered_order_id}, pick=_first)
        if answer.state is OrderState.FILLED and "triggerPrice" in answer.raw and "baseVolume" not in answer.raw:
            plan = {"planOrderId": answer.exchange_order_id}
            return Call(_SENT_BY_PLAN, plan, pick=_sent)
        return None

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("privateSpotPostV2SpotTradeCancelPlanOrder", {"clientOid": client_order_id})

    # what the account holds
    def balances(self) -> Call:
        return Call("privateSpotGetV2SpotAccountAssets", {"assetType": "hold_only"})

    def read_balances(self, raw: Raw) -> list[Balance]:
        balances = []
        for row in rows_of(raw):
            free, used = decimal(row["available"]), decimal(row["frozen"]) + decimal(row["locked"])
            if free or used:
                balances.append(Balance(currency=row["coin"].upper(), free=free, used=used, total=free + used))
        return balances

    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call:
        given = {"startTime": since_ms, "endTime": until_ms}
        params = {"symbol": market.id, "limit": str(self.fills_page)}
        return Call(
            "privateSpotGetV2SpotTradeFills", params | {name: str(ms) for name, ms in given.items() if ms is not None}
        )

    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]:
        return [read_spot_fill(row, market) for row in rows_of(raw)]

    def key_calls(self, *, testnet: bool) -> list[Call]:
        """First what only a unified account answers, then what the key may do."""
        return [Call(UNIFIED_PROBE), Call("privateSpotGetV2SpotAccountInfo")]

    def read_key(self, raw: Raw) -> KeyReport:
        return read_classic_key(raw)


def _payable(market: Market, cost: Decimal) -> Decimal:
    """The cost on a grid that the pair takes: with more places it is refused (40808). The pair's own (`quotePrecision`, 4 to 8) is not
    told by ccxt; whole cents of a dollar are on every one."""
    grid = _CENT if market.quote in _DOLLARS else max(market.price_step * market.quantity_step, _FINEST)
    return cost - cost % grid


def _order(market: Market, side: Side, size: Decimal, client_order_id: str) -> Call:
    return Call(
        "privateSpotPostV2SpotTradePlaceOrder",
        {
            "symbol": market.id,
            "side": side.value,
            "orderType": "market",
            "force": "gtc",  # mandatory, and without meaning for market orders
            "size": plain(size),
            "clientOid": client_order_id,
        },
    )


def _first(raw: Raw) -> Raw:
    rows = rows_of(raw)
    if not rows:
        raise not_found()
    return rows[0]


def _sent(raw: Raw) -> Raw:
    """The order that a plan order sent."""
    return {"planOrderId": True, "orderId": _first(raw)["orderId"]}
