"""What each answer of OKX proves: the kind of a refusal, or an unknown outcome.

Bodies as documented or as captured in public threads; over real HTTP, through the real client. Errors of an order arrive with
HTTP 200 and stand in its row. D4, F33.
"""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, MarginMode, MarketType, PositionSide, ProtectionLeg, Side
from exchanges.venues.okx_codes import CODES, UNKNOWN
from tests.exchanges.loopback import Loopback
from tests.exchanges.okx_desk import ALGO, ORDER, connected, scripted
from tests.exchanges.okx_samples import CONFIG, ENTRY, PLACED, STOP, error, failed, told

K = RefusalKind
LEVERAGE = "/api/v5/account/set-leverage"

# of an order, in its row
ITEMS = [
    ("51008", "Order failed. Insufficient USDT margin in account ", K.INSUFFICIENT_MARGIN),
    ("51008_1001", "Order failed. Insufficient USDT margin in account", K.INSUFFICIENT_MARGIN),
    ("51119", "Order placement failed due to insufficient balance. ", K.INSUFFICIENT_MARGIN),
    ("51127", "Available balance is 0. ", K.INSUFFICIENT_MARGIN),
    ("51131", "Insufficient balance.", K.INSUFFICIENT_MARGIN),
    ("51020", "Your order should meet or exceed the minimum order amount.", K.BELOW_MINIMUM),
    ("51120", "Order amount is less than 0.1, please try again.", K.BELOW_MINIMUM),
    ("51121", "Order quantity must be a multiple of the lot size.", K.MARKET_RULES),
    ("51150", "The precision of the number of trades or the price exceeds the limit.", K.MARKET_RULES),
    ("51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist.", K.UNKNOWN_SYMBOL),
    ("51016", "Client order ID already exists.", K.DUPLICATE),
    ("50071", "clOrdId already exists", K.DUPLICATE),
    ("51169", "Order failed because you don't have any positions in this direction for this contract to reduce or close. ", K.REDUCE_ONLY),
    ("51112", "Close order size exceeds available size for this position.", K.REDUCE_ONLY),
    ("51170", "Failed to place order. A reduce-only order can't be the same trading direction as your existing positions.", K.REDUCE_ONLY),
    ("51000", "Parameter posSide error", K.POSITION_MODE),
    ("51000", "Parameter tdMode error", K.OTHER),
    ("51004_1101", "Order failed. For isolated long/short mode of BTC-USDT-SWAP … Please lower the leverage", K.LEVERAGE),
    ("51155", "You can't trade this pair or borrow this crypto due to local compliance restrictions. ", K.REGION),
    ("51024", "In accordance with the terms of service, trading is currently unavailable in your verified country or region.", K.REGION),
    ("51024", "Trading account is blocked.", K.OTHER),
    ("51010", "Request unsupported under current account mode", K.OTHER),
    ("51022", "Contract suspended.", K.OTHER),
    ("51202", "Market order amount exceeds the maximum amount.", K.OTHER),
    ("51137", "The highest price limit for buy orders is 96000.", K.OTHER),
]  # fmt: skip

# of a request as a whole
REQUESTS = [
    (401, "50113", "Invalid Sign", K.CREDENTIALS),
    (401, "50111", "Invalid OK-ACCESS-KEY", K.CREDENTIALS),
    (401, "50105", 'Request header "OK-ACCESS-PASSPHRASE" incorrect.', K.CREDENTIALS),
    (401, "50110", "Your IP 203.0.113.9 is not included in your API key's IP whitelist.", K.CREDENTIALS),
    (401, "50101", "APIKey does not match current environment.", K.CREDENTIALS),
    (401, "50119", "API key doesn't exist", K.CREDENTIALS),
    (200, "50119", "API key doesn't exist", K.CREDENTIALS),
    (200, "50120", "This API key doesn't have permission to use this function", K.CREDENTIALS),
    (403, "50035", "This endpoint requires that APIKey must be bound to IP", K.CREDENTIALS),
    (401, "50102", "Timestamp request expired", K.CLOCK),
    (401, "50112", "Invalid OK-ACCESS-TIMESTAMP", K.CLOCK),
    (200, "50036", "The expTime can't be earlier than the current system time.", K.CLOCK),
    (200, "50037", "Order expired.", K.CLOCK),
    (400, "50014", "Parameter instId can not be empty.", K.OTHER),
    (400, "51000", "Parameter posSide error", K.POSITION_MODE),
    (200, "50052", "Due to local laws and regulations, you cannot trade with your chosen crypto.", K.REGION),
    (200, "50027", "This account is restricted from trading. Please contact customer support for assistance.", K.OTHER),
    (401, "50999", "A code that nobody has seen yet, said before anything is looked at", K.OTHER),
]

UNKNOWN_OUTCOMES = [
    (400, error("50004", "API endpoint request timeout. (does not mean that the request was successful or failed)")),
    (200, failed("50004", "API endpoint request timeout.")),
    (503, error("50001", "Service temporarily unavailable. Please try again later.")),
    (200, error("50001", "Matching engine upgrading. Please try again later.")),
    (429, error("50013", "Systems are busy. Please try again later.")),
    (500, error("50026", "System error. Try again later")),
    (500, error("51054", "Request timed out. Please try again.")),
    (
        200,
        failed("51149", "Order timed out. Please try again. (does not mean that the request was successful or failed)"),
    ),
    (410, error("50005", "API endpoint is inactive or unavailable.")),
    (500, error("51008", "A listed code that comes with a server's error proves nothing")),
    (200, failed("51999", "A code that nobody has seen yet")),
    (200, error("51999", "A code that nobody has seen yet")),
    (400, error("51999", "A code that nobody has seen yet")),
    (200, {"code": "1", "data": [], "msg": "Operation failed."}),
    (200, {"code": "2", "data": [{"sCode": "0"}], "msg": "Bulk operation partially succeeded."}),
    (200, told()),
    (200, told(PLACED | {"ordId": ""})),
    (200, told(PLACED | {"clOrdId": "anotherorder"})),
    (200, told({"sCode": "0"})),
    (200, {"code": "0", "msg": ""}),
    (200, {"code": "0", "data": {"ordId": "1"}, "msg": ""}),
    (200, {"code": 0, "data": [PLACED], "msg": ""}),
    (502, "<html><body>502 Bad Gateway</body></html>"),
    (504, ""),
    (404, "<html>not found</html>"),
    (301, ""),
    (200, ""),
    (200, "<html>maintenance</html>"),
    (200, "null"),
    (200, {}),
    (200, []),
]


@pytest.fixture
async def okx(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("GET", "/api/v5/public/time", (503, ""))
        loopback.answer("GET", "/api/v5/account/config", told(CONFIG))
        yield loopback


async def entry_error(okx: Loopback, answer: Any) -> ExchangeError:
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("POST", ORDER, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)
    return caught.value


@pytest.mark.parametrize(("code", "message", "kind"), ITEMS)
async def test_an_order_that_is_turned_down_says_so_in_its_row(
    okx: Loopback, code: str, message: str, kind: RefusalKind
) -> None:
    told_of = await entry_error(okx, failed(code, message))

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code, told_of.message) == (kind, code.partition("_")[0], message)
    assert len(okx.to(ORDER)) == 1


@pytest.mark.parametrize(("status", "code", "message", "kind"), REQUESTS)
async def test_a_request_that_is_turned_down_as_a_whole(
    okx: Loopback, status: int, code: str, message: str, kind: RefusalKind
) -> None:
    told_of = await entry_error(okx, (status, error(code, message)))

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code, told_of.message) == (kind, code, message)
    assert len(okx.to(ORDER)) == 1


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(okx: Loopback, status: int, body: Any) -> None:
    told_of = await entry_error(okx, (status, body))

    assert type(told_of) is OutcomeUnknown
    assert len(okx.to(ORDER)) == 1


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        ((429, error("50011", "Too Many Requests")), 2, False),
        ((200, error("50011", "Rate limit reached. Please refer to API documentation and throttle requests accordingly.")), 2, False),
        ((200, failed("50061", "You've reached the maximum order rate limit for this account.")), 2, False),
        ((429, "<html>error code: 1015</html>", {"Retry-After": "17"}), 17, True),
        ((403, "<html>Access denied</html>"), 10, True),
    ],
)  # fmt: skip
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    okx: Loopback, answer: Any, seconds: float, is_ban: bool
) -> None:
    told_of = await entry_error(okx, answer)

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.retry_after_s, told_of.is_ban) == (RefusalKind.RATE_LIMIT, seconds, is_ban)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("51280", "SL trigger price cannot be higher than the last price.", K.WOULD_TRIGGER),
        ("51304", "SL trigger price cannot be higher than the mark price", K.WOULD_TRIGGER),
        ("51279", "TP trigger price cannot be lower than the last price.", K.WOULD_TRIGGER),
        ("51058", "No available position for this algo order", K.REDUCE_ONLY),
        ("51065", "algoClOrdId already exists.", K.DUPLICATE),
        ("51068", f"{STOP} already exists within algoClOrdId and attachAlgoClOrdId.", K.DUPLICATE),
        ("51261", "Each user can hold up to 500 pending stop orders at the same time.", K.OTHER),
    ],
)
async def test_a_stop_that_is_turned_down(okx: Loopback, code: str, message: str, kind: RefusalKind) -> None:
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("POST", ALGO, failed(code, message, algoClOrdId=STOP, algoId=""))
    leg = ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))

    placed = await account.place_protection(market, PositionSide.LONG, Decimal("0.031"), [leg])

    told_of = placed[Leg.STOP]
    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code) == (kind, code)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("51400", "Order cancellation failed as the order has been filled, canceled or does not exist.", K.NOT_FOUND),
        ("51416", "Order has been triggered and can't be canceled", K.NOT_FOUND),
        ("51412", "The order has been triggered and can't be canceled.", K.NOT_FOUND),
        ("51412", "Cancellation timed out, please try again later.", None),
        ("51410", "Cancellation failed as the order is already in canceling status or pending settlement.", None),
    ],
)
async def test_a_cancellation_that_fails(okx: Loopback, code: str, message: str, expected: RefusalKind | None) -> None:
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("POST", "/api/v5/trade/cancel-algos", failed(code, message, algoId=""))

    told_of = (await account.cancel_protection(market, [STOP]))[STOP]

    assert isinstance(told_of, Refused if expected else OutcomeUnknown)
    assert getattr(told_of, "kind", None) is expected


@pytest.mark.parametrize("code", ["59102", "59101", "59103", "59107"])
async def test_leverage_that_cannot_be_set(okx: Loopback, code: str) -> None:
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("POST", LEVERAGE, error(code, "Leverage exceeds the maximum limit."))

    with pytest.raises(Refused) as caught:
        await account.set_terms(market, leverage=125, margin_mode=MarginMode.ISOLATED)

    assert caught.value.kind is RefusalKind.LEVERAGE


async def test_an_order_for_the_wrong_position_mode_is_sent_again_in_the_right_one(okx: Loopback) -> None:
    """D16: same id, once."""
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("GET", "/api/v5/account/config", told(CONFIG | {"posMode": "long_short_mode"}))
    okx.answer("POST", ORDER, failed("51000", "Parameter posSide error"), told(PLACED))

    answer = await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)

    assert answer.exchange_order_id == PLACED["ordId"]
    assert ['"posSide":"long"' in asked.body.replace(" ", "") for asked in okx.to(ORDER)] == [False, True]


async def test_leverage_for_the_wrong_position_mode_is_set_again_in_the_right_one(okx: Loopback) -> None:
    """D16: isolated leverage of a hedge account is set for each side."""
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("GET", "/api/v5/account/config", told(CONFIG | {"posMode": "long_short_mode"}))
    okx.answer("POST", LEVERAGE, error("51000", "Parameter posSide error"), told({"lever": "5"}))

    await account.set_terms(market, leverage=5, margin_mode=MarginMode.ISOLATED)

    bodies = [json.loads(asked.body) for asked in okx.to(LEVERAGE)]
    assert [body.get("posSide") for body in bodies] == [None, "long", "short"]


async def test_an_order_that_came_too_late_is_sent_again_by_the_exchanges_clock(okx: Loopback) -> None:
    """F33: it was refused, so it was not placed."""
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    okx.answer("GET", "/api/v5/public/time", lambda asked: told({"ts": "1763700000000"}))
    okx.answer(
        "POST", ORDER, error("50036", "The expTime can't be earlier than the current system time."), told(PLACED)
    )

    await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)

    first, second = (int(asked.headers["exptime"]) for asked in okx.to(ORDER))
    account._clones[MarketType.FUTURES].clock.ahead_ms = 0
    assert first > second
    assert 1763700003000 <= second < 1763700013000


def test_no_code_is_both_refused_and_unknown() -> None:
    assert CODES.unknown == UNKNOWN
    assert not UNKNOWN & (set(CODES.refused) | {code for code, _ in CODES.by_message})
