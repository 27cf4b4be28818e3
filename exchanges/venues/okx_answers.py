"""What the states in OKX's answers mean, and the one row of an answer that speaks of one order (okx.com/docs-v5, "Order details")."""

from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal_or_none, require_id
from exchanges.types import Market, OrderAnswer, OrderState

STATES = {
    "live": OrderState.OPEN,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,  # also what is left of a market order that found no more counterparts
    "mmp_canceled": OrderState.CANCELLED,
}

# "effective": the algo has sent its order; what became of that, only the order itself tells.
ALGO_STATES = {
    "live": OrderState.OPEN,
    "pause": OrderState.OPEN,
    "partially_effective": OrderState.PARTIAL,
    "effective": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "order_failed": OrderState.REFUSED,
    "partially_failed": OrderState.REFUSED,
}


def rows(raw: Raw) -> list[dict[str, Any]]:
    """The rows of an answer. Raises TypeError for anything else than a list."""
    data = raw["data"]
    if not isinstance(data, list):
        raise TypeError("an answer's data is a list")
    return data


def only(raw: Raw) -> dict[str, Any]:
    """The row of an answer to a question for one order; an empty list says that there is none."""
    data = rows(raw)
    if not data:
        raise not_found()
    return data[0]


def _order_ids_of(algo: dict[str, Any]) -> list[str]:
    """The orders that an algo has sent: `ordId` is announced to go, `ordIdList` takes its place."""
    listed = [str(order_id) for order_id in algo.get("ordIdList") or () if order_id]
    latest = str(algo.get("ordId") or "")
    return listed or ([latest] if latest not in ("", "0") else [])


def read_algo(row: dict[str, Any], market: Market) -> OrderAnswer:
    """An algo order of one leg (of a pair of the client's own: its stop)."""
    exchange_order_id, state, sent = require_id(row, "algoId"), ALGO_STATES[row["state"]], _order_ids_of(row)
    if state in (OrderState.FILLED, OrderState.PARTIAL) and not sent:
        raise ValueError("a triggered algo names no order")
    size = decimal_or_none(row["sz"])
    return OrderAnswer(
        client_order_id=row["algoClOrdId"],
        exchange_order_id=exchange_order_id,
        state=state,
        filled_quantity=Decimal(0),
        average_price=None,
        triggered_order_id=sent[0] if sent else "",
        trigger_price=decimal_or_none(row["slTriggerPx"]) or decimal_or_none(row["tpTriggerPx"]),
        quantity=None if size is None else size * market.contract_size,
        raw=row,
    )
