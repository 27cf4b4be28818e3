"""What can go wrong with an exchange, by what must be done about it. Pure: no Django, no ccxt.

Refused = the exchange proved that nothing was placed; OutcomeUnknown = nobody knows yet, ask by client order id;
NotSent = no byte left us; Unsupported = we cannot say it to this exchange.
"""

from enum import StrEnum


class RefusalKind(StrEnum):
    """Why an exchange refused; decides what happens next."""

    CREDENTIALS = "credentials"
    INSUFFICIENT_MARGIN = "insufficient_margin"
    BELOW_MINIMUM = "below_minimum"
    LEVERAGE = "leverage"
    UNKNOWN_SYMBOL = "unknown_symbol"
    MARKET_RULES = "market_rules"  # steps and ticks: our list of markets may be old
    POSITION_MODE = "position_mode"
    REDUCE_ONLY = "reduce_only"
    WOULD_TRIGGER = "would_trigger"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    RATE_LIMIT = "rate_limit"
    CLOCK = "clock"
    NOTHING_TO_CHANGE = "nothing_to_change"
    REGION = "region"
    OTHER = "other"


class ExchangeError(Exception):
    """The exchange could not do what was asked."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Refused(ExchangeError):
    """The exchange refused: nothing was placed or changed."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        kind: RefusalKind = RefusalKind.OTHER,
        retry_after_s: float = 0,
        is_ban: bool = False,
        lacks_permission: bool = False,
    ) -> None:
        super().__init__(message, code=code)
        self.kind = kind
        self.retry_after_s = retry_after_s
        self.is_ban = is_ban  # our address is shut out, not only asked to slow down
        self.lacks_permission = lacks_permission  # of a key that is right, but may not do what was asked


class NotSent(ExchangeError):
    """No byte of the request left us: nothing was placed. `retry_after_s` > 0: before that, nothing will be sent either."""

    def __init__(self, message: str, *, code: str = "", retry_after_s: float = 0) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ExchangeError):
    """The request left us and no trustworthy answer came: the order may or may not stand."""


class Unsupported(ExchangeError):
    """This exchange has no way to say what was asked."""


def seconds_to_wait(outcome: object) -> float:
    """How long nothing will be sent for the reason of this outcome (a ban, a used-up limit, an exchange that is down); else 0.

    Until then a repetition is in vain, and it is safe with the same id: such a request was not placed.
    """
    if isinstance(outcome, NotSent) or (isinstance(outcome, Refused) and outcome.kind is RefusalKind.RATE_LIMIT):
        return outcome.retry_after_s
    return 0.0
