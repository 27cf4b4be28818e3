"""Faults before and after the exchange accepted: F14, F16, F17, F21, F23 of the fault matrix."""

import time
from decimal import Decimal
from http.client import RemoteDisconnected
from random import Random

import pytest

from simulator.faults import Effect, Faults, Rule, Target
from simulator.testing import ControlFailed
from tests.simulator.raw import Raw, code

ENTRY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "triggerPrice": "90000",
    "quantity": "0.01",
}


@pytest.fixture
def raw(sim):
    return Raw(sim, sim.control.create_account())


def positions(sim, raw):
    return [p["quantity"] for p in sim.control.account(raw.keys["api_key"])["positions"]]


def test_refused_before_the_exchange_saw_it(sim, raw):
    sim.control.add_fault("answer_before", leg="entry", status=503, body='{"msg":"down"}')

    assert raw.call("POST", "/fapi/v1/order", **ENTRY) == (503, {"msg": "down"})
    assert positions(sim, raw) == []


def test_stop_refused_with_a_code_but_the_entry_is_not(sim, raw):
    sim.control.add_fault("answer_before", leg="stop", code=-4120, message="Order type not supported", count=1)

    assert raw.call("POST", "/fapi/v1/order", **ENTRY)[0] == 200
    assert code(raw.call("POST", "/fapi/v1/algoOrder", **STOP)) == (400, -4120)
    assert raw.call("POST", "/fapi/v1/algoOrder", **STOP)[0] == 200
    assert [fault["fired"] for fault in sim.control.faults()] == [1]


def test_accepted_but_never_answered(sim, raw):
    sim.control.add_fault("drop_after", leg="entry", count=1)

    with pytest.raises(RemoteDisconnected):
        raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="lost")
    found = raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="lost")

    assert found[1]["status"] == "FILLED"
    assert positions(sim, raw) == ["0.01"]


def test_dropped_before_it_was_accepted(sim, raw):
    sim.control.add_fault("drop_before", path="/fapi/v1/ord*", method="POST", count=1)

    with pytest.raises(RemoteDisconnected):
        raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="lost")

    found = raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="lost")
    assert code(found) == (400, -2013)


def test_accepted_but_answered_with_an_error(sim, raw):
    sim.control.add_fault("answer_after", leg="entry", status=504, body="<html>")

    with pytest.raises(ValueError, match="Expecting value"):
        raw.call("POST", "/fapi/v1/order", **ENTRY)
    assert positions(sim, raw) == ["0.01"]


def test_accepted_but_answered_late(sim, raw):
    sim.control.add_fault("delay_after", api_key=raw.keys["api_key"], delay_ms=300, count=1)

    begun = time.monotonic()
    answer = raw.call("POST", "/fapi/v1/order", **ENTRY)

    assert answer[0] == 200
    assert time.monotonic() - begun >= 0.3


def test_latency_is_added(sim, raw):
    sim.control.settings(latency_ms="100")

    begun = time.monotonic()
    raw.call("GET", "/fapi/v1/ping", signed=False)

    assert time.monotonic() - begun >= 0.1


def test_probability_follows_the_dice():
    faults = Faults(Random(1))
    rule = faults.add(Rule(Effect.DROP_AFTER, probability=Decimal("0.2")))
    target = Target("k", "POST", "/fapi/v1/order", "entry")

    picked = [faults.pick(target) is rule for _ in range(1000)]

    assert 150 < sum(picked) < 250
    again = Faults(Random(1))
    same = again.add(Rule(Effect.DROP_AFTER, probability=Decimal("0.2")))
    assert [again.pick(target) is same for _ in range(1000)] == picked


def test_rules_can_be_listed_removed_and_must_make_sense(sim):
    first = sim.control.add_fault("drop_after", leg="stop")
    sim.control.remove_fault(first)

    assert sim.control.faults() == []
    for wrong in (
        {"effect": "explode"},
        {"effect": "drop_after", "legs": "stop"},
        {"effect": "drop_after", "count": "x"},
    ):
        with pytest.raises(ControlFailed):
            sim.control.request("POST", "faults", wrong)
    with pytest.raises(ControlFailed, match="404"):
        sim.control.remove_fault(first)
