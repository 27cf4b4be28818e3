"""Faults before, while and after the exchange accepts: F14 to F23, F34, F37 of the fault matrix."""

import time
from decimal import Decimal
from http.client import IncompleteRead, RemoteDisconnected
from random import Random

import pytest

from simulator.faults import Effect, Faults, Rule, Stage, Target
from simulator.testing import ControlFailed, run_simulator
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


def test_weight_limit_is_told(sim, raw):
    sim.control.settings(weight_limit=12345)

    limits = raw.call("GET", "/fapi/v1/exchangeInfo", signed=False)[1]["rateLimits"]

    assert limits[0]["limit"] == 12345


def test_dice_of_a_rule_are_its_own():
    """What a rule meets does not depend on the traffic that another one sees."""

    def picks(with_others):
        faults = Faults(Random(1))
        rule = faults.add(Rule(Effect.DROP_AFTER, leg="entry", probability=Decimal("0.5")))
        faults.add(Rule(Effect.DROP_AFTER, leg="read", probability=Decimal("0.5")))
        picked = []
        for _ in range(50):
            if with_others:
                faults.pick(Stage.AFTER, Target("k", "GET", "/fapi/v1/time", "read"))
            picked.append(faults.pick(Stage.AFTER, Target("k", "POST", "/fapi/v1/order", "entry")) is rule)
        return picked

    assert picks(with_others=True) == picks(with_others=False)


def test_probability_follows_the_dice():
    faults = Faults(Random(1))
    rule = faults.add(Rule(Effect.DROP_AFTER, probability=Decimal("0.2")))
    target = Target("k", "POST", "/fapi/v1/order", "entry")

    picked = [faults.pick(Stage.AFTER, target) is rule for _ in range(1000)]

    assert 150 < sum(picked) < 250
    again = Faults(Random(1))
    same = again.add(Rule(Effect.DROP_AFTER, probability=Decimal("0.2")))
    assert [again.pick(Stage.AFTER, target) is same for _ in range(1000)] == picked


def test_rules_can_be_listed_removed_and_must_make_sense(sim):
    first = sim.control.add_fault("drop_after", leg="stop")
    sim.control.remove_fault(first)

    assert sim.control.faults() == []
    for wrong in (
        {"effect": "explode"},
        {"effect": "drop_after", "legs": "stop"},
        {"effect": "drop_after", "count": "x"},
        {"effect": "drop_after", "count": -2},
        {"effect": "drop_after", "status": 500},
        {"effect": "drop_after", "window": "arrival"},
        {"effect": "delay_before", "window": "never"},
        {"effect": "answer_before", "status": 42},
        {"effect": "answer_before", "leg": "enter"},
        {"effect": "answer_before", "probability": "1.5"},
        {"effect": "answer_before", "headers": {"Retry-After": "1\r\nX: y"}},
        {"effect": "partial", "fraction": "2"},
        {"effect": "ban"},
    ):
        with pytest.raises(ControlFailed):
            sim.control.request("POST", "faults", wrong)
    with pytest.raises(ControlFailed, match="404"):
        sim.control.remove_fault(first)


def test_late_packet_is_executed_after_its_client_has_gone(sim, raw):
    """F15: the request is on its way for longer than the client waits, and then it is accepted after all."""
    sim.control.add_fault("delay_before", leg="entry", delay_ms=300, count=1)

    with pytest.raises(TimeoutError):
        raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="late", timeout=0.1)
    assert code(raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="late")) == (400, -2013)
    time.sleep(0.4)

    found = raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="late")
    assert found[1]["status"] == "FILLED"
    (entry,) = sim.control.requests(api_key=raw.keys["api_key"], leg="entry")
    assert (entry["outcome"], entry["status"], entry["effects"]) == ("gone", 200, ["delay_before"])
    assert entry["accepted"] - entry["time"] >= 300


@pytest.mark.parametrize(("window", "expected"), [("acceptance", (400, -1021)), ("arrival", (200, None))])
def test_late_packet_and_its_recv_window(sim, raw, window, expected):
    """F15, fact 6: a late packet is refused by its recvWindow, unless the exchange looked at it before the delay."""
    sim.control.add_fault("delay_before", leg="entry", delay_ms=250, window=window)

    status, answer = raw.call("POST", "/fapi/v1/order", **ENTRY, recvWindow=100)

    assert (status, answer.get("code")) == expected
    assert len(positions(sim, raw)) == (window == "arrival")


def test_answers_of_every_kind(sim, raw):
    for values, expected in (
        ({"status": 502, "body": "<html>bad gateway</html>"}, (502, b"<html>bad gateway</html>", "text/html")),
        ({"status": 200, "body": ""}, (200, b"", "application/json;charset=UTF-8")),
        ({"status": 200, "body": '{"orderId":1'}, (200, b'{"orderId":1', "application/json;charset=UTF-8")),
    ):
        sim.control.clear_faults()
        sim.control.add_fault("answer_before", leg="entry", **values)

        assert raw.plain("POST", "/fapi/v1/order", **ENTRY) == expected[:2]
        assert raw.headers["Content-Type"] == expected[2]


def test_cut_answer_ends_in_the_middle(sim, raw):
    sim.control.add_fault("cut_after", leg="entry")

    with pytest.raises(IncompleteRead):
        raw.call("POST", "/fapi/v1/order", **ENTRY)

    assert positions(sim, raw) == ["0.01"]
    assert sim.control.requests(api_key=raw.keys["api_key"])[-1]["outcome"] == "cut"


def test_too_many_requests_with_retry_after(sim, raw):
    """F18."""
    sim.control.add_fault(
        "answer_before", leg="entry", status=429, code=-1003, message="Too many requests", retry_after=7
    )

    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (429, -1003)
    assert raw.headers["Retry-After"] == "7"


def test_ban_answers_everything_and_is_counted(sim, raw):
    """F19: and a test can see that nothing was sent meanwhile."""
    since = sim.control.last_request()
    rule = sim.control.ban("0.5")

    assert code(raw.call("GET", "/fapi/v1/ping", signed=False)) == (418, -1003)
    assert raw.headers["Retry-After"] == "1"
    assert raw.call("POST", "/fapi/v1/order", **ENTRY)[0] == 418
    assert [(r["status"], r["code"], r["faults"]) for r in sim.control.requests(since=since)] == [
        (418, -1003, [rule])
    ] * 2
    assert sim.control.faults()[0]["fired"] == 2
    time.sleep(0.5)
    assert raw.call("GET", "/fapi/v1/ping", signed=False)[0] == 200


def test_ban_of_another_address_does_not_concern_us(sim, raw):
    sim.control.ban("60", peer="127.0.0.9")

    assert raw.call("GET", "/fapi/v1/ping", signed=False)[0] == 200


def test_ban_begins_after_some_requests(sim, raw):
    sim.control.add_fault("ban", seconds="0.4", after=2)

    statuses = [raw.call("GET", "/fapi/v1/ping", signed=False)[0] for _ in range(4)]

    assert statuses == [200, 200, 418, 418]


def test_who_ignores_429_is_banned():
    with run_simulator() as sim:
        raw = Raw(sim, sim.control.create_account())
        sim.control.settings(weight_limit=2, ban_after=2, ban_seconds=30)

        statuses = [raw.call("GET", "/fapi/v1/positionSide/dual")[0] for _ in range(4)]

        assert statuses == [429, 429, 418, 418]
        assert sim.control.faults()[0]["effect"] == "ban"


def test_too_many_orders_of_an_account(sim, raw):
    sim.control.settings(order_limit=2)

    answers = [raw.call("POST", "/fapi/v1/order", **ENTRY) for _ in range(3)]

    assert [answers[0][0], answers[1][0], code(answers[2])] == [200, 200, (429, -1015)]


def test_maintenance_of_the_whole_exchange_or_of_spot(sim, raw):
    """F17."""
    rule = sim.control.maintain("60", kind="spot")
    assert raw.call("GET", "/api/v3/ping", signed=False)[0] == 503
    assert raw.call("GET", "/fapi/v1/ping", signed=False)[0] == 200
    sim.control.remove_fault(rule)

    sim.control.maintain("0.3")
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (503, -1008)
    time.sleep(0.3)
    assert raw.call("POST", "/fapi/v1/order", **ENTRY)[0] == 200


def test_rule_meets_only_what_it_names(sim, raw):
    other = Raw(sim, sim.control.create_account())
    key = raw.keys["api_key"]
    sim.control.add_fault(
        "answer_before", api_key=key, symbol="BTCUSDT,ETHUSDT", leg="entry,exit", client_id="b7", code=-1
    )

    def order(raw, client_id, **more):
        return raw.call("POST", "/fapi/v1/order", **{**ENTRY, **more}, newClientOrderId=client_id)[0]

    assert order(raw, "b7x") == 400
    assert order(raw, "a7x") == 200
    assert order(raw, "b7y", side="SELL", reduceOnly="true") == 400
    assert order(raw, "b7z", symbol="SOLUSDT", quantity="1") == 200
    assert order(other, "b7x") == 200


def test_first_matches_may_pass(sim, raw):
    sim.control.add_fault("answer_before", leg="entry", code=-1000, after=2, count=1)

    assert [raw.call("POST", "/fapi/v1/order", **ENTRY)[0] for _ in range(4)] == [200, 200, 400, 200]


def test_read_that_lies_once(sim, raw):
    """F37: not found, then found; positions empty once."""
    raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="here")
    raw.call("POST", "/fapi/v1/algoOrder", **STOP)
    sim.control.add_fault("hide", leg="query", count=1)
    sim.control.add_fault("hide", path="/fapi/v*/positionRisk", count=1)
    sim.control.add_fault("hide", path="/fapi/v1/openAlgoOrders", count=1)
    query = {"symbol": "BTCUSDT", "origClientOrderId": "here"}

    assert code(raw.call("GET", "/fapi/v1/order", **query)) == (400, -2013)
    assert raw.call("GET", "/fapi/v1/order", **query)[1]["status"] == "FILLED"
    for path in ("/fapi/v3/positionRisk", "/fapi/v1/openAlgoOrders"):
        assert [len(raw.call("GET", path)[1]) for _ in range(2)] == [0, 1]


def test_rules_are_not_spent_on_what_they_cannot_meet(sim, raw):
    for effect in ("hide", "partial"):
        sim.control.add_fault(effect, count=1)
    raw.call("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage="5")
    assert [rule["fired"] for rule in sim.control.faults()] == [0, 0]

    raw.call("POST", "/fapi/v1/order", **ENTRY)
    raw.call("GET", "/fapi/v3/positionRisk")

    assert [rule["fired"] for rule in sim.control.faults()] == [1, 1]


def test_permission_is_lost_and_comes_back(sim, raw):
    """F34."""
    key = raw.keys["api_key"]

    sim.control.change_account(key, permissions={"futures": False})
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY)) == (401, -2015)
    assert raw.call("GET", "/fapi/v3/positionRisk")[0] == 200
    sim.control.change_account(key, permissions={"reading": False})
    assert code(raw.call("GET", "/fapi/v3/positionRisk")) == (401, -2015)
    sim.control.change_account(key, permissions={"reading": True, "futures": True})
    assert raw.call("POST", "/fapi/v1/order", **ENTRY)[0] == 200


@pytest.mark.parametrize("whose", ["account", "everyone"])
def test_client_id_may_be_taken_for_ever(sim, raw, whose):
    """F15 in both modes of ids."""
    if whose == "account":
        sim.control.change_account(raw.keys["api_key"], unique_ids=True)
    else:
        sim.control.settings(unique_ids=True)
    spot = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    stop = {**STOP, "clientAlgoId": "s"}

    assert raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="e")[0] == 200
    assert code(raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="e")) == (400, -4116)
    assert raw.call("POST", "/api/v3/order", **spot, newClientOrderId="e")[0] == 200
    assert code(raw.call("POST", "/api/v3/order", **spot, newClientOrderId="e")) == (400, -2010)
    assert raw.call("POST", "/fapi/v1/algoOrder", **stop)[0] == 200
    raw.call("DELETE", "/fapi/v1/algoOrder", clientAlgoId="s")
    assert code(raw.call("POST", "/fapi/v1/algoOrder", **stop)) == (400, -4116)


def test_exchange_without_order_lists_and_without_conditional_orders(sim, raw):
    """F24, F21."""
    sim.control.settings(oco=False, conditionals=False)
    oco = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01", "aboveType": "STOP_LOSS", "belowType": "LIMIT_MAKER"}

    listing = raw.call("POST", "/api/v3/orderList/oco", **oco, aboveStopPrice="99000", belowPrice="90000")

    assert code(listing) == (400, -2010)
    assert raw.call("GET", "/api/v3/exchangeInfo", signed=False)[1]["symbols"][0]["ocoAllowed"] is False
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    assert code(raw.call("POST", "/fapi/v1/algoOrder", **STOP)) == (400, -4120)


def trades_of(raw, path="/fapi/v1/userTrades"):
    return [trade["qty"] for trade in raw.call("GET", path, symbol="BTCUSDT")[1]]


def test_market_order_is_filled_in_part_and_the_rest_in_pieces(sim, raw):
    """F20."""
    sim.control.add_fault("partial", leg="entry", fraction="0.37", rest_ms=150, pieces=2, count=1)

    placed = raw.call("POST", "/fapi/v1/order", **ENTRY, newOrderRespType="RESULT", newClientOrderId="p")[1]

    assert (placed["status"], placed["executedQty"], placed["origQty"]) == ("PARTIALLY_FILLED", "0.003", "0.01")
    assert positions(sim, raw) == ["0.003"]
    time.sleep(0.2)
    assert positions(sim, raw) == ["0.006"]
    time.sleep(0.2)
    found = raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="p")[1]
    assert (found["status"], found["executedQty"]) == ("FILLED", "0.010")
    assert trades_of(raw) == ["0.003", "0.003", "0.004"]


def test_rest_of_a_market_order_expires(sim, raw):
    sim.control.add_fault("partial", leg="entry", fraction="0.37", rest="expire")

    placed = raw.call("POST", "/fapi/v1/order", **ENTRY, newOrderRespType="RESULT")[1]

    assert (placed["status"], placed["executedQty"]) == ("EXPIRED", "0.003")
    assert raw.call("GET", "/fapi/v1/openOrders")[1] == []


def test_rest_of_a_market_order_stays_open_until_it_is_cancelled(sim, raw):
    sim.control.add_fault("partial", leg="entry", fraction="0.37", rest="open")
    raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="p")

    cancelled = raw.call("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="p")[1]

    assert (cancelled["status"], cancelled["executedQty"]) == ("CANCELED", "0.003")


def test_nothing_may_be_filled_at_first(sim, raw):
    """F28: the entry is accepted and comes seconds later."""
    sim.control.add_fault("partial", leg="entry", fraction="0", rest_ms=200)

    placed = raw.call("POST", "/fapi/v1/order", **ENTRY, newOrderRespType="RESULT")[1]

    assert (placed["status"], placed["executedQty"]) == ("NEW", "0")
    time.sleep(0.3)
    assert positions(sim, raw) == ["0.01"]


def test_close_in_part_never_turns_the_position(sim, raw):
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    sim.control.add_fault("partial", leg="exit", fraction="0.4", rest_ms=200)
    close = {**ENTRY, "side": "SELL", "reduceOnly": "true"}
    raw.call("POST", "/fapi/v1/order", **close, newClientOrderId="c")
    sim.control.clear_faults()
    raw.call("POST", "/fapi/v1/order", **{**close, "quantity": "0.006"})

    time.sleep(0.3)

    found = raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="c")[1]
    assert (found["status"], found["executedQty"]) == ("EXPIRED", "0.004")
    assert positions(sim, raw) == []


def test_spot_order_in_pieces_pays_its_fee_in_the_coin_each_time(sim, raw):
    """F20: what can be sold again is less than what was filled."""
    sim.control.add_fault("partial", leg="entry", fraction="0.37", rest_ms=150)
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}

    placed = raw.call("POST", "/api/v3/order", **order)[1]

    assert (placed["status"], placed["executedQty"]) == ("PARTIALLY_FILLED", "0.00370000")
    assert placed["fills"][0]["commission"] == "0.00000370"
    time.sleep(0.25)
    assert trades_of(raw, "/api/v3/myTrades") == ["0.00370000", "0.00630000"]
    assert sim.control.account(raw.keys["api_key"])["coins"]["BTC"] == "0.00999000"


def test_stop_that_fires_into_a_thin_book_leaves_a_rest(sim, raw):
    """I4: part of the position is open without a stop, and the exchange says so in its orders alone."""
    raw.call("POST", "/fapi/v1/order", **ENTRY)
    sim.control.add_fault("partial", leg="stop", fraction="0.4", rest="expire")
    raw.call("POST", "/fapi/v1/algoOrder", **STOP, reduceOnly="true", clientAlgoId="s")

    sim.control.move_price("BTCUSDT", "89000")

    stop = raw.call("GET", "/fapi/v1/algoOrder", clientAlgoId="s")[1]
    assert (stop["algoStatus"], stop["actualQty"]) == ("FINISHED", "0.004")
    assert positions(sim, raw) == ["0.006"]
