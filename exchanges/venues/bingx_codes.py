"""BingX's error codes: what each proves and asks for.

Sources: bingx-api.github.io/docs-v3, the error tables of "Place order", "Cancel Order", "Query Order details" (swap and spot)
and "Common Error Codes"; the list of the exchange's own api-ai-skills (2026). Codes were renumbered on 2025-10-09: old ones
are kept. Errors come with HTTP 200. The same code says many things, so the message decides where the table says so.

Closed by default: an unlisted code leaves the outcome open, and so does every "system busy", whatever its code – except 100410,
which is documented as the request limit. Assumed, not measured: that 109201 and 101481 mean that the first order was taken.
"""

import re
import time
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

K = RefusalKind

UNKNOWN = frozenset(
    {
        "80012",  # service unavailable
        "80019",  # the order is being processed
        "100500",  # system busy or query failed
        "100503",  # server busy
        "101500",  # RPC timeout
        "109500",  # internal server error
        "109701",  # network request exception
        "110500",  # order system busy
    }
)

_REFUSED = {
    "80013": K.OTHER,  # number of entrusted orders has reached the system limit
    "80014": K.OTHER,  # invalid parameter
    "80016": K.NOT_FOUND,
    "80017": K.REDUCE_ONLY,  # position does not exist
    "80018": K.NOT_FOUND,  # order already filled: there is nothing left to cancel
    "80020": K.OTHER,  # risk forbidden
    "100001": K.CREDENTIALS,  # signature verification failed
    "100004": K.CREDENTIALS,  # the key was created without the permission
    "100412": K.CREDENTIALS,  # null signature
    "100413": K.CREDENTIALS,  # incorrect API key
    "100419": K.CREDENTIALS,  # IP does not match the whitelist
    "100202": K.INSUFFICIENT_MARGIN,
    "100400": K.OTHER,  # invalid parameter
    "100414": K.OTHER,  # risk control, or no KYC
    "100440": K.OTHER,  # price deviates greatly from the market price
    "100441": K.OTHER,  # account abnormal, or KYC required
    "100490": K.UNKNOWN_SYMBOL,  # spot trading pair is offline
    "101201": K.LEVERAGE,  # position too large for the requested leverage
    "101202": K.BELOW_MINIMUM,
    "101204": K.INSUFFICIENT_MARGIN,
    "101205": K.REDUCE_ONLY,  # no position to close
    "101206": K.INSUFFICIENT_MARGIN,
    "101209": K.LEVERAGE,  # the maximum position value for this leverage
    "101210": K.REGION,
    "101211": K.OTHER,  # order price out of the allowed range
    "101212": K.INSUFFICIENT_MARGIN,
    "101214": K.OTHER,  # funding settlement in progress
    "101219": K.OTHER,  # account assets are being processed
    "101222": K.LEVERAGE,
    "101253": K.INSUFFICIENT_MARGIN,
    "101290": K.REDUCE_ONLY,  # a reduce-only order can only decrease the position
    "101400": K.OTHER,  # parameter validation failed
    "101402": K.OTHER,  # the account may not trade this pair
    "101412": K.OTHER,  # account information has changed
    "101413": K.OTHER,  # non-trading hours
    "101414": K.LEVERAGE,  # the maximum leverage for this trading pair is *
    "101415": K.OTHER,  # suspended from opening positions
    "101419": K.OTHER,  # pending orders reached the upper limit
    "101424": K.LEVERAGE,  # position limit without KYC
    "101429": K.LEVERAGE,  # position limit
    "101481": K.DUPLICATE,  # clientOrderID cannot be repeated
    "101483": K.REGION,  # KYC required
    "101484": K.REGION,
    "101485": K.BELOW_MINIMUM,  # closing size below the minimum
    "101514": K.OTHER,  # temporarily suspended from opening positions
    "101515": K.OTHER,  # temporarily suspended from trading
    "102201": K.INSUFFICIENT_MARGIN,
    "104103": K.OTHER,  # position mode cannot be switched with positions or orders
    "109201": K.DUPLICATE,  # the same order number is only allowed once within a second
    "109400": K.OTHER,  # invalid request parameters
    "109401": K.OTHER,  # user has pending orders or a position
    "109417": K.UNKNOWN_SYMBOL,  # not open yet
    "109418": K.UNKNOWN_SYMBOL,  # offline
    "109420": K.REDUCE_ONLY,  # no position exists for the symbol
    "109421": K.NOT_FOUND,
    "109425": K.UNKNOWN_SYMBOL,
    "109430": K.OTHER,  # pending TWAP orders
    "110203": K.REDUCE_ONLY,  # available amount for closing is insufficient
    "110206": K.OTHER,  # stops and targets reached the maximum
    "110280": K.OTHER,  # suspended from opening positions
    "110287": K.LEVERAGE,
    "110400": K.OTHER,
    "110402": K.MARKET_RULES,  # price below the least
    "110406": K.OTHER,  # a stop loss of the position exists already
    "110407": K.OTHER,  # a take profit of the position exists already
    "110411": K.WOULD_TRIGGER,  # stop loss price should be lower than the current price
    "110412": K.WOULD_TRIGGER,
    "110413": K.WOULD_TRIGGER,  # take profit price should be greater than the current price
    "110414": K.WOULD_TRIGGER,
    "110422": K.BELOW_MINIMUM,
    "110424": K.INSUFFICIENT_MARGIN,
    "110425": K.MARKET_RULES,  # precision or step size
    "110426": K.OTHER,
    "112414": K.OTHER,  # the platform's position limit
}

_BY_MESSAGE = {
    ("80001", "positionside"): K.POSITION_MODE,
    ("80001", "margin"): K.INSUFFICIENT_MARGIN,
    ("80001", "no position to close"): K.REDUCE_ONLY,
    ("80001", "maximum position value"): K.LEVERAGE,
    ("80001", "stop loss price"): K.WOULD_TRIGGER,
    ("80001", "take profit price"): K.WOULD_TRIGGER,
    ("80001", "order doesn't exist"): K.NOT_FOUND,
    ("80014", "timestamp"): K.CLOCK,
    ("80014", "positionside"): K.POSITION_MODE,
    ("100400", "timestamp"): K.CLOCK,
    ("100400", "not a valid order id"): K.NOT_FOUND,
    ("100400", "order not exist"): K.NOT_FOUND,
    ("100400", "order does not exist"): K.NOT_FOUND,
    ("100400", "invalid symbol"): K.UNKNOWN_SYMBOL,
    ("100400", "too low"): K.BELOW_MINIMUM,
    ("100400", "minimum amount"): K.BELOW_MINIMUM,
    ("100400", "same order"): K.DUPLICATE,
    ("100404", "order"): K.NOT_FOUND,  # (else: no such path)
    # ccxt calls all of these BadSymbol
    ("100421", "timestamp"): K.CLOCK,
    ("100421", "order not exist"): K.NOT_FOUND,
    ("100421", "contract not exist"): K.UNKNOWN_SYMBOL,
    ("100421", "not available to place order"): K.UNKNOWN_SYMBOL,
    ("100421", "restricted from api trading"): K.UNKNOWN_SYMBOL,
    ("100421", "prohibit openapi"): K.OTHER,
    ("101209", "same order number"): K.DUPLICATE,  # the common list has the code for this
    ("101400", "clientorderid"): K.DUPLICATE,
    ("101400", "minimum"): K.BELOW_MINIMUM,
    ("101400", "not available for trading"): K.UNKNOWN_SYMBOL,
    ("101400", "stop loss price"): K.WOULD_TRIGGER,
    ("101400", "take profit price"): K.WOULD_TRIGGER,
    ("109400", "'positionside' field"): K.POSITION_MODE,
    ("109400", "'reduceonly' field"): K.POSITION_MODE,
    ("109400", "'side' field"): K.POSITION_MODE,
    ("109400", "symbol not exist"): K.UNKNOWN_SYMBOL,
    ("109400", "margin is not enough"): K.INSUFFICIENT_MARGIN,
    ("109400", "timestamp"): K.CLOCK,
    ("109414", "'positionside' field"): K.POSITION_MODE,
    ("109414", "order not exist"): K.NOT_FOUND,
    ("110425", "minimum"): K.BELOW_MINIMUM,
}

CODES = ErrorCodes(refused=_REFUSED, unknown=UNKNOWN, by_message=_BY_MESSAGE, no_permission=frozenset({"100004"}))

# "Too many requests" of one account: its own limit at an endpoint, its error rate, its rate of cancellations.
ACCOUNT_LIMIT = "100410_account"
ACCOUNT_CODES = frozenset({ACCOUNT_LIMIT, "109403", "109429"})
_LIMITS = ACCOUNT_CODES | {"100410"}
_OF_AN_ACCOUNT = ("trigger frequency limit rule", "error code:")
# Without a time in the message: limits of addresses count in 10 seconds; the firewall bans for five minutes (spot FAQ), and for
# longer those who keep asking.
_WAIT_S, _BAN_S = 10.0, 300.0
_UNBLOCKED_AT = re.compile(r"(?:after|time:) ?(\d{13})")


def judge_answer(status: int, body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of BingX, None for a good one (which may have no code: the key's permissions)."""
    code, message = _code_and_message(body)
    if status in (403, 418, 429) and not code:  # before the exchange: its firewall, or its gateway
        return Refused(
            f"HTTP {status}: too many requests", code=str(status), kind=K.RATE_LIMIT,
            retry_after_s=_WAIT_S if status == 429 else _BAN_S, is_ban=status != 429,
        )  # fmt: skip
    if status == 200 and body is not None and code in ("", "0"):
        return None
    if code in ("", "0"):
        return OutcomeUnknown(f"HTTP {status} without a code", code=f"http_{status}")
    if code in _LIMITS:
        return _over_the_limit(code, message, is_ban=status == 418)
    if status >= 500 or "busy" in message.lower():
        return OutcomeUnknown(message or f"HTTP {status}", code=code)
    if code == "80012" and "margin is not enough" in message.lower():  # {"Code":101253,…} within the message
        return Refused(message, code=code, kind=K.INSUFFICIENT_MARGIN)
    if code == "109500" and "symbol not exist" in message.lower():
        return Refused(message, code=code, kind=K.UNKNOWN_SYMBOL)
    return judge(CODES, code=code, message=message, proven=400 <= status < 500 and status != 408, hint=hint)


def _code_and_message(body: Any) -> tuple[str, str]:
    if isinstance(body, dict) and "code" in body:
        return str(body["code"]), str(body.get("msg") or "")[:300]
    return "", ""


def _over_the_limit(code: str, message: str, *, is_ban: bool) -> Refused:
    told = _UNBLOCKED_AT.search(message)
    wait = int(told[1]) // 1000 - time.time() if told else _BAN_S if is_ban else _WAIT_S
    if code == "100410" and any(words in message for words in _OF_AN_ACCOUNT):
        code = ACCOUNT_LIMIT
    return Refused(
        message or "Too many requests", code=code, kind=K.RATE_LIMIT,
        retry_after_s=min(max(wait, 1.0), 3600.0), is_ban=is_ban,
    )  # fmt: skip
