"""Bybit v5's error codes: what each proves and asks for.

Sources: bybit-exchange.github.io/docs/v5/error ("Error Codes": HTTP, UTA, Spot), /v5/rate-limit; messages as captured in public
threads. Nearly every answer is HTTP 200 with a `retCode`, so only the code can prove anything: one that is not listed here
leaves the outcome open, for the exchange's servers answer 200 to their own time-outs too (10000 "Server Timeout").
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

K = RefusalKind

# The exchange took the request and does not know, or does not say, what became of it.
UNKNOWN = frozenset(
    {
        "-1",  # request expired: o@0, now[] diff[] – somewhere on its way inside
        "429",  # the trading service is experiencing a high server load
        "5004",  # Server Timeout
        "10000",  # Server Timeout
        "10014",  # Invalid duplicate request: the first one may stand
        "10016",  # Server error
        "10019",  # the trade service is restarting
        "10429",  # system level frequency protection
        "110079",  # the order is processing and can not be operated, please try again later
        "170001",  # internal error
        "170007",  # timeout waiting for response from backend server
        "170032",  # network error, please try again later
        "170035",  # submitted to the system for processing
        "170146",  # order creation timeout
        "170147",  # order cancellation timeout
        "170234",  # system error
    }
)

_REFUSED = {
    # the request
    "10001": K.OTHER,  # request parameter error; by its message below
    "10002": K.CLOCK,  # the request time exceeds the time window range
    "10003": K.CREDENTIALS,  # API key is invalid (or of the other environment: live, demo, testnet)
    "10004": K.CREDENTIALS,  # error sign
    "10005": K.CREDENTIALS,  # permission denied for the key
    "10006": K.RATE_LIMIT,  # too many visits, of one account
    "10007": K.CREDENTIALS,  # user authentication failed
    "10008": K.CREDENTIALS,  # common banned
    "10009": K.RATE_LIMIT,  # IP has been banned
    "10010": K.CREDENTIALS,  # unmatched IP, of a key bound to addresses
    "10017": K.OTHER,  # route not found
    "10018": K.RATE_LIMIT,  # exceeded the IP rate limit
    "10024": K.REGION,  # compliance rules triggered
    "10027": K.CREDENTIALS,  # transactions are banned
    "10028": K.CREDENTIALS,  # only for unified account users
    "10029": K.UNKNOWN_SYMBOL,  # not on the key's list of symbols
    "10032": K.OTHER,  # demo trading is not supported here
    "33004": K.CREDENTIALS,  # the key has expired
    "-2015": K.CREDENTIALS,  # the key has expired (spot)
    # derivatives
    "30208": K.MARKET_RULES,  # the order price is higher than the maximum buying price
    "34040": K.NOTHING_TO_CHANGE,  # not modified
    "110001": K.NOT_FOUND,  # order does not exist
    "110003": K.MARKET_RULES,  # order price exceeds the allowable range
    "110004": K.INSUFFICIENT_MARGIN,  # wallet balance is insufficient
    "110006": K.INSUFFICIENT_MARGIN,  # the assets are estimated to be unable to cover the position margin
    "110007": K.INSUFFICIENT_MARGIN,  # available balance is insufficient
    "110008": K.NOT_FOUND,  # the order has been completed or cancelled
    "110009": K.OTHER,  # the number of stop orders exceeds the maximum
    "110010": K.NOT_FOUND,  # the order has been cancelled
    "110012": K.INSUFFICIENT_MARGIN,  # insufficient available balance
    "110013": K.LEVERAGE,  # cannot set leverage due to risk limit level
    "110016": K.LEVERAGE,  # requested quantity exceeds the risk limit (no longer in use)
    "110017": K.REDUCE_ONLY,  # reduce-only rule not satisfied
    "110020": K.OTHER,  # more than 500 active orders
    "110021": K.OTHER,  # open interest exceeded
    "110023": K.OTHER,  # positions can only be reduced now
    "110024": K.OTHER,  # position mode cannot be switched with a position
    "110025": K.NOTHING_TO_CHANGE,  # position mode is not modified
    "110026": K.NOTHING_TO_CHANGE,  # cross/isolated margin mode is not modified
    "110028": K.OTHER,  # position mode cannot be switched with open orders
    "110029": K.OTHER,  # hedge mode is not supported for this symbol
    "110032": K.OTHER,  # order is illegal
    "110034": K.REDUCE_ONLY,  # there is no net position
    "110036": K.LEVERAGE,  # cross margin mode does not allow to change leverage
    "110038": K.LEVERAGE,  # portfolio margin mode does not allow to change leverage
    "110040": K.INSUFFICIENT_MARGIN,  # the order will trigger a forced liquidation
    "110042": K.OTHER,  # pre-delivery: positions can only be reduced
    "110043": K.NOTHING_TO_CHANGE,  # set leverage has not been modified
    "110044": K.INSUFFICIENT_MARGIN,
    "110045": K.INSUFFICIENT_MARGIN,
    "110051": K.INSUFFICIENT_MARGIN,
    "110052": K.INSUFFICIENT_MARGIN,
    "110053": K.INSUFFICIENT_MARGIN,
    "110063": K.OTHER,  # settlement in progress
    "110066": K.OTHER,  # trading is currently not allowed
    "110072": K.DUPLICATE,  # OrderLinkedID is duplicate
    "110073": K.LEVERAGE,  # set margin mode failed
    "110074": K.UNKNOWN_SYMBOL,  # this contract is not live
    "110080": K.OTHER,  # assets of an institutional loan are being liquidated
    "110085": K.LEVERAGE,  # the risk limit of this contract has been updated
    "110086": K.LEVERAGE,  # order leverage exceeds the current risk limit tier
    "110088": K.CREDENTIALS,  # upgrade to a unified account to trade
    "110089": K.LEVERAGE,  # exceeds the maximum risk limit level
    "110090": K.LEVERAGE,  # the position may exceed the limit: adjust the leverage
    "110092": K.WOULD_TRIGGER,  # expect Rising, but trigger_price <= current
    "110093": K.WOULD_TRIGGER,  # expect Falling, but trigger_price >= current
    "110094": K.BELOW_MINIMUM,  # order notional value below the lower limit
    "110095": K.OTHER,  # pre-market perpetuals: not during the call auction
    "110099": K.OTHER,  # the same, for stops and targets
    "110100": K.OTHER,  # pre-market perpetuals: not in demo trading
    "110103": K.OTHER,  # only post-only orders at this stage
    "110118": K.OTHER,  # no price for a market order: too little liquidity
    "110120": K.MARKET_RULES,  # order price below the price limitation
    "110121": K.MARKET_RULES,  # order price above the price limitation
    "3100197": K.OTHER,  # temporarily banned during the upgrade to a unified account
    "3400139": K.LEVERAGE,  # positions and orders exceed the contract's risk limit
    "3400045": K.LEVERAGE,  # set margin mode failed; `reasons` say why
    # spot
    "170005": K.RATE_LIMIT,  # too many new orders
    "170031": K.OTHER,  # the feature has been suspended
    "170033": K.INSUFFICIENT_MARGIN,
    "170105": K.OTHER,  # a parameter was empty
    "170115": K.OTHER,  # invalid timeInForce
    "170116": K.OTHER,  # invalid orderType
    "170117": K.OTHER,  # invalid side
    "170121": K.UNKNOWN_SYMBOL,
    "170124": K.MARKET_RULES,  # order amount too large
    "170130": K.OTHER,  # data sent for a parameter is not valid
    "170131": K.INSUFFICIENT_MARGIN,  # balance insufficient
    "170132": K.MARKET_RULES,  # order price too high
    "170133": K.MARKET_RULES,
    "170134": K.MARKET_RULES,  # order price decimal too long
    "170135": K.MARKET_RULES,  # order quantity too large
    "170136": K.BELOW_MINIMUM,  # order quantity lower than the minimum
    "170137": K.MARKET_RULES,  # order volume decimal too long
    "170139": K.NOT_FOUND,  # order has been filled: nothing left to cancel
    "170140": K.BELOW_MINIMUM,  # order value below the lower limit
    "170141": K.DUPLICATE,  # duplicate clientOrderId
    "170142": K.NOT_FOUND,  # order has been canceled
    "170143": K.NOT_FOUND,  # cannot be found on order book
    "170148": K.MARKET_RULES,  # market order amount decimal too long
    "170151": K.UNKNOWN_SYMBOL,  # the trading pair is not open yet
    "170157": K.UNKNOWN_SYMBOL,  # not available for API trading
    "170159": K.OTHER,  # no market orders within the first minutes of a new pair
    "170190": K.NOT_FOUND,  # cancel order has been finished
    "170192": K.MARKET_RULES,
    "170193": K.MARKET_RULES,
    "170194": K.MARKET_RULES,
    "170197": K.MARKET_RULES,  # the quantity to buy is too large
    "170198": K.MARKET_RULES,  # the quantity to sell is too large
    # in the documentation and in ccxt these four are one row apart; refusals by either
    "170201": K.OTHER,  # invalid orderFilter parameter
    "170202": K.OTHER,  # please enter the TP/SL price
    "170203": K.MARKET_RULES,  # trigger price cannot be higher than 110 % of the price
    "170204": K.MARKET_RULES,  # trigger price cannot be lower than 90 % of it
    "170206": K.OTHER,  # no stop-limit orders within the first minutes of a new pair
    "170209": K.REGION,  # this trading pair is only available to certain regions
    "170210": K.OTHER,  # new order rejected
    "170213": K.NOT_FOUND,  # order does not exist
    "170217": K.OTHER,  # only limit-maker orders on this pair
    "170222": K.RATE_LIMIT,  # too many requests in this time frame
    "170227": K.OTHER,  # this feature is not supported
    "170341": K.MARKET_RULES,  # quantity exceeds the maximum
    "170348": K.REGION,  # go to the site of your country
    "170371": K.MARKET_RULES,  # order price below the price limitation
    "170372": K.MARKET_RULES,  # order price above the price limitation
    "170381": K.MARKET_RULES,  # order quantity too large
    "170382": K.MARKET_RULES,  # order quantity too large
    "170810": K.OTHER,  # more than 500 orders
}

CODES = ErrorCodes(
    no_permission=frozenset({"10005"}),
    refused=_REFUSED,
    unknown=UNKNOWN,
    by_message={
        ("10001", "not modified"): K.NOTHING_TO_CHANGE,
        ("10001", "position idx"): K.POSITION_MODE,  # position idx not match position mode
        ("10001", "base_price"): K.WOULD_TRIGGER,  # StopLoss:… set for Buy position should lower than base_price:…
        ("10001", "trigger_price"): K.WOULD_TRIGGER,  # expect Falling, but trigger_price[…] >= current[…]
        ("10001", "symbol invalid"): K.UNKNOWN_SYMBOL,  # params error: symbol invalid XUSDT
        ("10001", "symbol is invalid"): K.UNKNOWN_SYMBOL,
        ("10001", "symbol params err"): K.UNKNOWN_SYMBOL,
        ("10001", "not supported symbols"): K.UNKNOWN_SYMBOL,
        ("10001", "minimum limit"): K.BELOW_MINIMUM,  # the number of contracts exceeds minimum limit allowed
        ("10001", "leverage"): K.LEVERAGE,  # buy leverage invalid
        ("10001", "qty"): K.MARKET_RULES,  # Qty invalid
        ("10001", "maximum limit"): K.MARKET_RULES,
        ("10001", "duplicate"): K.DUPLICATE,
    },
)

# An account's limits count by the second; a shut-out address waits ten minutes ("Rate Limit Rules").
_SHUT_OUT_S = 600.0
_WAIT_S = {"10006": 1.0, "170005": 1.0, "170222": 1.0, "10009": _SHUT_OUT_S, "10018": _SHUT_OUT_S}


def judge_answer(status: int, body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of Bybit, None for a good one."""
    code, message = _code_and_message(body)
    if status in (403, 429):
        return _too_many(status, code, message, hint)
    if status >= 500:  # even a listed code proves nothing here
        return OutcomeUnknown(message or f"HTTP {status}", code=code or f"http_{status}")
    if status == 200 and code == "0":
        return None
    if status == 401 and code in (
        "",
        "0",
    ):  # "need to use the correct key; need to put authentication params in the header"
        return Refused(message or "The key was not accepted", code="401", kind=K.CREDENTIALS)
    if not code or code == "0":
        return OutcomeUnknown(f"HTTP {status} without a code", code=f"http_{status}")
    wait = _WAIT_S.get(code, 0.0)
    error = judge(CODES, code=code, message=message, proven=status in (400, 401, 404), hint=hint, retry_after_s=wait)
    if isinstance(error, Refused):
        error.is_ban = wait == _SHUT_OUT_S
    return error


def _too_many(status: int, code: str, message: str, hint: RefusalKind | None) -> ExchangeError:
    """403 also says that the exchange is closed to the address's country: its page is no JSON and tells nothing more."""
    if code and code != "0" and CODES.kind(code, message) not in (None, K.RATE_LIMIT):  # compliance, a banned key
        return judge(CODES, code=code, message=message, proven=True, hint=hint)
    if status == 429:
        return Refused(message or "Too many requests", code=code or "429", kind=K.RATE_LIMIT, retry_after_s=1.0)
    text = message or "The exchange refuses our address: too many requests, or it is closed to this country"
    return Refused(text, code=code or "403", kind=K.RATE_LIMIT, retry_after_s=_SHUT_OUT_S, is_ban=True)


def _code_and_message(body: Any) -> tuple[str, str]:
    if not isinstance(body, Mapping) or "retCode" not in body:
        return "", ""
    return str(body["retCode"]), (_reasons(body) or str(body.get("retMsg", "")))[:300]


def _reasons(body: Mapping[str, Any]) -> str:
    """Why the account's margin mode could not be set: other positions and orders forbid it, and only this says which."""
    result = body.get("result")
    told = result.get("reasons") if isinstance(result, Mapping) else None
    words = (
        [str(one.get("reasonMsg", "")) for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    )
    return ": ".join([str(body.get("retMsg", "")), "; ".join(words)]) if words else ""
