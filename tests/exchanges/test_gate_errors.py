"""What each answer of Gate proves: the kind of a refusal, or an unknown outcome.

Bodies as documented ("Label list") or as captured in public threads; over real HTTP, through the real client. D4, F33.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, MarginMode, PositionSide, ProtectionLeg, Side
from exchanges.venues.gate_codes import CODES, UNKNOWN
from tests.exchanges.gate_desk import API, FUTURES, ORDERS, TRIGGERS, connected, echoing, scripted, swap
from tests.exchanges.gate_samples import ENTRY, ORDER, STOP, TRIGGER, error
from tests.exchanges.loopback import Loopback

K = RefusalKind

REFUSALS = [
    (401, error("INVALID_KEY", "Invalid key provided"), K.CREDENTIALS),
    (401, error("INVALID_SIGNATURE", "Signature mismatch"), K.CREDENTIALS),
    (401, error("INVALID_CREDENTIALS", "Invalid API key"), K.CREDENTIALS),
    (403, error("FORBIDDEN", "Request API key does not have futures permission"), K.CREDENTIALS),
    (403, error("FORBIDDEN", "Service is not available in your region"), K.REGION),
    (403, error("IP_FORBIDDEN", "IP address not in whitelist"), K.CREDENTIALS),
    (403, error("READ_ONLY", "API key is read-only"), K.CREDENTIALS),
    (403, error("REQUEST_EXPIRED", "gap between request Timestamp and server time exceeds 60"), K.CLOCK),
    (401, error("A_LABEL_NOBODY_HAS_SEEN", "said before a request is looked at"), K.OTHER),
    (400, error("INSUFFICIENT_AVAILABLE", detail="insufficient available margin"), K.INSUFFICIENT_MARGIN),
    (400, error("BALANCE_NOT_ENOUGH", "Not enough balance"), K.INSUFFICIENT_MARGIN),
    (400, error("USER_NOT_FOUND", "please transfer funds first to create futures account"), K.INSUFFICIENT_MARGIN),
    (400, error("SIZE_TOO_SMALL"), K.BELOW_MINIMUM),
    (400, error("INVALID_PARAM_VALUE", "Your order size 0.0037 USDT is too small. The minimum is 3 USDT"), K.BELOW_MINIMUM),
    (400, error("INVALID_PARAM_VALUE", "invalid argument: #4"), K.OTHER),
    (400, error("CONTRACT_NOT_FOUND"), K.UNKNOWN_SYMBOL),
    (400, error("CONTRACT_IN_DELISTING", detail="flag close or reduce"), K.OTHER),
    (400, error("CONTRACT_NO_COUNTER"), K.OTHER),
    (400, error("LIQUIDATE_IMMEDIATELY"), K.OTHER),
    (400, error("LEVERAGE_TOO_HIGH"), K.LEVERAGE),
    (400, error("RISK_LIMIT_EXCEEDED", detail="limit 1000000"), K.LEVERAGE),
    (400, error("INCREASE_POSITION"), K.REDUCE_ONLY),
    (400, error("POSITION_EMPTY"), K.REDUCE_ONLY),
    (400, error("REPEATED_CREATION"), K.DUPLICATE),
    (400, error("PRICE_TOO_DEVIATED"), K.OTHER),
]  # fmt: skip

UNKNOWN_OUTCOMES = [
    (500, error("INTERNAL", "")),
    (500, error("SERVER_ERROR", "Internal server error")),
    (503, error("TOO_BUSY", "System is busy")),
    (400, error("TOO_BUSY", "System is busy")),
    (500, error("INSUFFICIENT_AVAILABLE", "a listed label that comes with a server's error proves nothing")),
    (400, error("A_LABEL_NOBODY_HAS_SEEN")),
    (200, error("A_LABEL_NOBODY_HAS_SEEN")),
    (201, {"text": f"t-{ENTRY}"}),
    (201, ORDER | {"text": "t-anotherorder"}),
    (201, ORDER | {"text": "api"}),
    (201, ORDER | {"id": 0}),
    (201, ORDER | {"finish_as": "in_a_way_nobody_has_seen"}),
    (201, ORDER | {"left": "310"}),
    (201, []),
    (201, ""),
    (502, "<html><body>502 Bad Gateway</body></html>"),
    (504, ""),
    (404, "<html>not found</html>"),
    (301, ""),
    (200, ""),
    (200, "<html>maintenance</html>"),
    (200, "null"),
    (400, {"message": "without a label"}),
]


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("GET", f"{API}/spot/time", (503, ""))
        yield loopback


async def entry_error(gate: Loopback, answer: Any) -> ExchangeError:
    account = connected()
    market = await swap(account)
    gate.answer("POST", ORDERS, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)
    return caught.value


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
async def test_an_order_that_is_turned_down(
    gate: Loopback, status: int, body: dict[str, Any], kind: RefusalKind
) -> None:
    told_of = await entry_error(gate, (status, body))

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code) == (kind, body["label"])
    assert told_of.message == (
        body["message"] or body.get("detail") or f"The exchange answered with code {body['label']}"
    )
    assert len(gate.to(ORDERS)) == 1


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(gate: Loopback, status: int, body: Any) -> None:
    told_of = await entry_error(gate, (status, body))

    assert type(told_of) is OutcomeUnknown
    assert len(gate.to(ORDERS)) == 1


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        ((429, error("TOO_MANY_REQUESTS", "Request Rate Limit Exceeded")), 10, False),
        ((429, error("TOO_FAST", "slow down"), {"Retry-After": "3"}), 3, False),
        ((429, "<html>error code: 1015</html>", {"Retry-After": "17"}), 17, True),
        ((403, "<html>Access denied</html>"), 10, True),
    ],
)
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    gate: Loopback, answer: Any, seconds: float, is_ban: bool
) -> None:
    told_of = await entry_error(gate, answer)

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.retry_after_s, told_of.is_ban) == (K.RATE_LIMIT, seconds, is_ban)


@pytest.mark.parametrize(
    ("label", "message", "kind"),
    [
        ("AUTO_TRIGGER_PRICE_LESS_LAST", "invalid argument: Trigger.Price must < last_price", K.WOULD_TRIGGER),
        ("AUTO_TRIGGER_PRICE_GREATE_LAST", "invalid argument: Trigger.Price must > last_price", K.WOULD_TRIGGER),
        ("AUTO_INVALID_PARAM_TRIGGER_RULE", "invalid argument: Trigger.rule", K.OTHER),
        ("AUTO_INVALID_PARAM_PRICE", "price is not an integer multiple of a price unit", K.MARKET_RULES),
    ],
)
async def test_a_stop_that_is_turned_down(gate: Loopback, label: str, message: str, kind: RefusalKind) -> None:
    account = connected()
    market = await swap(account)
    gate.answer("POST", TRIGGERS, (400, error(label, message, code="1015")))
    leg = ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))

    placed = await account.place_protection(market, PositionSide.LONG, Decimal("0.031"), [leg])

    told_of = placed[Leg.STOP]
    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.code, told_of.message) == (kind, label, message)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((404, error("AUTO_ORDER_NOT_FOUND", "order not found")), K.NOT_FOUND),
        ((400, error("ORDER_FINISHED", "order is finished")), K.NOT_FOUND),
        ((500, error("SERVER_ERROR", "")), None),
    ],
)
async def test_a_cancellation_that_fails(gate: Loopback, answer: Any, expected: RefusalKind | None) -> None:
    account = connected()
    market = await swap(account)
    gate.answer("GET", TRIGGERS, [TRIGGER])
    gate.answer("DELETE", f"{TRIGGERS}/1432329", answer)

    told_of = (await account.cancel_protection(market, [STOP]))[STOP]

    assert isinstance(told_of, Refused if expected else OutcomeUnknown)
    assert getattr(told_of, "kind", None) is expected


async def test_terms_that_are_set_already_are_no_error(gate: Loopback) -> None:
    account = connected()
    market = await swap(account)
    path = f"{FUTURES}/positions/BTC_USDT/leverage"
    gate.answer("POST", path, (400, error("NO_CHANGE", "No change is made")), (400, error("LEVERAGE_TOO_HIGH")))

    await account.set_terms(market, leverage=20, margin_mode=MarginMode.ISOLATED)
    with pytest.raises(Refused) as caught:
        await account.set_terms(market, leverage=200, margin_mode=MarginMode.ISOLATED)

    assert caught.value.kind is K.LEVERAGE


async def test_a_request_that_was_too_old_is_sent_again_by_the_exchanges_clock(gate: Loopback) -> None:
    """F33: it was refused, so it was not placed."""
    account = connected()
    market = await swap(account)
    gate.answer("GET", f"{API}/spot/time", {"server_time": 1763700000000})
    gate.answer("POST", ORDERS, (403, error("REQUEST_EXPIRED", "gap … exceeds 60")), echoing(ORDER))

    await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)

    first, second = (asked.headers for asked in gate.to(ORDERS))
    account._clones[market.market_type].clock.ahead_ms = 0
    assert int(first["timestamp"]) > int(second["timestamp"])
    assert 1763700000 <= int(second["timestamp"]) < 1763700010
    assert 1763700003000 <= int(second["x-gate-exptime"]) < 1763700013000


def test_no_label_is_both_refused_and_unknown() -> None:
    assert CODES.unknown == UNKNOWN
    assert not UNKNOWN & (set(CODES.refused) | {label for label, _ in CODES.by_message})
