"""Mark price, funding and liquidation as a client sees them, and what a restart keeps of them."""

from decimal import Decimal

import pytest

from simulator.testing import ControlFailed, run_simulator
from tests.simulator.raw import Raw

ENTRY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}


@pytest.fixture
def raw(sim):
    sim.control.set_price("BTCUSDT", "95000")
    return Raw(sim, sim.control.create_account(wallet={"USDT": "1000"}))


def test_mark_price_is_told_apart_from_the_last(sim, raw):
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    sim.control.set_mark("BTCUSDT", "94000")
    try:
        premium = raw.call("GET", "/fapi/v1/premiumIndex", symbol="BTCUSDT", signed=False)[1]
        (position,) = raw.call("GET", "/fapi/v3/positionRisk")[1]

        assert (premium["markPrice"], premium["indexPrice"]) == ("94000", "95000")
        assert (position["markPrice"], position["unRealizedProfit"]) == ("94000.00000000", "-100.00000000")
    finally:
        sim.control.set_mark("BTCUSDT", None)
    assert raw.call("GET", "/fapi/v1/premiumIndex", symbol="BTCUSDT", signed=False)[1]["markPrice"] == "95000"


def test_funding_is_seen_in_income_and_history(sim, raw):
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    answer = sim.control.funding({"BTCUSDT": "-0.0002"}, settle=True)
    sim.control.funding({"BTCUSDT": "0"})

    (row,) = raw.call("GET", "/fapi/v1/income", incomeType="FUNDING_FEE")[1]
    assert (row["income"], row["symbol"], row["asset"]) == ("1.90000000", "BTCUSDT", "USDT")
    assert [r["incomeType"] for r in raw.call("GET", "/fapi/v1/income")[1]] == ["COMMISSION", "FUNDING_FEE"]
    past = raw.call("GET", "/fapi/v1/fundingRate", symbol="BTCUSDT", signed=False)[1][-1]
    assert (past["fundingRate"], past["markPrice"]) == ("-0.00020000", "95000.00000000")
    premium = raw.call("GET", "/fapi/v1/premiumIndex", symbol="BTCUSDT", signed=False)[1]
    assert (premium["lastFundingRate"], premium["nextFundingTime"]) == ("0.00000000", answer["next_time"])
    with pytest.raises(ControlFailed, match="400"):
        sim.control.funding({"NONE": "0.1"})


def test_liquidation_is_seen_in_orders_trades_and_the_ledger(sim, raw):
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    sim.control.move_price("BTCUSDT", "80000")

    (forced,) = raw.call("GET", "/fapi/v1/forceOrders")[1]
    assert forced["clientOrderId"].startswith("autoclose-")
    assert (forced["type"], forced["timeInForce"], forced["status"]) == ("LIMIT", "IOC", "FILLED")
    assert raw.call("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")[1][-1]["orderId"] == forced["orderId"]
    assert raw.call("GET", "/fapi/v3/positionRisk")[1] == []
    (event,) = sim.control.ledger(api_key=raw.keys["api_key"], kind="Liquidated")
    assert (event["data"]["symbol"], event["data"]["quantity"]) == ("BTCUSDT", "0.1")


def test_brackets_are_told_and_bound_the_position(raw):
    (brackets,) = raw.call("GET", "/fapi/v1/leverageBracket", symbol="BTCUSDT")[1]

    assert [(b["initialLeverage"], b["notionalCap"], b["maintMarginRatio"], b["cum"]) for b in brackets["brackets"]][
        :2
    ] == [
        (125, 300_000, 0.004, 0),
        (100, 800_000, 0.005, 300),
    ]


def test_a_restart_keeps_marks_rates_and_the_level_of_liquidation(tmp_path):
    with run_simulator(state=tmp_path / "state") as sim:
        sim.control.set_price("BTCUSDT", "95000")
        keys = sim.control.create_account(wallet={"USDT": "1000"})
        Raw(sim, keys).call("POST", "/fapi/v1/order", **ENTRY)
        sim.control.set_mark("BTCUSDT", "94000")
        sim.control.funding({"BTCUSDT": "0.0003"}, settle=True)
        before = sim.control.account(keys["api_key"]), sim.control.request("GET", "funding")["rates"]
        sim.kill()
        sim.restart()

        assert (sim.control.account(keys["api_key"]), sim.control.request("GET", "funding")["rates"]) == before
        assert sim.control.request("GET", "prices")["marks"] == {"BTCUSDT": "94000"}
        sim.control.set_mark("BTCUSDT", "80000")
        assert sim.control.account(keys["api_key"])["positions"] == []
        (event,) = sim.control.ledger(kind="Liquidated")
        assert Decimal(event["data"]["mark_price"]) == 80000
