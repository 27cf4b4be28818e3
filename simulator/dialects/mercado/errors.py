"""Mercado Bitcoin's codes and texts. Source: api.mercadobitcoin.net/api/v4/docs, "Errors", and answers recorded by others.

A code is `DOMAIN|MODULE|ERROR`; one without a domain here gets the one of its route. The gateway in front answers numbers.
"""

from simulator.core.refusals import Reason
from simulator.dialects.errors import RefusalTable, VenueError
from simulator.dialects.json_dialect import Problem

GATEWAY = {401: "Unauthorized", 403: "Forbidden"}


def unauthorized() -> VenueError:
    """Of a token that is not valid or has ended."""
    return VenueError(401, "Access credentials are invalid", 401)


def forbidden() -> VenueError:
    """Of an account that is not the token's."""
    return VenueError(403, "Access credentials are not sufficient to access this resource", 403)


def not_a_token() -> VenueError:
    return VenueError("API|FORBIDDEN", "You need to be authenticated", 403)


def refused(error: str, text: str) -> VenueError:
    return VenueError(error, text, 400)


def missing(name: str) -> VenueError:
    return VenueError(f"API|REQUEST|{name.upper()}_MUST_BE_REQUIRED", f"The param {{{name}}} must be {{required}}", 422)


def malformed(name: str) -> VenueError:
    return refused("INVALID_PARAMETER", f"Invalid parameter value: {name}")


def wrong_type(name: str, kind: str) -> VenueError:
    return VenueError("API|UNPROCESSABLE_ENTITY", f"The field {name} must be {kind}", 422)


def not_found() -> VenueError:
    return refused("ORDER_NOT_FOUND", "Order not found")


def no_route() -> VenueError:
    return VenueError("API|ROUTE_NOT_FOUND", "This route not found", 404)


REFUSALS: RefusalTable = {
    Reason.UNKNOWN_SYMBOL: ("INVALID_PAIR", "The params {{base}} or {{quote}} are invalid", 400),
    Reason.MARKET_CLOSED: ("INVALID_PAIR", "The params {{base}} or {{quote}} are invalid", 400),
    Reason.NOT_OPENING: ("INVALID_PAIR", "The params {{base}} or {{quote}} are invalid", 400),
    Reason.QUANTITY_PRECISION: ("INVALID_DECIMAL_PLACES", "Invalid number of decimal places entered", 400),
    Reason.QUANTITY_STEP: ("INVALID_DECIMAL_PLACES", "Invalid number of decimal places entered", 400),
    Reason.QUANTITY_TOO_SMALL: ("INVALID_MIN_QUANTITY", "The param {{qty}} is lower than {minimum}", 400),
    Reason.QUANTITY_TOO_LARGE: ("INVALID_MAX_QUANTITY", "The param {{qty}} is higher than {maximum}", 400),
    Reason.PRICE_PRECISION: ("INVALID_DECIMAL_PLACES", "Invalid number of decimal places entered", 400),
    Reason.PRICE_TICK: ("INVALID_DECIMAL_PLACES", "Invalid number of decimal places entered", 400),
    Reason.PRICE_NOT_POSITIVE: ("INVALID_MIN_LIMIT_PRICE", "The param {{limitPrice}} is lower than 0", 400),
    Reason.NOTIONAL_TOO_SMALL: ("EXCEEDED_COST_LIMIT", "The minimum or maximum cost has been exceeded.", 400),
    Reason.INSUFFICIENT_BALANCE: ("INSUFFICIENT_BALANCE", "Insufficient balance to carry out the operation", 400),
    Reason.DUPLICATE_ID: ("ORDER_DUPLICATE", "There is already an order created", 400),
    # nothing is documented of a stop above the price; this is the nearest there is
    Reason.WOULD_TRIGGER: ("INVALID_STOP_PRICE", "The param stopPrice must be lower than the price", 400),
    Reason.WOULD_MATCH: ("INVALID_LIMIT_PRICE", "A post-only order would be executed at once", 400),
    Reason.UNKNOWN_ORDER: ("ORDER_NOT_FOUND", "Order not found", 400),
    Reason.UNKNOWN_CANCEL: ("INVALID_STATUS", "Order status is invalid", 400),
}
PROBLEMS: dict[Problem, tuple[int | str, str, int]] = {
    Problem.NO_ROUTE: ("API|ROUTE_NOT_FOUND", "This route not found", 404),
    Problem.BAD_BODY: ("API|UNPROCESSABLE_ENTITY", "The body must be JSON", 422),
    Problem.FORBIDDEN: ("INVALID_ACCESS", "Attempting to access a persistence method with a read-only key", 403),
    Problem.TOO_MANY_REQUESTS: (
        "API|REQUEST_RATE_EXCEEDED",
        "Request rate exceeded the request limit in the range",
        429,
    ),
    Problem.TOO_MANY_ORDERS: ("API|REQUEST_RATE_EXCEEDED", "Request rate exceeded the request limit in the range", 429),
    Problem.BANNED: ("API|REQUEST_BLOCKED", "Requests temporarily blocked", 429),
    Problem.MAINTENANCE: ("API|API_UNAVAILABLE", "API temporarily disabled", 503),
    Problem.INTERNAL: ("API|INTERNAL_SERVER_ERROR", "An unexpected error has occurred", 500),
}
