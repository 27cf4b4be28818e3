"""Gate's errors: what each proves and asks for.

Source: gate.com/docs/developers/apiv4, "Label list", and bodies captured in public threads. An error is `{"label", "message"}`
or `{"label", "detail"}` with HTTP 4xx or 5xx. A label that is not listed is an unknown outcome unless it comes with 401, which
is said before a request is looked at; what comes with 5xx proves nothing whatever it says.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

UNKNOWN = frozenset({"INTERNAL", "SERVER_ERROR", "TOO_BUSY"})

_OTHER = (
    "INVALID_PARAM_VALUE", "INVALID_PROTOCOL", "INVALID_ARGUMENT", "INVALID_REQUEST_BODY", "MISSING_REQUIRED_PARAM",
    "MISSING_REQUIRED_HEADER", "BAD_REQUEST", "INVALID_CONTENT_TYPE", "NOT_ACCEPTABLE", "METHOD_NOT_ALLOWED", "NOT_FOUND",
    "CONTRACT_NO_COUNTER",  # nobody on the other side
    "CONTRACT_IN_DELISTING",  # positions can only be closed or reduced
    "LIQUIDATE_IMMEDIATELY",  # the operation would cause liquidation
    "ORDER_NOT_OWNED", "POSITION_IN_LIQUIDATION", "POSITION_IN_CLOSE", "POSITION_CROSS_MARGIN",
    "POSITION_HOLDING",  # of the position mode: there are positions
    "PRICE_TOO_DEVIATED", "PRICE_THRESHOLD_EXCEEDED", "PRICE_OVER_LIQUIDATION", "PRICE_OVER_BANKRUPT", "SIZE_TOO_LARGE", "AMOUNT_TOO_MUCH",
    "TOO_MANY_ORDERS", "TRADE_RESTRICTED", "ORDER_POC_IMMEDIATE", "ORDER_FOK",
    "AUTO_INVALID_PARAM_TRIGGER_RULE", "AUTO_USER_EXIST_POSITION_ORDER",
)  # fmt: skip

CODES = ErrorCodes(
    no_permission=frozenset({"FORBIDDEN"}),
    refused={
        **dict.fromkeys(_OTHER, RefusalKind.OTHER),
        "INVALID_CREDENTIALS": RefusalKind.CREDENTIALS,
        "AUTHENTICATION_FAILED": RefusalKind.CREDENTIALS,
        "INVALID_KEY": RefusalKind.CREDENTIALS,
        "INVALID_SIGNATURE": RefusalKind.CREDENTIALS,  # the secret is not the key's
        "IP_FORBIDDEN": RefusalKind.CREDENTIALS,  # our address is not on the key's list
        "READ_ONLY": RefusalKind.CREDENTIALS,
        "FORBIDDEN": RefusalKind.CREDENTIALS,  # the key has no permission for this
        "ACCOUNT_LOCKED": RefusalKind.CREDENTIALS,
        "SUB_ACCOUNT_LOCKED": RefusalKind.CREDENTIALS,
        "REQUEST_EXPIRED": RefusalKind.CLOCK,  # "gap between request Timestamp and server time exceeds 60"
        "TOO_MANY_REQUESTS": RefusalKind.RATE_LIMIT,
        "TOO_FAST": RefusalKind.RATE_LIMIT,
        "USER_NOT_FOUND": RefusalKind.INSUFFICIENT_MARGIN,  # "please transfer funds first to create futures account"
        "INSUFFICIENT_AVAILABLE": RefusalKind.INSUFFICIENT_MARGIN,
        "BALANCE_NOT_ENOUGH": RefusalKind.INSUFFICIENT_MARGIN,
        "MARGIN_BALANCE_NOT_ENOUGH": RefusalKind.INSUFFICIENT_MARGIN,
        "FUTURES_BALANCE_NOT_ENOUGH": RefusalKind.INSUFFICIENT_MARGIN,
        "SIZE_TOO_SMALL": RefusalKind.BELOW_MINIMUM,
        "AMOUNT_TOO_LITTLE": RefusalKind.BELOW_MINIMUM,
        "INVALID_PRECISION": RefusalKind.MARKET_RULES,
        "AUTO_INVALID_PARAM_PRICE": RefusalKind.MARKET_RULES,  # "not an integer multiple of a price unit"
        "CONTRACT_NOT_FOUND": RefusalKind.UNKNOWN_SYMBOL,
        "INVALID_CURRENCY": RefusalKind.UNKNOWN_SYMBOL,
        "LEVERAGE_TOO_HIGH": RefusalKind.LEVERAGE,
        "LEVERAGE_TOO_LOW": RefusalKind.LEVERAGE,
        "RISK_LIMIT_EXCEEDED": RefusalKind.LEVERAGE,  # more than the position's tier allows
        "RISK_LIMIT_TOO_HIGH": RefusalKind.LEVERAGE,
        "RISK_LIMIT_TOO_LOW": RefusalKind.LEVERAGE,
        "INCREASE_POSITION": RefusalKind.REDUCE_ONLY,  # "the order will increase the position while reduce-only is set"
        "POSITION_EMPTY": RefusalKind.REDUCE_ONLY,
        "AUTO_TRIGGER_PRICE_LESS_LAST": RefusalKind.WOULD_TRIGGER,  # "Trigger.Price must < last_price"
        "AUTO_TRIGGER_PRICE_GREATE_LAST": RefusalKind.WOULD_TRIGGER,  # "Trigger.Price must > last_price"
        "REPEATED_CREATION": RefusalKind.DUPLICATE,
        "ORDER_NOT_FOUND": RefusalKind.NOT_FOUND,
        "CLIENT_ID_NOT_FOUND": RefusalKind.NOT_FOUND,
        "AUTO_ORDER_NOT_FOUND": RefusalKind.NOT_FOUND,
        "ORDER_FINISHED": RefusalKind.NOT_FOUND,  # of a cancellation: it has ended
        "ORDER_CLOSED": RefusalKind.NOT_FOUND,
        "ORDER_CANCELLED": RefusalKind.NOT_FOUND,
        "NO_CHANGE": RefusalKind.NOTHING_TO_CHANGE,
    },
    unknown=UNKNOWN,
    by_message={
        ("INVALID_PARAM_VALUE", "too small"): RefusalKind.BELOW_MINIMUM,
        ("INVALID_PARAM_VALUE", "invalid argument: contract"): RefusalKind.UNKNOWN_SYMBOL,
        ("FORBIDDEN", "region"): RefusalKind.REGION,
    },
)

_WINDOW_S = 10.0  # over which requests are counted


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of Gate, None for a good one."""
    label, message = _label_and_message(body)
    if not label and status in (403, 429):  # the web firewall's answer, in HTML: stopped before the exchange
        return Refused("The exchange's firewall refused the request", code=str(status), kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers), is_ban=True)  # fmt: skip
    if 200 <= status < 300 and not label:
        return None
    if not label:
        return OutcomeUnknown(f"HTTP {status} without a label", code=f"http_{status}")
    if status >= 500:  # even a listed label proves nothing then
        return OutcomeUnknown(message or f"HTTP {status}", code=label)
    limited = CODES.refused.get(label) is RefusalKind.RATE_LIMIT
    return judge(CODES, code=label, message=message, proven=status == 401, hint=hint,
                 retry_after_s=_retry_after(headers) if limited else 0)  # fmt: skip


def _label_and_message(body: Any) -> tuple[str, str]:
    """("", "") for what is no error of Gate."""
    if not isinstance(body, dict) or not isinstance(body.get("label"), str):
        return "", ""
    return body["label"], str(body.get("message") or body.get("detail") or "")[:300]


def _retry_after(headers: Mapping[str, str]) -> float:
    told = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(told) if told.isascii() and told.isdigit() else _WINDOW_S
