"""Mercado Bitcoin's dialect, asked as its documentation says: answers have the documented fields and types. EXC-13."""

from collections.abc import Iterator

import pytest

from simulator.testing import RunningSimulator, run_simulator
from tests.simulator.mercado_client import MercadoClient

ORDERS = "/BTC-BRL/orders"


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="mercado") as running:
        running.control.settings(slippage_bp="0", spread_bp="0")
        yield running


@pytest.fixture
def desk(sim: RunningSimulator) -> MercadoClient:
    sim.control.clear_faults()
    sim.control.set_clock(0)
    sim.control.set_price("BTCBRL", "500000")
    return MercadoClient(sim, sim.control.create_account(coins={"BRL": "1000", "BTC": "0.01"})).log_in()


def test_symbols_are_told_in_columns(desk):
    status, told = desk.get("/api/v4/symbols", symbols="BTC-BRL")

    assert status == 200
    assert {len(column) for column in told.values()} == {1}
    assert (told["symbol"], told["base-currency"], told["currency"]) == (["BTC-BRL"], ["BTC"], ["BRL"])
    assert (told["minmovement"], told["exchange-traded"]) == (["1"], [True])
    assert (told["min-volume"], told["round-lot"]) == (["0.00000001"], ["0.00000001"])
    assert len(desk.get("/api/v4/symbols")[1]["symbol"]) == 4


def test_prices_and_book(desk):
    status, told = desk.get("/api/v4/tickers", symbols="BTC-BRL,ETH-BRL")

    assert status == 200
    assert [(one["pair"], one["last"]) for one in told] == [
        ("BTC-BRL", "500000.00000000"),
        ("ETH-BRL", "18300.00000000"),
    ]
    assert desk.get("/api/v4/BTC-BRL/orderbook", limit="1")[1]["bids"][0][0] == "500000.00000000"


def test_a_token_is_a_token_however_it_is_asked_for(desk):
    status, told = desk.ask_token()
    old = desk.send(
        "POST", "/api/v4/authorize",
        f'{{"login": "{desk.keys["api_key"]}", "password": "{desk.keys["secret"]}"}}',
    )  # fmt: skip

    assert (status, told["expires_in"], told["scope"], told["token_type"]) == (200, 3599, "global", "bearer")
    assert set(old[1]) == {"access_token", "expiration"}
    desk.token = old[1]["access_token"]
    assert desk.mine("/balances")[0] == 200


def test_a_purchase_by_cost_is_told_with_its_executions(desk):
    placed = desk.place(side="buy", type="market", cost=200, externalId="mine-1")
    status, told = desk.mine(f"{ORDERS}/{placed[1]['orderId']}")

    assert (placed[0], set(placed[1])) == (200, {"orderId"})
    assert (status, told["status"], told["type"], told["side"]) == (200, "filled", "market", "buy")
    assert (told["filledQty"], told["avgPrice"], told["cost"], told["fee"]) == (
        "0.00040000", 500000, 200, "0.00000280",
    )  # fmt: skip
    assert told["externalId"] == "mine-1"
    (execution,) = told["executions"]
    assert (execution["price"], execution["qty"], execution["fee_rate"]) == (500000, "0.00040000", "0.70000000")
    assert (execution["side"], execution["liquidity"]) == ("buy", "taker")
    balances = {one["symbol"]: one for one in desk.mine("/balances")[1]}
    assert (balances["BRL"]["total"], balances["BTC"]["total"]) == ("800.00000000", "0.01039720")


def test_an_order_has_a_second_name(desk):
    order_id = desk.place(side="sell", type="market", qty="0.001")[1]["orderId"]
    told = desk.mine(f"{ORDERS}/{order_id}")[1]
    by_platform = desk.mine(f"{ORDERS}/{told['triggerOrderId']}")[1]

    assert by_platform["id"] == told["triggerOrderId"] != told["id"] == order_id
    assert "triggerOrderId" not in by_platform
    assert by_platform["filledQty"] == told["filledQty"] == "0.00100000"


def test_a_stop_limit_stands_holds_its_coins_and_becomes_a_limit_order(desk, sim):
    order_id = desk.place(
        side="sell", type="stoplimit", qty="0.005", stopPrice=490000, limitPrice=441000, externalId="s"
    )[1]["orderId"]
    standing = desk.mine("/orders", symbol="BTC-BRL", status="created,working", size="100")[1]["items"]
    held = {one["symbol"]: one["on_hold"] for one in desk.mine("/balances")[1]}
    sim.control.move_price("BTCBRL", "485000")
    told = desk.mine(f"{ORDERS}/{order_id}")[1]
    became = desk.mine(f"{ORDERS}/{told['triggerOrderId']}")[1]

    assert [(one["id"], one["external_id"], one["type"], one["stopPrice"]) for one in standing] == [
        (order_id, "s", "stoplimit", 490000)
    ]
    assert "triggerOrderId" not in standing[0]
    assert held["BTC"] == "0.00500000"
    assert (told["status"], told["filledQty"], told["type"]) == ("filled", "0.00500000", "stoplimit")
    assert (became["type"], became["status"], became["limitPrice"]) == ("limit", "filled", 441000)
    assert "externalId" not in became


def test_lists_are_newest_first_and_can_be_narrowed(desk):
    desk.place(side="buy", type="limit", qty="0.001", limitPrice=400000, externalId="resting")
    desk.place(side="buy", type="market", cost=100, externalId="bought")

    def names(**query: str) -> list[str]:
        return [one["externalId"] for one in desk.mine(ORDERS, **query)[1]]

    assert names() == ["bought", "resting"]
    assert names(status="working") == ["resting"]
    assert names(has_executions="true") == names(executed_at_from="1") == ["bought"]
    assert names(side="sell") == names(executed_at_from="1", executed_at_to="2") == []
    assert [one["external_id"] for one in desk.mine("/orders", size="1")[1]["items"]] == ["bought"]
    assert desk.mine("/ETH-BRL/orders")[1] == []


def test_an_open_order_is_cancelled_once(desk):
    order_id = desk.place(side="sell", type="stoplimit", qty="0.005", stopPrice=490000, limitPrice=441000)[1]["orderId"]

    assert desk.cancel(order_id, query="?async=false") == (200, {})
    assert desk.mine(f"{ORDERS}/{order_id}")[1]["status"] == "cancelled"
    assert desk.cancel(order_id) == (
        400, {"code": "TRADING|CANCEL_ORDER|INVALID_STATUS", "message": "Order status is invalid"},
    )  # fmt: skip
    other = desk.place(side="buy", type="limit", qty="0.001", limitPrice=400000)[1]["orderId"]
    assert desk.cancel(other) == (200, {"status": "queued_to_cancel"})


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"side": "hold"}, "INVALID_SIDE"),
        ({"type": "oco"}, "INVALID_ORDER_TYPE"),
        ({"qty": None}, "INVALID_MIN_QUANTITY"),
        ({"qty": "0"}, "INVALID_MIN_QUANTITY"),
        ({"qty": "5000"}, "INVALID_MAX_QUANTITY"),
        ({"qty": "0.0010000001"}, "INVALID_DECIMAL_PLACES"),
        ({"qty": "0.5"}, "INSUFFICIENT_BALANCE"),
        ({"qty": "0.00000100"}, "API_GENERIC_ERROR"),  # half a real
        ({"type": "limit", "limitPrice": 400000.5}, "INVALID_DECIMAL_PLACES"),
        ({"type": "limit", "qty": "0.00000100", "limitPrice": 400000}, "EXCEEDED_COST_LIMIT"),
        ({"type": "stoplimit", "limitPrice": 400000}, "MISSING_FIELD"),
        ({"type": "stoplimit", "limitPrice": 400000, "stopPrice": 390000}, "INVALID_STOP_PRICE"),
        ({"type": "stoplimit", "limitPrice": 400000, "stopPrice": 510000}, "INVALID_STOP_PRICE"),
        ({"type": "stoplimit", "limitPrice": 400000, "stopPrice": 490000, "side": "buy"}, "INVALID_SIDE"),
    ],
    ids=str,
)
def test_a_wrong_order_is_refused_in_the_exchanges_own_words(desk, wrong, code):
    order = {"side": "sell", "type": "market", "qty": "0.001"} | wrong

    status, told = desk.place(**{name: value for name, value in order.items() if value is not None})

    assert (status, told["code"]) == (400, f"TRADING|PLACE_ORDER|{code}")
    assert set(told) == {"code", "message"}
    assert desk.mine(ORDERS)[1] == []


@pytest.mark.parametrize("wrong", [{"qty": 50}, {"limitPrice": "0.5"}, {"cost": "10"}, {"async": "false"}])
def test_a_field_of_the_wrong_type_is_unprocessable(desk, wrong):
    order = {"side": "sell", "type": "limit", "qty": "0.001", "limitPrice": 510000}

    status, told = desk.place(**(order | wrong))

    assert (status, told["code"]) == (422, "API|UNPROCESSABLE_ENTITY")
    assert told["message"].startswith(f"The field {next(iter(wrong))} must be ")


def test_unknown_symbols_orders_and_routes(desk):
    not_found = {"code": "TRADING|GET_ORDER|ORDER_NOT_FOUND", "message": "Order not found"}

    assert desk.place("FOO-BAR", side="sell", type="market", qty="1")[1]["code"] == "TRADING|PLACE_ORDER|INVALID_PAIR"
    assert desk.place("BTCBRL", side="sell", type="market", qty="1")[1]["code"] == "API|ROUTE_NOT_FOUND"
    assert desk.mine(f"{ORDERS}/undefined") == desk.mine(f"{ORDERS}/999") == (400, not_found)
    assert desk.get("/api/v4/zuzu")[0] == 404


def test_who_is_not_authenticated_is_told_which_way(desk, sim):
    """No token, one that is none, one that is not the exchange's, one that has ended; an account of others."""
    forbidden = {"code": "API|FORBIDDEN", "message": "You need to be authenticated"}
    right, mine = desk.token, desk.account_id

    assert desk.send("GET", "/api/v4/accounts") == (403, forbidden)
    for token, status in (("foo", 403), (f"{right[:-1]}x", 401), ("stranger.9999999999999.aa", 401)):
        desk.token = token
        assert desk.mine("/balances")[0] == status
    desk.token, desk.account_id = right, "another"
    assert desk.mine("/balances") == (
        403,
        {"error": {"code": 403, "status": "Forbidden",
                   "message": "Access credentials are not sufficient to access this resource"}},
    )  # fmt: skip
    desk.account_id = mine
    sim.control.set_clock(3_600_000)
    assert desk.mine("/balances") == (
        401, {"error": {"code": 401, "status": "Unauthorized", "message": "Access credentials are invalid"}},
    )  # fmt: skip


def test_wrong_keys_get_no_token(desk, sim):
    demo = sim.control.create_account(environment="demo")

    assert desk.ask_token(client_secret="wrong")[0] == desk.ask_token(client_id="stranger")[0] == 401
    assert MercadoClient(sim, demo).ask_token()[0] == 401
    assert desk.ask_token(grant_type="password")[0] == 400
    assert desk.send("POST", "/api/v4/authorize", '{"login": "a", "password": "b"}') == (
        400, {"code": "AUTHORIZE|AUTHORIZATION|FORBIDDEN", "message": "Invalid login or password"},
    )  # fmt: skip
    assert desk.send("POST", "/api/v4/authorize", "{}")[1]["code"] == "API|REQUEST|LOGIN_MUST_BE_REQUIRED"


def test_a_key_that_may_only_read_places_nothing(desk, sim):
    sim.control.change_account(desk.keys["api_key"], permissions={"spot": False})

    status, told = desk.place(side="sell", type="market", qty="0.001")

    assert (status, told["code"]) == (403, "TRADING|PLACE_ORDER|INVALID_ACCESS")
    assert desk.mine("/balances")[0] == 200
