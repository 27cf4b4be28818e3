"""The control API: accounts, prices, ledger, token."""

from http.client import HTTPConnection

import pytest

from simulator.testing import ControlClient, ControlFailed
from tests.simulator.raw import Raw, code


def test_wrong_token_is_refused_everywhere(sim):
    for token in ("", "wrong", "test-token2"):
        stranger = ControlClient(sim.url, token)
        for method, path in (("GET", "accounts"), ("POST", "prices"), ("GET", "nowhere")):
            with pytest.raises(ControlFailed) as caught:
                stranger.request(method, path)
            assert caught.value.status == 401


def test_health_needs_no_token(sim):
    connection = HTTPConnection(sim.url.removeprefix("http://"))
    connection.request("GET", "/healthz")
    assert (answer := connection.getresponse()).status == 200
    assert answer.read() == b'{"status":"ok"}'
    connection.close()


def test_account_lives_resets_and_dies(sim):
    made = sim.control.create_account(wallet={"USDT": "500.5"}, coins={"BTC": "1"}, label="demo 1")
    raw = Raw(sim, made)
    raw.call("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")

    held = sim.control.account(made["api_key"])
    reset = sim.control.reset_account(made["api_key"])
    richer = sim.control.reset_account(made["api_key"], wallet={"USDT": "7"})
    sim.control.delete_account(made["api_key"])

    assert (len(made["secret"]), made["label"], made["coins"]) == (64, "demo 1", {"BTC": "1"})
    assert "secret" not in held
    assert held["positions"][0]["quantity"] == "0.01"
    assert (reset["wallet"], reset["positions"]) == ({"USDT": "500.5"}, [])
    assert richer["wallet"] == {"USDT": "7"}
    assert code(raw.call("GET", "/fapi/v2/balance")) == (401, -2015)
    with pytest.raises(ControlFailed, match="404"):
        sim.control.account(made["api_key"])


def test_default_balances_and_given_keys(sim):
    made = sim.control.create_account(api_key="my-own-key", secret="my-own-secret")

    assert (made["wallet"], made["coins"]) == ({"USDT": "10000"}, {"USDT": "10000"})
    assert made["secret"] == "my-own-secret"
    assert "my-own-key" in [account["api_key"] for account in sim.control.accounts()]
    with pytest.raises(ControlFailed, match="409"):
        sim.control.create_account(api_key="my-own-key")


@pytest.mark.parametrize(
    "body",
    [
        {"wallet": {"USDT": "-1"}},
        {"wallet": {"USDT": "many"}},
        {"wallet": {"USDT": True}},
        {"wallet": "USDT"},
        {"environment": "moon"},
        {"permissions": {"fly": True}},
        {"permissions": {"spot": "yes"}},
        {"colour": "red"},
    ],
)
def test_wrong_bodies_say_so(sim, body):
    with pytest.raises(ControlFailed) as caught:
        sim.control.request("POST", "accounts", body)
    assert caught.value.status == 400


def test_setting_a_price_has_done_its_work_when_it_answers(sim):
    made = sim.control.create_account()
    raw = Raw(sim, made)
    raw.call("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
    raw.call("POST", "/fapi/v1/algoOrder", **stop, triggerPrice="94000", quantity="0.01", reduceOnly="true")

    sim.control.set_price("BTCUSDT", "93990.5")

    assert sim.control.account(made["api_key"])["positions"] == []
    (fill,) = sim.control.ledger(api_key=made["api_key"], kind="OrderFilled")[1:]
    assert fill["data"]["fill"]["price"] == "93990.5"
    assert sim.control.prices()["BTCUSDT"] == "93990.5"


def test_path_passes_every_level(sim):
    made = sim.control.create_account()
    raw = Raw(sim, made)
    raw.call("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
    raw.call("POST", "/fapi/v1/algoOrder", **stop, triggerPrice="94000", quantity="0.01", reduceOnly="true")

    sim.control.run_path("BTCUSDT", ["96000", "93000", "97000"])

    fills = sim.control.ledger(api_key=made["api_key"], kind="OrderFilled")
    assert [event["data"]["fill"]["price"] for event in fills] == ["95234.50", "94000"]
    assert sim.control.prices()["BTCUSDT"] == "97000"


def test_wrong_prices_change_nothing(sim):
    for prices in ({"NOPEUSDT": "1"}, {"BTCUSDT": "0"}, {"BTCUSDT": "90000", "ETHUSDT": "x"}):
        with pytest.raises(ControlFailed, match="400"):
            sim.control.request("POST", "prices", {"prices": prices})
    assert sim.control.prices()["BTCUSDT"] == "95234.50"


def test_ledger_tells_everything_in_order(sim):
    made = sim.control.create_account()
    before = sim.control.last_sequence()
    raw = Raw(sim, made)
    raw.call("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=15)
    raw.call(
        "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01", newClientOrderId="a"
    )

    events = sim.control.ledger(api_key=made["api_key"], since=before)
    opened = sim.control.ledger(api_key=made["api_key"], kind="AccountOpened")

    assert [event["type"] for event in events] == ["LeverageSet", "OrderPlaced", "OrderFilled"]
    assert [event["sequence"] for event in events] == [before + 1, before + 2, before + 3]
    assert events[1]["data"]["order"]["client_id"] == "a"
    assert {event["account"] for event in events} == {made["id"]}
    assert "secret" not in opened[0]["data"]["account"]
    assert len(sim.control.ledger(api_key=made["api_key"], limit=2)) == 2
