"""Every request is written down with what became of it. I11: what was sent during a ban, and how much in a minute."""

from tests.simulator.raw import Raw

ENTRY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


def test_requests_are_listed_with_all_about_them(sim):
    keys = sim.control.create_account()
    raw, since, sequence = Raw(sim, keys), sim.control.last_request(), sim.control.last_sequence()
    raw.call("POST", "/fapi/v1/order", **ENTRY, newClientOrderId="e1")
    raw.call("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="none")
    raw.call("GET", "/fapi/v1/exchangeInfo", signed=False)

    placed, asked, public = sim.control.requests(since=since)

    assert placed["time"] <= placed["accepted"] <= placed["answered"]
    for changing in ("time", "accepted", "answered"):
        del placed[changing]
    assert placed == {
        "number": since + 1,
        "sequence": sequence,
        "account": keys["id"],
        "api_key": keys["api_key"],
        "peer": "127.0.0.1",
        "method": "POST",
        "path": "/fapi/v1/order",
        "leg": "entry",
        "symbol": "BTCUSDT",
        "client_id": "e1",
        "weight": 0,
        "status": 200,
        "code": 0,
        "outcome": "answered",
        "faults": [],
        "effects": [],
    }
    assert (asked["status"], asked["code"], asked["client_id"], asked["weight"]) == (400, -2013, "none", 1)
    assert asked["sequence"] == sim.control.last_sequence()
    assert (public["path"], public["leg"]) == ("/fapi/v1/exchangeInfo", "read")


def test_requests_can_be_chosen_and_paged(sim):
    first, second = (Raw(sim, sim.control.create_account()) for _ in range(2))
    since = sim.control.last_request()
    for raw in (first, second, first):
        raw.call("POST", "/fapi/v1/order", **ENTRY)
        raw.call("GET", "/fapi/v3/balance")

    own = sim.control.requests(since=since, api_key=first.keys["api_key"])
    entries = sim.control.requests(since=since, leg="entry")
    page = sim.control.requests(since=since, limit=2)

    assert [request["number"] - since for request in own] == [1, 2, 5, 6]
    assert [request["number"] - since for request in entries] == [1, 3, 5]
    assert [request["number"] - since for request in page] == [1, 2]
