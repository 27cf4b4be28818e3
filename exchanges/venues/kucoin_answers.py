"""What KuCoin's answers mean (kucoin.com/docs-new and KuCoin's own specification, github.com/Kucoin/kucoin-universal-sdk).

An answer is `{"code": "200000", "data": …}`. Sizes of futures are contracts ("lots"); an order's `status` says only whether it is
still at work, what came of it say its sizes.
"""

from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, require_id
from exchanges.types import Market, OrderAnswer, OrderState


def rows(raw: Raw) -> list[dict[str, Any]]:
    """The rows of an answer, of a page of it too. Raises TypeError for anything else than a list."""
    told = raw["data"]
    found = told["items"] if isinstance(told, dict) else told
    if not isinstance(found, list):
        raise TypeError("these data are a list")
    return found


def only(raw: Raw) -> dict[str, Any]:
    """The order that was asked for; without data there is none."""
    told = raw["data"]
    if told is None or told == []:
        raise not_found()
    row: dict[str, Any] = told[0] if isinstance(told, list) else told
    return row


def read_id(raw: Raw, client_order_id: str, trigger_price: Decimal | None = None) -> OrderAnswer:
    """The answer to an order: its ids, and nothing of what became of it. A spot stop is answered without our id."""
    row = raw["data"]
    return OrderAnswer(
        client_order_id=row.get("clientOid") or client_order_id,
        exchange_order_id=require_id(row, "orderId"),
        state=OrderState.OPEN,
        filled_quantity=Decimal(0),
        average_price=None,
        trigger_price=trigger_price,
        raw=row,
    )


def read_futures_order(row: dict[str, Any], market: Market) -> OrderAnswer:
    """Also of a stop: when it is triggered it keeps its ids ("including a stop order")."""
    exchange_order_id = require_id(row, "id")
    size, filled = decimal(row["size"]), decimal(row["dealSize"])
    quantity = filled * market.contract_size
    average = decimal_or_none(row.get("avgDealPrice"))
    fired = bool(row.get("stop")) and (bool(row["stopTriggered"]) or bool(filled))
    return OrderAnswer(
        client_order_id=row["clientOid"] or "",
        exchange_order_id=exchange_order_id,
        state=_state({"open": True, "done": False}[row["status"]], filled, complete=filled >= size),
        filled_quantity=quantity,
        average_price=(average or decimal(row["dealValue"]) / quantity) if filled else None,
        triggered_order_id=exchange_order_id if fired else "",
        trigger_price=decimal_or_none(row.get("stopPrice")),
        quantity=size * market.contract_size,
        raw=row,
    )


def read_spot_order(row: dict[str, Any]) -> OrderAnswer:
    """A purchase by cost has no size: what is left of its funds is given back when it ends."""
    exchange_order_id = require_id(row, "id")
    size, filled = decimal_or_none(row["size"]), decimal(row["dealSize"])
    return OrderAnswer(
        client_order_id=row["clientOid"] or "",
        exchange_order_id=exchange_order_id,
        state=_state(bool(row["active"]), filled, complete=size is None or filled >= size),
        filled_quantity=filled,
        average_price=decimal(row["dealFunds"]) / filled if filled else None,
        quantity=size,
        fee=decimal(row["fee"] or 0),
        fee_currency=str(row["feeCurrency"] or ""),
        raw=row,
    )


def read_spot_stop(row: dict[str, Any]) -> OrderAnswer:
    """An order of its own until it is triggered ("NEW", "TRIGGERED"); what it sold then, only the trades tell."""
    exchange_order_id, fired = require_id(row, "id"), {"NEW": False, "TRIGGERED": True}[row["status"]]
    return OrderAnswer(
        client_order_id=row["clientOid"] or "",
        exchange_order_id=exchange_order_id,
        state=OrderState.FILLED if fired else OrderState.OPEN,
        filled_quantity=Decimal(0),
        average_price=None,
        triggered_order_id=exchange_order_id if fired else "",
        trigger_price=decimal_or_none(row["stopPrice"]),
        quantity=decimal_or_none(row["size"]),
        raw=row,
    )


def _state(at_work: bool, filled: Decimal, *, complete: bool) -> OrderState:
    if at_work:
        return OrderState.PARTIAL if filled else OrderState.OPEN
    return OrderState.FILLED if filled and complete else OrderState.CANCELLED
