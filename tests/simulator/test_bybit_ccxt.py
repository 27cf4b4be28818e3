"""ccxt's own bybit class drives the dialect: EXE-06, 07, 12, 16, 21."""

import ccxt
import pytest

from tests.simulator.bybit_clients import bybit, running, unified

__all__ = ["bybit", "running"]

SWAP, PAIR = "BTC/USDT:USDT", "BTC/USDT"


async def test_an_unchanged_client_loads_markets_and_trades(bybit):
    keys = bybit.control.create_account()
    async with unified(bybit, keys) as client:
        await client.load_markets()

        await client.set_leverage(15, SWAP)
        order = await client.create_order(SWAP, "market", "buy", 0.031, None, {"clientOrderId": "entry1"})
        found = await client.fetch_open_order(order["id"], SWAP)
        (position,) = await client.fetch_positions([SWAP])
        (trade,) = await client.fetch_my_trades(SWAP)

    market = client.market(SWAP)
    assert (market["precision"]["amount"], market["precision"]["price"], market["limits"]["cost"]["min"]) == (
        0.001,
        0.1,
        100,
    )
    assert (found["status"], found["average"], found["filled"], found["clientOrderId"]) == (
        "closed",
        95234.5,
        0.031,
        "entry1",
    )
    assert (position["side"], position["contracts"], position["entryPrice"], position["leverage"]) == (
        "long",
        0.031,
        95234.5,
        15,
    )
    assert (trade["order"], trade["price"], trade["amount"], trade["fee"]["cost"]) == (
        order["id"],
        95234.5,
        0.031,
        1.47613475,
    )


async def test_entry_stop_target_then_the_stop_fires(bybit):
    keys = bybit.control.create_account()
    async with unified(bybit, keys) as client:
        await client.create_order(SWAP, "market", "buy", 0.031)
        legs = {"stopLossPrice": "93806", "clientOrderId": "s1"}, {"takeProfitPrice": "102853.2", "clientOrderId": "t1"}
        for leg in legs:
            await client.create_order(SWAP, "market", "sell", 0.031, None, leg)
        standing = await client.fetch_open_orders(SWAP, params={"trigger": True})

        bybit.control.move_price("BTCUSDT", "93000")

        flat = [held for held in await client.fetch_positions() if held["contracts"]]
        (fired,) = await client.fetch_canceled_and_closed_orders(SWAP, params={"orderLinkId": "s1"})
        await client.cancel_order("", SWAP, {"orderLinkId": "t1"})
        left = await client.fetch_open_orders(SWAP, params={"trigger": True})

    assert {(order["clientOrderId"], order["triggerPrice"], order["reduceOnly"]) for order in standing} == {
        ("s1", 93806.0, True), ("t1", 102853.2, True),
    }  # fmt: skip
    assert (flat, left) == ([], [])
    assert (fired["status"], fired["average"], fired["filled"]) == ("closed", 93806.0, 0.031)


async def test_hedge_and_margin_modes(bybit):
    keys = bybit.control.create_account()
    async with unified(bybit, keys) as client:
        await client.load_markets()
        await client.set_margin_mode("isolated")
        await client.set_position_mode(True, SWAP)
        await client.create_order(SWAP, "market", "buy", 0.02, None, {"hedged": True})
        await client.create_order(SWAP, "market", "sell", 0.03, None, {"hedged": True})
        positions = await client.fetch_positions([SWAP])
        with pytest.raises(ccxt.BadRequest, match="position idx not match position mode"):
            await client.create_order(SWAP, "market", "buy", 0.02)

    assert {(held["side"], held["contracts"]) for held in positions} == {("long", 0.02), ("short", 0.03)}
    assert {held["side"] for held in bybit.control.account(keys["api_key"])["positions"]} == {"LONG", "SHORT"}


async def test_spot_by_cost_and_balances(bybit):
    keys = bybit.control.create_account(wallet={"USDT": "500"}, coins={"USDT": "500"})
    async with unified(bybit, keys) as client:
        await client.create_market_buy_order_with_cost(PAIR, 100)
        balance = await client.fetch_balance()

    assert balance["BTC"]["total"] == 0.00104895
    assert balance["USDT"]["total"] == pytest.approx(400.00377, abs=1e-4)  # one wallet for both kinds of trading


async def test_demo_keys_work_at_the_demo_host_only(bybit):
    demo = bybit.control.create_account(environment="demo")
    async with unified(bybit, demo, demo=True) as client:
        await client.create_order(SWAP, "market", "buy", 0.01)
    async with unified(bybit, demo) as client:
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_positions([SWAP])

    assert [held["quantity"] for held in bybit.control.account(demo["api_key"])["positions"]] == ["0.01"]
