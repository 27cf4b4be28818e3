"""Kraken's errors: what each proves and asks for.

Sources: docs.kraken.com, "Spot Error Messages"; support.kraken.com, "API error messages"; answers quoted in public projects.
An error is a text in the list `error` of an answer with HTTP 200: severity and category, a colon, what it is, and often a colon
and more. The first two parts are the code here. A text that begins with W is a warning. What no row lists is an unknown outcome.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

_OTHER = (
    "EGeneral:Invalid arguments",  # malformed, incorrect or ambiguous; see by_message
    "EGeneral:Unknown method",
    "EAPI:Bad request",
    "EAPI:Feature disabled",
    "EAccount:Invalid permissions",  # see by_message
    "EService:Market in cancel_only mode",
    "EService:Market in post_only mode",
    "EService:Market in limit_only mode",
    "EOrder:Invalid order",
    "EOrder:Orders limit exceeded",  # too many open ones
    "EOrder:Scheduled orders limit exceeded",
    "EOrder:Positions limit exceeded",
    "EOrder:Cannot open position",
    "EOrder:Cannot open opposing position",
    "EOrder:Margin allowance exceeded",
    "EOrder:Margin position size exceeded",
    "EOrder:Unknown position",
    "EOrder:Trading agreement required",
    "ETrade:Invalid request",
    "ETrade:User Locked",
    "EBM:limit exceeded",  # Canadian acquisition limits
)
_TOO_MANY = ("EAPI:Rate limit exceeded", "EOrder:Rate limit exceeded", "EOrder:Domain rate limit exceeded",
             "EAuth:Rate limit exceeded", "EAuth:Too many requests", "EService:Throttled")  # fmt: skip
_SHUT_OUT = ("EGeneral:Too many requests", "EGeneral:Temporary lockout")  # said of our address

CODES = ErrorCodes(
    no_permission=frozenset({"EGeneral:Permission denied"}),
    refused={
        **dict.fromkeys(_OTHER, RefusalKind.OTHER),
        **dict.fromkeys(_TOO_MANY, RefusalKind.RATE_LIMIT),
        **dict.fromkeys(_SHUT_OUT, RefusalKind.RATE_LIMIT),
        "EAPI:Invalid key": RefusalKind.CREDENTIALS,
        "EAPI:Invalid signature": RefusalKind.CREDENTIALS,
        "EGeneral:Permission denied": RefusalKind.CREDENTIALS,
        "EAuth:Failed": RefusalKind.CREDENTIALS,
        "EAuth:Account temporary disabled": RefusalKind.CREDENTIALS,
        "EAuth:Account unconfirmed": RefusalKind.CREDENTIALS,
        "EAPI:Invalid nonce": RefusalKind.CLOCK,  # said before a request is looked at
        "EQuery:Unknown asset pair": RefusalKind.UNKNOWN_SYMBOL,
        "EQuery:Invalid asset pair": RefusalKind.UNKNOWN_SYMBOL,
        "EQuery:Unknown asset": RefusalKind.UNKNOWN_SYMBOL,
        "EOrder:Insufficient funds": RefusalKind.INSUFFICIENT_MARGIN,
        "EOrder:Insufficient margin": RefusalKind.INSUFFICIENT_MARGIN,
        "EOrder:Margin level too low": RefusalKind.INSUFFICIENT_MARGIN,
        "EOrder:Order minimum not met": RefusalKind.BELOW_MINIMUM,
        "EOrder:Cost minimum not met": RefusalKind.BELOW_MINIMUM,
        "EOrder:Tick size check failed": RefusalKind.MARKET_RULES,
        "EOrder:Invalid price": RefusalKind.MARKET_RULES,
        "EOrder:Reduce only": RefusalKind.REDUCE_ONLY,
        "EOrder:Unknown order": RefusalKind.NOT_FOUND,  # to be cancelled: filled, cancelled or never there
    },
    unknown=frozenset(
        {
            "EService:Unavailable",  # the matching engine or API is offline
            "EService:Busy",
            "EService:Timeout",
            "EService:Deadline elapsed",  # "the request timed out": not said where
            "EGeneral:Internal error",
            "EDatabase:Internal error",
            "EOrder:Cancel pending",
        }
    ),
    by_message={
        ("EGeneral:Invalid arguments", "cl_ord_id not unique"): RefusalKind.DUPLICATE,  # one that is open
        ("EGeneral:Invalid arguments", "minimum not met"): RefusalKind.BELOW_MINIMUM,
        ("EGeneral:Invalid arguments", "arguments:volume"): RefusalKind.MARKET_RULES,
        ("EGeneral:Invalid arguments", "arguments:price"): RefusalKind.MARKET_RULES,
        ("EAccount:Invalid permissions", "restricted for"): RefusalKind.REGION,
    },
)
ACCOUNT_CODES = frozenset(_TOO_MANY)
# Counters go down by 0.5 to 1 a second; a lockout lasts "approximately 15 minutes".
WAIT_S, LOCKED_OUT_S = 5.0, 900.0


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of Kraken, None for a good one."""
    faults = _faults(body)
    if faults is None:  # no answer of the exchange's own
        if status in (403, 429):
            return Refused("The exchange's firewall refused the request", code=str(status), kind=RefusalKind.RATE_LIMIT,
                           retry_after_s=_retry_after(headers), is_ban=True)  # fmt: skip
        return OutcomeUnknown(f"HTTP {status} without an answer of the exchange's", code=f"http_{status}")
    if not faults:
        return _of_result(status, body)
    if status >= 500:  # even a listed code proves nothing there
        return OutcomeUnknown(faults[0], code=_code(faults[0]))
    errors = [_error(text, hint) for text in faults]
    return next((error for error in errors if isinstance(error, OutcomeUnknown)), errors[0])


def _of_result(status: int, body: Mapping[str, Any]) -> ExchangeError | None:
    result = body.get("result")
    if not 200 <= status < 300 or result is None:
        return OutcomeUnknown(f"HTTP {status} without a result", code=f"http_{status}")
    if isinstance(result, dict) and result.keys() <= {"count", "pending"} and result.get("count") == 0:
        return Refused("No order was cancelled", code="nothing_cancelled", kind=RefusalKind.NOT_FOUND)
    return None


def _error(text: str, hint: RefusalKind | None) -> ExchangeError:
    code = _code(text)
    if code == "EGeneral:Temporary lockout":
        return Refused(text, code=code, kind=RefusalKind.RATE_LIMIT, retry_after_s=LOCKED_OUT_S, is_ban=True)
    limited = CODES.refused.get(code) is RefusalKind.RATE_LIMIT
    return judge(CODES, code=code, message=text, proven=False, hint=hint, retry_after_s=WAIT_S if limited else 0)


def _faults(body: Any) -> list[str] | None:
    """The errors that an answer tells, None for what is no answer of Kraken's."""
    told = body.get("error") if isinstance(body, dict) else None
    if not isinstance(told, list):
        return None
    return [str(text)[:300] for text in told if not str(text).startswith("W")]


def _code(text: str) -> str:
    """Category and error, without what follows."""
    return ":".join(part.strip() for part in text.split(":")[:2])


def _retry_after(headers: Mapping[str, str]) -> float:
    told = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(told) if told.isascii() and told.isdigit() else WAIT_S
