"""What each answer of Bybit proves: the kind of a refusal, or an unknown outcome.

Bodies as documented (/v5/error, /v5/rate-limit) or as captured in public threads; over real HTTP, through the real client.
"""

from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import MarginMode, MarketType, Side
from exchanges.venues.bybit_codes import CODES, UNKNOWN
from tests.exchanges.bybit_fixtures import account, bybit
from tests.exchanges.bybit_samples import listed, told
from tests.exchanges.loopback import Loopback

__all__ = ["account", "bybit"]

ENTRY = "b6ep2hxkqxqkcqsle"
CREATE = "/v5/order/create"
K = RefusalKind

REFUSALS = [
    # bad key, signature, address; permission; account
    (10003, "API key is invalid.", K.CREDENTIALS),
    (10004, "error sign! origin_string[1763700000000kkkk3000{}]", K.CREDENTIALS),
    (10005, "Permission denied, please check your API key permissions.", K.CREDENTIALS),
    (10007, "User authentication failed.", K.CREDENTIALS),
    (10010, "Unmatched IP, please check your API key's bound IP addresses.", K.CREDENTIALS),
    (10028, "The API can only be accessed by unified account users.", K.CREDENTIALS),
    (33004, "Your api key has expired.", K.CREDENTIALS),
    (-2015, "Your api key has expired.", K.CREDENTIALS),
    # margin
    (110007, "ab not enough for new order", K.INSUFFICIENT_MARGIN),
    (110004, "Wallet balance is insufficient", K.INSUFFICIENT_MARGIN),
    (110012, "Insufficient available balance", K.INSUFFICIENT_MARGIN),
    (110045, "Wallet balance is insufficient", K.INSUFFICIENT_MARGIN),
    # size
    (110094, "Order does not meet minimum order value 5USDT", K.BELOW_MINIMUM),
    (10001, "The number of contracts exceeds minimum limit allowed", K.BELOW_MINIMUM),
    (10001, "The number of contracts exceeds maximum limit allowed: too large", K.MARKET_RULES),
    (10001, "Qty invalid", K.MARKET_RULES),
    (110003, "Order price exceeds the allowable range.", K.MARKET_RULES),
    # reduce-only refused, no position
    (110017, "current position is zero, cannot fix reduce-only order qty", K.REDUCE_ONLY),
    (110034, "There is no net position", K.REDUCE_ONLY),
    # leverage too high
    (110013, "cannot set leverage [20000] gt maxLeverage [12500] by risk limit", K.LEVERAGE),
    (110016, "The requested quantity of contracts exceeds the risk limit", K.LEVERAGE),
    (10001, "buy leverage invalid", K.LEVERAGE),
    (110090, "Order placement failed as your position may exceed the max limit.", K.LEVERAGE),
    (110086, "Current order leverage exceeds the maximum available for your current Risk Limit tier.", K.LEVERAGE),
    (110073, "Set margin mode failed", K.LEVERAGE),
    # would trigger now
    (10001, "StopLoss:993000000 set for Buy position should lower than base_price:952345000??MarkPrice", K.WOULD_TRIGGER),
    (110092, "expect Rising, but trigger_price[931000000] <= current[952345000]??MarkPrice", K.WOULD_TRIGGER),
    (110093, "expect Falling, but trigger_price[993000000] >= current[952345000]??MarkPrice", K.WOULD_TRIGGER),
    # wrong position mode
    (10001, "position idx not match position mode", K.POSITION_MODE),
    # duplicate, not found
    (110072, "OrderLinkedID is duplicate", K.DUPLICATE),
    (110001, "order not exists or too late to cancel", K.NOT_FOUND),
    (110008, "The order has been completed or cancelled.", K.NOT_FOUND),
    # symbol, region
    (10001, "params error: symbol invalid BTCUSDTX", K.UNKNOWN_SYMBOL),
    (10001, "Not supported symbols", K.UNKNOWN_SYMBOL),
    (10029, "The requested symbol is invalid, please check symbol whitelist", K.UNKNOWN_SYMBOL),
    (110074, "This contract is not live", K.UNKNOWN_SYMBOL),
    (10024, "Compliance rules triggered", K.REGION),
    # parameters of another kind
    (10001, "Request parameter error.", K.OTHER),
    (110023, "Currently you can only reduce positions on this contract", K.OTHER),
]  # fmt: skip

SPOT_REFUSALS = [
    (170131, "Insufficient balance.", K.INSUFFICIENT_MARGIN),
    (170140, "Order value exceeded lower limit.", K.BELOW_MINIMUM),
    (170136, "Order quantity exceeded lower limit.", K.BELOW_MINIMUM),
    (170137, "Order quantity has too many decimals.", K.MARKET_RULES),
    (170148, "Market order amount has too many decimals.", K.MARKET_RULES),
    (170141, "Duplicate clientOrderId", K.DUPLICATE),
    (170121, "Invalid symbol.", K.UNKNOWN_SYMBOL),
    (170209, "This trading pair is only available to the ... region", K.REGION),
    (170210, "New order rejected.", K.OTHER),
    (170201, "Invalid orderFilter parameter", K.OTHER),
    (170203, "trigger price cannot be higher than 110% price.", K.MARKET_RULES),
    (170382, "Order quantity too large.", K.MARKET_RULES),
    (170348, "Please go to (https://www.bybit-tr.com) to proceed.", K.REGION),
]

UNKNOWN_OUTCOMES = [
    # a time-out of the exchange's own, answered with HTTP 200
    (200, told({}, 10000, "Server Timeout")),
    (200, told({}, 10016, "Internal server error. Please try again later.")),
    (200, told({}, 429, "The trading service is experiencing a high server load. Please retry if you encounter this issue.")),
    (200, told({}, 10014, "Invalid duplicate request")),
    (200, told({}, 170007, "Timeout waiting for response from backend server.")),
    (200, told({}, 170146, "Order creation timeout.")),
    (200, told({}, 110079, "The order is processing and can not be operated, please try again later")),
    (200, told({}, 170035, "Submitted to the system for processing!")),
    (400, told({}, 10000, "Server Timeout")),
    # a code that nobody has listed
    (200, told({}, 987654, "A code that nobody has seen yet")),
    # servers, gateways, maintenance
    (500, told({}, 110007, "A listed code that comes with a server's error proves nothing")),
    (502, "<html><body>502 Bad Gateway</body></html>"),
    (503, ""),
    (504, ""),
    (404, "<html>not found</html>"),
    (400, "not json"),
    (301, ""),
    (200, ""),
    (200, "<html>maintenance</html>"),
    (200, "null"),
    (200, {}),
    (200, []),
    # good answers that do not name our order
    (200, told({})),
    (200, told({"orderId": "", "orderLinkId": ENTRY})),
    (200, told({"orderId": "7", "orderLinkId": "b-another-order-00"})),
    (200, told({"orderId": "7"})),
    (200, told(None)),
]  # fmt: skip


async def entry_error(bybit: Loopback, account: ExchangeClient, answer: Any) -> ExchangeError:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    bybit.answer("POST", CREATE, answer)
    bybit.answer("GET", "/v5/market/time", (503, ""))
    bybit.answer("GET", "/v5/position/list", listed({"symbol": "BTCUSDT", "positionIdx": 0, "size": "0"}))
    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)
    return caught.value


async def spot_error(bybit: Loopback, account: ExchangeClient, answer: Any) -> ExchangeError:
    market = await account.market(MarketType.SPOT, "BTCUSDT")
    bybit.answer("POST", CREATE, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter_with_cost(market, Decimal(100), ENTRY)
    return caught.value


@pytest.mark.parametrize(("code", "message", "kind"), REFUSALS)
async def test_refusals(bybit: Loopback, account: ExchangeClient, code: int, message: str, kind: RefusalKind) -> None:
    error = await entry_error(bybit, account, told({}, code, message))

    assert isinstance(error, Refused)
    assert (error.kind, error.code, error.message) == (kind, str(code), message)
    assert len(bybit.to(CREATE)) == 1


@pytest.mark.parametrize(("code", "message", "kind"), SPOT_REFUSALS)
async def test_spot_refusals(
    bybit: Loopback, account: ExchangeClient, code: int, message: str, kind: RefusalKind
) -> None:
    error = await spot_error(bybit, account, told({}, code, message))

    assert isinstance(error, Refused)
    assert (error.kind, error.code) == (kind, str(code))


async def test_a_wrong_clock_is_set_by_the_exchanges_and_the_order_sent_once_more(
    bybit: Loopback, account: ExchangeClient
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    text = "invalid request, please check your server timestamp or recv_window param."
    good = told({"orderId": "7", "orderLinkId": ENTRY})
    bybit.answer("POST", CREATE, told({}, 10002, text), good)
    bybit.answer("GET", "/v5/market/time", told({"timeSecond": "1763700000", "timeNano": "1763700000123456789"}))

    await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)

    first, second = (int(asked.headers["x-bapi-timestamp"]) for asked in bybit.to(CREATE))
    assert first > 1_763_700_060_000 > second >= 1_763_700_000_123  # ours is ahead; signed by the exchange's


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(
    bybit: Loopback, account: ExchangeClient, status: int, body: Any
) -> None:
    """D4"""
    error = await entry_error(bybit, account, (status, body))

    assert type(error) is OutcomeUnknown
    assert len(bybit.to(CREATE)) == 1


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        (told({}, 10006, "Too many visits. Exceeded the API Rate Limit."), 1, False),
        (told({}, 10018, "Exceeded the IP Rate Limit."), 600, True),
        (told({}, 10009, "IP has been banned."), 600, True),
        ((403, told({}, 10018, "access too frequent")), 600, True),
        ((403, "403, access too frequent"), 600, True),
        # closed to the address's country, by a page that no JSON tells apart
        ((403, "<html>The Amazon CloudFront distribution is configured to block access from your country.</html>"), 600, True),
        ((429, ""), 1, False),
    ],
)  # fmt: skip
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    bybit: Loopback, account: ExchangeClient, answer: Any, seconds: float, is_ban: bool
) -> None:
    error = await entry_error(bybit, account, answer)

    assert isinstance(error, Refused)
    assert (error.kind, error.retry_after_s, error.is_ban) == (RefusalKind.RATE_LIMIT, seconds, is_ban)


async def test_an_accounts_own_limit_leaves_the_others_alone(bybit: Loopback, account: ExchangeClient) -> None:
    """P17: 10006 counts by account; the next request of another one is sent."""
    error = await entry_error(bybit, account, told({}, 10006, "Too many visits!"))
    assert isinstance(error, Refused)

    bybit.answer("GET", "/v5/account/wallet-balance", listed({"coin": []}))
    assert await account.balances(MarketType.FUTURES) == []


async def test_a_401_without_a_code_speaks_of_the_key(bybit: Loopback, account: ExchangeClient) -> None:
    error = await entry_error(bybit, account, (401, ""))

    assert isinstance(error, Refused)
    assert (error.kind, error.code) == (RefusalKind.CREDENTIALS, "401")


async def test_a_403_that_names_another_reason_is_no_ban(bybit: Loopback, account: ExchangeClient) -> None:
    error = await entry_error(bybit, account, (403, told({}, 10024, "Compliance rules triggered")))

    assert isinstance(error, Refused)
    assert (error.kind, error.is_ban) == (RefusalKind.REGION, False)


MODE, LEVERAGE = "/v5/account/set-margin-mode", "/v5/position/set-leverage"


@pytest.mark.parametrize(
    ("mode", "leverage"),
    [
        (told({"reasons": []}), told({}, 110043, "leverage not modified")),
        (told({}, 110026, "Cross/isolated margin mode is not modified"), told({})),
    ],
)
async def test_nothing_to_change_is_success(bybit: Loopback, account: ExchangeClient, mode: Any, leverage: Any) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    bybit.answer("POST", MODE, mode)
    bybit.answer("POST", LEVERAGE, leverage)

    await account.set_terms(market, leverage=20, margin_mode=MarginMode.CROSS)


async def test_a_margin_mode_that_other_positions_prevent_is_refused_with_the_reason(
    bybit: Loopback, account: ExchangeClient
) -> None:
    """It is the whole account's: what else is open there decides."""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    reasons = [{"reasonCode": "3400101", "reasonMsg": "Please ensure that there are no positions in your account"}]
    bybit.answer("POST", MODE, told({"reasons": reasons}, 3400045, "Set margin mode failed"))
    bybit.answer("POST", LEVERAGE, told({}))

    with pytest.raises(Refused) as caught:
        await account.set_terms(market, leverage=20, margin_mode=MarginMode.CROSS)

    assert (caught.value.kind, caught.value.message) == (
        RefusalKind.LEVERAGE,
        "Set margin mode failed: Please ensure that there are no positions in your account",
    )


def test_no_code_is_both_refused_and_unknown() -> None:
    assert CODES.unknown == UNKNOWN
    assert not UNKNOWN & (set(CODES.refused) | {code for code, _ in CODES.by_message})
