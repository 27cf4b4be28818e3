"""What each answer of Kraken proves: the kind of a refusal, or an unknown outcome. Texts as documented or quoted in public
projects; over real HTTP, through the real client. Errors come with HTTP 200. D4, F33."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Credentials, Leg, MarketType, PositionSide, ProtectionLeg
from exchanges.venues.kraken_codes import CODES
from tests.exchanges.kraken_desk import ADD, BALANCE, CANCEL, KEYS, connected, scripted
from tests.exchanges.kraken_samples import ENTRY, PLACED, STOP, error, told
from tests.exchanges.loopback import Loopback

K = RefusalKind
REFUSALS = [
    ("EOrder:Insufficient funds", K.INSUFFICIENT_MARGIN),
    ("EOrder:Insufficient margin", K.INSUFFICIENT_MARGIN),
    ("EOrder:Order minimum not met", K.BELOW_MINIMUM),
    ("EOrder:Cost minimum not met", K.BELOW_MINIMUM),
    ("EGeneral:Invalid arguments:volume minimum not met", K.BELOW_MINIMUM),
    ("EGeneral:Invalid arguments:volume", K.MARKET_RULES),
    ("EGeneral:Invalid arguments:price", K.MARKET_RULES),
    ("EOrder:Invalid price:Invalid price argument", K.MARKET_RULES),
    ("EOrder:Invalid price", K.MARKET_RULES),
    ("EOrder:Tick size check failed", K.MARKET_RULES),
    ("EQuery:Unknown asset pair", K.UNKNOWN_SYMBOL),
    ("EQuery:Invalid asset pair", K.UNKNOWN_SYMBOL),
    ("EGeneral:Invalid arguments:cl_ord_id not unique", K.DUPLICATE),
    ("EGeneral:Invalid arguments:cl_ord_id", K.OTHER),
    ("EGeneral:Invalid arguments:viqc", K.OTHER),
    ("EGeneral:Invalid arguments:Index unavailable", K.OTHER),
    ("EGeneral:Invalid arguments", K.OTHER),
    ("EGeneral:Permission denied", K.CREDENTIALS),
    ("EAPI:Invalid key", K.CREDENTIALS),
    ("EAPI:Invalid signature", K.CREDENTIALS),
    ("EAuth:Account temporary disabled", K.CREDENTIALS),
    ("EAPI:Rate limit exceeded", K.RATE_LIMIT),
    ("EOrder:Rate limit exceeded", K.RATE_LIMIT),
    ("EOrder:Domain rate limit exceeded", K.RATE_LIMIT),
    ("EService: Throttled: 1688669448", K.RATE_LIMIT),
    ("EGeneral:Too many requests", K.RATE_LIMIT),
    ("EGeneral:Temporary lockout", K.RATE_LIMIT),
    ("EAccount:Invalid permissions:BTC/USD trading restricted for US:WA.", K.REGION),
    ("EAccount:Invalid permissions", K.OTHER),
    ("EOrder:Orders limit exceeded", K.OTHER),
    ("EOrder:Trading agreement required", K.OTHER),
    ("EOrder:Reduce only:No position exists", K.REDUCE_ONLY),
    ("EService:Market in cancel_only mode", K.OTHER),
    ("EService:Market in post_only mode", K.OTHER),
    ("EBM:limit exceeded:CAL", K.OTHER),
]
UNKNOWN_OUTCOMES: list[tuple[int, Any]] = [
    (200, error("EService:Unavailable")),
    (200, error("EService:Busy")),
    (200, error("EService:Timeout")),
    (200, error("EService:Deadline elapsed")),
    (200, error("EGeneral:Internal error")),
    (200, error("EGeneral:Internal error:0x17")),
    (200, error("EDatabase:Internal error")),
    (200, error("EOrder:A text that nobody has seen yet")),
    (200, error("E")),
    (200, error("EOrder:Insufficient funds", "EService:Unavailable")),
    (200, {"error": [{"text": "EOrder:Insufficient funds"}]}),
    (200, {"error": "EOrder:Insufficient funds"}),
    (200, error()),
    (200, {"error": [], "result": None}),
    (200, told({})),
    (200, told({"txid": []})),
    (200, told({"txid": [""]})),
    (200, told({"txid": ["OA", "OB"]})),
    (200, told(PLACED["result"] | {"cl_ord_id": "anotherorder"})),
    (200, told("OUF4EM-FRGI2-MQMWZD")),
    (500, error("EOrder:Insufficient funds")),
    (502, "<html>502 Bad Gateway</html>"),
    (504, "<html>api.kraken.com | 504: Gateway time-out</html>"),
    (520, "<html>Web server is returning an unknown error</html>"),
    (520, ""),
    (404, "<html>not found</html>"),
    (200, "<html>maintenance</html>"),
    (200, ""),
    (200, "null"),
    (200, []),
    (200, {}),
    (301, ""),
]


@pytest.fixture
async def kraken(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


async def entry_error(kraken: Loopback, answer: Any) -> ExchangeError:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    kraken.answer("POST", ADD, answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter_with_cost(market, Decimal(200), ENTRY)
    return caught.value


@pytest.mark.parametrize(("text", "kind"), REFUSALS)
async def test_a_listed_text_is_a_refusal(kraken: Loopback, text: str, kind: RefusalKind) -> None:
    told_of = await entry_error(kraken, error(text))

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.message) == (kind, text)
    assert told_of.code in CODES.refused
    assert len(kraken.to(ADD)) == 1


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(kraken: Loopback, status: int, body: Any) -> None:
    told_of = await entry_error(kraken, (status, body))

    assert type(told_of) is OutcomeUnknown
    assert len(kraken.to(ADD)) == 1


async def test_a_number_that_is_refused_twice_is_a_refusal(kraken: Loopback) -> None:
    told_of = await entry_error(kraken, error("EAPI:Invalid nonce"))

    assert isinstance(told_of, Refused)
    assert told_of.kind is K.CLOCK
    assert len(kraken.to(ADD)) == 2


async def test_a_warning_is_no_error(kraken: Loopback) -> None:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    kraken.answer("POST", ADD, PLACED | {"error": ["WGeneral:Something is deprecated"]})

    assert (await account.enter_with_cost(market, Decimal(200), ENTRY)).exchange_order_id == "OUF4EM-FRGI2-MQMWZD"


@pytest.mark.parametrize(
    ("answer", "seconds", "is_ban"),
    [
        ((200, error("EAPI:Rate limit exceeded")), 5, False),
        ((200, error("EGeneral:Temporary lockout")), 900, True),
        ((429, "<html>error code: 1015</html>", {"Retry-After": "17"}), 17, True),
        ((403, "<html>Attention Required! | Cloudflare</html>"), 5, True),
    ],
)
async def test_too_many_requests(kraken: Loopback, answer: Any, seconds: float, is_ban: bool) -> None:
    told_of = await entry_error(kraken, answer)

    assert isinstance(told_of, Refused)
    assert (told_of.kind, told_of.retry_after_s, told_of.is_ban) == (K.RATE_LIMIT, seconds, is_ban)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(error("EOrder:Unknown order"), K.NOT_FOUND), (told({"count": 0}), K.NOT_FOUND), (error("EOrder:Cancel pending"), None)],
)  # fmt: skip
async def test_a_stop_that_is_not_there_to_be_cancelled(
    kraken: Loopback, answer: Any, kind: RefusalKind | None
) -> None:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    kraken.answer("POST", CANCEL, answer)

    outcome = (await account.cancel_protection(market, [STOP]))[STOP]

    assert isinstance(outcome, OutcomeUnknown if kind is None else Refused)
    assert getattr(outcome, "kind", None) is kind


async def test_a_stop_that_is_refused_says_so(kraken: Loopback) -> None:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    kraken.answer("POST", ADD, error("EOrder:Insufficient funds"))

    legs = [ProtectionLeg(Leg.STOP, STOP, Decimal(29000))]
    outcome = (await account.place_protection(market, PositionSide.LONG, Decimal("0.01"), legs))[Leg.STOP]

    assert isinstance(outcome, Refused)
    assert outcome.kind is K.INSUFFICIENT_MARGIN


async def test_a_private_key_that_is_none_is_refused_before_anything_leaves(kraken: Loopback) -> None:
    """ "Incorrect padding": a part of it was not copied."""
    account = connected(Credentials(KEYS.api_key, KEYS.secret_key[:-3]))

    with pytest.raises(Refused) as caught:
        await account.balances(MarketType.SPOT)

    assert caught.value.kind is K.CREDENTIALS
    assert KEYS.secret_key[:-3] not in str(caught.value) + repr(caught.value.__cause__)
    assert kraken.to(BALANCE) == []
