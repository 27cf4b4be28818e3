"""WhiteBIT's errors: what each proves and asks for.

Sources: docs.whitebit.com, "Errors" of each endpoint of "Spot Trading", "REST API rate limits and error codes"; bodies quoted in
ccxt and in its issues. An error is `{"code", "message", "errors": {field: [text]}}` with 400 ("if inner validation failed") or 422 ("if
request validation failed"). One code stands for many reasons (10: "Not enough balance." and "Unauthorized request."), so that the
texts decide. What no row lists is an unknown outcome, 503 ("temporary unavailable") and a text of an internal error always.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

VALIDATION_FAILED = "Validation failed"
# 0: as it was told before the fields had codes of their own (bodies in ccxt)
_OF_VALIDATION = ("0", "10", "11", "30", "31", "32", "36")
_TEXTS = {
    "not enough balance": RefusalKind.INSUFFICIENT_MARGIN,
    "already used by the current account": RefusalKind.DUPLICATE,
    "less than min amount": RefusalKind.BELOW_MINIMUM,  # comes together with "Min amount step"
    "should be no less than": RefusalKind.BELOW_MINIMUM,
    "must be no less than": RefusalKind.BELOW_MINIMUM,
    "total is less than": RefusalKind.BELOW_MINIMUM,
    "amount too small": RefusalKind.BELOW_MINIMUM,
    "min amount step": RefusalKind.MARKET_RULES,
    "min total step": RefusalKind.MARKET_RULES,
    "min activation price": RefusalKind.MARKET_RULES,  # and "… step"
    "equal to the last price": RefusalKind.WOULD_TRIGGER,
    "market is not available": RefusalKind.UNKNOWN_SYMBOL,
    "market field format is invalid": RefusalKind.UNKNOWN_SYMBOL,
    "market format is invalid": RefusalKind.UNKNOWN_SYMBOL,
}
CODES = ErrorCodes(
    refused=dict.fromkeys(("30", "31", "32", "36"), RefusalKind.OTHER),
    by_message={
        **{(code, text): kind for code in _OF_VALIDATION for text, kind in _TEXTS.items()},
        ("1", "invalid argument"): RefusalKind.OTHER,
        ("30", "orderhistory was not found"): RefusalKind.NOT_FOUND,  # of a look-up by clientOrderId
        ("2", "unexecuted order was not found"): RefusalKind.NOT_FOUND,
    },
)
# Said of the request before it is looked into, with whatever code.
_BEFORE = {
    "unauthorized request": RefusalKind.CREDENTIALS,  # signed wrongly
    "this action is unauthorized": RefusalKind.CREDENTIALS,  # the key is off, or the address not allowed
    "don't have permission to use this endpoint": RefusalKind.CREDENTIALS,
    "payload not provided": RefusalKind.OTHER,
    "invalid payload": RefusalKind.OTHER,
    "request not provided": RefusalKind.OTHER,
    "nonce not provided": RefusalKind.OTHER,
    "invalid noncewindow": RefusalKind.OTHER,
    "lesser than the current nonce": RefusalKind.CLOCK,
    "too many requests": RefusalKind.CLOCK,  # not with 429: a nonce that was used
}
# "Too many requests." with 429 and this code is said of a nonce that was used (ccxt#25353), so of one key and not of the address.
NONCE_CODE = "0"
# Limits count by ten seconds; nothing is told of how long a block lasts.
WAIT_S, NONCE_WAIT_S, BLOCKED_S = 10.0, 1.0, 60.0
REGION = 453  # "an order type or flag not available in your region is rejected with HTTP status 453"


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of WhiteBIT, None for a good one."""
    is_error, code, text = _told(body)
    if status == 429:
        return Refused(text or "Too many requests", code=code or "429", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers, NONCE_WAIT_S if code == NONCE_CODE else WAIT_S))  # fmt: skip
    if status == REGION:
        return Refused(text or "Not available in your region", code=code or str(status), kind=RefusalKind.REGION)
    if status == 403 and not is_error:  # stopped before the exchange
        return Refused("The exchange's firewall refused the request", code="firewall", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers, BLOCKED_S), is_ban=True)  # fmt: skip
    if 200 <= status < 300 and not is_error:
        return None
    if status >= 500 or not is_error or "internal error" in text.lower():
        return OutcomeUnknown(text or f"HTTP {status}", code=code or f"http_{status}")
    before = next((kind for said, kind in _BEFORE.items() if said in text.lower()), None)
    if before is not None:
        return Refused(text, code=code, kind=before)
    proven = status == 422 and text.startswith(VALIDATION_FAILED)
    return judge(CODES, code=code, message=text, proven=proven, hint=hint)


def _told(body: Any) -> tuple[bool, str, str]:
    """Whether it is an error, its code, and all of its texts; of both forms, private and public."""
    if not isinstance(body, dict):
        return False, "", ""
    failed = body.get("success") is False
    code = body.get("code")
    if not failed and (not isinstance(code, int | str) or isinstance(code, bool) or "message" not in body):
        return False, "", ""
    texts = [str(body.get("message") or "")]
    errors = body.get("errors")
    for told in errors.values() if isinstance(errors, dict) else ():
        texts += [str(text) for text in told] if isinstance(told, list) else [str(told)]
    return True, "" if code is None else str(code), ": ".join(filter(None, texts))[:300]


def _retry_after(headers: Mapping[str, str], otherwise: float) -> float:
    told = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(told) if told.isascii() and told.isdigit() else otherwise
