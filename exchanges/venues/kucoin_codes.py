"""KuCoin's error codes: what each proves and asks for.

Source: kucoin.com/docs, "Errors Code" (spot, futures), and bodies captured in public threads. An error is `{"code", "msg"}`, with
HTTP 200 or another status. Codes are not unique: 100001 is a wrong parameter and "order does not exist", 200002 too many requests
and a suspended pair, 400100 nearly everything; there the message decides. What no row lists is an unknown outcome, except with
401, said before a request is looked at; what comes with 5xx proves nothing.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

GOOD = "200000"
UNKNOWN = frozenset({"408000", "500000", "100002"})  # network time-out; internal error; systemConfigError

_OTHER = (
    "100001", "100003", "100005", "200001", "200002", "200003", "200009", "300000",
    "300001", "300004",  # too many orders, too many stop orders
    "300002", "300015",  # orders are suspended; being settled
    "300006", "300007", "300008", "300010", "300011", "300012", "300013", "300014", "300017",
    "400008", "400100", "400200", "400303", "400330", "400350", "400370", "400400", "400760",
    "401000", "403", "404", "404000", "405", "415", "415000",
    "600100", "600101",
)  # fmt: skip
_NOT_THERE = ("100001", "300000", "400100", "404000")

CODES = ErrorCodes(
    no_permission=frozenset({"400007"}),
    refused={
        **dict.fromkeys(_OTHER, RefusalKind.OTHER),
        "100004": RefusalKind.NOT_FOUND,  # order is in not cancelable state
        "200004": RefusalKind.INSUFFICIENT_MARGIN,
        "200005": RefusalKind.INSUFFICIENT_MARGIN,
        "300003": RefusalKind.INSUFFICIENT_MARGIN,
        "330008": RefusalKind.INSUFFICIENT_MARGIN,  # "increase your margin or raise your leverage to open larger positions"
        "300005": RefusalKind.LEVERAGE,  # risk limit exceeded
        "300016": RefusalKind.LEVERAGE,  # the leverage cannot be greater than …
        "330005": RefusalKind.LEVERAGE,  # "the order's margin mode does not match the selected one"
        "300009": RefusalKind.REDUCE_ONLY,  # no open positions to close
        "300018": RefusalKind.DUPLICATE,  # clientOid parameter repeated
        "330011": RefusalKind.POSITION_MODE,  # "the order's position mode does not match your selected mode"
        "330012": RefusalKind.POSITION_MODE,  # "your order is in One-Way Mode, while your account is set to Hedge Mode"
        "400001": RefusalKind.CREDENTIALS,
        "400002": RefusalKind.CLOCK,  # time differs from server time by more than 5 seconds
        "400003": RefusalKind.CREDENTIALS,  # no such key
        "400004": RefusalKind.CREDENTIALS,  # passphrase
        "400005": RefusalKind.CREDENTIALS,  # signature: the secret is not the key's
        "400006": RefusalKind.CREDENTIALS,  # our address is not on the key's list
        "400007": RefusalKind.CREDENTIALS,  # the key has no permission for this
        "411100": RefusalKind.CREDENTIALS,  # user is frozen
        "400500": RefusalKind.REGION,
        "40010": RefusalKind.REGION,  # "you're at a country/region that is restricted from this service"
        "400600": RefusalKind.UNKNOWN_SYMBOL,
        "400000": RefusalKind.UNKNOWN_SYMBOL,
        "429": RefusalKind.RATE_LIMIT,
        "429000": RefusalKind.RATE_LIMIT,
    },
    unknown=UNKNOWN,
    by_message={
        **{
            (code, text): RefusalKind.NOT_FOUND
            for code in _NOT_THERE
            for text in ("not exist", "not_exist", "notexist")
        },
        ("200002", "too many requests"): RefusalKind.RATE_LIMIT,
        ("400100", "clientoidduplicated"): RefusalKind.DUPLICATE,
        ("400100", "minimum"): RefusalKind.BELOW_MINIMUM,
        ("600100", "minimum"): RefusalKind.BELOW_MINIMUM,
        ("600101", "should more"): RefusalKind.BELOW_MINIMUM,
        ("400100", "increment"): RefusalKind.MARKET_RULES,
        ("600100", "increment"): RefusalKind.MARKET_RULES,
        ("400100", "unsupported trading pair"): RefusalKind.UNKNOWN_SYMBOL,
        ("400100", "account.available.amount"): RefusalKind.INSUFFICIENT_MARGIN,
        ("100003", "contract"): RefusalKind.UNKNOWN_SYMBOL,
        ("200003", "symbol"): RefusalKind.UNKNOWN_SYMBOL,
        ("300012", "leverage"): RefusalKind.LEVERAGE,
    },
)

_RESTRICTED_S, _FIREWALL_S = 10.0, 30.0  # "the restricted time after triggering is 10s"; Cloudflare's (1015) is 30


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of KuCoin, None for a good one."""
    code, message = _code_and_message(body)
    if code == "1015" or (not code and status in (403, 429)):  # stopped before the exchange
        return Refused("The exchange's firewall refused the request", code=code or str(status),
                       kind=RefusalKind.RATE_LIMIT, retry_after_s=_FIREWALL_S, is_ban=True)  # fmt: skip
    if status == 200 and code == GOOD:
        return None
    if not code:
        return OutcomeUnknown(f"HTTP {status} without a code", code=f"http_{status}")
    if status >= 500 or code == GOOD:  # even a listed code proves nothing then
        return OutcomeUnknown(message or f"HTTP {status}", code=code)
    limited = CODES.kind(code, message) is RefusalKind.RATE_LIMIT
    return judge(CODES, code=code, message=message, proven=status == 401, hint=hint,
                 retry_after_s=_until_reset(headers) if limited else 0)  # fmt: skip


def _code_and_message(body: Any) -> tuple[str, str]:
    """("", "") for what is no answer of KuCoin."""
    if not isinstance(body, dict) or not isinstance(body.get("code"), str) or not body["code"]:
        return "", ""
    return body["code"], str(body.get("msg") or "")[:300]


def _until_reset(headers: Mapping[str, str]) -> float:
    """Header gw-ratelimit-reset: milliseconds until the user's weight is whole again."""
    told = next((value.strip() for name, value in headers.items() if name.lower() == "gw-ratelimit-reset"), "")
    return int(told) / 1000 if told.isascii() and told.isdigit() else _RESTRICTED_S
