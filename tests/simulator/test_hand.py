"""The owner's own hand at the exchange, and a ledger from which everything can be rebuilt: F25, I1 to I6."""

import threading
from decimal import Decimal

import pytest

from simulator.testing import ControlFailed
from tests.simulator.raw import Raw

ENTRY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "triggerPrice": "90000",
    "quantity": "0.01",
    "reduceOnly": "true",
}


@pytest.fixture
def raw(sim):
    return Raw(sim, sim.control.create_account(coins={"USDT": "10000", "BTC": "1"}))


def test_position_closed_by_hand_leaves_its_stop_behind(sim, raw):
    key = raw.keys["api_key"]
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    raw.call("POST", "/fapi/v1/algoOrder", **STOP)

    (order,) = sim.control.close_by_hand(key, "BTCUSDT")

    assert (order["side"], order["quantity"], order["status"]) == ("SELL", "0.01", "FILLED")
    assert order["client_id"].startswith("web_")
    state = sim.control.account(key)
    assert (state["positions"], len(state["open_conditionals"])) == ([], 1)
    assert sim.control.cancel_by_hand(key) == 1
    assert sim.control.account(key)["open_conditionals"] == []


def test_orders_by_hand_on_futures_and_spot(sim, raw):
    key = raw.keys["api_key"]

    sim.control.trade_by_hand(key, "ETHUSDT", "SELL", "0.5")
    sim.control.trade_by_hand(key, "BTCUSDT", "SELL", "0.4", kind="spot")

    state = sim.control.account(key)
    assert [(p["symbol"], p["quantity"]) for p in state["positions"]] == [("ETHUSDT", "-0.5")]
    assert state["coins"]["BTC"] == "0.6"
    for wrong in ({"side": "UP"}, {"symbol": "NONE"}, {"quantity": "0.00001"}, {"kind": "options"}):
        with pytest.raises(ControlFailed, match="400"):
            sim.control.trade_by_hand(key, **{"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.1", **wrong})


def test_fills_in_the_ledger_say_whose_order_it_was_and_what_position_came_of_it(sim, raw):
    key = raw.keys["api_key"]
    raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="e1")
    sim.control.set_price("BTCUSDT", "96234.50")
    raw.call("POST", "/fapi/v1/order", **{**ENTRY, "quantity": "0.03"}, newClientOrderId="e2")
    raw.call("POST", "/fapi/v1/order", **{**ENTRY, "side": "SELL", "quantity": "0.05"}, newClientOrderId="e3")

    events = [event["data"] for event in sim.control.ledger(api_key=key, kind="OrderFilled")]

    told = [(data["client_id"], data["position"], Decimal(data["entry_price"])) for data in events]
    assert told == [
        ("e1", "0.01", Decimal("95234.50")),
        ("e2", "0.04", Decimal("95984.50")),
        ("e3", "-0.01", Decimal("96234.50")),
    ]


def test_live_stops_can_be_rebuilt_from_the_ledger(sim, raw):
    key = raw.keys["api_key"]
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    for name, trigger in (("kept", "80000"), ("cancelled", "81000"), ("fired", "94000")):
        raw.call(
            "POST", "/fapi/v1/algoOrder", **{**STOP, "triggerPrice": trigger, "quantity": "0.001"}, clientAlgoId=name
        )
    raw.call("DELETE", "/fapi/v1/algoOrder", clientAlgoId="cancelled")
    sim.control.set_price("BTCUSDT", "93000")

    live = {}
    for event in sim.control.ledger(api_key=key):
        data = event["data"]
        if event["type"] == "ConditionalPlaced":
            live[data["order"]["id"]] = data["order"]
        elif event["type"] in ("ConditionalTriggered", "ConditionalEnded"):
            live.pop(data["conditional_id"], None)

    assert [(o["client_id"], o["quantity"], o["trigger_price"], o["reduce_only"]) for o in live.values()] == [
        ("kept", "0.001", "80000", True)
    ]


def test_waiting_for_an_event_ends_with_it(sim, raw):
    """F3: act at the very fill."""
    key, since = raw.keys["api_key"], sim.control.last_sequence()
    with pytest.raises(ControlFailed, match="408"):
        sim.control.wait_event("OrderFilled", api_key=key, since=since, seconds=0.1)
    sim.control.add_fault("delay_before", leg="entry", delay_ms=200)
    sender = threading.Thread(
        target=raw.call, args=("POST", "/fapi/v1/order"), kwargs={**ENTRY, "newClientOrderId": "w"}
    )
    sender.start()

    event = sim.control.wait_event("OrderFilled", api_key=key, since=since)

    sender.join()
    assert event["data"]["client_id"] == "w"


def test_ledger_in_pages_is_the_whole_ledger(sim, raw):
    key = raw.keys["api_key"]
    for _ in range(5):
        raw.call("POST", "/fapi/v1/order", **ENTRY)

    whole = sim.control.ledger(api_key=key)
    pages, since = [], 0
    while page := sim.control.ledger(api_key=key, since=since, limit=3):
        pages += page
        since = page[-1]["sequence"]

    assert pages == whole
    assert len(whole) == 11
