"""What the base of dialects promises: routes, signatures, envelopes, refusals, limits, and that it never raises. EXC-03."""

import json
from decimal import Decimal
from typing import Any

import pytest

from simulator.core import registry
from simulator.core.exchange import Exchange
from simulator.core.orders import OrderType
from simulator.dialects import signing
from simulator.dialects.mood import Mood
from simulator.faults import Effect, Rule
from simulator.tape import Tape
from simulator.web import Request
from tests.simulator.toy_exchange import MARKETS_HERE, make

PERP = "BTC-USDT-SWAP"


class Desk:
    """A toy exchange in memory with one account, and requests to it."""

    def __init__(self, **account: Any) -> None:
        self.now = 1_700_000_000_000
        self.exchange = Exchange(clock=lambda: self.now, markets=MARKETS_HERE)
        self.toy = make(self.exchange, Tape())
        account = {"coins": {"USDT": Decimal(1000), "BRL": Decimal(10_000)}} | account
        self.account = registry.open_account(self.exchange, api_key="k", secret="s", passphrase="p", **account)

    def request(self, method: str, path: str, body: Any = None, **spoiled: str) -> Request:
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        stamp = spoiled.get("time", str(self.now))
        text = stamp + method + path + (f"?{query}" if query else "") + content.decode("latin-1")
        headers = {
            "toy-key": "k",
            "toy-time": stamp,
            "toy-passphrase": "p",
            "toy-sign": signing.base64_signature("s", text),
        }
        headers |= {f"toy-{name}": value for name, value in spoiled.items()}
        return Request(method, path, query, {n.encode(): v.encode() for n, v in headers.items()}, content, "1.2.3.4")

    def ask(
        self, method: str, path: str, body: Any = None, mood: Mood | None = None, **spoiled: str
    ) -> tuple[int, Any]:
        request = self.request(method, path, body, **spoiled)
        answer = self.toy.answer(request, self.toy.target(request), mood or Mood())
        return answer.status, json.loads(answer.body)

    def buy(self, **values: Any) -> tuple[int, Any]:
        return self.ask("POST", "/orders", {"symbol": PERP, "side": "buy", "size": "3.1"} | values)


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


def test_an_order_in_contracts_is_filled_in_base_units_and_found_by_its_id():
    desk = Desk()

    status, answer = desk.buy(id="mine", size=3.1)

    assert (status, answer["code"]) == (200, "0")
    assert desk.account.position("BTCUSDT").quantity == Decimal("0.031")
    assert desk.ask("GET", f"/accounts/1/{PERP}/orders/mine") == (
        200,
        {"code": "0", "data": {"id": "mine", "state": "FILLED", "filled": "3.1", "average": "95000.00"}},
    )


def test_stop_and_target_belong_to_the_position():
    desk = Desk()
    desk.buy(sl="93000", tp="99000")

    assert desk.ask("POST", "/stop", {"symbol": PERP, "price": 92000})[0] == 200

    waiting = {order.type: order.trigger_price for order in desk.account.open_conditionals.values()}
    assert waiting == {OrderType.TAKE_PROFIT_MARKET: 99000, OrderType.STOP_MARKET: 92000}


def test_a_list_is_carried_out_item_by_item():
    desk = Desk()
    order = {"symbol": PERP, "side": "buy", "size": "1"}

    assert len(desk.ask("POST", "/batch", [order, order])[1]["data"]) == 2
    assert desk.account.position("BTCUSDT").quantity == Decimal("0.02")


def test_spot_by_cost_in_reais():
    desk = Desk()

    assert desk.ask("POST", "/orders", {"symbol": "BTC-BRL", "side": "buy", "cost": "5100"})[0] == 200

    assert desk.account.coins["BTC"] == Decimal("0.00999")


@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        ({"key": "x"}, "50111"),
        ({"demo": "1"}, "50111"),
        ({"time": "1600000000000"}, "50102"),
        ({"sign": "x"}, "50113"),
        ({"passphrase": "x"}, "50105"),
    ],
)
def test_who_does_not_sign_properly_is_refused(spoiled, expected):
    assert code(Desk().ask("GET", "/balance", **spoiled)) == (401, expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"symbol": "NO-USDT-SWAP"}, (200, "51001")),
        ({"size": "0"}, (200, "51020")),
        ({"size": "0.01"}, (200, "51121")),
        ({"size": "1000"}, (200, "51008")),
        ({"sl": "96000"}, (200, "51280")),
        ({"side": None}, (400, "50014")),
        ({"side": "up"}, (400, "51000")),
        ({"size": "many"}, (400, "51000")),
        ({"reduceOnly": True}, (200, "51169")),
    ],
)
def test_refusals_in_the_exchanges_words(values, expected):
    desk = Desk()

    assert code(desk.buy(**values)) == expected
    assert desk.account.orders == {}


def test_a_text_of_a_refusal_is_filled_from_its_details():
    assert Desk().buy(size="0")[1]["msg"] == "Order amount should be at least 0.001."


def test_an_id_is_taken_for_ever():
    desk = Desk()
    desk.buy(id="mine")

    assert code(desk.buy(id="mine")) == (200, "51016")


@pytest.mark.parametrize("body", [b"{", b"[1", b'"', b"{}\xff", b"[{}, 3]", b'{"symbol": ["x"]}', b"7"])
def test_a_body_of_any_shape_is_answered(body):
    status, answer = Desk().ask("POST", "/orders", body)

    assert status in (400, 500)
    assert answer["data"] == []


def test_unknown_paths_and_keys_without_a_right():
    desk = Desk()
    assert code(desk.ask("GET", "/none")) == (404, "404")
    desk.account.permissions.futures = False
    assert code(desk.buy()) == (401, "50120")
    assert code(desk.ask("GET", "/balance")) == (200, "0")


def test_what_nobody_thought_of_is_an_internal_error():
    desk = Desk()
    desk.account.is_hedged = True

    assert code(desk.buy()) == (500, "50026")


def test_limits_and_bans():
    desk, bans = Desk(), []
    desk.toy.on_ban(lambda peer, seconds: bans.append((peer, seconds)))
    desk.toy.limits.weight_limit, desk.toy.limits.ban_after = 1, 1

    assert [code(desk.ask("GET", "/time"))[0] for _ in range(2)] == [200, 429]
    assert bans == [("1.2.3.4", 120)]
    desk.toy.limits.weight_limit, desk.toy.limits.order_limit = 0, 1
    assert [code(desk.buy()) for _ in range(2)] == [(200, "0"), (429, "50061")]
    banned = desk.toy.banned("1.2.3.4", 2)
    assert (banned.status, banned.code) == (403, 50012)


def test_what_a_request_is_about():
    desk = Desk()

    target = desk.toy.target(desk.request("POST", "/orders", {"symbol": PERP, "id": "mine", "reduceOnly": True}))

    assert (target.leg, target.kind, target.symbol, target.client_ids) == ("close", "futures", "BTCUSDT", ("mine",))
    spot = desk.toy.target(desk.request("POST", "/orders", {"symbol": "BTC-BRL"}))
    assert (spot.kind, spot.symbol) == ("spot", "BTCBRL")


def test_faults_reach_the_handlers():
    desk = Desk()
    thin = Rule(Effect.PARTIAL, fraction=Decimal("0.5"))
    desk.ask("POST", "/orders", {"symbol": PERP, "side": "buy", "size": "2", "id": "a"}, Mood(rule=thin))
    assert desk.account.position("BTCUSDT").quantity == Decimal("0.01")

    hidden = desk.ask("GET", f"/accounts/1/{PERP}/orders/a", None, Mood(rule=Rule(Effect.HIDE)))

    assert code(hidden) == (404, "51603")


def test_fault_answers_are_the_exchanges_own():
    toy = Desk().toy

    assert (toy.fault_answer(50011, "x").status, toy.maintenance().status) == (429, 503)
    assert json.loads(toy.fault_answer(51008, "no").body) == {"code": "51008", "msg": "no", "data": []}
