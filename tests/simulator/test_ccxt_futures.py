"""ccxt's own binanceusdm class drives the simulator: EXE-06, EXE-07, EXE-12, EXE-16."""

import ccxt
import pytest

from tests.simulator.clients import futures_client

SYMBOL = "BTC/USDT:USDT"


async def test_unchanged_client_loads_markets_and_trades(sim):
    keys = sim.control.create_account()
    async with futures_client(sim.url, keys) as client:
        await client.load_markets()

        order = await client.create_order(SYMBOL, "market", "buy", 0.031, None, {"clientOrderId": "entry1"})
        found = await client.fetch_order("", SYMBOL, {"clientOrderId": "entry1"})

    market = client.market(SYMBOL)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (0.001, 0.1)
    assert (market["limits"]["cost"]["min"], market["limits"]["market"]["max"]) == (100, 120)
    assert (order["status"], order["average"], order["filled"], order["cost"]) == ("closed", 95234.5, 0.031, 2952.2695)
    assert (found["id"], found["clientOrderId"], found["average"]) == (order["id"], "entry1", 95234.5)


async def test_entry_stop_target_then_the_stop_fires(sim):
    keys = sim.control.create_account()
    async with futures_client(sim.url, keys) as client:
        await client.set_leverage(15, SYMBOL)
        await client.create_order(SYMBOL, "market", "buy", 0.031)
        stop = await client.create_order(
            SYMBOL, "market", "sell", 0.031, None, {"stopLossPrice": "93806", "reduceOnly": True, "clientOrderId": "s1"}
        )
        target = await client.create_order(
            SYMBOL, "market", "sell", 0.031, None, {"takeProfitPrice": "102853.2", "reduceOnly": True}
        )
        standing = await client.fetch_open_orders(SYMBOL, params={"trigger": True})
        (position,) = await client.fetch_positions([SYMBOL])

        sim.control.move_price("BTCUSDT", "93000")

        flat = await client.fetch_positions([SYMBOL])
        fired = await client.fetch_order("", SYMBOL, {"clientOrderId": "s1", "trigger": True})
        trades = await client.fetch_my_trades(SYMBOL)
        await client.cancel_order(target["id"], SYMBOL, {"trigger": True})
        left = await client.fetch_open_orders(SYMBOL, params={"trigger": True})

    assert [order["id"] for order in standing] == [stop["id"], target["id"]]
    assert (stop["status"], stop["triggerPrice"], stop["reduceOnly"]) == ("open", 93806, True)
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 0.031, 95234.5)
    assert (position["initialMargin"], position["marginMode"], position["hedged"]) == (196.81796667, "cross", False)
    assert flat == []
    assert fired["status"] == "closed"
    assert [(trade["side"], trade["price"], trade["amount"]) for trade in trades] == [
        ("buy", 95234.5, 0.031),
        ("sell", 93806.0, 0.031),
    ]
    assert trades[0]["fee"] == {"cost": 1.47613475, "currency": "USDT"}
    assert trades[1]["order"] == fired["info"]["actualOrderId"]
    assert trades[1]["info"]["realizedPnl"] == "-44.28350000"
    assert left == []


async def test_close_position_stop(sim):
    keys = sim.control.create_account()
    async with futures_client(sim.url, keys) as client:
        await client.create_order(SYMBOL, "market", "sell", 0.01)
        stop = await client.create_order(
            SYMBOL, "market", "buy", None, None, {"stopLossPrice": "96000", "closePosition": True}
        )
        sim.control.move_price("BTCUSDT", "97000")
        (account,) = [sim.control.account(keys["api_key"])]

    assert stop["info"]["closePosition"] is True
    assert account["positions"] == []


async def test_balance_margin_mode_and_position_mode(sim):
    keys = sim.control.create_account(wallet={"USDT": "1000"})
    async with futures_client(sim.url, keys) as client:
        balance = await client.fetch_balance()
        await client.set_margin_mode("isolated", SYMBOL)
        with pytest.raises(ccxt.MarginModeAlreadySet):
            await client.set_margin_mode("isolated", SYMBOL)
        before = await client.fetch_position_mode(SYMBOL)
        await client.set_position_mode(True, SYMBOL)
        after = await client.fetch_position_mode(SYMBOL)
        await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"hedged": True})
        (position,) = await client.fetch_positions([SYMBOL])

    assert balance["USDT"] == {"free": 1000, "used": 0, "total": 1000}
    assert (before["hedged"], after["hedged"]) == (False, True)
    assert (position["side"], position["hedged"], position["marginMode"]) == ("long", True, "isolated")


async def test_limit_orders_rest_and_are_cancelled(sim):
    keys = sim.control.create_account()
    async with futures_client(sim.url, keys) as client:
        first = await client.create_order(SYMBOL, "limit", "buy", 0.01, 90000)
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 89000)
        standing = await client.fetch_open_orders(SYMBOL)
        cancelled = await client.cancel_order(first["id"], SYMBOL)
        await client.cancel_all_orders(SYMBOL)
        everything = await client.fetch_orders(SYMBOL)

    assert len(standing) == 2
    assert cancelled["status"] == "canceled"
    assert [order["status"] for order in everything] == ["canceled", "canceled"]


async def test_prices_and_candles(sim):
    keys = sim.control.create_account()
    async with futures_client(sim.url, keys) as client:
        await client.load_markets()
        ticker = await client.fetch_ticker(SYMBOL)
        book = await client.fetch_order_book(SYMBOL)
        candles = await client.fetch_ohlcv(SYMBOL, "1m")
        funding = await client.fetch_funding_rate(SYMBOL)
        tiers = await client.fetch_market_leverage_tiers(SYMBOL)
        bids = await client.fetch_bids_asks([SYMBOL])

    assert (ticker["last"], book["bids"][0][0], book["asks"][0][0]) == (95234.5, 95234.5, 95234.5)
    assert candles[-1][4] == 95234.5
    assert funding["markPrice"] == 95234.5
    assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"], tiers[1]["minNotional"]) == (125, 0.004, 300000)
    assert bids[SYMBOL]["bid"] == 95234.5


async def test_demo_keys_work_at_demo_hosts_only(sim):
    demo, live = sim.control.create_account(environment="demo"), sim.control.create_account()
    for keys, at_demo, works in ((demo, True, True), (demo, False, False), (live, True, False), (live, False, True)):
        async with futures_client(sim.url, keys, demo=at_demo) as client:
            client.has["fetchCurrencies"] = False
            if works:
                assert (await client.fetch_balance())["USDT"]["total"] == 10_000
            else:
                with pytest.raises(ccxt.AuthenticationError, match="-2015"):
                    await client.fetch_balance()


async def test_fetch_positions_by_the_account_and_by_version_2(sim):
    keys = sim.control.create_account()
    async with futures_client(sim.url, keys) as client:
        await client.create_order(SYMBOL, "market", "buy", 0.01)
        by_account = await client.fetch_account_positions([SYMBOL], {"useV2": True})
        by_risk = await client.fetch_positions_risk([SYMBOL], {"useV2": True})

    assert [(p["contracts"], p["leverage"]) for p in by_account] == [(0.01, 20)]
    assert [(p["contracts"], p["leverage"]) for p in by_risk if p["contracts"]] == [(0.01, 20)]
