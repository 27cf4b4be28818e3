"""What each answer of Coinbase proves: the kind of a refusal, or an unknown outcome. Reasons as documented or quoted in public
projects; over real HTTP, through the real client. An order that was not created comes with HTTP 200. D4, F33."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, MarketType, PositionSide, ProtectionLeg
from tests.exchanges.coinbase_desk import CANCEL, LIST, ORDERS, connected, scripted
from tests.exchanges.coinbase_samples import ENTRY, STANDING, STOP, error, failed, listed, placed
from tests.exchanges.loopback import Loopback

K = RefusalKind
NO_REASON = "UNKNOWN_FAILURE_REASON"
REFUSALS: list[tuple[dict[str, Any], str, RefusalKind]] = [
    (failed("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND"), "INSUFFICIENT_FUND", K.INSUFFICIENT_MARGIN),
    (failed("INSUFFICIENT_FUND"), "INSUFFICIENT_FUND", K.INSUFFICIENT_MARGIN),
    (failed(NO_REASON, new_order_failure_reason="INSUFFICIENT_FUNDS"), "INSUFFICIENT_FUNDS", K.INSUFFICIENT_MARGIN),
    (failed(NO_REASON, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"), "INVALID_BASE_SIZE_TOO_SMALL", K.BELOW_MINIMUM),
    (failed(NO_REASON, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"), "INVALID_QUOTE_SIZE_TOO_SMALL", K.BELOW_MINIMUM),
    (failed("INVALID_SIZE_PRECISION"), "INVALID_SIZE_PRECISION", K.MARKET_RULES),
    (failed(NO_REASON, "PREVIEW_INVALID_STOP_PRICE_PRECISION"), "INVALID_STOP_PRICE_PRECISION", K.MARKET_RULES),
    (failed("INVALID_LIMIT_PRICE"), "INVALID_LIMIT_PRICE", K.MARKET_RULES),
    (failed("INVALID_PRODUCT_ID"), "INVALID_PRODUCT_ID", K.UNKNOWN_SYMBOL),
    (
        failed(NO_REASON, "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"),
        "STOP_PRICE_ABOVE_LAST_TRADE_PRICE",
        K.WOULD_TRIGGER,
    ),
    (failed("GEOFENCING_RESTRICTION"), "GEOFENCING_RESTRICTION", K.REGION),
    (failed("INELIGIBLE_PAIR"), "INELIGIBLE_PAIR", K.REGION),
    (failed("DUPLICATE_CLIENT_ORDER_ID"), "DUPLICATE_CLIENT_ORDER_ID", K.DUPLICATE),
    (failed("ORDER_ENTRY_DISABLED"), "ORDER_ENTRY_DISABLED", K.OTHER),
    (failed("COMMANDER_REJECTED_NEW_ORDER"), "COMMANDER_REJECTED_NEW_ORDER", K.OTHER),
    (failed("UNSUPPORTED_ORDER_CONFIGURATION"), "UNSUPPORTED_ORDER_CONFIGURATION", K.OTHER),
    (failed(NO_REASON, "PREVIEW_A_REASON_THAT_NOBODY_HAS_SEEN"), "A_REASON_THAT_NOBODY_HAS_SEEN", K.OTHER),
]
REQUESTS: list[tuple[int, Any, RefusalKind]] = [
    (401, "Unauthorized", K.CREDENTIALS),
    (401, error("unauthorized", "Unauthorized"), K.CREDENTIALS),
    (403, error("PERMISSION_DENIED", "Missing required scopes"), K.CREDENTIALS),
    (400, error("INVALID_ARGUMENT", "account is not available"), K.OTHER),
    (400, error("INVALID_ARGUMENT", "valid product_id is required"), K.UNKNOWN_SYMBOL),
    (404, error("NOT_FOUND", "not found"), K.NOT_FOUND),
    (429, "Too Many Requests", K.RATE_LIMIT),
    (429, error("RESOURCE_EXHAUSTED", "too many requests"), K.RATE_LIMIT),
    (403, "<html>Attention Required! | Cloudflare</html>", K.RATE_LIMIT),
]
UNKNOWN_OUTCOMES: list[tuple[int, Any]] = [
    (200, failed(NO_REASON)),
    (200, failed("A_REASON_THAT_NOBODY_HAS_SEEN")),
    (200, failed("SERVICE_UNAVAILABLE")),
    (200, failed(NO_REASON, "PREVIEW_RISK_PROXY_FAILURE")),
    (200, {"success": False}),
    (200, {"success": False, "error_response": "INSUFFICIENT_FUND"}),
    (200, {"success": None, "success_response": placed(ENTRY)["success_response"]}),
    (200, {"success": True}),
    (200, {"success": True, "success_response": {}}),
    (200, placed("anotherorder")),
    (200, placed(ENTRY, order_id="")),
    (400, error("unknown", "proto: (line 1:16): invalid value")),
    (400, error("A_CODE_THAT_NOBODY_HAS_SEEN")),
    (400, "<html>bad request</html>"),
    (404, "<html>not found</html>"),
    (500, error("INTERNAL", "internal server error")),
    (500, failed("INSUFFICIENT_FUND")),
    (502, "<html>502 Bad Gateway</html>"),
    (503, error("UNAVAILABLE", "upstream connect error")),
    (504, ""),
    (301, ""),
    (200, ""),
    (200, "<html>maintenance</html>"),
    (200, "null"),
    (200, []),
    (200, {}),
]


@pytest.fixture
async def coinbase(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


async def entry_error(coinbase: Loopback, answer: Any) -> ExchangeError:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    coinbase.answer("POST", ORDERS, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter_with_cost(market, Decimal(200), ENTRY)
    return caught.value


@pytest.mark.parametrize(("answer", "code", "kind"), REFUSALS, ids=lambda it: it if isinstance(it, str) else "")
async def test_an_order_that_was_not_created_says_why(
    coinbase: Loopback, answer: dict[str, Any], code: str, kind: RefusalKind
) -> None:
    told_of = await entry_error(coinbase, answer)

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code, told_of.message) == (kind, code, "said by the exchange")
    assert len(coinbase.to(ORDERS)) == 1


@pytest.mark.parametrize(("status", "body", "kind"), REQUESTS)
async def test_a_request_that_is_turned_down_as_a_whole(
    coinbase: Loopback, status: int, body: Any, kind: RefusalKind
) -> None:
    told_of = await entry_error(coinbase, (status, body))

    assert isinstance(told_of, Refused)
    assert told_of.kind is kind
    assert len(coinbase.to(ORDERS)) == 1


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(coinbase: Loopback, status: int, body: Any) -> None:
    told_of = await entry_error(coinbase, (status, body))

    assert type(told_of) is OutcomeUnknown
    assert len(coinbase.to(ORDERS)) == 1


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        ((429, "Too Many Requests"), 1, False),
        ((429, error("rate_limit_exceeded"), {"Retry-After": "17"}), 17, False),
        ((403, "<html>error code: 1015</html>", {"Retry-After": "30"}), 30, True),
    ],
)
async def test_too_many_requests(coinbase: Loopback, answer: Any, seconds: float, is_ban: bool) -> None:
    told_of = await entry_error(coinbase, answer)

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.retry_after_s, told_of.is_ban) == (K.RATE_LIMIT, seconds, is_ban)


async def test_an_id_that_is_in_use_brings_the_order_that_has_it(coinbase: Loopback) -> None:
    """ "The order corresponding with that ID will be returned instead": sent again, nothing is bought twice."""
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    coinbase.answer("POST", ORDERS, placed(ENTRY, order_id="the first one"))

    first = await account.enter_with_cost(market, Decimal(200), ENTRY)
    again = await account.enter_with_cost(market, Decimal(200), ENTRY)

    assert first.exchange_order_id == again.exchange_order_id == "the first one"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("UNKNOWN_CANCEL_ORDER", K.NOT_FOUND),
        ("ORDER_IS_FULLY_FILLED", K.NOT_FOUND),
        ("INVALID_CANCEL_REQUEST", K.OTHER),
        ("DUPLICATE_CANCEL_REQUEST", None),
        ("COMMANDER_REJECTED_CANCEL_ORDER", None),
        ("UNKNOWN_CANCEL_FAILURE_REASON", None),
        ("A_REASON_THAT_NOBODY_HAS_SEEN", None),
        ("", None),
    ],
)
async def test_a_cancellation_that_was_not_begun(coinbase: Loopback, reason: str, kind: RefusalKind | None) -> None:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    coinbase.answer("GET", LIST, lambda asked: listed(*[STANDING] * (asked.params["order_status"] == "OPEN")))
    row = {"success": False, "failure_reason": reason, "order_id": STANDING["order_id"]}
    coinbase.answer("POST", CANCEL, {"results": [row]})

    outcome = (await account.cancel_protection(market, [STOP]))[STOP]

    assert type(outcome) is (OutcomeUnknown if kind is None else Refused)
    assert getattr(outcome, "kind", None) is kind


async def test_a_stop_that_would_trigger_at_once_says_so(coinbase: Loopback) -> None:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    coinbase.answer("POST", ORDERS, failed("UNKNOWN_FAILURE_REASON", "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"))

    legs = [ProtectionLeg(Leg.STOP, STOP, Decimal(90000))]
    outcome = (await account.place_protection(market, PositionSide.LONG, Decimal("0.01"), legs))[Leg.STOP]

    assert isinstance(outcome, Refused)
    assert outcome.kind is K.WOULD_TRIGGER
