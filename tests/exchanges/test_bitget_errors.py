"""What each answer of Bitget proves: the kind of a refusal, or an unknown outcome.

Bodies as documented or as met in public threads; over real HTTP, through the real client. Refusals come with HTTP 400, and so do the
codes of which the documentation says that the order is to be asked for: the status proves nothing. D4, F33.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, MarginMode, Market, MarketType, PositionSide, ProtectionLeg, Side
from exchanges.venues.bitget_codes import CODES
from tests.exchanges.bitget_desk import MIX, ORDER, TIME, TPSL, UTA_ORDER, accepting, connected, scripted
from tests.exchanges.bitget_samples import ACCEPTED, ENTRY, MIX_ACCOUNT, STOP, ok, refused
from tests.exchanges.loopback import Loopback

K = RefusalKind

REFUSALS = [
    ("40037", "Apikey does not exist", K.CREDENTIALS),
    ("40006", "Invalid ACCESS_KEY", K.CREDENTIALS),
    ("40009", "sign signature error", K.CREDENTIALS),
    ("40012", "apikey/password is incorrect", K.CREDENTIALS),
    ("40018", "Invalid IP", K.CREDENTIALS),
    ("40014", "Incorrect permissions, need trade permissions", K.CREDENTIALS),
    ("40099", "exchange environment is incorrect", K.CREDENTIALS),
    ("40762", "The order size is greater than the max open size", K.INSUFFICIENT_MARGIN),
    ("43012", "Insufficient balance", K.INSUFFICIENT_MARGIN),
    ("45110", "less than the minimum amount 5 USDT", K.BELOW_MINIMUM),
    ("45111", "less than the minimum order quantity", K.BELOW_MINIMUM),
    ("45115", "The price you enter should be a multiple of 0.1", K.MARKET_RULES),
    ("40808", "Parameter verification exception size checkBDScale error value=2293.577 checkScale=2", K.MARKET_RULES),
    ("40034", "Parameter BTCXUSDT does not exist", K.UNKNOWN_SYMBOL),
    ("40309", "The contract has been removed", K.UNKNOWN_SYMBOL),
    ("40786", "Duplicate clientOid", K.DUPLICATE),
    ("22002", "No position to close", K.REDUCE_ONLY),
    ("40921", "The order size cannot exceed the maximum size of the positionLevel", K.LEVERAGE),
    ("40017", "Parameter verification failed marginCoin", K.OTHER),
]  # fmt: skip

UNIFIED_REFUSALS = [
    ("25202", "Insufficient balance", K.INSUFFICIENT_MARGIN),
    ("25203", "Insufficient margin", K.INSUFFICIENT_MARGIN),
    ("25207", "BTCUSDT trading quantity cannot be less than 0.0001 units", K.BELOW_MINIMUM),
    ("25244", "Price should be a multiple of 0.1", K.MARKET_RULES),
    ("25610", "Order amount does not meet precision requirements", K.MARKET_RULES),
    ("25100", "Trading pair BTCXUSDT does not exist", K.UNKNOWN_SYMBOL),
    ("25212", "Duplicate clientOid", K.DUPLICATE),
    ("25227", "No position available to close", K.REDUCE_ONLY),
    ("25006", "Insufficient Permission", K.CREDENTIALS),
]

UNKNOWN_OUTCOMES = [
    refused("40010", "Request timed out"),
    refused("40725", "service return an error"),
    refused("45001", "Unknown error"),
    refused("40015", "System is abnormal, please try again later"),
    refused("40200", "Server upgrade, please try again later"),
    refused("25000", "System error, please try again later"),
    refused("25001", "Operation timed out"),
    refused("59999", "A code that nobody has seen yet"),
    refused("59999", "A code that nobody has seen yet", 200),
    refused("40762", "A listed code that comes with a server's error proves nothing", 500),
    refused("00000", "success, with an error's status"),
    (200, {"code": "00000", "msg": "success", "data": None}),
    (200, {"code": "00000", "msg": "success"}),
    (200, ok([])),
    (200, ok(ACCEPTED | {"orderId": None})),
    (200, ok(ACCEPTED | {"orderId": ""})),
    (200, ok(ACCEPTED | {"clientOid": "anotherorder"})),
    (200, ok({"orderId": "1"})),
    (200, {"code": 0, "data": ACCEPTED, "msg": ""}),
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
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("GET", TIME, (503, ""))
        loopback.answer("GET", f"{MIX}account/account", ok(MIX_ACCOUNT))
        yield loopback


async def btc(variant: str = "") -> Market:
    return await connected(variant=variant).market(MarketType.FUTURES, "BTCUSDT")


async def entry_error(bitget: Loopback, answer: Any, *, variant: str = "") -> ExchangeError:
    bitget.answer("POST", UTA_ORDER if variant else ORDER, answer)
    market = await btc(variant)
    with pytest.raises(ExchangeError) as caught:
        await connected(variant=variant).enter(market, Side.BUY, Decimal("0.031"), ENTRY)
    return caught.value


@pytest.mark.parametrize(
    ("variant", "code", "message", "kind"),
    [("", *row) for row in REFUSALS] + [("unified", *row) for row in UNIFIED_REFUSALS],
)
async def test_a_listed_code_is_a_refusal(
    bitget: Loopback, variant: str, code: str, message: str, kind: RefusalKind
) -> None:
    told = await entry_error(bitget, refused(code, message), variant=variant)

    assert isinstance(told, Refused)
    assert (told.kind, told.code, told.message) == (kind, code, message)
    assert len(bitget.to(UTA_ORDER if variant else ORDER)) == 1


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(bitget: Loopback, status: int, body: Any) -> None:
    told = await entry_error(bitget, (status, body))

    assert type(told) is OutcomeUnknown
    assert len(bitget.to(ORDER)) == 1


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        (refused("429", "Too Many Requests", 429), 1, False),
        (refused("429", "Too many requests", 200), 1, False),
        ((429, {"code": "429", "msg": "Too Many Requests"}, {"Retry-After": "7"}), 7, False),
        ((429, "<html>Too many requests</html>", {"Retry-After": "17"}), 17, True),
        ((403, "<html>Access denied</html>"), 10, True),
    ],
)
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    bitget: Loopback, answer: Any, seconds: float, is_ban: bool
) -> None:
    told = await entry_error(bitget, answer)

    assert isinstance(told, Refused)
    assert (told.kind, told.retry_after_s, told.is_ban) == (K.RATE_LIMIT, seconds, is_ban)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("40836", "The stop loss price of the short position should be greater than the current price", K.WOULD_TRIGGER),
        ("40830", "The take profit price of the long position should be greater than the current price", K.WOULD_TRIGGER),
        ("40915", "The trigger price of the stop loss of the long position must be less than the mark price", K.WOULD_TRIGGER),
        ("43023", "Insufficient position, can not set profit or stop loss", K.REDUCE_ONLY),
        ("43011", "The parameter does not meet the specification d delegateType is error", K.OTHER),
        ("43118", "clientOrderId duplicate", K.DUPLICATE),
    ],
)  # fmt: skip
async def test_a_stop_that_is_turned_down(bitget: Loopback, code: str, message: str, kind: RefusalKind) -> None:
    bitget.answer("POST", TPSL, refused(code, message))
    leg = ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))

    placed = await connected().place_protection(await btc(), PositionSide.LONG, Decimal("0.031"), [leg])

    told = placed[Leg.STOP]
    assert isinstance(told, Refused)
    assert (told.kind, told.code) == (kind, code)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused("43025", "Plan order does not exist"), K.NOT_FOUND),
        (refused("43001", "The order does not exist"), K.NOT_FOUND),
        (ok({"successList": [], "failureList": [{"orderId": "", "clientOid": STOP, "errorMsg": "notExistend"}]}), K.NOT_FOUND),
        (ok({"successList": [], "failureList": [{"clientOid": STOP, "errorMsg": "x", "errorCode": "43001"}]}), K.NOT_FOUND),
        (ok({"successList": [], "failureList": [{"clientOid": STOP, "errorMsg": "busy", "errorCode": "40725"}]}), None),
        (ok({"successList": [], "failureList": ["no object"]}), None),
        (ok({"successList": [], "failureList": []}), None),
        (refused("40010", "Request timed out"), None),
    ],
)  # fmt: skip
async def test_a_cancellation_that_fails(bitget: Loopback, answer: Any, kind: RefusalKind | None) -> None:
    bitget.answer("POST", f"{MIX}order/cancel-plan-order", answer)

    told = (await connected().cancel_protection(await btc(), [STOP]))[STOP]

    assert isinstance(told, Refused if kind else OutcomeUnknown)
    assert getattr(told, "kind", None) is kind


async def test_leverage_that_cannot_be_set(bitget: Loopback) -> None:
    bitget.answer("POST", f"{MIX}account/set-margin-mode", ok({}))
    bitget.answer("POST", f"{MIX}account/set-leverage", refused("40797", "Exceeded the maximum settable leverage"))

    with pytest.raises(Refused) as caught:
        await connected().set_terms(await btc(), leverage=125, margin_mode=MarginMode.ISOLATED)

    assert caught.value.kind is K.LEVERAGE


async def test_an_order_for_the_wrong_position_mode_is_sent_again_in_the_right_one(bitget: Loopback) -> None:
    """D16: same id, once."""
    text = "The order type for unilateral position must also be the unilateral position type."
    bitget.answer("GET", f"{MIX}account/account", ok(MIX_ACCOUNT | {"posMode": "hedge_mode"}))
    bitget.answer("POST", ORDER, refused("40774", text), accepting)

    answer = await connected().enter(await btc(), Side.BUY, Decimal("0.031"), ENTRY)

    assert answer.exchange_order_id == ACCEPTED["orderId"]
    assert ["tradeSide" in asked.body for asked in bitget.to(ORDER)] == [False, True]


@pytest.mark.parametrize(
    ("code", "message"), [("40008", "Request timestamp expired"), ("40005", "Invalid ACCESS_TIMESTAMP")]
)
async def test_an_order_that_came_too_late_is_sent_again_by_the_exchanges_clock(
    bitget: Loopback, code: str, message: str
) -> None:
    """F33: it was refused, so it was not placed."""
    account = connected()
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    bitget.answer("GET", TIME, ok({"serverTime": "1763700000000"}))
    bitget.answer("POST", ORDER, refused(code, message), accepting)

    await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)

    first, second = (int(asked.headers["access-timestamp"]) for asked in bitget.to(ORDER))
    account._clones[MarketType.FUTURES].clock.ahead_ms = 0
    assert first > second
    assert 1763700000000 <= second < 1763700010000


def test_no_code_is_both_refused_and_unknown() -> None:
    assert not CODES.unknown & (set(CODES.refused) | {code for code, _ in CODES.by_message})
