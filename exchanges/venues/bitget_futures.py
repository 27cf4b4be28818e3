"""Bitget futures on a classic account (v2 "mix", USDT-FUTURES): what is sent and how answers are read.

A hedge account's order names the position's direction as its side, and says tradeSide: a long is closed with side buy and
tradeSide close. Stops and targets are TP/SL orders (`place-tpsl-order`), which close the position on `holdSide` and nothing else.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.raw_values import decimal_or_none, plain, require_id
from exchanges.types import Leg, Market, OrderAnswer, OrderState, OrderTerms, PositionSide, ProtectionLeg, Side
from exchanges.venues.bitget_answers import (
    MARGIN_MODES,
    PLAN_STATES,
    STATES,
    data_of,
    only,
    quantity_of,
    read_accepted_leg,
    rows_of,
)
from exchanges.venues.bitget_dialect import MARGIN_COIN, PRODUCT, require_usdt
from exchanges.venues.bitget_futures_account import BitgetFuturesAccount

_PLANS = {Leg.STOP: "loss_plan", Leg.TARGET: "profit_plan"}
_PRODUCT = {"productType": PRODUCT}


class BitgetFutures(BitgetFuturesAccount):
    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        says = {"side": side.value} | ({"tradeSide": "open"} if terms.hedge else {})
        return _order(market, quantity, client_order_id, terms, says)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        hedged = {"side": side.entry_side.value, "tradeSide": "close"}
        one_way = {"side": side.exit_side.value, "reduceOnly": "YES"}
        return _order(market, quantity, client_order_id, terms, hedged if terms.hedge else one_way)

    def order_by_client_id(self, market: Market, client_order_id: str) -> Call:
        params = _PRODUCT | {"symbol": market.id, "clientOid": client_order_id}
        return Call("privateMixGetV2MixOrderDetail", params, pick=data_of)

    def read_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        return OrderAnswer(
            client_order_id=str(raw["clientOid"]),
            exchange_order_id=exchange_order_id,
            state=STATES[raw.get("state") or raw["status"]],
            filled_quantity=quantity_of(raw["baseVolume"]),
            average_price=decimal_or_none(raw.get("priceAvg")),
            quantity=decimal_or_none(raw.get("size")),
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
        shared = _PRODUCT | {
            "symbol": require_usdt(market),
            "marginCoin": MARGIN_COIN,
            "holdSide": side.value if terms.hedge else side.entry_side.value,
            "size": plain(quantity),  # this position's own, so that another bot's position is left alone (D25)
            "triggerType": "mark_price",
            "executePrice": "0",  # at the market
        }
        return [
            ProtectionCall(
                Call(
                    "privateMixPostV2MixOrderPlaceTpslOrder",
                    shared
                    | {
                        "planType": _PLANS[leg.leg],
                        "triggerPrice": plain(leg.trigger_price),
                        "clientOid": leg.client_order_id,
                    },
                ),
                (leg,),
            )
            for leg in legs
        ]

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        return [read_accepted_leg(raw, legs[0])]

    def standing(self, market: Market) -> Call:
        params = _PRODUCT | {"planType": "profit_loss", "symbol": market.id, "limit": "100"}
        return Call("privateMixGetV2MixOrderOrdersPlanPending", params)

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [self.read_protection_order(row, market) for row in rows_of(raw)]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> list[Call]:
        params = _PRODUCT | {"planType": "profit_loss", "symbol": market.id, "clientOid": client_order_id}
        ends = ("Pending", "History")
        return [
            Call(f"privateMixGetV2MixOrderOrdersPlan{end}", dict(params), pick=only(client_order_id)) for end in ends
        ]

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        exchange_order_id = require_id(raw, "orderId")
        state = PLAN_STATES[raw["planStatus"]]
        return OrderAnswer(
            client_order_id=str(raw["clientOid"]),
            exchange_order_id=exchange_order_id,
            state=state,
            filled_quantity=quantity_of(raw.get("baseVolume")) if state is OrderState.FILLED else Decimal(0),
            average_price=decimal_or_none(raw.get("priceAvg")) if state is OrderState.FILLED else None,
            triggered_order_id=require_id(raw, "executeOrderId") if state is OrderState.FILLED else "",
            trigger_price=decimal_or_none(raw.get("triggerPrice")),
            quantity=decimal_or_none(raw.get("size")),
            raw=raw,
        )

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """Executed means that the order was sent: the order itself is asked for its fill."""
        if not answer.triggered_order_id:
            return None
        params = _PRODUCT | {"symbol": market.id, "orderId": answer.triggered_order_id}
        return Call("privateMixGetV2MixOrderDetail", params, pick=data_of)

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        """The plan type must be said, else trigger orders of another sort are meant; our ids end in the leg's letter."""
        params: dict[str, Any] = _PRODUCT | {
            "symbol": market.id,
            "marginCoin": MARGIN_COIN,
            "planType": _PLANS[Leg(client_order_id[-1])],
        }
        wanted = [{"orderId": "", "clientOid": client_order_id}]
        return Call("privateMixPostV2MixOrderCancelPlanOrder", params | {"orderIdList": wanted})


def _order(market: Market, quantity: Decimal, client_order_id: str, terms: OrderTerms, says: Mapping[str, str]) -> Call:
    return Call(
        "privateMixPostV2MixOrderPlaceOrder",
        {
            **_PRODUCT,
            "symbol": require_usdt(market),
            "marginCoin": MARGIN_COIN,
            "marginMode": MARGIN_MODES[terms.margin_mode],
            "orderType": "market",
            "size": plain(quantity),
            "clientOid": client_order_id,
            **says,
        },
    )
