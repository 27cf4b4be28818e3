"""BingX's own error codes and texts; all of them come with HTTP 200 unless said otherwise.

Sources: docs-v3, the error tables of "Place order" (swap and spot) and "Cancel Order"; the exchange's api-ai-skills, "error
codes" (the numbers in force since 2025-10-09). Where the documentation has several codes for one thing, the newest is taken.
"""

from typing import Any

from simulator.core.markets import Kind
from simulator.core.orders import OrderType, Side
from simulator.core.refusals import Reason
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import Problem

_PRECISION = (110425, "The order size does not meet the contract's precision or step size.")
_PRICE = (110402, "The order price is invalid.")
_SUSPENDED = (101415, "This trading pair is suspended from opening new positions.")
_HAS_ORDERS = (109400, "the account has positions or pending orders")

_SHARED: dict[Reason, tuple[int, str] | tuple[int, str, int]] = {
    Reason.DUPLICATE_ID: (101481, "clientOrderID cannot be repeated"),
    Reason.WOULD_MATCH: (101215, "The Maker (Post Only) order ensures that the user always acts as a maker."),
    Reason.SYMBOL_EXISTS: (100400, "{symbol} exists"),
}

FUTURES = _SHARED | {
    Reason.UNKNOWN_SYMBOL: (109425, "{symbol} not exist, please verify it in api: /openApi/swap/v2/quote/contracts"),
    Reason.QUANTITY_PRECISION: _PRECISION,
    Reason.QUANTITY_STEP: _PRECISION,
    Reason.QUANTITY_TOO_SMALL: (101400, "The minimum order amount is {minimum}."),
    Reason.QUANTITY_TOO_LARGE: (101419, "Your order size has reached the upper limit"),
    Reason.PRICE_PRECISION: _PRICE,
    Reason.PRICE_TICK: _PRICE,
    Reason.PRICE_NOT_POSITIVE: _PRICE,
    Reason.NOTIONAL_TOO_SMALL: (
        101400,
        "Please ensure that the minimum nominal value of the order placed must be greater than {minimum}u",
    ),
    Reason.INSUFFICIENT_MARGIN: (101204, "Insufficient margin"),
    Reason.REDUCE_ONLY: (
        101290,
        "The Reduce Only order can only decrease the position and not be used to open a position. Please check your positions "
        "and open orders.",
    ),
    Reason.CLOSE_WITHOUT_POSITION: (109420, "position not exist"),
    Reason.CLOSE_WITH_QUANTITY: (109400, "quantity cannot be used with closePosition"),
    Reason.CLOSE_POSITION_EXISTS: (110406, "Position SL order already exists"),
    Reason.POSITION_SIDE: (109400, "In the One-way mode, the 'PositionSide' field can only be set to BOTH."),
    Reason.UNKNOWN_ORDER: (109421, "order not exist"),
    Reason.UNKNOWN_CANCEL: (109421, "order not exist"),
    Reason.LEVERAGE: (
        101414,
        "The leverage {leverage} is more than the maximum for this trading pair; please reduce it.",
    ),
    Reason.LEVERAGE_POSITION: (101209, "The maximum position value for this leverage is exceeded."),
    Reason.LEVERAGE_REDUCTION: (101222, "Current leverage risk is too high."),
    Reason.MARGIN_MODE_ORDERS: _HAS_ORDERS,
    Reason.MARGIN_MODE_POSITION: _HAS_ORDERS,
    Reason.POSITION_MODE_ORDERS: (109401, "user has pending orders or position"),
    Reason.POSITION_MODE_POSITION: (109401, "user has pending orders or position"),
    Reason.MARKET_CLOSED: _SUSPENDED,
    Reason.NOT_OPENING: _SUSPENDED,
    Reason.NO_CONDITIONALS: (110400, "The parameters submitted don't meet the requirement."),
    Reason.TOO_MANY_ORDERS: (110206, "TP/SL orders reached the maximum limit."),
}

SPOT = _SHARED | {
    Reason.UNKNOWN_SYMBOL: (100400, "invalid symbol, send symbol like BTC-USDT"),
    Reason.QUANTITY_PRECISION: (100400, "check param fail: precision of the quantity"),
    Reason.QUANTITY_STEP: (100400, "check param fail: precision of the quantity"),
    Reason.QUANTITY_TOO_SMALL: (100400, "check limit entrust value fail, entrust volume too low, minVolume:{minimum}"),
    Reason.QUANTITY_TOO_LARGE: (100400, "check param fail: entrust volume too large"),
    Reason.PRICE_PRECISION: (100400, "check param fail: price"),
    Reason.PRICE_TICK: (100400, "check param fail: price"),
    Reason.PRICE_NOT_POSITIVE: (100400, "price can't be lte 0 in limit order"),
    Reason.NOTIONAL_TOO_SMALL: (100400, "The minimum amount per order is {minimum}"),
    Reason.INSUFFICIENT_BALANCE: (100202, "Insufficient assets, please verify the assets status"),
    Reason.WOULD_TRIGGER: (100400, "check param fail: stopPrice"),
    Reason.UNKNOWN_ORDER: (100404, "order not exist"),
    Reason.UNKNOWN_CANCEL: (
        100400,
        "the order you want to cancel is FILLED or CANCELLED already, or is not a valid order id ,please verify",
    ),
    Reason.MARKET_CLOSED: (100490, "spot symbol is offline"),
    Reason.NOT_OPENING: (100490, "spot symbol is offline"),
    Reason.TOO_MANY_ORDERS: (100421, "LIMIT pending orders reached max (1000)"),
}

REFUSALS = {Kind.FUTURES: FUTURES, Kind.SPOT: SPOT}

PROBLEMS: dict[Problem, tuple[int, str, int]] = {
    Problem.NO_ROUTE: (100400, "this api is not exist, please refer to the API docs", 200),
    Problem.BAD_BODY: (109400, "Invalid parameters", 200),
    Problem.FORBIDDEN: (100004, "Permission denied as the API key was created without the permission", 200),
    Problem.TOO_MANY_REQUESTS: (100410, "rate limited", 200),
    Problem.TOO_MANY_ORDERS: (
        100410,
        "code:100410:The endpoint trigger frequency limit rule is currently in the disabled period, {limit} in 10 seconds",
        200,
    ),
    Problem.BANNED: (100410, "rate limited, will be unblocked after {until}", 418),
    Problem.MAINTENANCE: (100500, "The current system is busy, please try again later", 200),
    Problem.INTERNAL: (109500, "The current system is busy, please try again later", 200),
}

ONE_WAY = "In the One-way mode, the '{}' field can only be set to BOTH."
HEDGE = "In the Hedge mode, the '{}' field can only be set to LONG or SHORT."
NO_REDUCE_ONLY = "In the Hedge mode, the 'ReduceOnly' field can not be filled."


def wrong_mode(field: str, *, is_hedged: bool) -> VenueError:
    return VenueError(109400, (HEDGE if is_hedged else ONE_WAY).format(field))


def would_trigger(kind: OrderType, side: Side) -> VenueError:
    """The four codes for a trigger on the wrong side of the price; the side is the order's (a sale closes a long)."""
    name = "Stop Loss" if kind is OrderType.STOP_MARKET else "Take Profit"
    if (kind is OrderType.STOP_MARKET) == (side is Side.SELL):
        return VenueError(
            110411 if side is Side.SELL else 110414, f"{name} price should be lower than the current price"
        )
    return VenueError(110413 if side is Side.SELL else 110412, f"{name} price should be greater than the current price")


def missing(name: str) -> VenueError:
    return VenueError(109400, f"Invalid parameters, err:{name}: This field is required.")


def malformed(name: str) -> VenueError:
    return VenueError(109400, f"Invalid parameters, err:{name}: wrong value")


def describe(error: VenueError) -> dict[str, Any]:
    return {"code": error.code, "msg": error.message, "data": {}}
