"""What each answer of WhiteBIT proves: the kind of a refusal, or an unknown outcome. Over real HTTP. EXE-13; D4.

Bodies as documented ("Errors" of "Spot Trading", "REST API rate limits and error codes") or as quoted in ccxt and its issues.
"""

from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Market
from tests.exchanges.loopback import Loopback
from tests.exchanges.test_whitebit_requests import ORDER, account, exchange, market
from tests.exchanges.whitebit_samples import ENTRY_ID, refusal

__all__ = ["account", "exchange", "market"]

K = RefusalKind
INNER = "Inner validation failed"

REFUSALS: list[tuple[int, dict[str, Any], RefusalKind]] = [
    (422, refusal(32, "amount", "Not enough balance."), K.INSUFFICIENT_MARGIN),
    (400, refusal(10, "amount", "Not enough balance.", message=INNER), K.INSUFFICIENT_MARGIN),
    (422, refusal(0, "amount", "Not enough balance"), K.INSUFFICIENT_MARGIN),
    (
        422,
        refusal(32, "amount", "Given amount is less than min amount 0.001", "Min amount step = 0.000001"),
        K.BELOW_MINIMUM,
    ),
    (422, refusal(32, "amount", "Total amount should be no less than 5.05 + trade fee"), K.BELOW_MINIMUM),
    (422, refusal(0, "amount", "Total amount + fee must be no less than 5.05505"), K.BELOW_MINIMUM),
    (422, refusal(0, "total", "Total is less than 5.05"), K.BELOW_MINIMUM),
    (400, refusal(11, "amount", "Amount too small.", message=INNER), K.BELOW_MINIMUM),
    (422, refusal(32, "amount", "Min amount step = 0.01"), K.MARKET_RULES),
    (422, refusal(32, "amount", "Min total step = = 0.000001"), K.MARKET_RULES),
    (422, refusal(30, "activationPrice", "Min activation price step = 0.00001"), K.MARKET_RULES),
    (422, refusal(30, "activationPrice", "Min activation price = 10"), K.MARKET_RULES),
    (422, refusal(30, "activationPrice", "Activation price should not be equal to the last price"), K.WOULD_TRIGGER),
    (422, refusal(31, "market", "Market is not available."), K.UNKNOWN_SYMBOL),
    (422, refusal(30, "market", "Market is not available."), K.UNKNOWN_SYMBOL),
    (422, refusal(31, "market", "Market field format is invalid."), K.UNKNOWN_SYMBOL),
    (422, refusal(36, "clientOrderId", "This client order id is already used by the current account."), K.DUPLICATE),
    (422, refusal(36, "clientOrderId", "ClientOrderId field should be a string."), K.OTHER),
    (422, refusal(30, "side", "Side field should contain only 'buy' or 'sell' values."), K.OTHER),
    (400, refusal(1, "amount", "Invalid argument.", message=INNER), K.OTHER),
    (400, refusal(2, "orderId", "Unexecuted order was not found.", message=INNER), K.NOT_FOUND),
    # not in the table, and the form was turned down
    (422, refusal(77, "thing", "That is not a thing."), K.OTHER),
    (422, refusal(30, "orderHistory", "OrderHistory was not found."), K.NOT_FOUND),
    (453, refusal(30, "type", "Not available in your region."), K.REGION),
    (401, {"code": 10, "message": "Unauthorized request."}, K.CREDENTIALS),
    (403, {"code": 10, "message": "This action is unauthorized. Enable your key in API settings"}, K.CREDENTIALS),
    (422, {"code": 0, "message": "You don't have permission to use this endpoint."}, K.CREDENTIALS),
    (400, {"code": 10, "message": "Invalid payload"}, K.OTHER),
    (400, {"code": 10, "message": "Nonce not provided."}, K.OTHER),
    (400, {"code": 0, "message": "Payload not provided."}, K.OTHER),
]

UNKNOWN_OUTCOMES: list[Any] = [
    (400, refusal(10, "amount", "Something that nobody has seen yet.", message=INNER)),
    (400, refusal(2, "amount", "Something else.", message=INNER)),
    (400, refusal(5, "amount", "Service timeout.", message=INNER)),
    (422, refusal(30, "lastPrice", "internal error")),
    (400, {"message": "no code"}),
    (401, ""),
    (404, "<html>"),
    (408, ""),
    (500, refusal(32, "amount", "Not enough balance.")),
    (502, "<html>bad gateway</html>"),
    (503, {"code": 0, "message": "Service temporary unavailable"}),
    (503, {"response": None, "status": 503, "errors": {"message": [""]}, "notification": None, "warning": None}),
    (422, {"response": None, "status": 422, "errors": {"orderId": ["Finished order id 1 not found on your account"]}}),
    (200, ""),
    (200, "<html>"),
    (200, {}),
    (200, []),
    (200, {"orderId": 0, "clientOrderId": ENTRY_ID}),
    (200, {"orderId": 17}),
    (200, {"success": False, "message": "ERROR MESSAGE", "params": []}),
]


async def buy(account: ExchangeClient, market: Market) -> None:
    await account.enter_with_cost(market, Decimal(50), ENTRY_ID)


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS, ids=lambda it: str(it)[-60:])
async def test_a_proven_refusal(
    exchange: Loopback, account: ExchangeClient, market: Market, status: int, body: dict[str, Any], kind: RefusalKind
) -> None:
    exchange.answer("POST", ORDER, (status, body))

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert (caught.value.kind, caught.value.code) == (kind, str(body["code"]))
    assert body["message"] in caught.value.message
    assert len(exchange.to(ORDER)) == 1


@pytest.mark.parametrize("answer", UNKNOWN_OUTCOMES, ids=lambda it: f"{it[0]}-{str(it[1])[-40:]}")
async def test_everything_else_is_an_open_question(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any
) -> None:
    exchange.answer("POST", ORDER, answer)

    with pytest.raises(OutcomeUnknown):
        await buy(account, market)

    assert len(exchange.to(ORDER)) == 1


@pytest.mark.parametrize(
    "text", ["Too many requests.", "Your nonce is more than 5 seconds lesser than the current nonce"]
)
async def test_a_nonce_that_is_refused_leaves_nothing_placed(
    exchange: Loopback, account: ExchangeClient, market: Market, text: str
) -> None:
    """The clock is asked for; where it tells nothing, the refusal stands."""
    exchange.answer("POST", ORDER, (401, {"code": 10, "message": text}))
    exchange.answer("GET", "/api/v4/public/time", (503, ""))

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert caught.value.kind is K.CLOCK


@pytest.mark.parametrize(
    ("answer", "wait", "is_ban"),
    [
        ((429, {"code": 0, "message": "Too many requests."}, {"Retry-After": "7"}), 7, False),
        ((429, {"code": 0, "errors": {}, "message": "Too many requests."}), 1, False),
        ((429, ""), 10, False),
        ((403, "<html>error code: 1015</html>"), 60, True),
    ],
)
async def test_too_many_requests_say_how_long_to_wait(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any, wait: float, is_ban: bool
) -> None:
    """P17"""
    exchange.answer("POST", ORDER, answer)

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert (caught.value.kind, caught.value.retry_after_s, caught.value.is_ban) == (K.RATE_LIMIT, wait, is_ban)


async def test_a_public_error_is_no_price(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer(
        "GET", "/api/v1/public/ticker", (422, {"success": False, "message": "no such market", "params": []})
    )

    with pytest.raises(OutcomeUnknown):
        await account.price(market)
