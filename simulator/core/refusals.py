"""Why the exchange says no, in words of our own; a dialect translates each into its venue's code."""

from enum import StrEnum


class Reason(StrEnum):
    UNKNOWN_SYMBOL = "unknown_symbol"
    QUANTITY_PRECISION = "quantity_precision"
    QUANTITY_STEP = "quantity_step"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    PRICE_PRECISION = "price_precision"
    PRICE_TICK = "price_tick"
    PRICE_NOT_POSITIVE = "price_not_positive"
    NOTIONAL_TOO_SMALL = "notional_too_small"
    INSUFFICIENT_MARGIN = "insufficient_margin"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    REDUCE_ONLY = "reduce_only"
    POSITION_SIDE = "position_side"
    WOULD_TRIGGER = "would_trigger"
    WOULD_MATCH = "would_match"
    DUPLICATE_ID = "duplicate_id"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_CANCEL = "unknown_cancel"
    LEVERAGE = "leverage"
    LEVERAGE_POSITION = "leverage_position"
    LEVERAGE_REDUCTION = "leverage_reduction"
    MARGIN_MODE_UNCHANGED = "margin_mode_unchanged"
    MARGIN_MODE_ORDERS = "margin_mode_orders"
    MARGIN_MODE_POSITION = "margin_mode_position"
    POSITION_MODE_UNCHANGED = "position_mode_unchanged"
    POSITION_MODE_ORDERS = "position_mode_orders"
    POSITION_MODE_POSITION = "position_mode_position"
    CLOSE_POSITION_EXISTS = "close_position_exists"
    CLOSE_WITHOUT_POSITION = "close_without_position"
    CLOSE_WITH_QUANTITY = "close_with_quantity"
    OCO_PRICES = "oco_prices"
    MARKET_CLOSED = "market_closed"
    NOT_OPENING = "not_opening"
    SYMBOL_EXISTS = "symbol_exists"
    NO_OCO = "no_oco"
    NO_CONDITIONALS = "no_conditionals"
    TOO_MANY_ORDERS = "too_many_orders"


class Refused(Exception):
    """The exchange understood the request and did nothing."""

    def __init__(self, reason: Reason, **details: object) -> None:
        self.reason = reason
        self.details = details
        super().__init__(f"{reason}: " + ", ".join(f"{k}={v}" for k, v in details.items()))


class AccountExists(Exception):
    """An account with this API key is already open."""


class UnknownAccount(Exception):
    """There is no account under this id or API key."""
