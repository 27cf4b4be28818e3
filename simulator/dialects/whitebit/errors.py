"""WhiteBIT's codes and texts. Source: docs.whitebit.com, "Errors" of "Spot Trading" and of "Rate limits and error codes".

An error names the field it is about; which one stands in front of the text here, before a bar.
"""

from simulator.core.refusals import Reason
from simulator.dialects.errors import RefusalTable, VenueError
from simulator.dialects.json_dialect import Problem

VALIDATION, INNER = "Validation failed", "Inner validation failed"


def before(text: str) -> VenueError:
    """Said of a request before it is looked into. The documentation gives neither code nor status of most; ccxt quotes code 10."""
    return VenueError(10, text, 401)


def used_nonce() -> VenueError:
    """As ccxt#25353 quotes it."""
    return VenueError(0, "Too many requests.", 429)


def invalid(code: int, field: str, text: str) -> VenueError:
    return VenueError(code, f"{field}|{text}", 422)


def missing(name: str) -> VenueError:
    return invalid(30, name, f"{name[:1].upper()}{name[1:]} field is required.")


def malformed(name: str) -> VenueError:
    code = {"market": 31, "amount": 32, "clientOrderId": 36}.get(name, 30)
    return invalid(code, name, f"{name[:1].upper()}{name[1:]} field should be numeric string or number.")


def no_history() -> VenueError:
    """Of a look-up by client order id among what is closed."""
    return invalid(30, "orderHistory", "OrderHistory was not found.")


def not_found() -> VenueError:
    return VenueError(2, "orderId|Unexecuted order was not found.", 400)


MARKET = (31, "market|Market is not available.", 422)
REFUSALS: RefusalTable = {
    Reason.UNKNOWN_SYMBOL: MARKET,
    Reason.MARKET_CLOSED: MARKET,
    Reason.NOT_OPENING: MARKET,
    Reason.QUANTITY_PRECISION: (32, "amount|Min amount step is not kept", 422),
    Reason.QUANTITY_STEP: (32, "amount|Min amount step is not kept", 422),
    Reason.QUANTITY_TOO_SMALL: (32, "amount|Given amount is less than min amount {minimum}", 422),
    Reason.QUANTITY_TOO_LARGE: (32, "amount|Amount should not be greater than {maximum}", 422),
    Reason.PRICE_PRECISION: (30, "activationPrice|Min activation price step is not kept", 422),
    Reason.PRICE_TICK: (30, "activationPrice|Min activation price step is not kept", 422),
    Reason.PRICE_NOT_POSITIVE: (30, "activationPrice|Activation price should be greater than 0.", 422),
    Reason.NOTIONAL_TOO_SMALL: (32, "amount|Total amount should be no less than 5.05 + trade fee", 422),
    Reason.INSUFFICIENT_BALANCE: (10, "amount|Not enough balance.", 400),
    Reason.DUPLICATE_ID: (36, "clientOrderId|This client order id is already used by the current account.", 422),
    Reason.WOULD_TRIGGER: (30, "activationPrice|Activation price should not be equal to the last price", 422),
    Reason.WOULD_MATCH: (30, "postOnly|The order would be executed at once", 422),
    Reason.UNKNOWN_ORDER: (2, "orderId|Unexecuted order was not found.", 400),
    Reason.UNKNOWN_CANCEL: (2, "orderId|Unexecuted order was not found.", 400),
}
PROBLEMS: dict[Problem, tuple[int | str, str, int]] = {
    Problem.NO_ROUTE: (30, "request|The page could not be found", 404),
    Problem.BAD_BODY: (10, "Invalid payload", 401),
    Problem.FORBIDDEN: (10, "You don't have permission to use this endpoint.", 403),
    Problem.TOO_MANY_REQUESTS: (30, "Too many requests.", 429),
    Problem.TOO_MANY_ORDERS: (30, "Too many requests.", 429),
    Problem.BANNED: (30, "Too many requests.", 429),
    Problem.MAINTENANCE: (0, "System maintenance", 503),
    Problem.INTERNAL: (0, "Server error", 500),
}
