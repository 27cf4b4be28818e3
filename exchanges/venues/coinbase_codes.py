"""Coinbase's errors (Advanced Trade): what each proves and asks for.

Sources: docs.cdp.coinbase.com, Advanced Trade REST API, "Create Order", "Preview Order", "Cancel Orders" and the SDKs' lists of
reasons. Three shapes: an order that was not created (HTTP 200, `success` false, reasons in `error_response`), a cancellation that
was not begun (HTTP 200, `results`), and a request that failed (`{"error": …}` with 4xx or 5xx; plain text with 401 and 429).
A reason of the preview bears the prefix PREVIEW_ and is said before anything is placed; what no row lists is an unknown outcome.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

PREVIEW = "PREVIEW_"
_OTHER = (
    "UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_SIDE", "INVALID_ORDER_CONFIG", "INVALID_REQUEST", "INVALID_LEDGER_BALANCE",
    "ORDER_ENTRY_DISABLED", "TRADING_DISABLED", "INVALID_NO_LIQUIDITY", "MISSING_MARKET_TRADE_DATA", "MISSING_PRODUCT_PRICE_BOOK",
    "COMMANDER_REJECTED_NEW_ORDER", "UNTRADABLE_PRODUCT", "NOT_ALLOWED_BY_MARKET_STATE", "PRODUCT_TRADING_HALTED",
    "LIMIT_PRICE_TOO_FAR_FROM_MARKET", "STOP_TRIGGER_PRICE_OUT_OF_BOUNDS", "STOP_PRICE_BELOW_LIMIT_PRICE",
    "STOP_PRICE_ABOVE_LIMIT_PRICE", "BREACHED_PRICE_LIMIT", "COMPLIANCE_PURCHASE_LIMIT_EXCEEDED", "BREACHED_RISK_LIMIT",
    "MAX_DAILY_VOLUME_NOTIONAL_BREACHED", "BASE_SIZE_TOO_LARGE", "QUOTE_SIZE_TOO_LARGE", "MISSING_COMMISSION_RATE",
    "INVALID_CANCEL_REQUEST", "INVALID_CANCEL_PRODUCT_ID", "NOT_ALLOWED_TO_CANCEL",
    "INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNIMPLEMENTED",
)  # fmt: skip
CODES = ErrorCodes(
    no_permission=frozenset({"PERMISSION_DENIED"}),
    refused={
        **dict.fromkeys(_OTHER, RefusalKind.OTHER),
        "INSUFFICIENT_FUND": RefusalKind.INSUFFICIENT_MARGIN,
        "INSUFFICIENT_FUNDS": RefusalKind.INSUFFICIENT_MARGIN,
        "BASE_SIZE_TOO_SMALL": RefusalKind.BELOW_MINIMUM,
        "QUOTE_SIZE_TOO_SMALL": RefusalKind.BELOW_MINIMUM,
        "INVALID_BASE_SIZE_TOO_SMALL": RefusalKind.BELOW_MINIMUM,
        "INVALID_QUOTE_SIZE_TOO_SMALL": RefusalKind.BELOW_MINIMUM,
        "INVALID_SIZE_PRECISION": RefusalKind.MARKET_RULES,
        "INVALID_BASE_SIZE_PRECISION": RefusalKind.MARKET_RULES,
        "INVALID_QUOTE_SIZE_PRECISION": RefusalKind.MARKET_RULES,
        "INVALID_PRICE_PRECISION": RefusalKind.MARKET_RULES,
        "INVALID_LIMIT_PRICE_PRECISION": RefusalKind.MARKET_RULES,
        "INVALID_STOP_PRICE_PRECISION": RefusalKind.MARKET_RULES,
        "INVALID_LIMIT_PRICE": RefusalKind.MARKET_RULES,
        "INVALID_STOP_PRICE": RefusalKind.MARKET_RULES,
        "INVALID_PRODUCT_ID": RefusalKind.UNKNOWN_SYMBOL,
        "INELIGIBLE_PAIR": RefusalKind.REGION,
        "GEOFENCING_RESTRICTION": RefusalKind.REGION,
        "STOP_PRICE_ABOVE_LAST_TRADE_PRICE": RefusalKind.WOULD_TRIGGER,
        "STOP_PRICE_BELOW_LAST_TRADE_PRICE": RefusalKind.WOULD_TRIGGER,
        "STOP_TRIGGERED": RefusalKind.WOULD_TRIGGER,
        "DUPLICATE_CLIENT_ORDER_ID": RefusalKind.DUPLICATE,
        "UNKNOWN_CANCEL_ORDER": RefusalKind.NOT_FOUND,
        "ORDER_IS_FULLY_FILLED": RefusalKind.NOT_FOUND,
        "NOT_FOUND": RefusalKind.NOT_FOUND,
        "PERMISSION_DENIED": RefusalKind.CREDENTIALS,
        "UNAUTHENTICATED": RefusalKind.CREDENTIALS,
        "RESOURCE_EXHAUSTED": RefusalKind.RATE_LIMIT,
        "rate_limit_exceeded": RefusalKind.RATE_LIMIT,
        "429": RefusalKind.RATE_LIMIT,
    },
    unknown=frozenset(
        {
            "unknown", "UNKNOWN", "INTERNAL", "UNAVAILABLE", "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "CANCELLED",
            "UNKNOWN_FAILURE_REASON", "UNKNOWN_CANCEL_FAILURE_REASON",
            "RISK_PROXY_FAILURE",
            "DUPLICATE_CANCEL_REQUEST",  # being cancelled already
            "COMMANDER_REJECTED_CANCEL_ORDER", "ORDER_IS_BEING_REPLACED",
        }
    ),
    by_message={("INVALID_ARGUMENT", "product"): RefusalKind.UNKNOWN_SYMBOL},
)  # fmt: skip
ACCOUNT_CODES = frozenset({"429", "RESOURCE_EXHAUSTED", "rate_limit_exceeded"})  # "30 requests per second per user"
WAIT_S = 1.0
Told = tuple[str, str, bool]  # code, message, whether the place where it is said proves that nothing was placed


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of Coinbase, None for a good one."""
    told = _told(status, body)
    if told is None:
        return None
    code, message, proven = told
    if status >= 500:  # even a listed code proves nothing there
        return OutcomeUnknown(message or f"HTTP {status}", code=code or f"http_{status}")
    if status == 401:  # the token, before anything is looked at; mostly in plain text
        return Refused(message or "Unauthorized", code=code or "401", kind=RefusalKind.CREDENTIALS)
    if not code and status == 403:
        return Refused("The exchange's firewall refused the request", code="403", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers), is_ban=True)  # fmt: skip
    if status == 429:
        code, proven = "429", True
    limited = CODES.refused.get(code) is RefusalKind.RATE_LIMIT
    return judge(CODES, code=code or f"http_{status}", message=message, proven=proven, hint=hint,
                 retry_after_s=_retry_after(headers) if limited else 0)  # fmt: skip


def _told(status: int, body: Any) -> Told | None:
    """None for an answer that tells of no error."""
    if not isinstance(body, dict):
        return "", "", False
    if body.get("success") is False:
        return _of_order(body.get("error_response"))
    if isinstance(body.get("error"), str) and body["error"]:
        details = str(body.get("message") or body.get("error_details") or body["error"])
        return body["error"], details[:300], False
    results = body.get("results")
    if isinstance(results, list) and results and isinstance(results[0], dict) and results[0].get("success") is not True:
        reason = str(results[0].get("failure_reason") or "")
        return reason or "UNKNOWN_CANCEL_FAILURE_REASON", reason, False
    return None if 200 <= status < 300 else ("", "", False)


def _of_order(told: Any) -> Told:
    """The reason that says most: the preview's, then the engine's, then the general one."""
    if not isinstance(told, dict):
        return "UNKNOWN_FAILURE_REASON", "", False
    reasons = [str(told.get(name) or "") for name in ("preview_failure_reason", "new_order_failure_reason", "error")]
    known = [reason for reason in reasons if reason and not reason.startswith("UNKNOWN")]
    reason = known[0] if known else "UNKNOWN_FAILURE_REASON"
    text = str(told.get("message") or told.get("error_details") or reason)[:300]
    return reason.removeprefix(PREVIEW), text, reason.startswith(PREVIEW)


def _retry_after(headers: Mapping[str, str]) -> float:
    value = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(value) if value.isascii() and value.isdigit() else WAIT_S
