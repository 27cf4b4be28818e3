"""Mercado Bitcoin's errors: what each proves and asks for.

Sources: api.mercadobitcoin.net/api/v4/docs, "Errors" (v5.33.4, v5.36.1), and answers recorded in public tests of others.
A code is `DOMAIN|MODULE|ERROR`, the last part says it; the gateway before it answers `{"error": {"code": 401, …}}`.
HTTP 400 alone proves nothing: "An unexpected error has occurred" (API_GENERIC_ERROR) comes with it too. So an order was not
placed where the table says so, where the request's form was turned down (404, 405, 415, 422), or where the gateway did.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

CODES = ErrorCodes(
    refused={
        "403": RefusalKind.CREDENTIALS,  # gateway: access credentials are not sufficient; an account that is not the key's
        "FORBIDDEN": RefusalKind.CREDENTIALS,  # invalid login or password; you need to be authenticated
        "INVALID_ACCESS": RefusalKind.CREDENTIALS,  # a persistence method with a read-only key
        "invalid_client": RefusalKind.CREDENTIALS,  # OAuth 2 (RFC 6749, 5.2), as are the next two
        "invalid_grant": RefusalKind.CREDENTIALS,
        "unauthorized_client": RefusalKind.CREDENTIALS,
        "INSUFFICIENT_BALANCE": RefusalKind.INSUFFICIENT_MARGIN,
        "INVALID_MIN_QUANTITY": RefusalKind.BELOW_MINIMUM,
        "EXCEEDED_COST_LIMIT": RefusalKind.BELOW_MINIMUM,  # the minimum or maximum cost has been exceeded
        "INVALID_MAX_QUANTITY": RefusalKind.MARKET_RULES,
        "INVALID_MIN_LIMIT_PRICE": RefusalKind.MARKET_RULES,
        "INVALID_MAX_LIMIT_PRICE": RefusalKind.MARKET_RULES,
        # "Price limit must be less than the stop limit value", "limitPrice cannot be higher than stopPrice": ours never is,
        # so that it is the stop itself that is not below the price. Nothing else is documented for that.
        "INVALID_LIMIT_PRICE": RefusalKind.WOULD_TRIGGER,
        "INVALID_STOP_PRICE": RefusalKind.WOULD_TRIGGER,
        "INVALID_DECIMAL_PLACES": RefusalKind.MARKET_RULES,
        "INVALID_PAIR": RefusalKind.UNKNOWN_SYMBOL,
        "INVALID_SYMBOL": RefusalKind.UNKNOWN_SYMBOL,
        "ORDER_NOT_FOUND": RefusalKind.NOT_FOUND,
        "ORDER_PROCESSED": RefusalKind.NOT_FOUND,  # already processed or cancelled: nothing to cancel any more
        "INVALID_STATUS": RefusalKind.NOT_FOUND,  # of a cancellation: the order is filled
        "ORDER_DUPLICATE": RefusalKind.DUPLICATE,  # there is already an order created
        "REQUEST_RATE_EXCEEDED": RefusalKind.RATE_LIMIT,
        "REQUEST_BLOCKED": RefusalKind.RATE_LIMIT,
        "INVALID_SIDE": RefusalKind.OTHER,  # must be buy or sell; sell on stoplimit orders
        "INVALID_ORDER_TYPE": RefusalKind.OTHER,
        "INVALID_PARAMETER": RefusalKind.OTHER,
        "MISSING_FIELD": RefusalKind.OTHER,  # stopPrice of a stoplimit
        "PARAMETER_SIZE_LARGE": RefusalKind.OTHER,
        "ROUTE_NOT_FOUND": RefusalKind.OTHER,
    },
    unknown=frozenset(
        {
            "API_GENERIC_ERROR",  # an unexpected error has occurred
            "API_UNAVAILABLE",
            "INTERNAL_SERVER_ERROR",
            "ORDER_IN_PROCESSING",  # being processed; if there is any problem your balance will be reversed
            "ERROR_RESERVE_BALANCE",
            "ERROR_LEGACY_PLACE_ORDER",
            "ERROR_PUBLISH_ORDER",
            "ERROR_MONITOR_PRICE",
            "BALANCE_NOT_RESERVED",
            "BALANCE_RESERVED_NOT_CANCELED",
            "REQUEST_DENIED",  # high request rate or invalid request: it does not say which
        }
    ),
)
FORM_REFUSED = frozenset({404, 405, 415, 422})
# Without a Retry-After header. Limits count by the second and by the minute; nobody tells how long a block lasts.
WAIT_S, BLOCKED_S = 5.0, 60.0


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of Mercado Bitcoin, None for a good one."""
    code, message = _code_and_message(body)
    is_blocked = code == "REQUEST_BLOCKED"
    if status == 429 or (code in CODES.refused and CODES.refused[code] is RefusalKind.RATE_LIMIT and status < 500):
        return Refused(message or "Too many requests", code=code or "429", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers, BLOCKED_S if is_blocked else WAIT_S), is_ban=is_blocked)  # fmt: skip
    if status == 403 and not code:  # stopped by the web firewall, before the exchange
        return Refused("The exchange's firewall refused the request", code="firewall", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers, WAIT_S), is_ban=True)  # fmt: skip
    if status == 401:  # of the token, or of the keys where a token was asked for
        return Refused(message or "Unauthorized", code="401", kind=RefusalKind.CREDENTIALS)
    if 200 <= status < 300 and not code:
        return None
    if status >= 500 or not code:  # even a listed code proves nothing there
        return OutcomeUnknown(message or f"HTTP {status}", code=code or f"http_{status}")
    return judge(CODES, code=code, message=message, proven=status in FORM_REFUSED, hint=hint)


def _code_and_message(body: Any) -> tuple[str, str]:
    """The code's last part and its text; empty for a body that is no error."""
    if not isinstance(body, dict):
        return "", ""
    told = body["error"] if isinstance(body.get("error"), dict) else body
    code, message = told.get("code", told.get("error")), told.get("message", told.get("error_description"))
    if not isinstance(code, str | int) or isinstance(code, bool) or not str(code):
        return "", ""
    return str(code).rpartition("|")[2], str(message or "")[:300]


def _retry_after(headers: Mapping[str, str], otherwise: float) -> float:
    told = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(told) if told.isascii() and told.isdigit() else otherwise
