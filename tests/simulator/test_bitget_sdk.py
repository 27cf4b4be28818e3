"""bitget-api-client, a Python client that nobody here wrote, drives the dialect: classic and unified. EXC-03; EXE-06, 07, 12, 16."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from bitget_api_client.modules.exceptions import BitgetAPINetworkException

from tests.simulator.bitget_desk import NAMED, PRODUCT, STANDARD, UNIFIED, bitget, running, sdk

__all__ = ["bitget", "running"]


@pytest.fixture
def keys(bitget):
    return bitget.control.create_account(**STANDARD)


@pytest.fixture
async def client(bitget, keys) -> AsyncIterator[Any]:
    async with sdk(bitget, keys) as made:
        yield made


async def buy(client: Any, **values: str) -> Any:
    asked = NAMED | {"marginMode": "isolated", "size": "0.031", "side": "buy", "orderType": "market"} | values
    return (await client.contract.place_order(**asked))["data"]


async def test_leverage_order_query_position_balance_trades(client):
    await client.contract.change_margin_mode(**NAMED, marginMode="isolated")
    leverage = (await client.contract.change_leverage(**NAMED, leverage="15"))["data"]
    placed = await buy(client, clientOid="e1")
    found = (await client.contract.get_order_detail("BTCUSDT", "USDT-FUTURES", clientOid="e1"))["data"]
    (position,) = (await client.contract.get_all_positions("USDT-FUTURES", "USDT"))["data"]
    (purse,) = (await client.contract.get_account_list("USDT-FUTURES"))["data"]
    (fill,) = (await client.contract.get_order_fill_details("USDT-FUTURES", symbol="BTCUSDT"))["data"]["fillList"]

    assert (leverage["longLeverage"], leverage["marginMode"]) == ("15", "isolated")
    assert placed == {"clientOid": "e1", "orderId": found["orderId"]}
    assert (found["state"], found["baseVolume"], found["priceAvg"], found["tradeSide"]) == (
        "filled", "0.031", "95234.50", "buy_single",
    )  # fmt: skip
    assert (position["holdSide"], position["total"], position["leverage"], position["marginMode"]) == (
        "long", "0.031", "15", "isolated",
    )  # fmt: skip
    assert Decimal(purse["accountEquity"]) == Decimal(10000) - Decimal("1.7713617")
    assert (fill["price"], fill["feeDetail"][0]["totalFee"], fill["orderId"]) == (
        "95234.50", "-1.77136170", placed["orderId"],
    )  # fmt: skip


async def test_stop_and_target_are_told_and_cancelled(client):
    await buy(client)
    for kind, price, own_id in (("loss_plan", "93805.9", "s1"), ("profit_plan", "102853.2", "t1")):
        await client.contract.stop_profit_and_stop_loss_plan_orders(
            "USDT", "USDT-FUTURES", "BTCUSDT", kind, price, "buy", "0.031", triggerType="mark_price", clientOid=own_id
        )
    standing = (await client.contract.get_pending_trigger_order("profit_loss", "USDT-FUTURES"))["data"]
    cancelled = await client.contract.cancel_trigger_order(
        "USDT-FUTURES", [{"orderId": "", "clientOid": "s1"}], "BTCUSDT", "USDT", "loss_plan"
    )
    left = (await client.contract.get_pending_trigger_order("profit_loss", "USDT-FUTURES"))["data"]
    none = await client.contract.cancel_trigger_order(
        "USDT-FUTURES", [{"orderId": "", "clientOid": "t1"}], "BTCUSDT", "USDT"
    )

    assert [(one["clientOid"], one["planType"], one["triggerPrice"], one["triggerType"]) for one in standing["entrustedList"]] == [
        ("t1", "profit_plan", "102853.2", "mark_price"), ("s1", "loss_plan", "93805.9", "mark_price"),
    ]  # fmt: skip
    assert [one["clientOid"] for one in cancelled["data"]["successList"]] == ["s1"]
    assert [one["clientOid"] for one in left["entrustedList"]] == ["t1"]
    assert none["data"]["failureList"][0]["errorMsg"] == "notExistend"  # without a plan type trigger orders are meant


async def test_a_stop_of_the_whole_position_goes_with_it(client, bitget, keys):
    await buy(client)
    await client.contract.simultaneous_stop_profit_and_stop_loss_plan_orders(
        "USDT", "USDT-FUTURES", "BTCUSDT", "buy", stopSurplusTriggerPrice="102853.2", stopLossTriggerPrice="93805.9"
    )
    stood = len(bitget.control.account(keys["api_key"])["open_conditionals"])
    await buy(client, side="sell", reduceOnly="YES")

    assert stood == 2
    assert bitget.control.account(keys["api_key"])["open_conditionals"] == []


async def test_spot_by_cost_its_plan_order_and_what_that_sent(client, bitget):
    await client.spot.place_order("BTCUSDT", "buy", "market", "gtc", "200", clientOid="e1")
    (found,) = (await client.spot.get_order_info(clientOid="e1"))["data"]
    plan = (await client.spot.place_plan_order(
        "BTCUSDT", "sell", "93805.9", "market", "0.002", planType="amount", triggerType="fill_price", clientOid="s1"
    ))["data"]  # fmt: skip
    (standing,) = (await client.spot.get_current_plan_orders("BTCUSDT"))["data"]["orderList"]
    bitget.control.move_price("BTCUSDT", "93000")
    (sent,) = (await client.spot.get_plan_sub_order(plan["orderId"]))["data"]
    (sale,) = (await client.spot.get_order_info(orderId=sent["orderId"]))["data"]
    coins = {one["coin"]: one["available"] for one in (await client.spot.get_account_assets())["data"]}

    assert (found["status"], found["size"], found["baseVolume"]) == ("filled", "200", "0.002100")
    assert (standing["clientOid"], standing["status"], standing["triggerPrice"]) == ("s1", "live", "93805.9")
    assert (sale["side"], sale["status"], sale["baseVolume"]) == ("sell", "filled", "0.002")
    assert Decimal(coins["BTC"]) == Decimal("0.1") + Decimal("0.0021") * Decimal("0.999") - Decimal("0.002")


async def test_a_unified_account_trades_and_protects(client, bitget):
    await client.uta.set_leverage("USDT-FUTURES", "15", "BTCUSDT")
    placed = (await client.uta.place_order(**UNIFIED, qty="0.031", side="sell", orderType="market", clientOid="e1"))[
        "data"
    ]
    found = (await client.uta.get_order_details(clientOid="e1"))["data"]
    (position,) = (await client.uta.get_position_info("USDT-FUTURES"))["data"]["list"]
    (fill,) = (await client.uta.get_fill_history("USDT-FUTURES"))["data"]["list"]
    await client.uta.place_strategy_order(
        **UNIFIED,
        posSide="short",
        qty="0.031",
        clientOid="s1",
        type="tpsl",
        tpslMode="partial",
        slTriggerBy="mark",
        stopLoss="97000",
    )
    standing = (await client.uta.unfilled_strategy_orders("USDT-FUTURES"))["data"]
    bitget.control.move_price("BTCUSDT", "98000")
    (past,) = (await client.uta.history_strategy_orders("USDT-FUTURES"))["data"]["list"]
    purse = (await client.uta.get_account_assets())["data"]

    assert (found["orderId"], found["orderStatus"], found["avgPrice"]) == (placed["orderId"], "filled", "95234.50")
    assert (position["posSide"], position["total"], position["leverage"]) == ("short", "0.031", "15")
    assert (fill["side"], fill["feeDetail"][0]["fee"]) == ("sell", "1.77136170")
    assert [(one["clientOid"], one["stopLoss"], one["slTriggerBy"], "status" in one) for one in standing] == [
        ("s1", "97000", "mark", False)
    ]
    assert (past["clientOid"], past["status"]) == ("s1", "success")
    assert (await client.uta.get_position_info("USDT-FUTURES"))["data"]["list"] is None
    assert Decimal(purse["accountEquity"]) < 10000


async def test_a_refusal_arrives_as_http_400(client):
    with pytest.raises(BitgetAPINetworkException) as caught:
        await client.contract.place_order(**NAMED, marginMode="isolated", size="9", side="buy", orderType="market")

    assert caught.value.http_status_code == 400
    assert (await client.contract.get_all_positions(**PRODUCT))["data"] == []
