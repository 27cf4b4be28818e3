"""What each answer of KuCoin proves: the kind of a refusal, or an unknown outcome.

Bodies as documented ("Errors Code") or as captured in public threads; over real HTTP, through the real client. D4, D16, F33.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, MarginMode, PositionSide, ProtectionLeg, Side
from exchanges.venues.kucoin_codes import CODES, UNKNOWN
from tests.exchanges.kucoin_desk import (
    API,
    ORDERS,
    SPOT_ORDERS,
    SPOT_STOPS,
    STOPS,
    TERMS,
    connected,
    echoing,
    pair,
    scripted,
    swap,
)
from tests.exchanges.kucoin_samples import ENTRY, PLACED, STANDING, STOP, error, page, told
from tests.exchanges.loopback import Loopback

K = RefusalKind

REFUSALS = [
    (401, "400001", "Please check the header of your request for KC-API-KEY, …", K.CREDENTIALS),
    (401, "400003", "KC-API-KEY not exists", K.CREDENTIALS),
    (200, "400004", "KC-API-PASSPHRASE error", K.CREDENTIALS),
    (401, "400005", "Signature error", K.CREDENTIALS),
    (200, "400006", "The IP address is not in the API whitelist", K.CREDENTIALS),
    (403, "400007", "Access denied, require more permission", K.CREDENTIALS),
    (200, "411100", "User are frozen.", K.CREDENTIALS),
    (200, "400002", "KC-API-TIMESTAMP Invalid", K.CLOCK),
    (401, "499999", "A code that nobody has seen yet, said before anything is looked at", K.OTHER),
    (200, "300003", "Balance insufficient. The order would cost 147.6.", K.INSUFFICIENT_MARGIN),
    (200, "330008", "Your current margin and leverage have reached the maximum open limit.", K.INSUFFICIENT_MARGIN),
    (200, "200004", "Balance insufficient!", K.INSUFFICIENT_MARGIN),
    (200, "400100", "account.available.amount", K.INSUFFICIENT_MARGIN),
    (200, "400100", "Order size below the minimum requirement.", K.BELOW_MINIMUM),
    (200, "600100", "Funds below the minimum requirement.", K.BELOW_MINIMUM),
    (200, "600101", "The order funds should more then 0.1 USDT.", K.BELOW_MINIMUM),
    (200, "600100", "Order size increment invalid.", K.MARKET_RULES),
    (200, "100001", "Quantity cannot exceed 10,000.", K.OTHER),
    (200, "100003", "Contract parameter invalid", K.UNKNOWN_SYMBOL),
    (200, "400600", "validation.createOrder.symbolNotAvailable", K.UNKNOWN_SYMBOL),
    (200, "300005", "Your risk limit of 100,000 is exceeded", K.LEVERAGE),
    (200, "300016", "The leverage cannot be greater than 50.", K.LEVERAGE),
    (
        200,
        "330005",
        "The order's margin mode does not match the selected one. Please switch and try again.",
        K.LEVERAGE,
    ),
    (200, "300009", "No open positions to close.", K.REDUCE_ONLY),
    (200, "300018", "clientOid parameter repeated", K.DUPLICATE),
    (200, "400100", "validation.createOrder.clientOidDuplicated", K.DUPLICATE),
    (200, "400500", "Your located country/region is currently not supported for the trading of this token", K.REGION),
    (200, "300002", "Order placement/cancellation suspended, please try again later.", K.OTHER),
    (200, "200002", "Order cancel for this pair suspended", K.OTHER),
    (200, "300008", "Unavailable to place the order, there's no contra order in the market.", K.OTHER),
    (404, "404000", "URL Not Found", K.OTHER),
]

UNKNOWN_OUTCOMES = [
    (500, error("500000", "Internal Server Error")),
    (200, error("500000", "Internal Server Error")),
    (200, error("408000", "Network timeout, please try again later")),
    (500, error("300003", "A listed code that comes with a server's error proves nothing")),
    (200, error("999999", "A code that nobody has seen yet")),
    (400, error("999999", "A code that nobody has seen yet")),
    (503, told(PLACED)),
    (200, told(None)),
    (200, told({})),
    (200, told([PLACED])),
    (200, told(PLACED | {"orderId": ""})),
    (200, told(PLACED | {"clientOid": "anotherorder"})),
    (200, {"code": 200000, "data": PLACED}),
    (200, {"data": PLACED}),
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
async def kucoin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("GET", f"{API}/timestamp", (503, ""))
        yield loopback


async def entry_error(kucoin: Loopback, answer: Any) -> ExchangeError:
    account = connected()
    market = await swap(account)
    kucoin.answer("POST", ORDERS, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY, terms=TERMS)
    return caught.value


@pytest.mark.parametrize(("status", "code", "message", "kind"), REFUSALS)
async def test_an_order_that_is_turned_down(
    kucoin: Loopback, status: int, code: str, message: str, kind: RefusalKind
) -> None:
    told_of = await entry_error(kucoin, (status, error(code, message)))

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code, told_of.message) == (kind, code, message)
    assert len(kucoin.to(ORDERS)) == 1


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(kucoin: Loopback, status: int, body: Any) -> None:
    told_of = await entry_error(kucoin, (status, body))

    assert type(told_of) is OutcomeUnknown
    assert len(kucoin.to(ORDERS)) == 1


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        ((429, error("429000", "Too Many Requests"), {"gw-ratelimit-reset": "2500"}), 2.5, False),
        ((200, error("200002", "Too many requests in a short period of time, please retry later")), 10, False),
        ((429, "<html>error code: 1015</html>"), 30, True),
        ((403, "<html>Access denied</html>"), 30, True),
        ((429, error("1015", "cloudflare frequency limit")), 30, True),
    ],
)
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    kucoin: Loopback, answer: Any, seconds: float, is_ban: bool
) -> None:
    told_of = await entry_error(kucoin, answer)

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.retry_after_s, told_of.is_ban) == (K.RATE_LIMIT, seconds, is_ban)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("330011", "The order's position mode does not match your selected mode. Please switch modes and try again."),
        ("330012", "Your order is in One-Way Mode, while your account is set to Hedge Mode. …"),
    ],
)
async def test_an_order_for_the_wrong_position_mode_is_sent_again_in_the_right_one(
    kucoin: Loopback, code: str, message: str
) -> None:
    """D16: same id, once."""
    account = connected()
    market = await swap(account)
    kucoin.answer("GET", "/api/v2/position/getPositionMode", told({"positionMode": 1}))
    kucoin.answer("POST", ORDERS, error(code, message), echoing())

    answer = await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY, terms=TERMS)

    assert answer.exchange_order_id == PLACED["orderId"]
    assert ['"positionSide":"LONG"' in asked.body.replace(" ", "") for asked in kucoin.to(ORDERS)] == [False, True]


async def test_an_order_that_came_too_late_is_sent_again_by_the_exchanges_clock(kucoin: Loopback) -> None:
    """F33: it was refused, so it was not placed."""
    account = connected()
    market = await swap(account)
    kucoin.answer("GET", f"{API}/timestamp", told(1763700000000))
    kucoin.answer("POST", ORDERS, error("400002", "KC-API-TIMESTAMP Invalid"), echoing())

    await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY, terms=TERMS)

    first, second = (int(asked.headers["kc-api-timestamp"]) for asked in kucoin.to(ORDERS))
    account._clones[market.market_type].clock.ahead_ms = 0
    assert first > second
    assert 1763700000000 <= second < 1763700010000
    assert account.venue.features.resend_after_s == 6


async def test_a_stop_that_is_turned_down(kucoin: Loopback) -> None:
    account = connected()
    kucoin.answer("POST", ORDERS, error("300004", "Stop order quantity limit exceeded (limit: 50, current: 50)."))
    kucoin.answer("POST", SPOT_STOPS, error("200004", "Balance insufficient!"))
    leg = ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))

    futures = await account.place_protection(await swap(account), PositionSide.LONG, Decimal("0.031"), [leg])
    spot = await account.place_protection(await pair(account), PositionSide.LONG, Decimal("0.001"), [leg])

    kinds = [
        (getattr(told_of[Leg.STOP], "code", ""), getattr(told_of[Leg.STOP], "kind", "")) for told_of in (futures, spot)
    ]
    assert kinds == [("300004", K.OTHER), ("200004", K.INSUFFICIENT_MARGIN)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, error("100004", "The order cannot be canceled.")), K.NOT_FOUND),
        ((404, error("100001", "error.getOrder.orderNotExist")), K.NOT_FOUND),
        ((200, error("300014", "The position is being liquidated, unable to place/cancel the order.")), K.OTHER),
        ((500, error("500000", "Internal Server Error")), None),
    ],
)
async def test_a_cancellation_that_fails(kucoin: Loopback, answer: Any, expected: RefusalKind | None) -> None:
    account = connected()
    market = await swap(account)
    kucoin.answer("GET", STOPS, page(STANDING))
    kucoin.answer("DELETE", f"{ORDERS}/{STANDING['id']}", answer)

    told_of = (await account.cancel_protection(market, [STOP]))[STOP]

    assert isinstance(told_of, Refused if expected else OutcomeUnknown)
    assert getattr(told_of, "kind", None) is expected


@pytest.mark.parametrize(
    "message", ["Order not exist or not allow to be cancelled", "order_not_exist_or_not_allow_to_cancel"]
)
async def test_a_spot_stop_that_is_gone_cannot_be_cancelled(kucoin: Loopback, message: str) -> None:
    account = connected()
    market = await pair(account)
    kucoin.answer("DELETE", f"{SPOT_STOPS}/cancelOrderByClientOid", error("400100", message))

    told_of = (await account.cancel_protection(market, [STOP]))[STOP]

    assert isinstance(told_of, Refused)
    assert told_of.kind is K.NOT_FOUND


async def test_cross_leverage_is_not_set_before_the_mode_is_chosen(kucoin: Loopback) -> None:
    account = connected()
    market = await swap(account)
    kucoin.answer("POST", "/api/v2/position/changeMarginMode", told({"symbol": "XBTUSDTM", "marginMode": "CROSS"}))
    kucoin.answer("POST", "/api/v2/changeCrossUserLeverage", error("300016", "The leverage cannot be greater than 50."))

    with pytest.raises(Refused) as caught:
        await account.set_terms(market, leverage=125, margin_mode=MarginMode.CROSS)

    assert caught.value.kind is K.LEVERAGE


async def test_a_spot_purchase_that_is_turned_down(kucoin: Loopback) -> None:
    account = connected()
    market = await pair(account)
    kucoin.answer("POST", SPOT_ORDERS, error("200004", "Balance insufficient!"))

    with pytest.raises(Refused) as caught:
        await account.enter_with_cost(market, Decimal(100), ENTRY)

    assert caught.value.kind is K.INSUFFICIENT_MARGIN


def test_no_code_is_both_refused_and_unknown() -> None:
    assert CODES.unknown == UNKNOWN
    assert not UNKNOWN & (set(CODES.refused) | {code for code, _ in CODES.by_message})
