"""Binance's error codes: what each proves and asks for.

Sources: developers.binance.com, "Error Codes" of the spot API and of USDⓈ-M futures, and their "General Info":
"HTTP 4XX return codes are used for malformed requests; the issue is on the sender's side", "HTTP 5XX … it is important to
**NOT** treat this as a failure operation; the execution status is **UNKNOWN**". Hence: a 4XX answer that carries a negative code
is the exchange's own proof that the request was turned down, listed here or not – unless the code is one of UNKNOWN.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

# The exchange took the request and does not know, or does not say, what became of it – whatever the HTTP status.
UNKNOWN = frozenset(
    {
        "-1000",  # UNKNOWN: an unknown error occurred while processing the request
        "-1001",  # DISCONNECTED: internal error; unable to process your request
        "-1004",  # SERVER_BUSY
        "-1006",  # UNEXPECTED_RESP: unexpected response from the message bus; execution status unknown
        "-1007",  # TIMEOUT: time-out waiting for the backend; send status unknown, execution status unknown
        "-1008",  # request throttled by system-level protection: documented as a failure, yet sent with 503
        "-1010",  # ERROR_MSG_RECEIVED
        "-1016",  # SERVICE_SHUTTING_DOWN
    }
)

_COMMON = {
    "-1002": RefusalKind.CREDENTIALS,  # not authorized
    "-1003": RefusalKind.RATE_LIMIT,  # too many requests
    "-1015": RefusalKind.RATE_LIMIT,  # too many orders
    "-1021": RefusalKind.CLOCK,  # timestamp outside of recvWindow
    "-1022": RefusalKind.CREDENTIALS,  # signature not valid: the secret is not the key's
    "-1099": RefusalKind.CREDENTIALS,
    "-1111": RefusalKind.MARKET_RULES,  # precision is over the maximum defined for this asset
    "-1121": RefusalKind.UNKNOWN_SYMBOL,
    "-2008": RefusalKind.CREDENTIALS,  # invalid Api-Key ID
    "-2011": RefusalKind.NOT_FOUND,  # cancel rejected: unknown order sent
    "-2013": RefusalKind.NOT_FOUND,  # order does not exist
    "-2014": RefusalKind.CREDENTIALS,  # API-key format invalid
    "-2015": RefusalKind.CREDENTIALS,  # invalid API-key, IP, or permissions for action
}

FUTURES = ErrorCodes(
    refused={
        **_COMMON,
        "-2018": RefusalKind.INSUFFICIENT_MARGIN,
        "-2019": RefusalKind.INSUFFICIENT_MARGIN,
        "-2021": RefusalKind.WOULD_TRIGGER,  # order would immediately trigger
        "-2022": RefusalKind.REDUCE_ONLY,  # ReduceOnly Order is rejected: there is nothing left to reduce
        "-2024": RefusalKind.REDUCE_ONLY,  # position is not sufficient
        "-2027": RefusalKind.LEVERAGE,  # exceeded the maximum allowable position at current leverage
        "-2028": RefusalKind.LEVERAGE,
        "-4003": RefusalKind.BELOW_MINIMUM,  # quantity less than or equal to zero
        "-4004": RefusalKind.BELOW_MINIMUM,  # quantity less than minimum quantity
        "-4005": RefusalKind.MARKET_RULES,  # quantity greater than maximum quantity
        "-4014": RefusalKind.MARKET_RULES,  # price not increased by tick size
        "-4023": RefusalKind.MARKET_RULES,  # quantity not increased by step size
        "-4028": RefusalKind.LEVERAGE,  # leverage not valid
        "-4046": RefusalKind.NOTHING_TO_CHANGE,  # no need to change margin type
        "-4050": RefusalKind.INSUFFICIENT_MARGIN,  # cross balance insufficient
        "-4051": RefusalKind.INSUFFICIENT_MARGIN,  # isolated balance insufficient
        "-4059": RefusalKind.NOTHING_TO_CHANGE,  # no need to change position side
        "-4060": RefusalKind.POSITION_MODE,  # invalid position side
        "-4061": RefusalKind.POSITION_MODE,  # order's position side does not match user's setting
        "-4062": RefusalKind.POSITION_MODE,  # invalid or improper reduceOnly value
        "-4116": RefusalKind.DUPLICATE,  # clientOrderId is duplicated
        "-4118": RefusalKind.REDUCE_ONLY,  # reduce-only margin check failed
        "-4142": RefusalKind.WOULD_TRIGGER,  # take profit or stop order will be triggered immediately
        "-4161": RefusalKind.LEVERAGE,  # reduction not supported in isolated margin mode with open positions
        "-4164": RefusalKind.BELOW_MINIMUM,  # order's notional too small
        "-4202": RefusalKind.LEVERAGE,  # leverage limited: KYC
        "-4203": RefusalKind.LEVERAGE,  # leverage limited: first month
        "-4205": RefusalKind.LEVERAGE,
        "-4206": RefusalKind.LEVERAGE,
        "-4208": RefusalKind.LEVERAGE,
        "-4402": RefusalKind.REGION,  # trading not permitted in your country
        "-4403": RefusalKind.REGION,
        "-4509": RefusalKind.REDUCE_ONLY,  # only with open positions: there is none (sieblyio/binance#609)
        "-5028": RefusalKind.CLOCK,  # outside of the matching engine's recvWindow
    },
    unknown=UNKNOWN,
    # sent to a hedge account: "Parameter 'reduceonly' sent when not required."
    by_message={
        ("-1106", "reduceonly"): RefusalKind.POSITION_MODE,
        ("-1106", "positionside"): RefusalKind.POSITION_MODE,
    },
)

SPOT = ErrorCodes(
    refused=_COMMON,
    unknown=UNKNOWN,
    by_message={
        ("-1013", "price_filter"): RefusalKind.MARKET_RULES,
        ("-1013", "notional"): RefusalKind.BELOW_MINIMUM,
        ("-1013", "lot_size"): RefusalKind.BELOW_MINIMUM,
        ("-2010", "duplicate order"): RefusalKind.DUPLICATE,
        ("-2010", "insufficient balance"): RefusalKind.INSUFFICIENT_MARGIN,
        ("-2010", "would trigger immediately"): RefusalKind.WOULD_TRIGGER,
        # an OCO whose stop or target the price has already passed
        ("-2010", "relationship of the prices"): RefusalKind.WOULD_TRIGGER,
        ("-2010", "not permitted for this account"): RefusalKind.REGION,
    },
)

# Without a Retry-After header: the limits count by the minute (429); bans last from 2 minutes (418). A 403 is the web
# firewall's, whose length nobody tells: asked again soon, for stops and exits wait behind it.
_WAIT_S = {429: 60.0, 418: 120.0, 403: 10.0}


def judge_answer(
    codes: ErrorCodes, status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None
) -> ExchangeError | None:
    """The error in an HTTP answer of Binance, None for a good one."""
    code, message = _code_and_message(body)
    if status in (429, 418):  # over the limit, or banned: documented as turned down unprocessed
        return Refused(message or "Too many requests", code=code or str(status), kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(status, headers), is_ban=status == 418)  # fmt: skip
    if status == 403 and body is None:  # "403: the WAF limit has been violated": stopped before the exchange
        return Refused("The exchange's firewall refused the request", code="403", kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(status, headers), is_ban=True)  # fmt: skip
    if status == 451:  # "service unavailable from a restricted location", code 0
        return Refused(message or "Not available from this location", code="451", kind=RefusalKind.REGION)
    if status == 200 and body is not None and not code.startswith("-"):
        return None
    if not code.startswith("-"):
        return OutcomeUnknown(f"HTTP {status} without a code", code=f"http_{status}")
    proven = 400 <= status < 500 and status != 408
    if status >= 500:  # even a listed code proves nothing here
        return OutcomeUnknown(message or f"HTTP {status}", code=code)
    return judge(codes, code=code, message=message, proven=proven, hint=hint, retry_after_s=_waiting(code))


def _code_and_message(body: Any) -> tuple[str, str]:
    if isinstance(body, dict) and "code" in body and "msg" in body:
        return str(body["code"]), str(body["msg"])[:300]
    return "", ""


def _waiting(code: str) -> float:
    return _WAIT_S[429] if code == "-1003" else 10.0 if code == "-1015" else 0.0


def _retry_after(status: int, headers: Mapping[str, str]) -> float:
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdigit():
            return int(value)
    return _WAIT_S[status]
