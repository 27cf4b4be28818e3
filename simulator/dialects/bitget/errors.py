"""Bitget's own codes and texts. Source: bitget.com/api-doc, "RestAPI Error Code" of contract, spot and uta; texts with codes that are
not listed there (40774, 40786, 40797) as met in public threads. Refusals come with HTTP 400."""

from collections.abc import Callable
from typing import Any

from simulator.core.refusals import Reason, Refused
from simulator.dialects.call import Call
from simulator.dialects.errors import RefusalTable, VenueError, translate
from simulator.dialects.json_dialect import Problem


def refused(code: str, text: str) -> VenueError:
    return VenueError(code, text, 400)


def missing(name: str) -> VenueError:
    return refused("40019", f"Parameter {name} cannot be empty")


def malformed(name: str) -> VenueError:
    return refused("40020", f"Parameter {name} error")


NOT_THERE = ("43001", "The order does not exist", 400)
NO_COINS = ("43012", "Insufficient balance", 400)
STEP = ("40808", "Parameter verification exception size checkBDScale error value={quantity}", 400)
TICK = ("45115", "The price you enter should be a multiple of {tick}", 400)
STAND_IN_THE_WAY = ("45117", "Currently holding positions or orders, the margin mode cannot be adjusted", 400)
NO_SWITCH = ("40920", "Position or order exists, the position mode cannot be switched", 400)
NOT_OPEN = ("40919", "This function is not open yet", 400)

CLASSIC: RefusalTable = {
    Reason.UNKNOWN_SYMBOL: ("40034", "Parameter symbol does not exist", 400),
    Reason.QUANTITY_PRECISION: STEP,
    Reason.QUANTITY_STEP: STEP,
    Reason.QUANTITY_TOO_SMALL: ("45111", "less than the minimum order quantity", 400),
    Reason.QUANTITY_TOO_LARGE: ("45112", "more than the maximum order quantity", 400),
    Reason.PRICE_PRECISION: TICK,
    Reason.PRICE_TICK: TICK,
    Reason.PRICE_NOT_POSITIVE: ("40020", "Parameter price error", 400),
    Reason.NOTIONAL_TOO_SMALL: ("45110", "less than the minimum amount {minimum} USDT", 400),
    Reason.INSUFFICIENT_MARGIN: ("40762", "The order size is greater than the max open size", 400),
    Reason.INSUFFICIENT_BALANCE: NO_COINS,
    Reason.REDUCE_ONLY: ("22002", "No position to close", 400),
    Reason.POSITION_SIDE: (
        "40774",
        "The order type for unilateral position must also be the unilateral position type.",
        400,
    ),
    Reason.WOULD_TRIGGER: ("43014", "The trigger price must be below the current price", 400),
    Reason.DUPLICATE_ID: ("40786", "Duplicate clientOid", 400),
    Reason.UNKNOWN_ORDER: NOT_THERE,
    Reason.UNKNOWN_CANCEL: NOT_THERE,
    Reason.LEVERAGE: ("40797", "Exceeded the maximum settable leverage", 400),
    Reason.LEVERAGE_POSITION: ("40921", "The order size cannot exceed the maximum size of the positionLevel", 400),
    Reason.LEVERAGE_REDUCTION: ("40797", "Exceeded the maximum settable leverage", 400),
    Reason.MARGIN_MODE_ORDERS: STAND_IN_THE_WAY,
    Reason.MARGIN_MODE_POSITION: STAND_IN_THE_WAY,
    Reason.POSITION_MODE_ORDERS: NO_SWITCH,
    Reason.POSITION_MODE_POSITION: NO_SWITCH,
    Reason.CLOSE_WITHOUT_POSITION: ("43023", "Insufficient position, can not set profit or stop loss", 400),
    Reason.MARKET_CLOSED: ("40309", "The contract has been removed", 400),
    Reason.NOT_OPENING: ("40309", "The contract has been removed", 400),
    Reason.NO_CONDITIONALS: NOT_OPEN,
    Reason.TOO_MANY_ORDERS: ("43005", "Exceed the maximum number of orders", 400),
}

UNIFIED: RefusalTable = {
    **CLASSIC,
    Reason.UNKNOWN_SYMBOL: ("25100", "Trading pair does not exist", 400),
    Reason.QUANTITY_PRECISION: ("25610", "Order amount does not meet precision requirements", 400),
    Reason.QUANTITY_STEP: ("25610", "Order amount does not meet precision requirements", 400),
    Reason.QUANTITY_TOO_SMALL: ("25207", "trading quantity cannot be less than {minimum} units", 400),
    Reason.QUANTITY_TOO_LARGE: ("25208", "trading quantity cannot exceed {maximum} units", 400),
    Reason.PRICE_PRECISION: ("25244", "Price should be a multiple of {tick}", 400),
    Reason.PRICE_TICK: ("25244", "Price should be a multiple of {tick}", 400),
    Reason.PRICE_NOT_POSITIVE: ("25200", "price validation error", 400),
    Reason.NOTIONAL_TOO_SMALL: ("25611", "Order quantity must be greater than the minimum order amount", 400),
    Reason.INSUFFICIENT_MARGIN: ("25203", "Insufficient margin", 400),
    Reason.INSUFFICIENT_BALANCE: ("25202", "Insufficient balance", 400),
    Reason.REDUCE_ONLY: ("25227", "No position available to close", 400),
    Reason.POSITION_SIDE: ("25236", "Incorrect position open type", 400),
    Reason.DUPLICATE_ID: ("25212", "Duplicate clientOid", 400),
    Reason.UNKNOWN_ORDER: ("25204", "Order does not exist", 400),
    Reason.UNKNOWN_CANCEL: ("25204", "Order does not exist", 400),
    Reason.LEVERAGE: ("25223", "Exceeds Max. leverage", 400),
    Reason.LEVERAGE_POSITION: ("25233", "Order quantity cannot exceed the maximum for this level", 400),
    Reason.LEVERAGE_REDUCTION: ("25228", "Unable to update leverage for this position, insufficient margin!", 400),
    Reason.CLOSE_WITHOUT_POSITION: ("25601", "Position does not exist; cannot set TP/SL", 400),
    Reason.MARKET_CLOSED: ("25101", "Trading pair not open for trading", 400),
    Reason.NOT_OPENING: ("25101", "Trading pair not open for trading", 400),
}

PROBLEMS: dict[Problem, tuple[str, str, int]] = {
    Problem.NO_ROUTE: ("40404", "Request URL NOT FOUND", 404),
    Problem.BAD_BODY: ("40017", "Parameter verification failed", 400),
    Problem.FORBIDDEN: ("40014", "Incorrect permissions, need trade permissions", 400),
    Problem.TOO_MANY_REQUESTS: ("429", "Too Many Requests", 429),
    Problem.TOO_MANY_ORDERS: ("429", "Too Many Requests", 429),
    Problem.BANNED: ("429", "Too Many Requests", 429),
    Problem.MAINTENANCE: ("40200", "Server upgrade, please try again later", 400),
    Problem.INTERNAL: ("40725", "service return an error", 500),
}

# A trigger that the price has reached already, by (take profit?, of a long?).
PASSED = {
    (False, True): ("40834", "The stop loss price of the long position should be less than the current price"),
    (True, True): ("40830", "The take profit price of the long position should be greater than the current price"),
    (False, False): ("40836", "The stop loss price of the short position should be greater than the current price"),
    (True, False): ("40832", "The take profit price of short positions should be less than the current price"),
}
_CLOSE_LONG, _CLOSE_SHORT = "For long position TP/SL (close long)", "For short position TP/SL (close short)"
UNIFIED_PASSED = {
    (False, True): ("25590", f"{_CLOSE_LONG}, the stop-loss trigger price must be less than the mark price"),
    (True, True): ("25589", f"{_CLOSE_LONG}, the take-profit trigger price must be greater than the mark price"),
    (False, False): ("25592", f"{_CLOSE_SHORT}, the stop-loss trigger price must be greater than the mark price"),
    (True, False): ("25591", f"{_CLOSE_SHORT}, the take-profit trigger price must be less than the mark price"),
}


def unified(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
    """The handler of a v3 path: its refusals have codes of their own."""

    def handle(call: Call) -> Any:
        try:
            return handler(call)
        except Refused as refusal:
            raise translate(refusal, UNIFIED) from refusal

    return handle
