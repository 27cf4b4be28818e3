"""Gate's perpetual contracts in USDT: what is sent and how answers are read.

Sizes are whole contracts, negative for sales; price 0 and `tif` ioc make a market order ("Place futures order"). One body says the
same on one-way and hedge accounts: without `reduce_only` a sale opens or adds to a short, with it it only closes a long.
Stop and target are price-triggered orders, which live in an id space of their own and have no client id: ours stands in the
`text` of the order that they will send, and they are found by it in their lists.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from exchanges.dialect import Call, ProtectionCall, Raw
from exchanges.errors import RefusalKind, Refused
from exchanges.raw_values import plain, require_id
from exchanges.types import (
    Leg,
    MarginMode,
    Market,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.gate_account import USDT, GateAccount
from exchanges.venues.gate_answers import (
    NOTHING_TO_REDUCE,
    order_of,
    read_order,
    read_trigger,
    rows,
    text_of,
    trigger_of,
)

# Header x-gate-exptime: "if the GATE receives the request time greater than the expiration time, the request will be rejected".
ORDER_LIFE_MS = 3000
_MARK_PRICE, _AT_OR_ABOVE, _AT_OR_BELOW = 1, 1, 2
_LISTED = 100  # orders in one list


def expiring(now_ms: int) -> dict[str, str]:
    """The header after whose time the exchange rejects the order."""
    return {"x-gate-exptime": str(now_ms + ORDER_LIFE_MS)}


def contracts(market: Market, quantity: Decimal) -> int | str:
    """Whole contracts as a number; of contracts that may be divided (`enable_decimal`), parts as a string."""
    size = quantity / market.contract_size
    return int(size) if size == size.to_integral_value() else plain(size)


class GateFutures(GateAccount):
    ccxt_id = "gate"
    market_options: Mapping[str, Any] = {
        "fetchMarkets": {"types": ["swap"]},
        "swap": {"fetchMarkets": {"settlementCurrencies": ["usdt"]}},
    }
    cancels_by_exchange_id = True

    # terms
    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        """Leverage 0 is cross margin; how much, is then said apart. Another number is isolated margin."""
        isolated = margin_mode is MarginMode.ISOLATED
        how = {"leverage": str(leverage)} if isolated else {"leverage": "0", "cross_leverage_limit": str(leverage)}
        endpoint = "privateFuturesPostSettle" + ("DualComp" if hedge else "") + "PositionsContractLeverage"
        return [Call(endpoint, USDT | {"contract": market.id} | how)]

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        body = _market_order(market, side, quantity, client_order_id)
        return Call("privateFuturesPostSettleOrders", USDT | body, headers_at=expiring)

    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call:
        body = _market_order(market, side.exit_side, quantity, client_order_id) | {"reduce_only": True}
        return Call("privateFuturesPostSettleOrders", USDT | body, headers_at=expiring)

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """A reduction that finds no position is taken and ended in one go: to us that is a refusal."""
        answer = read_order(raw, market)
        if not answer.filled_quantity and raw.get("finish_as") in NOTHING_TO_REDUCE:
            raise Refused("There is no position to reduce", code=raw["finish_as"], kind=RefusalKind.REDUCE_ONLY)
        return answer

    def order_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        """Filled orders keep their `text`, "indefinitely"; ones that ended unfilled lose it after a minute. Some had lost it
        at once (gateapi-go #41), so the latest ended orders of the contract are looked through too."""
        ended = USDT | {"contract": market.id, "status": "finished", "limit": _LISTED}
        return (
            Call("privateFuturesGetSettleOrdersOrderId", USDT | {"order_id": text_of(client_order_id)}),
            Call("privateFuturesGetSettleOrders", ended, pick=partial(order_of, client_order_id)),
        )

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
        return [self._trigger(market, side, quantity, leg) for leg in legs]

    def _trigger(self, market: Market, side: PositionSide, quantity: Decimal, leg: ProtectionLeg) -> ProtectionCall:
        """`expiration` 0: it stands until it is triggered or cancelled."""
        size = _market_order(market, side.exit_side, quantity, leg.client_order_id) | {"reduce_only": True}
        if isinstance(size["size"], str):  # a part of a contract is said as `amount` here
            size["amount"] = size.pop("size")
        falling = (side is PositionSide.LONG) is (leg.leg is Leg.STOP)
        trigger = {
            "strategy_type": 0, "price_type": _MARK_PRICE, "price": plain(leg.trigger_price),
            "rule": _AT_OR_BELOW if falling else _AT_OR_ABOVE, "expiration": 0,
        }  # fmt: skip
        call = Call("privateFuturesPostSettlePriceOrders", USDT | {"initial": size, "trigger": trigger})
        return ProtectionCall(call, (leg,))

    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        """The answer carries the id and nothing else; one call places one leg."""
        return [
            OrderAnswer(
                client_order_id=legs[0].client_order_id,
                exchange_order_id=require_id(raw, "id"),
                state=OrderState.OPEN,
                filled_quantity=Decimal(0),
                average_price=None,
                trigger_price=legs[0].trigger_price,
                raw=raw,
            )
        ]

    def standing(self, market: Market) -> Call:
        return Call("privateFuturesGetSettlePriceOrders", _triggers(market, "open"))

    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]:
        return [read_trigger(row, market) for row in rows(raw)]

    def protection_by_client_id(self, market: Market, client_order_id: str) -> Sequence[Call]:
        """There is no question by `text`. What is not open has ended: asked in this order, a leg cannot slip through between."""
        return tuple(
            Call(
                "privateFuturesGetSettlePriceOrders",
                _triggers(market, status),
                pick=partial(trigger_of, client_order_id),
            )
            for status in ("open", "finished")
        )

    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer:
        return read_trigger(raw, market)

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        if not answer.triggered_order_id:
            return None
        return Call("privateFuturesGetSettleOrdersOrderId", USDT | {"order_id": answer.triggered_order_id})

    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        return Call("privateFuturesDeleteSettlePriceOrdersOrderId", USDT | {"order_id": exchange_order_id})


def _market_order(market: Market, side: Side, quantity: Decimal, client_order_id: str) -> dict[str, Any]:
    signed = quantity if side is Side.BUY else -quantity
    return {
        "contract": market.id,
        "size": contracts(market, signed),
        "price": "0",
        "tif": "ioc",
        "text": text_of(client_order_id),
    }


def _triggers(market: Market, status: str) -> dict[str, Any]:
    return USDT | {"contract": market.id, "status": status, "limit": _LISTED}
