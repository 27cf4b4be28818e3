"""Bitget's error codes: what each proves and asks for.

Sources: bitget.com/api-doc, "RestAPI Error Code" of contract, spot and uta; "Place Order" (uta): "If the following errors occur when
placing an order, please use `clientOid` to query the order details: 40010, 40725, 45001". They come with HTTP 400 like refusals do,
so that the status proves nothing here: only a listed code does, everything else is an unknown outcome.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.venues.bitget_code_table import BY_MESSAGE, REFUSED, UNKNOWN
from exchanges.venues.bitget_keys import IS_CLASSIC, is_unified

CODES = ErrorCodes(refused=REFUSED, unknown=UNKNOWN, by_message=BY_MESSAGE)

OK = "00000"
# "You are in Unified Account mode, and the Classic Account API is not supported at this time" (ccxt#26838), and its opposite
ON_UNIFIED, ON_CLASSIC = "40085", "40084"
# The limits of calls count by the second. A refusal that is not the exchange's own JSON comes from what stands before it: asked
# again soon, for stops and exits wait behind it.
_CALLS_WAIT_S, _DOOR_WAIT_S = 1.0, 10.0


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of Bitget, None for a good one."""
    code, message = _code_and_message(body)
    if status in (429, 403) and not code:
        return Refused("The exchange's firewall refused the request", code=str(status), kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers, _DOOR_WAIT_S), is_ban=True)  # fmt: skip
    if status == 429 or code == "429":
        return Refused(message or "Too many requests", code=code or "429", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers, _CALLS_WAIT_S))  # fmt: skip
    if status == 200 and code == OK:
        return _not_done(body["data"] if isinstance(body, dict) else None)
    if not code or code == OK or status >= 500 or status < 200:
        return OutcomeUnknown(message or f"HTTP {status} without a code", code=code or f"http_{status}")
    if code == ON_UNIFIED:
        return is_unified(message)
    if code == ON_CLASSIC:
        return Refused(message or IS_CLASSIC, code=code, kind=RefusalKind.CREDENTIALS)
    return judge(CODES, code=code, message=message, proven=False, hint=hint)


def _not_done(data: Any) -> ExchangeError | None:
    """Cancellations answer well and say in a list, or in a word, that they were in vain."""
    if not isinstance(data, dict):
        return None
    if not data.get("successList") and ("successList" in data or "failureList" in data):
        code, message = _failure(data.get("failureList"))
        if "exist" in message.lower():  # "notExistend"
            return Refused(message, code=code or "not_found", kind=RefusalKind.NOT_FOUND)
        return judge(CODES, code=code, message=message or "Nothing is said of the order", proven=False)
    if data.get("result") in ("failure", "fail"):
        return OutcomeUnknown("The exchange did not cancel the order", code="not_cancelled")
    return None


def _failure(failed: Any) -> tuple[str, str]:
    """Code and message of the first failure."""
    told = failed[0] if isinstance(failed, list) and failed else None
    if not isinstance(told, dict):
        return "", ""
    return str(told.get("errorCode") or ""), str(told.get("errorMsg") or "")[:300]


def _code_and_message(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict) or not isinstance(body.get("code"), str | int):
        return "", ""
    return str(body["code"]), str(body.get("msg") or body.get("message") or "")[:300]


def _retry_after(headers: Mapping[str, str], otherwise: float) -> float:
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdigit():
            return max(int(value), otherwise)
    return otherwise
