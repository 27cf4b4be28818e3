"""python-kraken-sdk, which nobody here wrote, says the same to a loopback as our client, and its signature passes the same check."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
from kraken.exceptions import KrakenInsufficientFundsError
from kraken.spot import Trade, User

from exchanges.types import Leg, MarketType, PositionSide, ProtectionLeg
from exchanges.venues.kraken_spot import deadline
from tests.exchanges import kraken_samples as samples
from tests.exchanges.kraken_desk import ADD, BALANCE, CANCEL, CLOSED, KEYS, OPEN, connected, said, scripted
from tests.exchanges.loopback import Loopback

# what the SDK says although it is the default; "trades" of the lists of orders
ITS_DEFAULTS = {
    "stptype": "cancel-newest", "starttm": "0", "validate": "False", "reduce_only": "False", "trades": "False",
    "closetime": "both",
}  # fmt: skip


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as server:
        server.answer("POST", ADD, samples.PLACED)
        server.answer("POST", OPEN, samples.OPEN)
        server.answer("POST", CLOSED, samples.CLOSED)
        server.answer("POST", CANCEL, samples.CANCELLED)
        server.answer("POST", BALANCE, samples.BALANCES)
        yield server


async def by_sdk(exchange: Loopback, ask: Callable[[Trade, User], Any]) -> Any:
    def run() -> Any:
        trade = Trade(key=KEYS.api_key, secret=KEYS.secret_key, url=exchange.url)
        return ask(trade, User(key=KEYS.api_key, secret=KEYS.secret_key, url=exchange.url))

    return await asyncio.to_thread(run)


def both_said(exchange: Loopback, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ours and the SDK's, both signed rightly, without the defaults that the SDK spells out."""
    ours, theirs = (said(asked) for asked in exchange.to(path))
    assert {name: theirs[name] for name in ITS_DEFAULTS if name in theirs}.items() <= ITS_DEFAULTS.items()
    return ours, {name: value for name, value in theirs.items() if name not in ITS_DEFAULTS}


async def test_a_purchase_by_cost(exchange: Loopback) -> None:
    account = connected()
    await account.enter_with_cost(await account.market(MarketType.SPOT, "BTCUSD"), Decimal(200), samples.ENTRY)

    answer = await by_sdk(
        exchange,
        lambda trade, _: trade.create_order(
            ordertype="market", side="buy", pair="XXBTZUSD", volume="200", oflags=["fciq", "viqc"],
            cl_ord_id=samples.ENTRY, deadline=deadline(1688669448000)["deadline"],
        ),
    )  # fmt: skip

    ours, theirs = both_said(exchange, ADD)
    assert ours == theirs
    assert exchange.to(ADD)[1].params["deadline"] == "2023-07-06T18:50:53.000Z"
    assert answer["txid"] == ["OUF4EM-FRGI2-MQMWZD"]


async def test_a_stop(exchange: Loopback) -> None:
    account = connected()
    legs = [ProtectionLeg(Leg.STOP, samples.STOP, Decimal("29000.1"))]
    market = await account.market(MarketType.SPOT, "BTCUSD")
    await account.place_protection(market, PositionSide.LONG, Decimal("0.00660463"), legs)

    await by_sdk(
        exchange,
        lambda trade, _: trade.create_order(
            ordertype="stop-loss", side="sell", pair="XXBTZUSD", volume="0.00660463", price="29000.1", trigger="last",
            oflags="fciq", cl_ord_id=samples.STOP,
        ),
    )  # fmt: skip

    ours, theirs = both_said(exchange, ADD)
    assert ours == theirs


async def test_questions_and_a_cancellation(exchange: Loopback) -> None:
    account = connected()
    market = await account.market(MarketType.SPOT, "BTCUSD")
    found = await account.find_order(market, samples.ENTRY)
    await account.standing_protection(market)
    await account.cancel_protection(market, [samples.STOP])
    await account.balances(MarketType.SPOT)

    def ask(trade: Trade, user: User) -> Any:
        user.get_open_orders()
        trade.cancel_order(cl_ord_id=samples.STOP)
        user.get_balances()
        return user.get_closed_orders(cl_ord_id=samples.ENTRY)

    answer = await by_sdk(exchange, ask)

    for path, ours_only in ((OPEN, {}), (CLOSED, {"without_count": "true"}), (CANCEL, {}), (BALANCE, {})):
        ours, theirs = both_said(exchange, path)
        assert ours == theirs | ours_only
    assert found is not None
    assert answer["closed"][found.exchange_order_id]["cl_ord_id"] == found.client_order_id


async def test_errors_stand_where_both_look_for_them(exchange: Loopback) -> None:
    exchange.answer("POST", ADD, samples.error("EOrder:Insufficient funds"))

    with pytest.raises(KrakenInsufficientFundsError):
        await by_sdk(exchange, lambda trade, _: trade.create_order("market", "sell", "XXBTZUSD", "1"))
