"""OKX's own codes and texts. Source: okx.com/docs-v5, "Error code", REST API."""

from simulator.core.refusals import Reason
from simulator.dialects.errors import RefusalTable, VenueError
from simulator.dialects.json_dialect import Problem


def missing(name: str) -> VenueError:
    return VenueError("50014", f"Parameter {name} can not be empty.", 400)


def malformed(name: str) -> VenueError:
    return VenueError("51000", f"Parameter {name} error")


def bad_key(code: str, text: str) -> VenueError:
    return VenueError(code, text, 401)


REFUSALS: RefusalTable = {
    Reason.UNKNOWN_SYMBOL: ("51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist."),
    Reason.QUANTITY_PRECISION: ("51121", "Order quantity must be a multiple of the lot size."),
    Reason.QUANTITY_STEP: ("51121", "Order quantity must be a multiple of the lot size."),
    Reason.QUANTITY_TOO_SMALL: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.QUANTITY_TOO_LARGE: ("51202", "Market order amount exceeds the maximum amount."),
    Reason.PRICE_PRECISION: ("51150", "The precision of the number of trades or the price exceeds the limit."),
    Reason.PRICE_TICK: ("51150", "The precision of the number of trades or the price exceeds the limit."),
    Reason.PRICE_NOT_POSITIVE: ("51122", "Order price should higher than the min price 0"),
    Reason.NOTIONAL_TOO_SMALL: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.INSUFFICIENT_MARGIN: ("51008", "Order failed. Insufficient USDT margin in account"),
    Reason.INSUFFICIENT_BALANCE: ("51008", "Order failed. Insufficient {asset} balance in account"),
    Reason.REDUCE_ONLY: (
        "51169",
        "Order failed because you don't have any positions in this direction for this contract to reduce or close.",
    ),
    Reason.POSITION_SIDE: ("51000", "Parameter posSide error"),
    Reason.WOULD_TRIGGER: ("51280", "SL trigger price cannot be higher than the last price."),
    Reason.DUPLICATE_ID: ("51016", "Client order ID already exists."),
    Reason.UNKNOWN_ORDER: ("51603", "Order does not exist."),
    Reason.UNKNOWN_CANCEL: (
        "51400",
        "Order cancellation failed as the order has been filled, canceled or does not exist.",
    ),
    Reason.LEVERAGE: ("59102", "Leverage exceeds the maximum limit. Please lower the leverage."),
    Reason.LEVERAGE_POSITION: (
        "51004",
        "Order failed. The position would be larger than the maximum under current leverage. Please lower the leverage.",
    ),
    Reason.LEVERAGE_REDUCTION: ("59103", "Leverage is too low and no sufficient margin in your account."),
    Reason.POSITION_MODE_ORDERS: ("59000", "Your settings failed as you have positions, bot or open orders."),
    Reason.POSITION_MODE_POSITION: ("59000", "Your settings failed as you have positions, bot or open orders."),
    Reason.CLOSE_POSITION_EXISTS: ("51088", "You can only place 1 TP/SL order to close an entire position"),
    Reason.CLOSE_WITHOUT_POSITION: ("51058", "No available position for this algo order"),
    Reason.CLOSE_WITH_QUANTITY: ("51000", "Parameter sz error"),
    Reason.OCO_PRICES: ("51280", "SL trigger price cannot be higher than the last price."),
    Reason.MARKET_CLOSED: ("51022", "Contract suspended."),
    Reason.NOT_OPENING: ("51028", "Contract under delivery."),
    Reason.NO_OCO: ("50062", "This feature is currently unavailable."),
    Reason.NO_CONDITIONALS: ("50062", "This feature is currently unavailable."),
    Reason.TOO_MANY_ORDERS: ("51261", "Each user can hold up to 200 pending stop orders at the same time."),
}

PROBLEMS: dict[Problem, tuple[str, str, int]] = {
    Problem.NO_ROUTE: ("404", "{path} Not Found", 404),
    Problem.BAD_BODY: ("50002", "JSON syntax error", 400),
    Problem.FORBIDDEN: ("50120", "This API key doesn't have permission to use this function", 200),
    Problem.TOO_MANY_REQUESTS: ("50011", "Too Many Requests", 429),
    Problem.TOO_MANY_ORDERS: ("50061", "You've reached the maximum order rate limit for this account.", 200),
    Problem.BANNED: ("50011", "Too Many Requests", 429),
    Problem.MAINTENANCE: ("50001", "Service temporarily unavailable. Please try again later.", 503),
    Problem.INTERNAL: ("50026", "System error. Try again later", 500),
}

# What a trigger is refused with that the price has reached already: (take profit?, sells?, by the mark price?)
PASSED = {
    (True, False, False): ("51277", "TP trigger price cannot be higher than the last price."),
    (False, False, False): ("51278", "SL trigger price cannot be lower than the last price."),
    (True, True, False): ("51279", "TP trigger price cannot be lower than the last price."),
    (False, True, False): ("51280", "SL trigger price cannot be higher than the last price."),
    (True, False, True): ("51300", "TP trigger price cannot be higher than the mark price"),
    (False, False, True): ("51302", "SL trigger price cannot be lower than the mark price"),
    (True, True, True): ("51303", "TP trigger price cannot be lower than the mark price"),
    (False, True, True): ("51304", "SL trigger price cannot be higher than the mark price"),
}
