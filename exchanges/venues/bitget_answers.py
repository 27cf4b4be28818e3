"""What Bitget's answers have in common: the envelope, its lists, states, fees. Source: bitget.com/api-doc, each call's own page."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, require_id
from exchanges.types import MarginMode, OrderAnswer, OrderState, PositionMode, ProtectionLeg

# Classic futures and spot, and unified accounts; spelled in both ways in the documentation.
STATES = {
    "init": OrderState.OPEN,
    "new": OrderState.OPEN,
    "live": OrderState.OPEN,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "cancelled": OrderState.CANCELLED,
}

# "executed": the order it became was sent; what became of that one, only it tells. Both spellings of a failure are documented.
PLAN_STATES = {
    "live": OrderState.OPEN,
    "not_trigger": OrderState.OPEN,
    "executing": OrderState.OPEN,
    "executed": OrderState.FILLED,
    "fail_execute": OrderState.REFUSED,
    "fail_trigger": OrderState.REFUSED,
    "cancelled": OrderState.CANCELLED,
}

POSITION_MODES = {"one_way_mode": PositionMode.ONE_WAY, "hedge_mode": PositionMode.HEDGE}
MARGIN_MODES = {MarginMode.ISOLATED: "isolated", MarginMode.CROSS: "crossed"}
_MARGIN_MODES_TOLD = {word: mode for mode, word in MARGIN_MODES.items()}
_LISTS = ("entrustedList", "orderList", "fillList", "bills", "list")


def data_of(raw: Raw) -> Any:
    return raw["data"]


def rows_of(raw: Raw) -> list[Any]:
    """The list in an answer; where there is nothing, the exchange says null, or null for the list."""
    data = raw["data"]
    if isinstance(data, dict):
        data = data[next((name for name in _LISTS if name in data), _LISTS[-1])]
    if data is None:
        return []
    if not isinstance(data, list):
        raise ValueError("not a list")
    return data


def only(client_order_id: str) -> Callable[[Raw], Raw]:
    """Picks the one order with that id of a list; NOT_FOUND where it is not in there."""

    def pick(raw: Raw) -> Raw:
        for row in rows_of(raw):
            if row["clientOid"] == client_order_id:
                return row
        raise not_found()

    return pick


def read_accepted(raw: Raw) -> OrderAnswer:
    """The answer to a placed order: its ids and nothing more."""
    row = raw["data"]
    exchange_order_id = require_id(row, "orderId")
    return OrderAnswer(str(row["clientOid"]), exchange_order_id, OrderState.OPEN, Decimal(0), None, raw=row)


def read_accepted_leg(raw: Raw, leg: ProtectionLeg) -> OrderAnswer:
    row = raw["data"]
    exchange_order_id = require_id(row, "orderId")
    return OrderAnswer(
        str(row["clientOid"]), exchange_order_id, OrderState.OPEN, Decimal(0), None,
        trigger_price=leg.trigger_price, raw=row,
    )  # fmt: skip


def quantity_of(value: Any) -> Decimal:
    """A quantity that is empty while nothing is filled."""
    return decimal_or_none(value) or Decimal(0)


def read_margin_mode(word: Any) -> MarginMode | None:
    return _MARGIN_MODES_TOLD.get(word)


def positive_or_none(value: Any) -> Decimal | None:
    """A liquidation price: "If the value <= 0, it means the position is at low risk and there is no liquidation price"."""
    price = decimal_or_none(value)
    return price if price is not None and price > 0 else None


def fee_of(detail: Mapping[str, Any], *, sign: int) -> tuple[Decimal, str]:
    """What was paid, and in which coin; `sign` -1 where the exchange tells what was paid as a negative amount."""
    return sign * decimal(detail.get("totalFee") or detail.get("fee") or 0), str(detail["feeCoin"])
