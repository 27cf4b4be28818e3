"""WhiteBIT's words turned into ours. Source: docs.whitebit.com, "Spot Trading".

An order is told in two shapes: open ones with `orderId`, `left`, `timestamp` and `activation_price`, closed ones with `id`, `ctime` and
`activationPrice`.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, moment, require_id
from exchanges.types import ExchangeFill, Market, OrderAnswer, OrderState, Side

STATES = {
    "NEW": OrderState.OPEN,
    "OPEN": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.PARTIAL,
    "FILLED": OrderState.FILLED,
}
CONDITIONAL = ("stop market", "stop limit")


def rows(raw: Raw) -> list[Any]:
    """The rows of a list, which come by market, or without it where one was asked for; nothing at all is an empty list."""
    found = [row for listed in raw.values() for row in _listed(listed)] if isinstance(raw, dict) else _listed(raw)
    if not all(isinstance(row, dict) for row in found):
        raise ValueError("not a list of objects")
    return found


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def only(client_order_id: str, raw: Raw) -> Raw:
    """The order of that id. The exchange was asked for it alone; whether it listens to that is seen here."""
    found = [row for row in rows(raw) if row.get("clientOrderId") == client_order_id]
    if not found:
        raise not_found()
    (order,) = found
    return order


def as_active(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row among the active orders. Its `status` is not believed: documented rows tell FILLED with all of it left."""
    return dict(row) | {"status": "PARTIALLY_FILLED" if decimal(row["dealStock"]) else "OPEN"}


def _state(status: str) -> OrderState:
    """There are CANCELED, CANCELLED, and a growing number of reasons for it (CANCELED_STP, AUTO_CANCELED_LIQUIDATION …)."""
    return OrderState.CANCELLED if "CANCEL" in status else STATES[status]


def read_order(raw: Raw, market: Market) -> OrderAnswer:
    """An order in either shape. `amount` of a purchase at market price is a cost: no quantity is told then."""
    exchange_order_id = require_id(raw, "orderId" if "orderId" in raw else "id")
    filled, spent = decimal(raw["dealStock"]), decimal(raw["dealMoney"])
    state = _state(str(raw["status"]))
    if state is OrderState.FILLED and not filled:
        raise ValueError("filled, and nothing was traded")
    by_cost = raw["side"] == "buy" and raw["type"] in ("market", "stop market")
    return OrderAnswer(
        client_order_id=str(raw.get("clientOrderId") or ""),
        exchange_order_id=exchange_order_id,
        state=state,
        filled_quantity=filled,
        average_price=spent / filled if filled and spent else None,
        quantity=None if by_cost else decimal_or_none(raw["amount"]),
        trigger_price=decimal_or_none(raw.get("activation_price", raw.get("activationPrice"))),
        fee=decimal(raw.get("dealFee") or 0),
        # "fee in money" where no asset is told
        fee_currency=str(raw.get("feeAsset") or market.quote),
        raw=raw,
    )


def read_fill(raw: Mapping[str, Any], market: Market) -> ExchangeFill:
    """A deal of the executed history; times are seconds with a fraction, as a number of JSON."""
    return ExchangeFill(
        trade_id=str(int(raw["id"])),
        exchange_order_id=require_id(raw, "orderId"),
        market_key=market.key,
        side=Side(raw["side"]),
        price=decimal(raw["price"]),
        quantity=decimal(raw["amount"]),
        fee=decimal(raw["fee"]),
        fee_currency=str(raw.get("feeAsset") or market.quote),
        realized_pnl=None,
        filled_at=moment((decimal(raw["time"]) * 1000).to_integral_value(ROUND_FLOOR)),
        client_order_id=str(raw.get("clientOrderId") or ""),
    )


def whole_money(cost: Decimal, market: Market) -> Decimal:
    """The cost on the step of money, rounded down ("Min total step")."""
    return cost // market.price_step * market.price_step
