"""The access token of an account at Mercado Bitcoin: asked for once, shared, renewed, and never told. EXC-20, D17."""

import asyncio
import logging
import traceback
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client, mercado_v4
from exchanges.client import ExchangeClient
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Credentials, Market, MarketType
from tests.exchanges import mercado_samples as samples
from tests.exchanges.loopback import HANG, Loopback
from tests.exchanges.test_mercado_requests import KEYS, MINE, ORDERS, account, exchange, market

__all__ = ["account", "exchange", "market"]

SPOT = MarketType.SPOT
TOKEN_PATH, OLD_PATH, BALANCES = "/oauth2/token", "/api/v4/authorize", f"{MINE}/balances"


def numbered_tokens(server: Loopback, **more: Any) -> None:
    """Each authorization gives another token."""
    given = iter(range(1, 100))
    server.answer("POST", TOKEN_PATH, lambda _: (200, samples.TOKEN | {"access_token": f"t{next(given)}"} | more))


def tokens_used(server: Loopback, path: str = BALANCES) -> list[str]:
    return [asked.headers["authorization"] for asked in server.to(path)]


@pytest.fixture(autouse=True)
def balances(exchange: Loopback) -> None:
    exchange.answer("GET", BALANCES, samples.BALANCES)


async def buy(account: ExchangeClient, market: Market) -> None:
    await account.enter_with_cost(market, Decimal(200), samples.ENTRY_ID)


async def test_many_requests_wait_for_one_token(exchange: Loopback, account: ExchangeClient) -> None:
    """Also those of other clients for the same account."""
    exchange.delay = 0.02
    other = client.connect("mercado", KEYS, testnet=False, position_mode=None)

    await asyncio.gather(*(one.balances(SPOT) for one in (account, other) for _ in range(3)))
    await client.connect("mercado", KEYS, testnet=False, position_mode=None).balances(SPOT)

    (asked,) = exchange.to(TOKEN_PATH)
    assert asked.params == {
        "grant_type": "client_credentials", "scope": "global", "client_id": KEYS.api_key,
        "client_secret": KEYS.secret_key,
    }  # fmt: skip
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert len(exchange.to("/api/v4/accounts")) == 1
    assert tokens_used(exchange) == ["Bearer canary.token.1"] * 7


async def test_each_account_has_its_own(exchange: Loopback, account: ExchangeClient) -> None:
    numbered_tokens(exchange)
    other = client.connect("mercado", Credentials("other", "secret"), testnet=False, position_mode=None)

    await account.balances(SPOT)
    await other.balances(SPOT)

    assert tokens_used(exchange) == ["Bearer t1", "Bearer t2"]


async def test_a_token_is_renewed_behind_the_requests_back(exchange: Loopback, account: ExchangeClient) -> None:
    """Five minutes before its end. The account's id is not asked for again."""
    numbered_tokens(exchange, expires_in=200)

    await account.balances(SPOT)
    await account.balances(SPOT)
    await asyncio.sleep(0.2)
    await account.balances(SPOT)

    assert tokens_used(exchange) == ["Bearer t1", "Bearer t1", "Bearer t2"]
    assert len(exchange.to("/api/v4/accounts")) == 1


async def test_a_token_that_ends_now_is_not_used_again(exchange: Loopback, account: ExchangeClient) -> None:
    numbered_tokens(exchange, expires_in=20)

    await account.balances(SPOT)
    await account.balances(SPOT)

    assert tokens_used(exchange) == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize(
    "refusal",
    [(401, samples.NOT_ACTIVE), (403, samples.refusal("API", "FORBIDDEN", "You need to be authenticated"))],
)
async def test_a_refused_token_is_replaced_once_and_the_order_sent_again(
    exchange: Loopback, account: ExchangeClient, market: Market, refusal: Any
) -> None:
    """Refused means that nothing was done."""
    numbered_tokens(exchange)
    exchange.answer("POST", ORDERS, refusal, samples.PLACED)

    await buy(account, market)

    assert tokens_used(exchange, ORDERS) == ["Bearer t1", "Bearer t2"]


async def test_a_second_refusal_stands(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ORDERS, (401, samples.NOT_ACTIVE))

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert caught.value.kind is RefusalKind.CREDENTIALS
    assert len(exchange.to(ORDERS)) == len(exchange.to(TOKEN_PATH)) == 2


async def test_other_answers_bring_no_new_token(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """A key that may not trade would get the same again; what is unknown is asked for, not sent again."""
    for answer, kind in (
        ((403, samples.gateway(403, "Forbidden", "The requested action was forbidden")), Refused),
        ((500, samples.refusal("API", "INTERNAL_SERVER_ERROR")), OutcomeUnknown),
    ):
        exchange.asked.clear()
        exchange.answer("POST", ORDERS, answer)

        with pytest.raises(kind):
            await buy(account, market)

        assert len(exchange.to(ORDERS)) == 1


async def test_a_token_is_asked_for_even_by_who_is_no_longer_in_charge(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """It is for all requests of the account, and changes nothing of it; the order is not sent."""
    account.may_write = lambda: False

    with pytest.raises(NotSent) as caught:
        await buy(account, market)

    assert caught.value.code == "not_ours"
    assert await account.balances(SPOT)
    assert exchange.to(ORDERS) == []


REFUSALS = [
    (400, samples.refusal("AUTHORIZE|AUTHORIZATION", "FORBIDDEN", "Invalid login or password")),
    (401, {"code": "invalid_client", "data": {}}),
    (400, {"error": "invalid_client", "error_description": "Client authentication failed"}),
    (401, samples.gateway(401, "Unauthorized", "The request could not be authorized")),
    (422, samples.refusal("API|REQUEST", "LOGIN_MUST_BE_REQUIRED")),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda it: str(it[0]))
async def test_keys_that_get_no_token_are_refused(
    exchange: Loopback, account: ExchangeClient, market: Market, refusal: Any
) -> None:
    exchange.answer("POST", TOKEN_PATH, refusal)

    for attempt in (account.key_report(), buy(account, market)):
        with pytest.raises(Refused) as caught:
            await attempt
        assert caught.value.kind is RefusalKind.CREDENTIALS
    assert exchange.to(ORDERS) == exchange.to(BALANCES) == []


async def test_an_account_whose_keys_are_refused_is_left_alone(exchange: Loopback, account: ExchangeClient) -> None:
    """F34"""
    exchange.answer("POST", TOKEN_PATH, REFUSALS[0])

    for _ in range(5):
        with pytest.raises(Refused):
            await account.balances(SPOT)

    assert len(exchange.to(TOKEN_PATH)) == 3


@pytest.mark.parametrize(
    "answer", [(503, ""), (200, "<html>"), (200, {}), (200, {"access_token": ""}), (200, {"access_token": 1, "expires_in": 9})]
)  # fmt: skip
async def test_without_a_token_no_order_is_sent(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any
) -> None:
    """It is not an unknown outcome: no byte of the order left us."""
    exchange.answer("POST", TOKEN_PATH, answer)

    with pytest.raises(NotSent):
        await buy(account, market)

    assert exchange.to(ORDERS) == []


@pytest.mark.parametrize("answer", [[], {}, [{"name": "no id"}], (500, "")])
async def test_without_an_account_no_order_is_sent(
    exchange: Loopback, account: ExchangeClient, market: Market, answer: Any
) -> None:
    exchange.answer("GET", "/api/v4/accounts", answer)

    with pytest.raises(NotSent):
        await buy(account, market)

    assert exchange.to(ORDERS) == []


async def test_a_token_that_takes_too_long_leaves_the_order_unsent(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", TOKEN_PATH, HANG)

    with pytest.raises(NotSent):
        await account.enter_with_cost(market, Decimal(200), samples.ENTRY_ID, timeout=0.2)


async def test_too_many_requests_for_tokens_are_no_fault_of_the_keys(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", TOKEN_PATH, (429, "", {"Retry-After": "7"}))

    with pytest.raises(Refused) as caught:
        await buy(account, market)

    assert (caught.value.kind, caught.value.retry_after_s) == (RefusalKind.RATE_LIMIT, 7)


@pytest.mark.parametrize(
    "answer", [samples.refusal("API", "ROUTE_NOT_FOUND"), samples.gateway(404, "Not Found", "?"), "<html>not found"]
)
async def test_the_way_before_is_tried_where_the_new_one_is_not_known(
    exchange: Loopback, account: ExchangeClient, answer: Any
) -> None:
    exchange.answer("POST", TOKEN_PATH, (404, answer))
    exchange.answer("POST", OLD_PATH, samples.OLD_TOKEN)

    await account.balances(SPOT)

    (asked,) = exchange.to(OLD_PATH)
    assert asked.body == f'{{"login":"{KEYS.api_key}","password":"{KEYS.secret_key}"}}'
    assert tokens_used(exchange) == ["Bearer canary.token.old"]


@pytest.mark.parametrize("answer", [(400, samples.refusal("TRADING|PLACE_ORDER", "INVALID_SIDE")), (502, ""), HANG])
async def test_the_token_is_in_no_error_and_no_log(
    exchange: Loopback, account: ExchangeClient, market: Market, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str], answer: Any,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    await account.balances(SPOT)
    exchange.answer("POST", ORDERS, answer)

    with pytest.raises(ExchangeError) as caught:
        await account.enter_with_cost(market, Decimal(200), samples.ENTRY_ID, timeout=0.5)

    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
    held = f"{mercado_v4._sessions} {account!r} {account._clones}"
    assert "canary" not in told + caplog.text + held + "".join(capsys.readouterr())
    assert exchange.to(ORDERS)[0].headers["authorization"] == "Bearer canary.token.1"  # it was there to leak
