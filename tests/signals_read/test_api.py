"""Who sees what of what happened, and how it reads: D3, D12, D32, EXE-17…19, WHK-10, 14, 15, ORD-01, 03, RSK-05, DSH-13."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role, User
from bots.models import Bot
from exchanges.market_cache import publish_prices
from signals.models import Execution, ExecutionEvent, Order, Position, Signal
from subscriptions.pseudonyms import pseudonym
from tests.trading_world import (
    api_of,
    make_account,
    make_bot,
    make_execution,
    make_fill,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db
D = Decimal


@dataclass
class World:
    """Alice follows Bob's bot; Charlie follows, and Mallory manages, another one."""

    alice: User
    bob: User
    charlie: User
    mallory: User
    bot: Bot
    signal: Signal
    execution: Execution
    position: Position
    order: Order
    other: Execution


@pytest.fixture
def world() -> World:
    bob, mallory = make_user(Role.MANAGER), make_user(Role.MANAGER)
    bot, other_bot = make_bot(bob, name="Bob's"), make_bot(mallory)
    follows, elsewhere = make_subscription(bot), make_subscription(other_bot)
    signal, other_signal = make_signal(bot, total_subscribers=1), make_signal(other_bot, total_subscribers=1)
    position = make_position(follows)
    execution = make_execution(
        signal, follows, position=position, executed_price=D("95000"), executed_quantity=D("0.1"), leverage=10,
        stop_loss_order_id="77", stop_loss_price=D("92625"), exchange_order_id="76",
    )  # fmt: skip
    order = make_order(execution, position=position)
    make_fill(order, position=position)
    other = make_execution(other_signal, elsewhere, position=make_position(elsewhere))
    make_fill(make_order(other))
    return World(follows.user, bob, elsewhere.user, mallory, bot, signal, execution, position, order, other)


def ids(user: User, what: str, **query: Any) -> set[str]:
    answer = api_of(user).get(f"/api/v1/{what}", query)
    assert answer.status_code == 200
    return {str(row["id"]) for row in answer.json()["results"]}


@pytest.mark.parametrize("what", ["signals", "executions", "orders", "fills", "positions"])
def test_own_rows_managed_rows_or_all(world: World, what: str) -> None:
    """SEC-07"""
    everything = ids(make_user(Role.ADMIN), what)

    assert len(everything) == 2
    assert ids(make_user(Role.SUPPORT), what) == everything
    alices, charlies = ids(world.alice, what), ids(world.charlie, what)
    assert alices | charlies == everything
    assert len(alices) == len(charlies) == 1
    assert (ids(world.bob, what), ids(world.mallory, what)) == (alices, charlies)
    assert ids(make_user(), what) == ids(make_user(Role.MANAGER), what) == set()
    assert api_of(None).get(f"/api/v1/{what}").status_code == 401


@pytest.mark.parametrize("what", ["signals", "executions", "orders", "fills", "positions", "trades"])
def test_single_rows_of_others_are_not_found(world: World, what: str) -> None:
    own = ids(world.alice, what).pop()

    assert api_of(world.alice).get(f"/api/v1/{what}/{own}").status_code == 200
    assert api_of(world.charlie).get(f"/api/v1/{what}/{own}").status_code == 404
    assert api_of(world.mallory).get(f"/api/v1/{what}/{own}/").status_code == 404
    assert api_of(world.alice).get(f"/api/v1/{what}/nothing").status_code == 404


def test_facts_cannot_be_written(world: World) -> None:
    client = api_of(make_user(Role.ADMIN))

    for what, row in (("signals", world.signal), ("executions", world.execution), ("orders", world.order)):
        assert client.post(f"/api/v1/{what}", {}, format="json").status_code == 405
        assert client.patch(f"/api/v1/{what}/{row.pk}", {}, format="json").status_code == 405
        assert client.delete(f"/api/v1/{what}/{row.pk}").status_code == 405


def test_managers_read_pseudonyms(world: World) -> None:
    row = api_of(world.bob).get(f"/api/v1/executions/{world.execution.id}").json()

    name = pseudonym(world.alice.id)
    assert (row["user_id"], row["account_id"], row["account_name"], row["subscriber"]) == (None, None, None, name)
    assert row["orders"][0]["subscriber"] == name
    assert row["orders"][0]["account_id"] is None
    assert world.alice.email not in str(row)


@pytest.mark.parametrize("reader", ["alice", "admin", "support"])
def test_the_client_and_the_backoffice_read_who_it_was(world: World, reader: str) -> None:
    user = world.alice if reader == "alice" else make_user(reader)

    row = api_of(user).get(f"/api/v1/executions/{world.execution.id}").json()

    assert (row["user_id"], row["subscriber"]) == (str(world.alice.id), world.alice.email)
    assert row["account_id"] == str(world.execution.account_id)


def test_an_execution_carries_the_record_its_orders_and_its_timeline(world: World) -> None:  # EXE-14, 17, 18
    ExecutionEvent.objects.create(execution=world.execution, code="target_watched", params={}, at=timezone.now())

    row = api_of(world.alice).get(f"/api/v1/executions/{world.execution.id}").json()

    expected = {
        "signal_id": str(world.signal.id), "status": "success", "state": "PROTECTED", "executed_price": "95000.00000000",
        "executed_quantity": "0.10000000", "exchange_order_id": "76", "stop_loss_order_id": "77", "error_code": "",
        "error_message": "", "execution_time_ms": 200, "ticker": "BTCUSDT.P", "symbol": "BTCUSDT", "bot_name": "Bob's",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert [order["id"] for order in row["orders"]] == [str(world.order.id)]
    assert [line["code"] for line in row["timeline"]] == ["received", "target_watched"]
    assert row["stamps"]["received_at"] == row["created_at"]


def test_a_risk_refusal_reads_word_for_word(world: World) -> None:  # RSK-01, RSK-05
    skipped = make_execution(
        make_signal(world.bot), world.execution.subscription, "SKIPPED", reason_code="daily_loss",
        reason_params={"value": "250.00", "limit": "200.00"},
    )  # fmt: skip

    row = api_of(world.alice).get(f"/api/v1/executions/{skipped.id}").json()

    keys = ("status", "reason_code", "error_code", "error_message", "reason")
    text = "Daily loss limit: $250.00 >= $200.00"
    assert [row[key] for key in keys] == ["skipped", "daily_loss", "daily_loss", text, text]


@pytest.mark.parametrize(
    ("state", "reason", "status"),
    [
        ("PENDING", "", "pending"),
        ("UNCONFIRMED", "", "pending"),
        ("FILLED", "", "pending"),
        ("PROTECTED", "", "success"),
        ("CLOSED", "stop_loss", "success"),
        ("CLOSED", "protection_failed", "failed"),
        ("REJECTED", "insufficient_margin", "failed"),
        ("SKIPPED", "max_positions", "skipped"),
    ],
)
def test_status_words_and_their_filter_agree(state: str, reason: str, status: str) -> None:  # D12
    subscription = make_subscription()
    made = make_execution(make_signal(subscription.bot), subscription, state, reason_code=reason)

    found = {
        word: ids(subscription.user, "executions", status=word) for word in ("pending", "success", "failed", "skipped")
    }

    assert found == {word: {str(made.id)} if word == status else set() for word in found}
    assert api_of(subscription.user).get(f"/api/v1/executions/{made.id}").json()["status"] == status


@pytest.mark.parametrize("key", ["signal", "subscription", "bot", "state"])
def test_executions_are_filtered(world: World, key: str) -> None:
    admin = make_user(Role.ADMIN)
    Execution.objects.filter(pk=world.other.pk).update(state="SKIPPED")
    value = world.execution.state if key == "state" else getattr(world.execution, f"{key}_id")

    assert ids(admin, "executions", **{key: value}) == {str(world.execution.id)}


def test_a_running_signal_is_counted_live(world: World) -> None:  # D3
    for state in ("PENDING", "SKIPPED", "REJECTED"):
        make_execution(world.signal, make_subscription(world.bot), state)

    row = api_of(world.bob).get(f"/api/v1/signals/{world.signal.id}").json()

    assert row["broadcast_stats"] == {
        "total_subscribers": 4, "queued": 1, "successful_executions": 1, "failed_executions": 1, "skipped_executions": 1,
        "duration_ms": 0,
    }  # fmt: skip
    assert (row["is_complete"], row["success"], row["bot_name"]) == (False, True, "Bob's")


def test_a_complete_signal_shows_its_final_figures_nested_and_flat(world: World) -> None:
    """WHK-10, WHK-14, WHK-15"""
    Signal.objects.filter(pk=world.signal.pk).update(
        total_subscribers=50, successful_executions=48, failed_executions=2, broadcast_duration_ms=1234,
        completed_at=timezone.now(),
    )  # fmt: skip

    row = api_of(world.bob).get(f"/api/v1/signals/{world.signal.id}").json()

    assert row["broadcast_stats"] == {
        "total_subscribers": 50, "queued": 0, "successful_executions": 48, "failed_executions": 2,
        "skipped_executions": 0, "duration_ms": 1234,
    }  # fmt: skip
    assert [row[key] for key in ("signal_id", "total_subscribers", "successful_executions", "failed_executions")] == [
        str(world.signal.id), 50, 48, 2,
    ]  # fmt: skip


def test_payload_and_address_are_for_who_looks_after_the_bot(world: World) -> None:
    address = f"/api/v1/signals/{world.signal.id}"

    alices, bobs = api_of(world.alice).get(address).json(), api_of(world.bob).get(address).json()

    assert (alices["payload"], alices["source_ip"]) == (None, None)
    assert (bobs["payload"], bobs["source_ip"]) == ({"ticker": "BTCUSDT.P", "action": "buy"}, "127.0.0.1")


def test_refused_signals_are_shown_to_the_manager(world: World) -> None:  # D2
    refused = make_signal(
        world.bot,
        status="refused",
        refusal_code="over_quota",
        refusal_params={"limit": 10},
        completed_at=timezone.now(),
    )

    rows = api_of(world.bob).get("/api/v1/signals", {"status": "refused"}).json()["results"]

    assert [(row["id"], row["refusal"], row["success"]) for row in rows] == [
        (str(refused.id), "Over the bot's quota of 10 signals a minute", False)
    ]
    assert ids(world.alice, "signals", status="refused") == set()


def test_open_positions_show_their_result_at_the_last_price(world: World) -> None:  # DSH-06
    publish_prices("paper", "futures", {"BTCUSDT": D("96000.5")})
    make_position(world.execution.subscription, symbol_key="ETHUSDT")

    rows = api_of(world.alice).get("/api/v1/positions", {"status": "open"}).json()["results"]

    found = {row["symbol"]: (row["current_price"], row["unrealized_pnl"]) for row in rows}
    assert found == {"BTCUSDT": ("96000.5", "100.05000000"), "ETHUSDT": (None, None)}


def test_a_client_closes_an_own_position_by_a_button(world: World) -> None:  # D32
    answer = api_of(world.alice).post(f"/api/v1/positions/{world.position.id}/close")

    made = Signal.objects.get(pk=answer.json()["signal_id"])
    assert answer.status_code == 202
    assert (made.action, made.symbol_key, made.source, made.is_broadcast) == ("close", "BTCUSDT", "client", False)
    assert [row.subscription_id for row in made.executions.all()] == [world.position.subscription_id]


@pytest.mark.parametrize(("reader", "status"), [("bob", 403), ("charlie", 404), ("support", 403), ("admin", 403)])
def test_nobody_else_closes_it(world: World, reader: str, status: int) -> None:
    user = getattr(world, reader, None) or make_user(reader)

    answer = api_of(user).post(f"/api/v1/positions/{world.position.id}/close")

    assert (answer.status_code, Signal.objects.filter(action="close").count()) == (status, 0)


def test_a_closed_position_is_not_closed_again(world: World) -> None:
    Position.objects.filter(pk=world.position.pk).update(status="closed", quantity=0)

    answer = api_of(world.alice).post(f"/api/v1/positions/{world.position.id}/close")

    assert (answer.status_code, answer.json()["code"]) == (409, "already_closed")


@pytest.mark.parametrize("address", ["/api/v1/trades", "/api/v1/trades/", "/api/trades", "/api/trades/"])
def test_trades_are_own_positions_open_and_closed(world: World, address: str) -> None:  # DSH-13
    subscription = world.execution.subscription
    make_position(subscription, symbol_key="ETHUSDT", side="short", exit_price=D("90000"), realized_pnl=D("49.5"))

    rows = api_of(world.alice).get(address, {"ordering": "opened_at"}).json()["results"]

    keys = ("symbol", "side", "entry_price", "exit_price", "profit_loss", "status")
    assert [[row[key] for key in keys] for row in rows] == [
        ["BTCUSDT", "long", "95000.000000000000000000", None, "0.00000000", "open"],
        ["ETHUSDT", "short", "95000.000000000000000000", "90000.000000000000000000", "49.50000000", "closed"],
    ]
    assert (rows[0]["exit_time"], rows[1]["exit_time"] is None) == (None, False)
    assert api_of(world.bob).get(address).json()["results"] == []


def test_managers_send_signals_and_test_signals_by_hand(world: World) -> None:
    address = f"/api/v1/bots/{world.bot.id}"
    body = {"ticker": "ETHUSDT.P", "action": "buy", "price": "3000"}

    sent = api_of(world.bob).post(f"{address}/signals", body, format="json")
    tested = api_of(world.bob).post(f"{address}/test-signal", body, format="json")

    assert (sent.status_code, tested.status_code) == (202, 202)
    assert [sent.json()[key] for key in ("is_test", "source", "total_subscribers")] == [False, "manager", 1]
    assert tested.json()["is_test"] is True


@pytest.mark.parametrize("reader", ["alice", "mallory", "support"])
def test_nobody_else_sends_signals(world: World, reader: str) -> None:
    user = getattr(world, reader, None) or make_user(reader)
    body = {"ticker": "ETHUSDT.P", "action": "buy"}

    answer = api_of(user).post(f"/api/v1/bots/{world.bot.id}/signals", body, format="json")

    assert (answer.status_code, Signal.objects.count()) == (404 if reader == "mallory" else 403, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ticker", "BTC USDT"),
        ("ticker", ""),
        ("action", "hold"),
        ("price", "0"),
        ("price", "-1"),
        ("price", "NaN"),
        ("pirce", 1),
    ],
)
def test_malformed_manual_signals_are_refused(world: World, field: str, value: object) -> None:
    body = {"ticker": "ETHUSDT.P", "action": "buy", field: value}

    answer = api_of(world.bob).post(f"/api/v1/bots/{world.bot.id}/signals", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_paused_bot_sends_nothing(world: World) -> None:  # D1
    Bot.objects.filter(pk=world.bot.pk).update(status="paused")

    answer = api_of(world.bob).post(
        f"/api/v1/bots/{world.bot.id}/signals", {"ticker": "ETHUSDT.P", "action": "buy"}, format="json"
    )

    assert (answer.status_code, answer.json()["detail"], answer.json()["code"]) == (400, "Bot is paused", "bot_paused")


def test_a_bots_signals_are_listed_with_their_results(world: World) -> None:
    rows = api_of(world.bob).get(f"/api/v1/bots/{world.bot.id}/signals").json()["results"]

    assert [(row["id"], row["successful_executions"]) for row in rows] == [(str(world.signal.id), 1)]
    assert api_of(world.mallory).get(f"/api/v1/bots/{world.bot.id}/signals").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("what", "queries"),
    [("signals", 3), ("executions", 3), ("orders", 2), ("fills", 2), ("positions", 2), ("trades", 2)],
)
def test_lists_cost_the_same_however_long(what: str, queries: int, rows: int, django_assert_num_queries: Any) -> None:
    alice = make_user()
    for _ in range(rows):
        subscription = make_subscription(user=alice, exchange_account=make_account(alice))
        position = make_position(subscription)
        execution = make_execution(make_signal(subscription.bot), subscription, position=position)
        make_fill(make_order(execution, position=position), position=position)
    client = api_of(alice)

    with django_assert_num_queries(queries):
        assert len(client.get(f"/api/v1/{what}").json()["results"]) == rows


def test_an_execution_costs_three_queries(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # itself, events, orders
        api_of(world.alice).get(f"/api/v1/executions/{world.execution.id}")


def test_no_list_reads_sealed_keys(world: World, django_assert_num_queries: Any) -> None:  # D17
    with django_assert_num_queries(3) as captured:
        api_of(world.alice).get("/api/v1/executions")

    read = " ".join(query["sql"] for query in captured.captured_queries)
    secret = ("sealed_keys", "wrapped_data_key", "secret_sealed", "secret_wrapped_key", "secret_digest")
    assert [column for column in secret if column in read] == []


def test_pages_hold_at_most_a_hundred(world: World) -> None:
    answer = api_of(world.alice).get("/api/v1/executions", {"page_size": 1000})

    assert (answer.status_code, answer.json()["count"]) == (200, 1)
