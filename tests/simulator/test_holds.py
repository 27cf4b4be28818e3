"""A request can be kept at an exact point until a test lets it go: F1, F2, F3, F28 of the fault matrix."""

import threading
from http.client import RemoteDisconnected

import pytest

from simulator.testing import ControlFailed
from tests.simulator.raw import Raw

ENTRY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


@pytest.fixture
def raw(sim):
    return Raw(sim, sim.control.create_account())


class Background:
    """One order sent from a thread of its own; `end()` gives its answer or raises what it raised."""

    def __init__(self, raw, **values):
        self._result: list[object] = []
        self._thread = threading.Thread(target=self._run, args=(raw, values))
        self._thread.start()

    def _run(self, raw, values):
        try:
            self._result.append(raw.call("POST", "/fapi/v1/order", **ENTRY, **values))
        except OSError as error:
            self._result.append(error)

    def end(self):
        self._thread.join(10)
        if isinstance(self._result[0], OSError):
            raise self._result[0]
        return self._result[0]


def positions(sim, raw):
    return len(sim.control.account(raw.keys["api_key"])["positions"])


@pytest.mark.parametrize(("effect", "while_held"), [("hold_before", 0), ("hold_after", 1)])
def test_request_is_parked_before_or_after_it_is_accepted_and_goes_on(sim, raw, effect, while_held):
    rule = sim.control.add_fault(effect, leg="entry", count=1)
    sent = Background(raw, newClientOrderId="kept")

    (held,) = sim.control.wait_held(rule)

    assert (held["client_id"], held["leg"], held["client_waits"], held["outcome"]) == ("kept", "entry", True, "open")
    assert positions(sim, raw) == while_held
    assert [fault["held"] for fault in sim.control.faults()] == [1]
    assert sim.control.release(rule) == 1
    assert sent.end()[0] == 200
    assert positions(sim, raw) == 1


@pytest.mark.parametrize(("effect", "in_the_end"), [("hold_before", 0), ("hold_after", 1)])
def test_dropped_request_is_not_answered(sim, raw, effect, in_the_end):
    rule = sim.control.add_fault(effect, leg="entry", count=1)
    sent = Background(raw)
    sim.control.wait_held(rule)

    sim.control.release(rule, drop=True)

    with pytest.raises(RemoteDisconnected):
        sent.end()
    assert positions(sim, raw) == in_the_end


def test_client_that_gave_up_is_known_and_its_order_still_comes(sim, raw):
    rule = sim.control.add_fault("hold_before", leg="entry", count=1)
    with pytest.raises(TimeoutError):
        raw.call("POST", "/fapi/v1/order", **ENTRY, timeout=0.1)

    assert [held["client_waits"] for held in sim.control.wait_held(rule)] == [False]
    sim.control.release(rule)

    assert positions(sim, raw) == 1


def test_waiting_for_several_and_in_vain(sim, raw):
    rule = sim.control.add_fault("hold_before", leg="entry", count=2)
    others = [Background(Raw(sim, raw.keys)) for _ in range(2)]

    assert len(sim.control.wait_held(rule, count=2)) == 2
    with pytest.raises(ControlFailed, match="408"):
        sim.control.wait_held(rule, count=3, seconds=0.1)
    assert sim.control.release(rule, count=1) == 1
    assert sim.control.release(rule) == 1
    assert [other.end()[0] for other in others] == [200, 200]


def test_removing_the_rule_drops_what_it_holds(sim, raw):
    rule = sim.control.add_fault("hold_before", leg="entry", count=1)
    sent = Background(raw)
    sim.control.wait_held(rule)

    sim.control.clear_faults()

    with pytest.raises(RemoteDisconnected):
        sent.end()
    assert positions(sim, raw) == 0
