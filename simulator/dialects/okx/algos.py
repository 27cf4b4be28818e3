"""`/api/v5/trade/order-algo` and its neighbours: stops and targets ("conditional") and pairs of them ("oco").

Swaps have the core's conditional orders, spot its stop and target orders, whose coins the core holds back (OKX does not). Both
are algos of one id space here; what a spot algo sends when it fires has the core's id of the very order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.core import conditionals, spot
from simulator.core.amounts import ZERO
from simulator.core.markets import Kind, Market
from simulator.core.orders import (
    CONTRACT_PRICE,
    MARK_PRICE,
    SPOT_CONDITIONAL,
    TARGETS,
    ConditionalOrder,
    Order,
    OrderType,
    PositionSide,
    Side,
)
from simulator.core.refusals import Reason, Refused
from simulator.dialects.call import Call
from simulator.dialects.errors import VenueError
from simulator.dialects.okx.algo_views import algo_id_of, describe
from simulator.dialects.okx.errors import PASSED, malformed
from simulator.dialects.okx.orders import MARGIN_MODES, POSITION_SIDES, SIDES, client_id, is_true
from simulator.dialects.reading import LIST

PRICES = {"last": CONTRACT_PRICE, "index": CONTRACT_PRICE, "mark": MARK_PRICE}
KINDS = ("conditional", "oco")
Algo = ConditionalOrder | Order


@dataclass(frozen=True, slots=True)
class Half:
    """The stop or the target of a request."""

    type: OrderType
    trigger: Any
    price_type: str


def place(call: Call) -> Any:
    """POST order-algo. With both prices "conditional" does the stop only, as documented."""
    if call.text("ordType") not in KINDS:
        raise malformed("ordType")
    market, halves = call.market("instId"), _halves(call)
    if call.text("ordType") == "conditional":
        halves = halves[:1]
    elif len(halves) != 2:
        raise malformed("ordType")
    side = call.choice("side", SIDES)
    try:
        placed = (_place_spot if call.kind is Kind.SPOT else _place_swap)(call, market, side, halves)
    except Refused as refusal:
        raise _in_words(call, refusal, side, halves) from refusal
    row = {"algoId": algo_id_of(placed), "algoClOrdId": call.optional("algoClOrdId"), "clOrdId": "", "tag": ""}
    return [row | {"sCode": "0", "sMsg": ""}]


def _halves(call: Call) -> list[Half]:
    """The stop first. Both are market orders here (price -1)."""
    found = []
    for prefix, kind in (("sl", OrderType.STOP_MARKET), ("tp", OrderType.TAKE_PROFIT_MARKET)):
        if not call.optional(f"{prefix}TriggerPx"):
            continue
        if call.text(f"{prefix}OrdPx") != "-1":
            raise malformed(f"{prefix}OrdPx")
        price_type = call.optional(f"{prefix}TriggerPxType") or "last"
        if price_type not in PRICES:
            raise malformed(f"{prefix}TriggerPxType")
        if call.kind is Kind.SPOT and price_type != "last":
            text = "Unable to place order. Spot trading only supports using the last price as trigger price."
            raise VenueError("51415", text)
        found.append(Half(kind, call.decimal(f"{prefix}TriggerPx"), price_type))
    if not found:
        raise VenueError("50015", "Either parameter slTriggerPx or tpTriggerPx is required", 400)
    return found


def _place_swap(call: Call, market: Market, side: Side, halves: list[Half]) -> Algo:
    call.choice("tdMode", MARGIN_MODES)
    closes_all, own_id = call.optional("closeFraction") == "1", client_id(call, "algoClOrdId")
    news = [
        conditionals.NewConditional(
            symbol=market.symbol,
            side=side,
            type=half.type,
            trigger_price=half.trigger,
            quantity=ZERO if closes_all else market.to_base(call.decimal("sz")),
            client_id=own_id if number == 0 else "",
            reduce_only=is_true(call, "reduceOnly") and not call.account.is_hedged,
            close_position=closes_all,
            position_side=call.choice("posSide", POSITION_SIDES, PositionSide.BOTH),
            working_type=PRICES[half.price_type],
            pieces=call.mood.pieces,
            ends_flat=is_true(call, "cxlOnClosePos"),
        )
        for number, half in enumerate(halves)
    ]
    if len(news) == 1:
        return conditionals.place_conditional(call.exchange, call.account, news[0])
    return conditionals.place_group(call.exchange, call.account, news)[0]


def _place_spot(call: Call, market: Market, side: Side, halves: list[Half]) -> Algo:
    if call.text("tdMode") != "cash":
        raise malformed("tdMode")
    own_id, types = client_id(call, "algoClOrdId"), {OrderType.STOP_MARKET: OrderType.STOP_LOSS}
    if own_id and call.account.find_order(Kind.SPOT, market.symbol, client_id=own_id):
        raise Refused(Reason.DUPLICATE_ID)
    news = [
        spot.NewSpotOrder(
            symbol=market.symbol,
            side=side,
            type=types.get(half.type, OrderType.TAKE_PROFIT),
            quantity=call.decimal("sz"),
            stop_price=half.trigger,
            client_id=own_id if number == 0 else "",
            pieces=call.mood.pieces,
        )
        for number, half in enumerate(halves)
    ]
    if len(news) == 1:
        return spot.place_order(call.exchange, call.account, news[0])
    stop, target = news
    above, below = (target, stop) if side is Side.SELL else (stop, target)
    placed = spot.place_oco(call.exchange, call.account, above, below, "")
    legs = [call.account.orders[order_id] for order_id in placed.order_ids]
    return next(leg for leg in legs if leg.type is OrderType.STOP_LOSS)


def _in_words(call: Call, refusal: Refused, side: Side, halves: list[Half]) -> Exception:
    """OKX has codes of its own for ids of algos, and one for each way in which a trigger is reached already."""
    if refusal.reason is Reason.DUPLICATE_ID:
        return VenueError(
            "51068", f"{call.optional('algoClOrdId')} already exists within algoClOrdId and attachAlgoClOrdId."
        )
    if refusal.reason is Reason.REDUCE_ONLY:
        return VenueError("51058", "No available position for this algo order")
    if refusal.reason not in (Reason.WOULD_TRIGGER, Reason.OCO_PRICES):
        return refusal
    reached = refusal.details.get("trigger")
    half = next((one for one in halves if one.trigger == reached), halves[0])
    return VenueError(*PASSED[half.type in TARGETS, side is Side.SELL, half.price_type == "mark"])


def all_algos(call: Call) -> Iterator[Algo]:
    """Every algo of the account, oldest first; the second half of a pair is no algo of its own."""
    account = call.account
    for waiting in account.conditionals.values():
        if waiting.group in (0, waiting.id) and not waiting.parent_id:
            yield waiting
    for order in account.orders.values():
        if order.type in SPOT_CONDITIONAL and (order.list_id < 0 or order.type is OrderType.STOP_LOSS):
            yield order


def _find(call: Call) -> Algo | None:
    algo_id, own_id = call.optional("algoId"), call.optional("algoClOrdId")
    if not algo_id and not own_id:
        raise VenueError("50015", "Either parameter algoId or algoClOrdId is required", 400)
    known = reversed(list(all_algos(call)))
    return next((one for one in known if (algo_id_of(one) == algo_id if algo_id else one.client_id == own_id)), None)


def show(call: Call) -> Any:
    algo = _find(call)
    if algo is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    return [describe(call, algo)]


def cancel(call: Call) -> Any:
    """POST cancel-algos: a list, each item with its own outcome."""
    items = call.parts(LIST)
    if not items:
        raise VenueError("50002", "JSON syntax error", 400)
    return [_cancel_one(item) for item in items]


def _cancel_one(call: Call) -> dict[str, str]:
    algo = _find(call)
    row = {"algoId": algo_id_of(algo) if algo else call.optional("algoId"), "algoClOrdId": call.optional("algoClOrdId")}
    try:
        if isinstance(algo, Order):
            spot.cancel_order(call.exchange, call.account, None if algo.is_working else algo)
        else:
            conditionals.cancel_conditional(call.exchange, call.account, algo)
    except Refused:
        text = "Order cancellation failed as the order has been filled, canceled or does not exist."
        return row | {"sCode": "51400", "sMsg": text}
    return row | {"sCode": "0", "sMsg": ""}


def list_pending(call: Call) -> Any:
    """GET orders-algo-pending, newest first: one kind, or conditional and oco with a comma between."""
    return _listed(call, live=True)


def list_history(call: Call) -> Any:
    return _listed(call, live=False)


def _listed(call: Call, *, live: bool) -> Any:
    kinds, named = call.text("ordType").split(","), call.optional("instId")
    told = [describe(call, algo) for algo in reversed(list(all_algos(call)))]
    return [
        row
        for row in told
        if row["ordType"] in kinds
        and named in ("", row["instId"])
        and call.optional("instType") in ("", row["instType"])
        and (row["state"] == "live") is live
    ]
