"""What each answer of Mercado Bitcoin proves: the kind of a refusal, or an unknown outcome. Over real HTTP. EXE-13; D4.

Codes and texts as documented ("Errors", v5.36.1), or as recorded against the exchange in public tests of others.
"""

from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, Market, MarketType, PositionSide, ProtectionLeg
from exchanges.venues.mercado_codes import CODES
from tests.exchanges import mercado_samples as samples
from tests.exchanges.loopback import Loopback
from tests.exchanges.test_mercado_requests import MINE, ORDERS, account, exchange, market

__all__ = ["account", "exchange", "market"]

K = RefusalKind
PLACE = "TRADING|PLACE_ORDER"

REFUSALS: list[tuple[int, str, str, RefusalKind]] = [
    (400, f"{PLACE}|INSUFFICIENT_BALANCE", "Insufficient balance to carry out the operation", K.INSUFFICIENT_MARGIN),
    (400, f"{PLACE}|INVALID_MIN_QUANTITY", "The param {qty} is lower than 0.0000015", K.BELOW_MINIMUM),
    (400, f"{PLACE}|INVALID_MAX_QUANTITY", "The param {qty} is higher than 8.46", K.MARKET_RULES),
    (400, f"{PLACE}|EXCEEDED_COST_LIMIT", "The minimum or maximum cost has been exceeded.", K.BELOW_MINIMUM),
    (400, f"{PLACE}|INVALID_MIN_LIMIT_PRICE", "The param {limitPrice} is lower than 230000", K.MARKET_RULES),
    (400, f"{PLACE}|INVALID_MAX_LIMIT_PRICE", "The param {limitPrice} is higher than 1571759", K.MARKET_RULES),
    (400, f"{PLACE}|INVALID_STOP_PRICE", "The param limitPrice cannot be higher than stopPrice", K.WOULD_TRIGGER),
    (400, f"{PLACE}|INVALID_LIMIT_PRICE", "Price Limit value must be less than the Stop Limit value", K.WOULD_TRIGGER),
    (400, f"{PLACE}|INVALID_DECIMAL_PLACES", "Invalid number of decimal places entered", K.MARKET_RULES),
    (400, f"{PLACE}|INVALID_PAIR", "The params {base} or {quote} are invalid", K.UNKNOWN_SYMBOL),
    (400, "API|INVALID_SYMBOL", "{symbol} param does not exist", K.UNKNOWN_SYMBOL),
    (400, f"{PLACE}|INVALID_SIDE", "The params {side} needs to be buy or sell", K.OTHER),
    (400, f"{PLACE}|INVALID_ORDER_TYPE", "Invalid order type", K.OTHER),
    (400, f"{PLACE}|MISSING_FIELD", "Param stopPrice cannot be empty in stoplimit orders", K.OTHER),
    (400, f"{PLACE}|ORDER_DUPLICATE", "There is already an order created", K.DUPLICATE),
    (400, "TRADING|GET_ORDER|ORDER_NOT_FOUND", "Order not found", K.NOT_FOUND),
    (403, "API|INVALID_ACCESS", "Attempting to access a persistence method with a read-only key", K.CREDENTIALS),
    (400, "API|REQUEST_RATE_EXCEEDED", "Request rate exceeded the request limit in the range", K.RATE_LIMIT),
    (429, "API|REQUEST_BLOCKED", "Requests temporarily blocked", K.RATE_LIMIT),
    # the request's form was turned down
    (422, "API|UNPROCESSABLE_ENTITY", "The field limitPrice must be number", K.OTHER),
    (404, "API|ROUTE_NOT_FOUND", "This route not found", K.OTHER),
]

UNKNOWN_OUTCOMES: list[Any] = [
    (400, samples.refusal(PLACE, "API_GENERIC_ERROR", "An unexpected error has occurred")),
    (400, samples.refusal(PLACE, "ORDER_IN_PROCESSING", "Your order is being processed")),
    (400, samples.refusal(PLACE, "ERROR_PUBLISH_ORDER")),
    (400, samples.refusal(PLACE, "ERROR_LEGACY_PLACE_ORDER")),
    (400, samples.refusal(PLACE, "BALANCE_RESERVED_NOT_CANCELED")),
    (400, samples.refusal(PLACE, "REQUEST_DENIED", "high request rate or invalid request")),
    (400, samples.refusal(PLACE, "A_CODE_THAT_NOBODY_HAS_SEEN_YET")),
    (400, {"message": "no code"}),
    (408, ""),
    (500, samples.refusal("API", "INTERNAL_SERVER_ERROR", "An unexpected error has occurred")),
    (500, samples.refusal(PLACE, "INSUFFICIENT_BALANCE", "a listed code that comes with a server's error")),
    (502, "<html>bad gateway</html>"),
    (503, samples.refusal("API", "API_UNAVAILABLE", "API temporarily disabled")),
    (200, ""),
    (200, "<html>"),
    (200, {}),
    (200, {"orderId": ""}),
    (200, samples.refusal("X|Y", "Z")),
]  # fmt: skip


async def buy(account: ExchangeClient, market: Market) -> None:
    await account.enter_with_cost(market, Decimal(200), samples.ENTRY_ID)


@pytest.mark.parametrize(("status", "code", "message", "kind"), REFUSALS, ids=lambda it: str(it)[:40])
async def test_a_proven_refusal(
    exchange: Loopback, account: ExchangeClient, market: Market, status: int, code: str, message: str, kind: RefusalKind
) -> None:
    exchange.answer("POST", ORDERS, (status, {"code": code, "message": message}))

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert (caught.value.kind, caught.value.code, caught.value.message) == (kind, code.rpartition("|")[2], message)
    assert len(exchange.to(ORDERS)) == 1


@pytest.mark.parametrize("answer", UNKNOWN_OUTCOMES, ids=lambda it: f"{it[0]}-{str(it[1])[:40]}")
async def test_everything_else_is_an_open_question(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any
) -> None:
    exchange.answer("POST", ORDERS, answer)

    with pytest.raises(OutcomeUnknown):
        await buy(account, market)

    assert len(exchange.to(ORDERS)) == 1


async def test_an_account_that_is_not_the_keys_is_refused(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", ORDERS, (403, samples.gateway(403, "Forbidden", "The requested action was forbidden")))

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert (caught.value.kind, caught.value.code) == (K.CREDENTIALS, "403")


@pytest.mark.parametrize(
    ("answer", "wait", "is_ban"),
    [
        ((429, "", {"Retry-After": "7"}), 7, False),
        ((429, ""), 5, False),
        ((403, "<html>error code: 1015</html>"), 5, True),
        ((429, samples.refusal("API", "REQUEST_BLOCKED")), 60, True),
    ],
)
async def test_too_many_requests_say_how_long_to_wait(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any, wait: float, is_ban: bool
) -> None:
    """P17"""
    await account.market(MarketType.SPOT, "ETHBRL")
    exchange.answer("POST", ORDERS, answer)

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert (caught.value.kind, caught.value.retry_after_s, caught.value.is_ban) == (K.RATE_LIMIT, wait, is_ban)


@pytest.mark.parametrize("error", ["ORDER_NOT_FOUND", "INVALID_STATUS", "ORDER_PROCESSED"])
async def test_a_stop_that_is_no_longer_open_cannot_be_cancelled(
    exchange: Loopback, account: ExchangeClient, market: Market, error: str
) -> None:
    exchange.answer("GET", f"{MINE}/orders", samples.LISTED)
    path = f"{ORDERS}/{samples.STOP['id']}"
    exchange.answer("DELETE", path, (400, samples.refusal("TRADING|CANCEL_ORDER", error)))

    outcome = await account.cancel_protection(market, [samples.STOP_ID, "another"])

    assert [getattr(error, "kind", None) for error in outcome.values()] == [K.NOT_FOUND, K.NOT_FOUND]
    assert len(exchange.to(path)) == 1


async def test_an_order_whose_limit_order_is_not_told_yet_is_an_open_question(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("GET", ORDERS, [samples.TRIGGERED])
    exchange.answer("GET", f"{ORDERS}/42", (400, samples.refusal("TRADING|GET_ORDER", "ORDER_NOT_FOUND")))

    with pytest.raises(OutcomeUnknown):
        await account.find_protection(market, samples.STOP_ID)


@pytest.mark.parametrize("answer", [{}, {"items": []}, [1], "x", [{"externalId": samples.ENTRY_ID}]])
async def test_a_list_that_is_none_proves_no_absence(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any
) -> None:
    exchange.answer("GET", ORDERS, answer)

    with pytest.raises(OutcomeUnknown):
        await account.find_order(market, samples.ENTRY_ID)


async def test_a_stop_refused_for_its_price_is_the_legs_own_error(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", ORDERS, (400, samples.refusal(PLACE, "INVALID_MIN_LIMIT_PRICE")))
    leg = ProtectionLeg(Leg.STOP, samples.STOP_ID, Decimal(490000))

    placed = await account.place_protection(market, PositionSide.LONG, Decimal("0.001"), [leg])

    assert isinstance(placed[Leg.STOP], Refused)


def test_no_code_is_both_refused_and_unknown() -> None:
    assert CODES.unknown.isdisjoint(CODES.refused)
