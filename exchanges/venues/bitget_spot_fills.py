"""What a classic spot order cost: the fee in the order's own answer, and its trades."""

import json
from decimal import Decimal
from typing import Any

from exchanges.raw_values import decimal, moment
from exchanges.types import ExchangeFill, Market, Side
from exchanges.venues.bitget_answers import fee_of


def read_order_fee(raw: dict[str, Any], market: Market) -> tuple[Decimal, str]:
    """The fee in an order's own answer, as JSON within the JSON: `r` was taken from the coin received, `d` from BGB instead."""
    if not raw.get("feeDetail"):
        return Decimal(0), ""
    detail = json.loads(raw["feeDetail"], parse_float=Decimal, parse_int=Decimal)
    received = market.base if raw["side"] == "buy" else market.quote
    fees = detail.get("newFees")
    if fees is None:
        told = next(iter(detail.values()))
        return -decimal(told["totalFee"]), str(told["feeCoinCode"])
    if not fees["r"] and fees["d"]:
        return -decimal(fees["d"]), "BGB"
    return -decimal(fees["r"]), received


def read_spot_fill(row: dict[str, Any], market: Market) -> ExchangeFill:
    fee, coin = fee_of(row["feeDetail"], sign=-1)
    return ExchangeFill(
        trade_id=str(row["tradeId"]),
        exchange_order_id=str(row["orderId"]),
        market_key=market.key,
        side=Side(row["side"]),
        price=decimal(row["priceAvg"]),
        quantity=decimal(row["size"]),
        fee=fee,
        fee_currency=coin,
        realized_pnl=None,
        filled_at=moment(row["cTime"]),
    )
