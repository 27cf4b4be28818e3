"""ccxt's own binance class drives the spot side: D27, EXE-10."""

import ccxt
import pytest

from tests.simulator.clients import spot_client

SYMBOL = "BTC/USDT"


async def test_unchanged_client_loads_markets_and_buys_for_a_cost(sim):
    keys = sim.control.create_account(coins={"USDT": "1000"})
    async with spot_client(sim.url, keys) as client:
        await client.load_markets()
        order = await client.create_market_buy_order_with_cost(SYMBOL, 200)
        balance = await client.fetch_balance()
        trades = await client.fetch_my_trades(SYMBOL)

    market = client.market(SYMBOL)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (0.00001, 0.01)
    assert market["limits"]["cost"]["min"] == 5
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.0021, 95234.5)
    assert order["fee"] == {"cost": 0.0000021, "currency": "BTC"}
    assert balance["BTC"]["free"] == 0.0020979
    assert balance["USDT"]["free"] == 1000 - 199.99245
    assert [(trade["side"], trade["amount"]) for trade in trades] == [("buy", 0.0021)]


async def test_oco_through_the_implicit_call_protects_and_fires(sim):
    keys = sim.control.create_account(coins={"BTC": "0.01"})
    async with spot_client(sim.url, keys) as client:
        await client.load_markets()
        placed = await client.private_post_orderlist_oco(
            {
                "symbol": "BTCUSDT",
                "side": "SELL",
                "quantity": "0.01",
                "listClientOrderId": "pair1",
                "aboveType": "LIMIT_MAKER",
                "abovePrice": "102853.25",
                "aboveClientOrderId": "t1",
                "belowType": "STOP_LOSS",
                "belowStopPrice": "93805.98",
                "belowClientOrderId": "s1",
            }
        )
        standing = await client.fetch_open_orders(SYMBOL)
        sim.control.move_price("BTCUSDT", "90000")
        stop = await client.fetch_order("", SYMBOL, {"clientOrderId": "s1"})
        target = await client.fetch_order("", SYMBOL, {"clientOrderId": "t1"})
        ended = await client.private_get_orderlist({"origClientOrderId": "pair1"})

    assert (placed["contingencyType"], placed["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert sorted(order["clientOrderId"] for order in standing) == ["s1", "t1"]
    assert (stop["status"], stop["average"]) == ("closed", 93805.98)
    assert target["status"] == "expired"
    assert ended["listOrderStatus"] == "ALL_DONE"


async def test_list_is_cancelled_as_one(sim):
    keys = sim.control.create_account(coins={"BTC": "0.01"})
    request = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER"}
    request |= {"abovePrice": "110000", "belowType": "STOP_LOSS", "belowStopPrice": "90000"}
    async with spot_client(sim.url, keys) as client:
        await client.load_markets()
        placed = await client.private_post_orderlist_oco(request)
        cancelled = await client.private_delete_orderlist({"symbol": "BTCUSDT", "orderListId": placed["orderListId"]})
        sold = await client.create_order(SYMBOL, "market", "sell", 0.01)
        with pytest.raises(ccxt.OrderNotFound):
            await client.private_delete_orderlist({"symbol": "BTCUSDT", "orderListId": placed["orderListId"]})

    assert [report["status"] for report in cancelled["orderReports"]] == ["CANCELED", "CANCELED"]
    assert (sold["status"], sold["cost"]) == ("closed", 952.345)


async def test_what_a_key_may_do(sim):
    rights = {"futures": False, "withdrawals": True}
    keys = sim.control.create_account(permissions=rights)
    async with spot_client(sim.url, keys) as client:
        answer = await client.sapi_get_account_apirestrictions()

    names = ("enableReading", "enableSpotAndMarginTrading", "enableFutures", "enableWithdrawals", "ipRestrict")
    assert [answer[name] for name in names] == [True, True, False, True, False]
