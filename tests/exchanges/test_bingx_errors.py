"""What each answer of BingX proves: the kind of a refusal, or an unknown outcome. EXE-13; D4, P17.

Codes and texts as documented (docs-v3, the exchange's list of error codes) or as captured in public threads; errors come with
HTTP 200. Over real HTTP, through the real client.
"""

import time
from decimal import Decimal
from typing import Any

import pytest

from exchanges import addresses, client
from exchanges.client import ExchangeClient
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import MarketType, PositionMode, Side
from exchanges.venues.bingx_codes import ACCOUNT_CODES, ACCOUNT_LIMIT, CODES, UNKNOWN
from tests.exchanges import bingx_samples as samples
from tests.exchanges.bingx_samples import ENTRY, good
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import CLOSE, TRUNCATE, Loopback

K = RefusalKind
ORDER = "/openApi/swap/v2/trade/order"
SPOT_ORDER = "/openApi/spot/v1/trade/order"

REFUSALS = [
    # keys
    (100001, "Signature verification failed", K.CREDENTIALS),
    (100004, "Permission denied as the API key was created without the permission", K.CREDENTIALS),
    (100412, "Null signature", K.CREDENTIALS),
    (100413, "Incorrect apiKey, please check your valid api key", K.CREDENTIALS),
    (100419, "IP does not match IP whitelist , please go to https://bingx.com/en/account/api/", K.CREDENTIALS),
    # money
    (101204, "Insufficient margin", K.INSUFFICIENT_MARGIN),
    (101253, "Insufficient margin (including adjustable margin)", K.INSUFFICIENT_MARGIN),
    (101212, "Failed. Please check if you have pending orders under the trading pair.", K.INSUFFICIENT_MARGIN),
    (80001, "margin not enough", K.INSUFFICIENT_MARGIN),
    (80012, '{"Code":101253,"Msg":"margin is not enough"}', K.INSUFFICIENT_MARGIN),
    (109400, "margin is not enough", K.INSUFFICIENT_MARGIN),
    # sizes
    (101400, "The minimum order amount is 0.0001 BTC.", K.BELOW_MINIMUM),
    (101400, "Please ensure that the minimum nominal value of the order placed must be greater than 2u", K.BELOW_MINIMUM),
    (110425, "Please ensure that the minimum nominal value of the order placed must be greater than 2u", K.BELOW_MINIMUM),
    (110425, "Order size does not meet the contract precision or step size requirement.", K.MARKET_RULES),
    (110422, "The order size is below the minimum per-order requirement.", K.BELOW_MINIMUM),
    # leverage
    (101414, "The maximum leverage for this trading pair is 75; please reduce the leverage", K.LEVERAGE),
    (101209, "The maximum position value for this leverage is 170000 USDT.", K.LEVERAGE),
    (101424, "This order exceeds the current position limit amount of 5000 USDT. Please complete your KYC", K.LEVERAGE),
    # nothing to reduce
    (101205, "No position to close", K.REDUCE_ONLY),
    (101290, "The Reduce Only order can only decrease the position and not be used to open a position.", K.REDUCE_ONLY),
    (109420, "position not exist", K.REDUCE_ONLY),
    (80017, "position not exist", K.REDUCE_ONLY),
    # position mode
    (109400, "In the One-way mode, the 'PositionSide' field can only be set to BOTH.", K.POSITION_MODE),
    (109400, "In the Hedge mode, the 'PositionSide' field can only be set to LONG or SHORT.", K.POSITION_MODE),
    (109400, "In the Hedge mode, the 'ReduceOnly' field can not be filled.", K.POSITION_MODE),
    (109414, "In the One-way mode, the 'PositionSide' field can only be set to BOTH.", K.POSITION_MODE),
    # the price has passed the trigger
    (110411, "Stop Loss price should be lower than the current price", K.WOULD_TRIGGER),
    (110412, "Stop Loss price should be greater than the current price", K.WOULD_TRIGGER),
    (110413, "Take Profit price should be greater than the current price", K.WOULD_TRIGGER),
    (110414, "Take Profit price should be lower than the current price", K.WOULD_TRIGGER),
    # ids
    (109201, "The same order number is only allowed to be submitted once within 1 second.", K.DUPLICATE),
    (101209, "The same order number can only be submitted once within 1 second", K.DUPLICATE),
    (101481, "clientOrderID cannot be repeated", K.DUPLICATE),
    (109421, "order not exist", K.NOT_FOUND),
    (80016, "order does not exist", K.NOT_FOUND),
    (109414, "order not exist", K.NOT_FOUND),
    # symbols: 100421 is BadSymbol in ccxt whatever it says
    (109425, "NOPE-USDT not exist, please verify it in api: /openApi/swap/v2/quote/contracts", K.UNKNOWN_SYMBOL),
    (109400, "CATI-USDT,symbol not exist, please verify it in api", K.UNKNOWN_SYMBOL),
    (109500, "symbol not exist", K.UNKNOWN_SYMBOL),
    (100421, "This pair is currently restricted from API trading", K.UNKNOWN_SYMBOL),
    # the clock
    (100421, "Null timestamp or timestamp mismatch", K.CLOCK),
    (80014, "timestamp is invalid", K.CLOCK),
    (109400, "Invalid parameters, err:timestamp: This field is required.", K.CLOCK),
    # refused, and nothing more is known
    (109400, "Reminder: Due to the large market fluctuations, API orders are temporarily disabled.", K.OTHER),
    (80020, "risk forbidden", K.OTHER),
    (110406, "Position SL order already exists", K.OTHER),
    (101484, "Account belongs to a restricted region or advanced identity verification is required.", K.REGION),
]  # fmt: skip

SPOT_REFUSALS = [
    (100202, "Insufficient assets, please verify the assets status", K.INSUFFICIENT_MARGIN),
    (100400, "The minimum amount per order is 5", K.BELOW_MINIMUM),
    (100400, " check limit entrust value fail, entrust volume too low, minVolume:69.93", K.BELOW_MINIMUM),
    (100400, "invalid symbol, send symbol like BTC-USDT", K.UNKNOWN_SYMBOL),
    (100400, "The same order can only be submitted once per second.", K.DUPLICATE),
    (100404, "order not exist", K.NOT_FOUND),
    (100400, "the order you want to cancel is FILLED or CANCELLED already, or is not a valid order id ,please verify", K.NOT_FOUND),
    (100421, "The symbol you request is not available to place order currently", K.UNKNOWN_SYMBOL),
    (100490, " spot symbol is offline", K.UNKNOWN_SYMBOL),
    (100414, "Your account is under risk control or without KYC", K.OTHER),
    (100440, "Order price deviates greatly from the market price", K.OTHER),
]  # fmt: skip

UNKNOWN_OUTCOMES = [
    # at the exchange, with HTTP 200
    (200, {"code": 100500, "msg": "The current system is busy, please try again later"}),
    (200, {"code": 109500, "msg": "The current system is busy, please try again later", "data": {}}),
    (200, {"code": 110500, "msg": "Order system busy. Please retry later."}),
    (200, {"code": 80012, "msg": "query Service Unavailable, err:contract not exist"}),
    (200, {"code": 101500, "msg": "RPC timeout"}),
    (200, {"code": 100503, "msg": "Server busy"}),
    (200, {"code": 109701, "msg": "Network request exception."}),
    # "busy" leaves it open under any code, also one that else refuses
    (200, {"code": 100400, "msg": "The current system is busy, please try again later"}),
    (200, {"code": 100202, "msg": "The current system is busy, please try again later"}),
    # not listed: closed by default
    (200, {"code": 987654, "msg": "A code that nobody has seen yet"}),
    (200, {"code": 100421, "msg": "A text that nobody has seen yet"}),
    (200, {"code": 80001, "msg": "service has some errors"}),
    # the way there
    (504, {"code": 101204, "msg": "A listed code that comes with a server's error proves nothing"}),
    (504, "<html>Gateway Timeout</html>"),
    (502, "<html>bad gateway</html>"),
    (500, ""),
    (408, {"code": 987654, "msg": "Request timeout"}),
    (404, "<html>not found</html>"),
    (301, ""),
    (200, ""),
    (200, "<html>maintenance</html>"),
    (200, "null"),
    (200, {}),
    (200, []),
    # good answers that are none
    (200, good({})),
    (200, good({"order": {}})),
    (200, good({"order": samples.PLACED_ROW | {"orderId": None}})),
    (200, good({"order": samples.PLACED_ROW | {"orderId": 0}})),
    (200, good({"order": samples.PLACED_ROW | {"clientOrderId": "b-another-order-00"}})),
]  # fmt: skip


@pytest.fixture
def account(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> ExchangeClient:
    monkeypatch.setattr(addresses, "_addresses", {"bingx": loopback.url})
    loopback.answer("GET", "/openApi/swap/v2/quote/contracts", samples.CONTRACTS)
    loopback.answer("GET", "/openApi/spot/v1/common/symbols", samples.SYMBOLS)
    loopback.answer("GET", "/openApi/cswap/v1/market/contracts", good([]))
    loopback.answer("GET", "/openApi/swap/v2/server/time", (503, ""))
    loopback.answer("GET", "/openApi/swap/v1/positionSide/dual", good({"dualSidePosition": "false"}))
    return client.connect("bingx", KEYS, testnet=False, position_mode=PositionMode.ONE_WAY)


async def entry_error(loopback: Loopback, account: ExchangeClient, answer: Any) -> ExchangeError:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", ORDER, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)
    return caught.value


@pytest.mark.parametrize(("code", "message", "kind"), REFUSALS)
async def test_futures_refusals(
    loopback: Loopback, account: ExchangeClient, code: int, message: str, kind: RefusalKind
) -> None:
    error = await entry_error(loopback, account, (200, {"code": code, "msg": message, "data": {}}))

    assert isinstance(error, Refused)
    assert (error.kind, error.code, error.message) == (kind, str(code), message)
    assert len(loopback.to(ORDER)) == 1


@pytest.mark.parametrize(("code", "message", "kind"), SPOT_REFUSALS)
async def test_spot_refusals(
    loopback: Loopback, account: ExchangeClient, code: int, message: str, kind: RefusalKind
) -> None:
    market = await account.market(MarketType.SPOT, "BTCUSDT")
    loopback.answer("POST", SPOT_ORDER, (200, {"code": code, "msg": message, "debugMsg": ""}))

    with pytest.raises(Refused) as caught:
        await account.enter_with_cost(market, Decimal(100), ENTRY)

    assert (caught.value.kind, caught.value.code) == (kind, str(code))


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(
    loopback: Loopback, account: ExchangeClient, status: int, body: Any
) -> None:
    """D4"""
    error = await entry_error(loopback, account, (status, body))

    assert type(error) is OutcomeUnknown
    assert len(loopback.to(ORDER)) == 1


@pytest.mark.parametrize("fault", [CLOSE, TRUNCATE])
async def test_a_broken_connection_is_an_unknown_outcome(
    loopback: Loopback, account: ExchangeClient, fault: str
) -> None:
    error = await entry_error(loopback, account, fault)

    assert (type(error), error.code) == (OutcomeUnknown, "no_answer")


async def test_a_listed_4xx_is_a_refusal_and_so_is_an_unlisted_one(loopback: Loopback, account: ExchangeClient) -> None:
    for answer, kind in (
        ((401, {"code": 100413, "msg": "Incorrect apiKey"}), K.CREDENTIALS),
        ((400, {"code": 987654, "msg": "A code that nobody has seen yet"}), K.OTHER),
    ):
        error = await entry_error(loopback, account, answer)

        assert isinstance(error, Refused)
        assert error.kind is kind


def at(seconds: float) -> int:
    return int((time.time() + seconds) * 1000)


@pytest.mark.parametrize(
    ("status", "body", "code", "seconds", "is_ban"),
    [
        (200, {"code": 100410, "msg": "rate limited"}, "100410", 10, False),
        (200, {"code": 100410, "msg": "The current system is busy, please try again later"}, "100410", 10, False),
        (429, {"code": 100410, "msg": "Request rate limit exceeded..."}, "100410", 10, False),
        (429, "Too Many Requests", "429", 10, False),
        (418, "<html>banned</html>", "418", 300, True),
        (403, "<html>ERROR: The request could not be satisfied</html>", "403", 300, True),
        (200, {"code": 109403, "msg": "Request blocked by risk control"}, "109403", 10, False),
        (200, {"code": 109429, "msg": "Too many invalid requests in a short period"}, "109429", 10, False),
    ],
)  # fmt: skip
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    loopback: Loopback, account: ExchangeClient, status: int, body: Any, code: str, seconds: float, is_ban: bool
) -> None:
    error = await entry_error(loopback, account, (status, body))

    assert isinstance(error, Refused)
    assert (error.kind, error.code, error.retry_after_s, error.is_ban) == (K.RATE_LIMIT, code, seconds, is_ban)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("code:100410:The endpoint trigger frequency limit rule is … in the disabled period and will be unblocked after {}", ACCOUNT_LIMIT),
        ("over 20 error code:100202 requests within 480000 ms for this api, please verify … ,can retry after time: {}", ACCOUNT_LIMIT),
        ("rate limited, will be unblocked after {}", "100410"),
    ],
)  # fmt: skip
async def test_the_time_from_which_it_answers_again_is_read_in_the_message(
    loopback: Loopback, account: ExchangeClient, text: str, code: str
) -> None:
    error = await entry_error(loopback, account, (200, {"code": 100410, "msg": text.format(at(90))}))

    assert isinstance(error, Refused)
    assert (error.kind, error.code) == (K.RATE_LIMIT, code)
    assert 85 < error.retry_after_s <= 90


async def test_an_order_that_is_told_as_filled_without_a_quantity_is_an_open_question(
    loopback: Loopback, account: ExchangeClient
) -> None:
    """An old sample of the documentation shows a triggered target so."""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("GET", ORDER, good({"order": samples.STOP_ROW | {"status": "FILLED"}}))

    with pytest.raises(OutcomeUnknown):
        await account.find_protection(market, samples.STOP)


def test_no_code_is_both_refused_and_unknown() -> None:
    assert CODES.unknown == UNKNOWN
    assert not UNKNOWN & (set(CODES.refused) | {code for code, _ in CODES.by_message})
    assert not ACCOUNT_CODES & (set(CODES.refused) | UNKNOWN)
