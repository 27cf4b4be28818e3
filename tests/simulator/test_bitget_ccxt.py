"""ccxt's own class for Bitget drives the dialect, classic and unified, as any other client of it would. EXE-06, 07, 12, 16, 21."""

from decimal import Decimal
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.simulator.bitget_desk import STANDARD, bitget, running, unified_class

__all__ = ["bitget", "running"]

SWAP, PAIR = "BTC/USDT:USDT", "BTC/USDT"


@pytest.fixture
def keys(bitget) -> dict[str, Any]:
    made: dict[str, Any] = bitget.control.create_account(**STANDARD)
    return made


async def test_a_classic_account_from_leverage_to_trades(bitget, keys):
    async with unified_class(bitget, keys) as client:
        await client.load_markets()
        await client.set_margin_mode("isolated", SWAP)
        await client.set_leverage(15, SWAP)
        order = await client.create_order(
            SWAP, "market", "buy", 0.031, params={"clientOid": "e1", "marginMode": "isolated"}
        )
        found = await client.fetch_order(order["id"], SWAP)
        (position,) = await client.fetch_positions([SWAP])
        balance = await client.fetch_balance({"type": "swap"})
        (trade,) = await client.fetch_my_trades(SWAP)
        market, pepe = client.market(SWAP), client.market("1000PEPE/USDT:USDT")

    assert (market["precision"]["amount"], market["limits"]["amount"]["min"], market["limits"]["leverage"]["max"]) == (
        0.0001, 0.0001, 125,
    )  # fmt: skip
    assert (pepe["precision"]["price"], pepe["precision"]["amount"]) == (1e-7, 1)
    assert (found["status"], found["filled"], found["average"], found["clientOrderId"]) == (
        "closed",
        0.031,
        95234.5,
        "e1",
    )
    assert (position["side"], position["contracts"], position["leverage"], position["marginMode"]) == (
        "long", 0.031, 15, "isolated",
    )  # fmt: skip
    assert balance["USDT"]["total"] == pytest.approx(10000 - 1.7713617)
    assert (trade["price"], trade["amount"], trade["fee"]["cost"], trade["order"]) == (
        95234.5,
        0.031,
        1.7713617,
        order["id"],
    )


async def test_a_stop_of_a_classic_account_stands_and_is_cancelled(bitget, keys):
    async with unified_class(bitget, keys) as client:
        await client.load_markets()
        await client.create_order(SWAP, "market", "buy", 0.031)
        stop = await client.create_order(
            SWAP, "market", "sell", 0.031,
            params={"stopLossPrice": 93805.9, "clientOid": "s1", "triggerType": "mark_price", "reduceOnly": True, "holdSide": "buy",
                    "planType": "loss_plan"},
        )  # fmt: skip
        standing = await client.fetch_open_orders(SWAP, params={"planType": "profit_loss", "trigger": True})
        (told,) = bitget.control.account(keys["api_key"])["open_conditionals"]
        await client.cancel_order(stop["id"], SWAP, {"trigger": True, "planType": "loss_plan"})

    assert [(one["id"], one["clientOrderId"], one["triggerPrice"]) for one in standing] == [(stop["id"], "s1", 93805.9)]
    assert (told["client_id"], told["trigger_price"], told["quantity"]) == ("s1", "93805.9", "0.031")
    assert bitget.control.account(keys["api_key"])["open_conditionals"] == []


async def test_a_hedge_account_closes_a_long_by_its_side(bitget, keys):
    async with unified_class(bitget, keys) as client:
        await client.load_markets()
        await client.set_position_mode(True, SWAP)
        await client.create_order(SWAP, "market", "buy", 0.031, params={"hedged": True})
        await client.create_order(SWAP, "market", "sell", 0.02, params={"hedged": True})
        await client.create_order(SWAP, "market", "sell", 0.011, params={"hedged": True, "reduceOnly": True})
        positions = await client.fetch_positions([SWAP])

    assert {one["side"]: one["contracts"] for one in positions} == {"long": 0.02, "short": 0.02}


async def test_spot_on_a_classic_account(bitget, keys):
    async with unified_class(bitget, keys) as client:
        await client.load_markets()
        order = await client.create_market_buy_order_with_cost(PAIR, 200)
        found = await client.fetch_order(order["id"], PAIR)
        sale = await client.create_order(PAIR, "market", "sell", 0.002)
        sold = await client.fetch_order(sale["id"], PAIR)
        balance = await client.fetch_balance({"type": "spot"})

    assert (found["status"], found["filled"], found["average"]) == ("closed", 0.0021, 95234.5)
    assert (sold["side"], sold["status"], sold["filled"]) == ("sell", "closed", 0.002)
    assert Decimal(str(balance["BTC"]["free"])) == Decimal("0.1") + Decimal("0.0021") * Decimal("0.999") - Decimal(
        "0.002"
    )


async def test_a_unified_account_from_leverage_to_trades(bitget, keys):
    async with unified_class(bitget, keys, uta=True) as client:
        await client.load_markets()
        order = await client.create_order(SWAP, "market", "sell", 0.031, params={"clientOid": "e1"})
        found = await client.fetch_order(order["id"], SWAP)
        (position,) = await client.fetch_positions([SWAP])
        balance = await client.fetch_balance()
        (trade,) = await client.fetch_my_trades(SWAP)
        market = client.market(SWAP)

    assert (market["precision"]["amount"], market["limits"]["leverage"]["max"]) == (0.0001, 125)
    assert (found["status"], found["filled"], found["clientOrderId"]) == ("closed", 0.031, "e1")
    assert (position["side"], position["contracts"]) == ("short", 0.031)
    assert balance["USDT"]["total"] == pytest.approx(10000 - 1.7713617)
    assert (trade["price"], trade["amount"], trade["order"]) == (95234.5, 0.031, order["id"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"secret": "another"}, ccxt.AuthenticationError),
        ({"passphrase": "another"}, ccxt.AuthenticationError),
        ({"api_key": "another"}, ccxt.AuthenticationError),
    ],
)
async def test_wrong_keys_are_what_ccxt_knows_as_such(bitget, keys, change, error):
    async with unified_class(bitget, keys | change) as client:
        with pytest.raises(error):
            await client.fetch_balance({"type": "swap"})


async def test_too_large_an_order_is_what_ccxt_knows_as_such(bitget, keys):
    async with unified_class(bitget, keys) as client:
        await client.load_markets()
        with pytest.raises(ccxt.InsufficientFunds):
            await client.create_order(SWAP, "market", "buy", 100)


async def test_a_demo_account_trades_behind_its_header(bitget):
    demo = bitget.control.create_account(**STANDARD | {"environment": "demo"})
    async with unified_class(bitget, demo, demo=True) as client:
        await client.load_markets()
        await client.create_order(SWAP, "market", "buy", 0.031)
    async with unified_class(bitget, demo) as client:
        with pytest.raises(ccxt.ExchangeError) as caught:
            await client.fetch_balance({"type": "swap"})

    assert "40099" in str(caught.value)
    assert [one["quantity"] for one in bitget.control.account(demo["api_key"])["positions"]] == ["0.031"]
