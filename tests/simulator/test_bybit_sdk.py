"""pybit, Bybit's own Python client, drives the dialect. EXC-03; EXE-06, 07, 12, 16."""

from decimal import Decimal

import pytest
from pybit.exceptions import FailedRequestError, InvalidRequestError

from tests.simulator.bybit_clients import bybit, running, sdk

__all__ = ["bybit", "running"]

LINEAR = {"category": "linear", "symbol": "BTCUSDT"}
SPOT = {"category": "spot", "symbol": "BTCUSDT"}


@pytest.fixture
def client(bybit):
    return sdk(bybit, bybit.control.create_account(coins={"USDT": "10000", "BTC": "1"}))


def test_leverage_order_query_position_balance_trades(client):
    leverage = client.set_leverage(**LINEAR, buyLeverage="15", sellLeverage="15")
    order = client.place_order(**LINEAR, side="Buy", orderType="Market", qty="0.031", orderLinkId="e1")["result"]
    (found,) = client.get_open_orders(**LINEAR, orderLinkId="e1")["result"]["list"]
    (past,) = client.get_order_history(**LINEAR, orderId=order["orderId"])["result"]["list"]
    (position,) = client.get_positions(**LINEAR)["result"]["list"]
    (wallet,) = client.get_wallet_balance(accountType="UNIFIED")["result"]["list"]
    (trade,) = client.get_executions(**LINEAR)["result"]["list"]

    assert (leverage["retCode"], order["orderLinkId"]) == (0, "e1")
    assert past == found
    assert (found["orderId"], found["orderStatus"], found["avgPrice"], found["cumExecQty"], found["cumFeeDetail"]) == (
        order["orderId"], "Filled", "95234.50", "0.031", {"USDT": "1.47613475"},
    )  # fmt: skip
    assert (position["side"], position["size"], position["leverage"], position["positionIdx"]) == (
        "Buy",
        "0.031",
        "15",
        0,
    )
    usdt = next(coin for coin in wallet["coin"] if coin["coin"] == "USDT")
    assert (usdt["walletBalance"], Decimal(usdt["totalPositionIM"]).quantize(Decimal("0.01"))) == (
        "9998.52386525", Decimal("196.82"),
    )  # fmt: skip
    assert (trade["orderId"], trade["orderLinkId"], trade["execPrice"], trade["execFee"], trade["execType"]) == (
        order["orderId"], "e1", "95234.50", "1.47613475", "Trade",
    )  # fmt: skip


def test_an_entry_with_its_stop_and_target_and_their_end(client, bybit):
    """Full mode: both belong to the position and go with it."""
    client.place_order(**LINEAR, side="Buy", orderType="Market", qty="0.031", stopLoss="93000", takeProfit="103000",
                       slTriggerBy="MarkPrice", tpslMode="Full")  # fmt: skip
    standing = client.get_open_orders(**LINEAR, orderFilter="StopOrder")["result"]["list"]
    (held,) = client.get_positions(category="linear", settleCoin="USDT")["result"]["list"]
    client.set_trading_stop(**LINEAR, positionIdx=0, tpslMode="Full", stopLoss="94000", takeProfit="0")
    (moved,) = client.get_positions(category="linear", settleCoin="USDT")["result"]["list"]
    bybit.control.move_price("BTCUSDT", "93900")
    flat = client.get_positions(category="linear", settleCoin="USDT")["result"]["list"]

    assert {(o["stopOrderType"], o["triggerPrice"], o["orderLinkId"], o["qty"], o["tpslMode"]) for o in standing} == {
        ("StopLoss", "93000", "", "0.031", "Full"), ("TakeProfit", "103000", "", "0.031", "Full"),
    }  # fmt: skip
    assert (held["stopLoss"], held["takeProfit"]) == ("93000", "103000")
    assert (moved["stopLoss"], moved["takeProfit"]) == ("94000", "")
    assert flat == []
    assert client.get_open_orders(**LINEAR)["result"]["list"] == []
    closing, _ = client.get_executions(**LINEAR)["result"]["list"]
    assert (closing["side"], closing["execPrice"], closing["orderLinkId"]) == ("Sell", "94000", "")


def test_conditional_orders_keep_their_id_through_the_trigger(client, bybit):
    client.place_order(**LINEAR, side="Buy", orderType="Market", qty="0.031")
    shared = LINEAR | {
        "side": "Sell",
        "orderType": "Market",
        "qty": "0.031",
        "reduceOnly": True,
        "triggerBy": "MarkPrice",
    }
    stop = client.place_order(**shared, triggerPrice="93806", triggerDirection=2, orderLinkId="s1")["result"]
    client.place_order(**shared, triggerPrice="102853.2", triggerDirection=1, orderLinkId="t1")
    standing = client.get_open_orders(**LINEAR, orderFilter="StopOrder")["result"]["list"]

    bybit.control.move_price("BTCUSDT", "93500")
    (fired,) = client.get_open_orders(**LINEAR, orderLinkId="s1")["result"]["list"]
    trade = client.get_executions(**LINEAR, limit=1)["result"]["list"][0]
    client.cancel_order(**LINEAR, orderLinkId="t1")
    (gone,) = client.get_order_history(**LINEAR, orderLinkId="t1")["result"]["list"]

    told = [(o["orderLinkId"], o["orderStatus"], o["stopOrderType"], o["triggerDirection"]) for o in standing]
    assert sorted(told) == [("s1", "Untriggered", "Stop", 2), ("t1", "Untriggered", "Stop", 1)]
    assert (fired["orderId"], fired["orderStatus"], fired["avgPrice"]) == (stop["orderId"], "Filled", "93806")
    assert (trade["orderId"], trade["orderLinkId"]) == (stop["orderId"], "s1")
    assert gone["orderStatus"] == "Cancelled"


def test_limit_orders_and_cancelling_all(client):
    for price in ("90000", "91000"):
        client.place_order(**LINEAR, side="Buy", orderType="Limit", qty="0.01", price=price)
    page = client.get_open_orders(**LINEAR, limit=1)["result"]
    rest = client.get_open_orders(**LINEAR, limit=1, cursor=page["nextPageCursor"])["result"]
    done = client.cancel_all_orders(**LINEAR)["result"]["list"]

    assert [o["price"] for o in page["list"] + rest["list"]] == ["91000", "90000"]
    assert len(done) == 2
    assert client.get_open_orders(**LINEAR)["result"]["list"] == []


def test_modes_and_the_key(client):
    assert client.get_account_info()["result"]["marginMode"] == "REGULAR_MARGIN"
    assert client.set_margin_mode(setMarginMode="ISOLATED_MARGIN")["result"] == {"reasons": []}
    assert client.get_account_info()["result"]["marginMode"] == "ISOLATED_MARGIN"
    assert [p["positionIdx"] for p in client.get_positions(**LINEAR)["result"]["list"]] == [0]
    client.switch_position_mode(category="linear", coin="USDT", mode=3)
    assert [p["positionIdx"] for p in client.get_positions(**LINEAR)["result"]["list"]] == [1, 2]
    key = client.get_api_key_information()["result"]
    assert (key["readOnly"], key["ips"], key["uta"]) == (0, ["*"], 1)
    assert key["permissions"]["ContractTrade"] == ["Order", "Position"]


def test_the_margin_mode_is_the_whole_accounts(client):
    """A position on one symbol keeps the mode of all of them."""
    client.place_order(**LINEAR, side="Buy", orderType="Market", qty="0.01")

    assert client.set_margin_mode(setMarginMode="REGULAR_MARGIN")["retCode"] == 0  # nothing changes
    with pytest.raises(InvalidRequestError) as caught:
        client.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
    assert caught.value.status_code == 3400045
    assert client.get_account_info()["result"]["marginMode"] == "REGULAR_MARGIN"


def test_spot_by_cost_by_coins_and_a_stop_that_locks_them(client, bybit):
    client.place_order(**SPOT, side="Buy", orderType="Market", qty="100", marketUnit="quoteCoin", orderLinkId="e1")
    (bought,) = client.get_open_orders(**SPOT, orderLinkId="e1")["result"]["list"]
    client.place_order(**SPOT, side="Sell", orderType="Market", qty="0.5", orderLinkId="x1")
    client.place_order(**SPOT, side="Sell", orderType="Market", qty="0.4", triggerPrice="93805.98",
                       orderFilter="tpslOrder", orderLinkId="s1")  # fmt: skip
    (stop,) = client.get_open_orders(**SPOT, orderFilter="tpslOrder")["result"]["list"]
    wallet = client.get_wallet_balance(accountType="UNIFIED", coin="BTC")["result"]["list"][0]["coin"]
    with pytest.raises(InvalidRequestError) as locked:
        client.place_order(**SPOT, side="Sell", orderType="Market", qty="0.2")
    with pytest.raises(InvalidRequestError) as unfiltered:
        client.cancel_order(**SPOT, orderLinkId="s1")
    bybit.control.move_price("BTCUSDT", "93000")
    (sold,) = client.get_order_history(**SPOT, orderLinkId="s1")["result"]["list"]

    assert (bought["cumExecQty"], bought["qty"], bought["marketUnit"]) == ("0.00105", "100", "quoteCoin")
    assert bought["cumFeeDetail"] == {"BTC": "0.00000105"}
    assert (stop["orderStatus"], stop["triggerPrice"], stop["triggerDirection"]) == ("Untriggered", "93805.98", 2)
    assert [(coin["coin"], coin["locked"]) for coin in wallet] == [("BTC", "0.4")]
    assert (locked.value.status_code, unfiltered.value.status_code) == (170131, 170213)
    assert (sold["orderStatus"], sold["avgPrice"]) == ("Filled", "93805.98")


def test_market_data(client):
    assert int(client.get_server_time()["result"]["timeNano"]) > 0
    (instrument,) = client.get_instruments_info(**LINEAR)["result"]["list"]
    assert (instrument["priceFilter"]["tickSize"], instrument["lotSizeFilter"]["qtyStep"]) == ("0.10", "0.001")
    (ticker,) = client.get_tickers(**LINEAR)["result"]["list"]
    assert (ticker["lastPrice"], ticker["markPrice"], ticker["bid1Price"]) == ("95234.50", "95234.50", "95234.50")
    (spot,) = client.get_tickers(**SPOT)["result"]["list"]
    assert (spot["lastPrice"], "markPrice" in spot) == ("95234.50", False)


def test_a_banned_address(client, bybit):
    bybit.control.ban("30")

    with pytest.raises(FailedRequestError) as caught:
        client.get_tickers(**LINEAR)

    assert caught.value.status_code == 403
