"""Algo orders as OKX describes them."""

from typing import Any

from simulator.core.conditionals import members
from simulator.core.markets import Kind
from simulator.core.orders import MARK_PRICE, TARGETS, ConditionalOrder, Order, Status
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.okx.order_views import SIDE_NAMES

SWAP_IDS, SPOT_IDS = 10**15, 2 * 10**15  # the core counts the two apart


def algo_id_of(algo: ConditionalOrder | Order) -> str:
    return str(algo.id + (SPOT_IDS if isinstance(algo, Order) else SWAP_IDS))


def describe(call: Call, algo: ConditionalOrder | Order) -> dict[str, Any]:
    """Every field that OKX gives for a conditional or oco algo."""
    return _of_spot(call, algo) if isinstance(algo, Order) else _of_swap(call, algo)


def _of_swap(call: Call, algo: ConditionalOrder) -> dict[str, Any]:
    market, account = call.exchange.markets[Kind.FUTURES, algo.symbol], call.account
    halves = members(account, algo)
    fired = next((half for half in halves if half.order_id or half.trigger_time), algo)
    row = _common(algo.client_id, algo.side.lower(), halves)
    for half in halves:
        price_type = "mark" if half.working_type == MARK_PRICE else "last"
        row |= _trigger("tp" if half.type in TARGETS else "sl", plain(half.trigger_price), price_type)
    return row | {
        "algoId": algo_id_of(algo),
        "instType": "SWAP",
        "instId": market.name,
        "posSide": SIDE_NAMES[algo.position_side],
        "tdMode": "isolated" if account.is_isolated(algo.symbol) else "cross",
        "lever": str(account.leverage(algo.symbol)),
        "reduceOnly": "true" if algo.reduce_only else "false",
        "sz": "" if algo.close_position else plain(market.to_contracts(algo.quantity)),
        "closeFraction": "1" if algo.close_position else "",
        "state": _state(fired.status, fired.order_id),
        **_sent(fired.order_id, "tp" if fired.type in TARGETS else "sl"),
        "triggerTime": str(fired.trigger_time or ""),
        "cTime": str(algo.time),
        "uTime": str(fired.update_time),
    }


def _of_spot(call: Call, algo: Order) -> dict[str, Any]:
    market = call.exchange.markets[Kind.SPOT, algo.symbol]
    orders = call.account.orders.values()
    halves = [algo] if algo.list_id < 0 else [one for one in orders if one.list_id == algo.list_id]
    fired = next((half for half in halves if half.is_working), algo)
    row = _common(algo.client_id, algo.side.lower(), halves)
    for half in halves:
        row |= _trigger("tp" if half.type in TARGETS else "sl", plain(half.stop_price), "last")
    sent = fired.id if fired.is_working else 0
    return row | {
        "algoId": algo_id_of(algo),
        "instType": "SPOT",
        "instId": market.name,
        "posSide": "net",
        "tdMode": "cash",
        "lever": "",
        "reduceOnly": "false",
        "sz": plain(algo.quantity),
        "closeFraction": "",
        "state": _state(fired.status, sent),
        **_sent(sent, "tp" if fired.type in TARGETS else "sl"),
        "triggerTime": str(fired.update_time) if sent else "",
        "cTime": str(algo.time),
        "uTime": str(fired.update_time),
    }


def _state(status: Status, sent: int) -> str:
    if sent:
        return "effective"
    return {Status.NEW: "live", Status.REJECTED: "order_failed"}.get(status, "canceled")


def _sent(order_id: int, side: str) -> dict[str, Any]:
    ids = [str(order_id)] if order_id else []
    return {"ordId": ids[0] if ids else "", "ordIdList": ids, "actualSide": side if ids else ""}


def _trigger(prefix: str, price: str, price_type: str) -> dict[str, str]:
    return {f"{prefix}TriggerPx": price, f"{prefix}OrdPx": "-1", f"{prefix}TriggerPxType": price_type}


def _common(client_id: str, side: str, halves: list[Any]) -> dict[str, Any]:
    empty = (
        "slTriggerPx",
        "slOrdPx",
        "slTriggerPxType",
        "tpTriggerPx",
        "tpOrdPx",
        "tpTriggerPxType",
        "triggerPx",
        "ccy",
    )
    return dict.fromkeys((*empty, "ordPx", "actualPx", "clOrdId", "tag", "tgtCcy"), "") | {
        "algoClOrdId": "" if client_id.startswith("sim") else client_id,
        "ordType": "oco" if len(halves) == 2 else "conditional",
        "side": side,
        "actualSz": "0",
        "failCode": "0",
        "attachAlgoOrds": [],
    }
