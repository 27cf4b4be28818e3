"""Binance's own error codes and texts.

Sources: developers.binance.com, "Error Codes" of USDS-M futures and of the spot REST API.
"""

from simulator.core.refusals import Reason, Refused
from simulator.dialects.errors import Code, VenueError


class BinanceError(VenueError):
    """An answer `{"code": …, "msg": …}` with this HTTP status."""

    def __init__(self, code: Code, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)


def missing(name: str) -> BinanceError:
    return BinanceError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def malformed(name: str) -> BinanceError:
    return BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")


def not_required(name: str) -> BinanceError:
    return BinanceError(-1106, f"Parameter '{name}' sent when not required.")


def no_route(method: str, path: str) -> BinanceError:
    return BinanceError(-5000, f"Path {path}, Method {method} is invalid", 404)


def bad_key() -> BinanceError:
    return BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def too_many_requests(limit: int) -> BinanceError:
    return BinanceError(-1003, f"Too many requests; current limit of IP is {limit} requests per minute.", 429)


def too_many_orders(limit: int) -> BinanceError:
    return BinanceError(-1015, f"Too many new orders; current limit is {limit} orders per TEN_SECONDS.", 429)


def banned(peer: str, until: int) -> BinanceError:
    text = f"Way too many requests; IP({peer}) banned until {until}. Please use the websocket for live updates to avoid bans."
    return BinanceError(-1003, text, 418)


FUTURES: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Reason.QUANTITY_PRECISION: (-1111, "Precision is over the maximum defined for this asset."),
    Reason.QUANTITY_STEP: (-4023, "Qty not increased by step size."),
    Reason.QUANTITY_TOO_SMALL: (-4003, "Quantity less than or equal to zero."),
    Reason.QUANTITY_TOO_LARGE: (-4005, "Quantity greater than max quantity."),
    Reason.PRICE_PRECISION: (-1111, "Precision is over the maximum defined for this asset."),
    Reason.PRICE_TICK: (-4014, "Price not increased by tick size."),
    Reason.PRICE_NOT_POSITIVE: (-4001, "Price less than 0."),
    Reason.NOTIONAL_TOO_SMALL: (
        -4164,
        "Order's notional must be no smaller than {minimum} (unless you choose reduce only).",
    ),
    Reason.INSUFFICIENT_MARGIN: (-2019, "Margin is insufficient."),
    Reason.REDUCE_ONLY: (-2022, "ReduceOnly Order is rejected."),
    Reason.POSITION_SIDE: (-4061, "Order's position side does not match user's setting."),
    Reason.WOULD_TRIGGER: (-2021, "Order would immediately trigger."),
    Reason.WOULD_MATCH: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected. "
        "The order will not be recorded in the order history",
    ),
    Reason.DUPLICATE_ID: (-4116, "ClientOrderId is duplicated."),
    Reason.UNKNOWN_ORDER: (-2013, "Order does not exist."),
    Reason.UNKNOWN_CANCEL: (-2011, "Unknown order sent."),
    Reason.LEVERAGE: (-4028, "Leverage {leverage} is not valid"),
    Reason.LEVERAGE_POSITION: (-2027, "Exceeded the maximum allowable position at current leverage."),
    Reason.LEVERAGE_REDUCTION: (
        -4161,
        "Leverage reduction is not supported in Isolated Margin Mode with open positions.",
    ),
    Reason.MARGIN_MODE_UNCHANGED: (-4046, "No need to change margin type."),
    Reason.MARGIN_MODE_ORDERS: (-4047, "Margin type cannot be changed if there exists open orders."),
    Reason.MARGIN_MODE_POSITION: (-4048, "Margin type cannot be changed if there exists position."),
    Reason.POSITION_MODE_UNCHANGED: (-4059, "No need to change position side."),
    Reason.POSITION_MODE_ORDERS: (-4067, "Position side cannot be changed if there exists open orders."),
    Reason.POSITION_MODE_POSITION: (-4068, "Position side cannot be changed if there exists position."),
    Reason.CLOSE_POSITION_EXISTS: (
        -4130,
        "An open stop or take profit order with GTE and closePosition in the direction is existing.",
    ),
    Reason.CLOSE_WITHOUT_POSITION: (-4509, "Time in Force (TIF) GTE can only be used with open positions."),
    Reason.CLOSE_WITH_QUANTITY: (-4137, "Quantity must be zero with closePosition equals true."),
    Reason.TOO_MANY_ORDERS: (-4045, "Reach max stop order limit."),
    Reason.MARKET_CLOSED: (-4141, "Symbol is closed."),
    Reason.NOT_OPENING: (-4140, "Invalid symbol status for opening position."),
    Reason.NO_CONDITIONALS: (
        -4120,
        "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    ),
}

SPOT: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Reason.QUANTITY_PRECISION: (-1111, "Parameter 'quantity' has too much precision."),
    Reason.QUANTITY_STEP: (-1013, "Filter failure: LOT_SIZE"),
    Reason.QUANTITY_TOO_SMALL: (-1013, "Filter failure: LOT_SIZE"),
    Reason.QUANTITY_TOO_LARGE: (-1013, "Filter failure: MARKET_LOT_SIZE"),
    Reason.PRICE_PRECISION: (-1111, "Parameter 'price' has too much precision."),
    Reason.PRICE_TICK: (-1013, "Filter failure: PRICE_FILTER"),
    Reason.PRICE_NOT_POSITIVE: (-1013, "Invalid price."),
    Reason.NOTIONAL_TOO_SMALL: (-1013, "Filter failure: NOTIONAL"),
    Reason.INSUFFICIENT_BALANCE: (-2010, "Account has insufficient balance for requested action."),
    Reason.WOULD_TRIGGER: (-2010, "Stop price would trigger immediately."),
    Reason.WOULD_MATCH: (-2010, "Order would immediately match and take."),
    Reason.DUPLICATE_ID: (-2010, "Duplicate order sent."),
    Reason.UNKNOWN_ORDER: (-2013, "Order does not exist."),
    Reason.UNKNOWN_CANCEL: (-2011, "Unknown order sent."),
    Reason.MARKET_CLOSED: (-1013, "Market is closed."),
    Reason.NOT_OPENING: (-1013, "Market is closed."),
    Reason.NO_OCO: (-2010, "OCO orders are not supported for this symbol."),
    Reason.OCO_PRICES: (-2010, "The relationship of the prices for the orders is not correct."),
}


def translate(refusal: Refused, table: dict[Reason, tuple[int, str]]) -> BinanceError:
    """The refusal in Binance's words."""
    code, text = table[refusal.reason]
    return BinanceError(code, text.format(**refusal.details))
