"""Filters, status and names of markets changed while clients hold their old ones: F35, F38. And hedge mode."""

import pytest

from simulator.testing import ControlFailed, run_simulator
from tests.simulator.raw import Raw, code

ENTRY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.015"}
CLOSE = {**ENTRY, "side": "SELL", "reduceOnly": "true"}
STOP = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "triggerPrice": "90000"}
SPOT = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


@pytest.fixture
def sim():
    with run_simulator() as simulator:
        simulator.control.set_price("BTCUSDT", "95234.50")
        yield simulator


@pytest.fixture
def raw(sim):
    return Raw(sim, sim.control.create_account())


def info(raw, symbol="BTCUSDT", path="/fapi/v1/exchangeInfo"):
    return {s["symbol"]: s for s in raw.call("GET", path, signed=False)[1]["symbols"]}.get(symbol)


def test_step_tick_and_smallest_notional_change_at_once(sim, raw):
    sim.control.change_market("BTCUSDT", step="0.01", tick="1", min_notional="2000")

    filters = {f["filterType"]: f for f in info(raw)["filters"]}
    assert (filters["LOT_SIZE"]["stepSize"], filters["LOT_SIZE"]["minQty"]) == ("0.01", "0.01")
    assert (filters["PRICE_FILTER"]["tickSize"], filters["MIN_NOTIONAL"]["notional"]) == ("1", "2000")
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (400, -1111)
    assert code(raw.call("POST", "/fapi/v1/order", **{**ENTRY, "quantity": "0.02"})) == (400, -4164)
    assert raw.call("POST", "/fapi/v1/order", **{**ENTRY, "quantity": "0.03"})[0] == 200
    assert code(raw.call("POST", "/fapi/v1/algoOrder", **{**STOP, "triggerPrice": "90000.5", "quantity": "0.03"})) == (
        400,
        -1111,
    )
    assert raw.call("POST", "/api/v3/order", **SPOT)[0] == 200


def test_settling_market_only_lets_positions_shrink(sim, raw):
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    sim.control.change_market("BTCUSDT", status="SETTLING")

    assert info(raw)["status"] == "SETTLING"
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (400, -4140)
    assert raw.call("POST", "/fapi/v1/algoOrder", **STOP, closePosition="true")[0] == 200
    assert raw.call("POST", "/fapi/v1/order", **CLOSE)[0] == 200


@pytest.mark.parametrize(
    ("kind", "path", "order", "expected"),
    [
        ("futures", "/fapi/v1/order", ENTRY, -4141),
        ("spot", "/api/v3/order", SPOT, -1013),
    ],
)
def test_halted_market_takes_no_order(sim, raw, kind, path, order, expected):
    sim.control.change_market("BTCUSDT", status="BREAK", kind=kind)

    assert code(raw.call("POST", path, **order)) == (400, expected)
    sim.control.change_market("BTCUSDT", status="TRADING", kind=kind)
    assert raw.call("POST", path, **order)[0] == 200


def test_delisted_market_settles_positions_and_is_unknown(sim, raw):
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    raw.call("POST", "/fapi/v1/algoOrder", **STOP, closePosition="true")
    sim.control.change_market("BTCUSDT", status="GONE")

    assert info(raw) is None
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (400, -1121)
    state = sim.control.account(raw.keys["api_key"])
    assert (state["positions"], state["open_conditionals"]) == ([], [])
    placed = sim.control.ledger(api_key=raw.keys["api_key"], kind="OrderPlaced")
    assert placed[-1]["data"]["order"]["client_id"].startswith("delivery-")
    assert raw.call("POST", "/api/v3/order", **SPOT)[0] == 200


def test_renamed_market_and_back(sim, raw):
    sim.control.rename_market("BTCUSDT", "XBTUSDT")

    assert (info(raw), info(raw, "XBTUSDT")["baseAsset"]) == (None, "XBT")
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (400, -1121)
    assert raw.call("POST", "/fapi/v1/order", **{**ENTRY, "symbol": "XBTUSDT"})[0] == 200
    sim.control.set_price("XBTUSDT", "96000")
    sim.control.rename_market("XBTUSDT", "BTCUSDT")
    assert raw.call("POST", "/fapi/v1/order", **ENTRY)[0] == 200
    assert sim.control.prices()["BTCUSDT"] == "96000"


def test_changes_survive_a_kill(tmp_path):
    with run_simulator(state=tmp_path / "state") as sim:
        raw = Raw(sim, sim.control.create_account())
        sim.control.rename_market("BTCUSDT", "XBTUSDT")
        sim.control.change_market("XBTUSDT", step="0.005")
        raw.call("POST", "/fapi/v1/order", **{**ENTRY, "symbol": "XBTUSDT"})
        before = sim.control.markets(), sim.control.account(raw.keys["api_key"])
        sim.kill()
        sim.restart()

        assert (sim.control.markets(), sim.control.account(raw.keys["api_key"])) == before
        sim.control.set_price("XBTUSDT", "90000")
        assert raw.call("POST", "/fapi/v1/order", **{**CLOSE, "symbol": "XBTUSDT"})[0] == 200


def test_senseless_changes_are_refused(sim):
    for symbol, values in (
        ("NONE", {"tick": "1"}),
        ("BTCUSDT", {"tick": "0"}),
        ("BTCUSDT", {"status": "ASLEEP"}),
        ("BTCUSDT", {"price": "1"}),
        ("BTCUSDT/rename", {"to": "ETHUSDT"}),
        ("BTCUSDT/rename", {"to": "BTC/USD"}),
    ):
        with pytest.raises(ControlFailed, match="400"):
            sim.control.request("POST", f"markets/{symbol}", values)


def test_hedge_mode_and_its_refusals(sim, raw):
    """EXC-19 at the exchange: what one-way parameters meet in an account that holds both sides."""
    key = raw.keys["api_key"]
    sim.control.change_account(key, is_hedged=True)
    long = {**ENTRY, "positionSide": "LONG"}

    assert raw.call("GET", "/fapi/v1/positionSide/dual")[1] == {"dualSidePosition": True}
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (400, -4061)
    assert code(raw.call("POST", "/fapi/v1/order", **{**long, "reduceOnly": "false"})) == (400, -1106)
    assert raw.call("POST", "/fapi/v1/order", **long)[0] == 200
    assert code(raw.call("POST", "/fapi/v1/algoOrder", **STOP, closePosition="true")) == (400, -4061)
    sided = {**STOP, "positionSide": "LONG"}
    assert code(raw.call("POST", "/fapi/v1/algoOrder", **sided, quantity="0.015", reduceOnly="true")) == (400, -1106)
    assert raw.call("POST", "/fapi/v1/algoOrder", **sided, closePosition="true")[0] == 200
    with pytest.raises(ControlFailed, match="position_mode"):
        sim.control.change_account(key, is_hedged=False)


def test_both_sides_are_protected_and_closed_apart(sim, raw):
    sim.control.change_account(raw.keys["api_key"], is_hedged=True)
    for side, position_side in (("BUY", "LONG"), ("SELL", "SHORT")):
        raw.call("POST", "/fapi/v1/order", **{**ENTRY, "side": side}, positionSide=position_side)
    raw.call("POST", "/fapi/v1/algoOrder", **STOP, positionSide="LONG", closePosition="true")
    above = {**STOP, "side": "BUY", "triggerPrice": "99000"}
    raw.call("POST", "/fapi/v1/algoOrder", **above, positionSide="SHORT", closePosition="true")

    sim.control.move_price("BTCUSDT", "89000")

    assert [(p["positionSide"], p["positionAmt"]) for p in raw.call("GET", "/fapi/v3/positionRisk")[1]] == [
        ("SHORT", "-0.015")
    ]
    assert len(raw.call("GET", "/fapi/v1/openAlgoOrders")[1]) == 1
    close = {**ENTRY, "positionSide": "SHORT", "quantity": "0.016"}
    assert code(raw.call("POST", "/fapi/v1/order", **close)) == (400, -2022)
    assert raw.call("POST", "/fapi/v1/order", **{**close, "quantity": "0.015"})[0] == 200
