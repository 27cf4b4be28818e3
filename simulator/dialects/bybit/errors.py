"""Bybit's own codes and texts. Nearly all of them come with HTTP 200. Source: bybit-exchange.github.io/docs/v5/error."""

from typing import Any

from simulator.core.refusals import Reason
from simulator.dialects.errors import Code, RefusalTable, VenueError
from simulator.dialects.json_dialect import Problem

QUANTITY = (10001, "Qty invalid")
PRICE = (10001, "Price invalid")
RISK_LIMIT = "cannot set leverage [{leverage}] gt maxLeverage by risk limit"

FUTURES: RefusalTable = {
    Reason.UNKNOWN_SYMBOL: (10001, "params error: symbol invalid {symbol}"),
    Reason.QUANTITY_PRECISION: QUANTITY,
    Reason.QUANTITY_STEP: QUANTITY,
    Reason.QUANTITY_TOO_SMALL: (10001, "The number of contracts exceeds minimum limit allowed"),
    Reason.QUANTITY_TOO_LARGE: (10001, "The number of contracts exceeds maximum limit allowed: too large"),
    Reason.PRICE_PRECISION: PRICE,
    Reason.PRICE_TICK: PRICE,
    Reason.PRICE_NOT_POSITIVE: PRICE,
    Reason.NOTIONAL_TOO_SMALL: (110094, "Order does not meet minimum order value {minimum}USDT"),
    Reason.INSUFFICIENT_MARGIN: (110007, "ab not enough for new order"),
    Reason.REDUCE_ONLY: (110017, "current position is zero, cannot fix reduce-only order qty"),
    Reason.POSITION_SIDE: (10001, "position idx not match position mode"),
    Reason.WOULD_TRIGGER: (10001, "StopLoss:{trigger} set for this position is beyond base_price:{price}??MarkPrice"),
    Reason.WOULD_MATCH: (170218, "The LIMIT-MAKER order is rejected due to invalid price."),
    Reason.DUPLICATE_ID: (110072, "OrderLinkedID is duplicate"),
    Reason.UNKNOWN_ORDER: (110001, "order not exists or too late to cancel"),
    Reason.UNKNOWN_CANCEL: (110001, "order not exists or too late to cancel"),
    Reason.LEVERAGE: (110013, RISK_LIMIT),
    Reason.LEVERAGE_POSITION: (110013, RISK_LIMIT),
    Reason.LEVERAGE_REDUCTION: (110012, "Insufficient available balance."),
    Reason.POSITION_MODE_UNCHANGED: (110025, "Position mode is not modified"),
    Reason.POSITION_MODE_ORDERS: (110028, "There are open orders, so you cannot switch position mode"),
    Reason.POSITION_MODE_POSITION: (110024, "You have an existing position, so the position mode cannot be switched"),
    Reason.CLOSE_WITHOUT_POSITION: (10001, "can not set tp/sl/ts for zero position"),
    Reason.MARKET_CLOSED: (110066, "Trading is currently not allowed"),
    Reason.NOT_OPENING: (110023, "Currently you can only reduce positions on this contract"),
    Reason.NO_CONDITIONALS: (110009, "The number of stop orders exceeds the maximum allowable limit"),
    Reason.TOO_MANY_ORDERS: (110009, "The number of stop orders exceeds the maximum allowable limit"),
}

DECIMALS = (170137, "Order quantity has too many decimals.")
SPOT_PRICE = (170134, "Order price has too many decimals.")

SPOT: RefusalTable = {
    Reason.UNKNOWN_SYMBOL: (170121, "Invalid symbol."),
    Reason.QUANTITY_PRECISION: DECIMALS,
    Reason.QUANTITY_STEP: DECIMALS,
    Reason.QUANTITY_TOO_SMALL: (170136, "Order quantity exceeded lower limit."),
    Reason.QUANTITY_TOO_LARGE: (170135, "Order quantity exceeded upper limit."),
    Reason.PRICE_PRECISION: SPOT_PRICE,
    Reason.PRICE_TICK: SPOT_PRICE,
    Reason.PRICE_NOT_POSITIVE: (170133, "Order price lower than the minimum."),
    Reason.NOTIONAL_TOO_SMALL: (170140, "Order value exceeded lower limit."),
    Reason.INSUFFICIENT_BALANCE: (170131, "Insufficient balance."),
    Reason.WOULD_TRIGGER: (170210, "New order rejected."),
    Reason.WOULD_MATCH: (170218, "The LIMIT-MAKER order is rejected due to invalid price."),
    Reason.DUPLICATE_ID: (170141, "Duplicate clientOrderId"),
    Reason.UNKNOWN_ORDER: (170213, "Order does not exist."),
    Reason.UNKNOWN_CANCEL: (170213, "Order does not exist."),
    Reason.MARKET_CLOSED: (170151, "The trading pair is not open yet"),
    Reason.NOT_OPENING: (170151, "The trading pair is not open yet"),
}

PROBLEMS: dict[Problem, tuple[Code, str, int]] = {
    Problem.NO_ROUTE: (10017, "Route not found.", 404),
    Problem.BAD_BODY: (10001, "Request parameter error.", 200),
    Problem.FORBIDDEN: (10005, "Permission denied, please check your API key permissions.", 200),
    Problem.TOO_MANY_REQUESTS: (10018, "Exceeded the IP Rate Limit.", 403),
    Problem.TOO_MANY_ORDERS: (10006, "Too many visits. Exceeded the API Rate Limit.", 200),
    Problem.BANNED: (10018, "access too frequent", 403),
    Problem.MAINTENANCE: (10016, "Internal server error.", 503),
    Problem.INTERNAL: (10016, "Internal server error.", 200),
}


def wrong(what: str) -> VenueError:
    """10001 with these words."""
    return VenueError(10001, what)


def margin_mode_refused(why: str) -> VenueError:
    """3400045: the result tells the reasons."""
    reasons: dict[str, Any] = {"reasons": [{"reasonCode": "3400101", "reasonMsg": why}]}
    return VenueError(3400045, "Set margin mode failed", 200, reasons)
