"""BOT-01…16, 19, 21 over HTTP."""

from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import AuditEntry, Role, User
from bots.events import close_requested
from bots.models import Bot
from signals.models import Position
from tests.trading_world import SECRET, api_of, make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.django_db

NEW = {"name": "Scalper", "master_webhook_path": "scalper-1", "master_secret": " as typed "}


@pytest.fixture
def manager() -> User:
    return make_user(Role.MANAGER)


def test_create_returns_the_id_and_the_defaults_and_never_the_secret(manager: User) -> None:
    """BOT-01, BOT-03, BOT-04, BOT-07, BOT-08, BOT-09, BOT-10, BOT-11"""
    answer = api_of(manager).post("/api/v1/bots", NEW, format="json")

    bot = Bot.objects.get()
    body = answer.json()
    assert answer.status_code == 201
    assert body["bot_id"] == body["id"] == str(bot.id)
    assert {name: body[name] for name in ("market_type", "status", "default_leverage")} == {
        "market_type": "futures",
        "status": "active",
        "default_leverage": 10,
    }
    assert [body[f"default_{name}"] for name in ("margin_usd", "stop_loss_pct", "take_profit_pct")] == [
        "50.00",
        "2.50",
        "5.00",
    ]
    assert [body[name] for name in ("total_subscribers", "total_signals_sent", "avg_win_rate", "avg_pnl_pct")] == [
        0, 0, "0.00", "0.00",
    ]  # fmt: skip
    assert [parse_datetime(body[name]) for name in ("created_at", "updated_at")] == [bot.created_at, bot.updated_at]
    assert body["webhook_url"].endswith("/api/v1/bots/webhook/master/scalper-1")  # BOT-19
    assert "as typed" not in answer.content.decode()


def test_secret_is_stored_as_typed_and_never_plain(manager: User) -> None:  # BOT-06, SEC-09
    api_of(manager).post("/api/v1/bots/", NEW, format="json")

    bot = Bot.objects.get()
    columns = (
        b"|".join(bytes(value) for value in (bot.secret_sealed, bot.secret_wrapped_key)) + bot.secret_digest.encode()
    )
    assert b"as typed" not in columns


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "blank"),
        ("name", "x" * 256, "max_length"),
        ("market_type", "options", "invalid_choice"),
        ("market_type", "", "invalid_choice"),
        ("market_type", None, "null"),
        ("master_webhook_path", "x" * 256, "max_length"),
        ("master_webhook_path", "two words", "invalid"),
        ("master_secret", "", "blank"),
        ("master_secret", "   ", "blank"),
        ("master_secret", "x" * 256, "max_length"),
        ("default_leverage", 0, "min_value"),
        ("default_leverage", 126, "max_value"),
        ("default_leverage", 1.5, "invalid"),
        ("default_margin_usd", "9.99", "min_value"),
        ("default_margin_usd", "10.005", "max_decimal_places"),
        ("default_margin_usd", "NaN", "invalid"),
        ("default_stop_loss_pct", "0.09", "min_value"),
        ("default_stop_loss_pct", "100.01", "max_value"),
        ("default_stop_loss_pct", "2.555", "max_decimal_places"),
        ("default_take_profit_pct", "0.09", "min_value"),
        ("default_take_profit_pct", "1000.01", "max_value"),
        ("default_take_profit_pct", "5.555", "max_decimal_places"),
        ("default_levrage", 5, "unknown_field"),
        ("total_subscribers", 5, "unknown_field"),
        ("status", "archived", "unknown_field"),
    ],
)
def test_what_is_out_of_range_is_refused_and_named(manager: User, field: str, value: object, code: str) -> None:
    """BOT-03, BOT-08, BOT-09, BOT-10"""
    answer = api_of(manager).post("/api/v1/bots", {**NEW, field: value}, format="json")

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert Bot.objects.count() == 0


@pytest.mark.parametrize(
    "values",
    [
        {
            "market_type": "spot",
            "default_leverage": 1,
            "default_margin_usd": "10.00",
            "default_stop_loss_pct": "0.10",
            "default_take_profit_pct": "0.10",
        },
        {
            "market_type": "futures",
            "default_leverage": 125,
            "default_stop_loss_pct": "100.00",
            "default_take_profit_pct": "1000.00",
            "name": "x" * 255,
        },
    ],
)
def test_the_ends_of_the_ranges_are_stored_as_given(manager: User, values: dict[str, object]) -> None:
    """BOT-03, BOT-07, BOT-08, BOT-09, BOT-10"""
    made = api_of(manager).post("/api/v1/bots", {**NEW, **values}, format="json")

    read = api_of(manager).get(f"/api/v1/bots/{Bot.objects.get().pk}").json()
    assert made.status_code == 201
    assert {name: read[name] for name in values} == values


def test_defaults_that_liquidate_before_the_stop_are_warned_of(manager: User) -> None:  # D26
    values = {"default_leverage": 50, "default_stop_loss_pct": "2"}

    answer = api_of(manager).post("/api/v1/bots", {**NEW, **values}, format="json")

    assert [warning["code"] for warning in answer.json()["warnings"]] == ["stop_beyond_liquidation"]


@pytest.mark.parametrize("missing", ["name", "master_webhook_path", "master_secret"])
def test_required_fields_are_required(manager: User, missing: str) -> None:  # BOT-02, 05, 06
    body = {key: value for key, value in NEW.items() if key != missing}

    answer = api_of(manager).post("/api/v1/bots", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, missing)


def test_a_path_that_is_taken_is_refused(manager: User) -> None:  # BOT-05
    make_bot(master_webhook_path="scalper-1")

    answer = api_of(manager).post("/api/v1/bots", NEW, format="json")

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("master_webhook_path", "unique")]


def test_list_is_own_for_managers_and_all_for_admins(manager: User) -> None:  # BOT-12, 21
    own, other = make_bot(manager), make_bot()

    def listed(user: User) -> set[str]:
        return {row["id"] for row in api_of(user).get("/api/v1/bots").json()["results"]}

    assert listed(manager) == {str(own.id)}
    assert listed(make_user(Role.ADMIN)) == listed(make_user(Role.SUPPORT)) == {str(own.id), str(other.id)}


@pytest.mark.parametrize(
    ("status", "names"), [("all", "apz"), ("active", "a"), ("paused", "p"), ("archived", "z"), (None, "apz")]
)
def test_list_filters_by_status(manager: User, status: str | None, names: str) -> None:  # BOT-12
    for name, value in (("a", "active"), ("p", "paused"), ("z", "archived")):
        make_bot(manager, name=name, status=value)

    rows = api_of(manager).get("/api/v1/bots/", {"status": status} if status else {}).json()["results"]

    assert sorted(row["name"] for row in rows) == list(names)


def test_an_unknown_status_is_refused(manager: User) -> None:
    assert api_of(manager).get("/api/v1/bots", {"status": "gone"}).status_code == 400


@pytest.mark.parametrize("role", [Role.CLIENT, None])
def test_clients_and_strangers_have_no_bots(role: str | None) -> None:  # BOT-21
    bot = make_bot()
    client = api_of(make_user(role) if role else None)
    refused = 403 if role else 401

    assert client.get("/api/v1/bots").status_code == refused
    assert client.post("/api/v1/bots", NEW, format="json").status_code == refused
    assert client.get(f"/api/v1/bots/{bot.id}").status_code == refused


def test_support_reads_and_changes_nothing() -> None:
    bot, client = make_bot(), api_of(make_user(Role.SUPPORT))

    assert client.get(f"/api/v1/bots/{bot.id}").status_code == 200
    assert client.patch(f"/api/v1/bots/{bot.id}", {"name": "x"}, format="json").status_code == 403
    assert client.post(f"/api/v1/bots/{bot.id}/rotate-secret", {}, format="json").status_code == 403


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_another_managers_bot_is_not_found(manager: User, method: str) -> None:  # BOT-13, 14, 16
    bot = make_bot()

    assert getattr(api_of(manager), method)(f"/api/v1/bots/{bot.id}").status_code == 404


@pytest.mark.parametrize("wrong", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_id_is_not_found(manager: User, wrong: str) -> None:
    assert api_of(manager).get(f"/api/v1/bots/{wrong}").status_code == 404


def test_patch_changes_what_it_names_only(manager: User) -> None:  # BOT-14
    bot = make_bot(manager, default_leverage=7)

    answer = api_of(manager).patch(f"/api/v1/bots/{bot.id}", {"default_margin_usd": "75.5"}, format="json")

    bot.refresh_from_db()
    assert answer.status_code == 200
    assert (bot.default_leverage, bot.default_margin_usd) == (7, Decimal("75.50"))


def test_patch_keeps_its_own_path(manager: User) -> None:
    bot = make_bot(manager, master_webhook_path="mine")

    answer = api_of(manager).patch(f"/api/v1/bots/{bot.id}", {"master_webhook_path": "mine"}, format="json")

    assert answer.status_code == 200


def test_pause_and_resume_by_call_and_by_patch(manager: User) -> None:  # BOT-04
    bot = make_bot(manager)
    client, address = api_of(manager), f"/api/v1/bots/{bot.id}"

    statuses = [
        client.post(f"{address}/pause").json()["status"],
        client.post(f"{address}/resume/").json()["status"],
        client.patch(address, {"status": "paused"}, format="json").json()["status"],
        client.patch(address, {"status": "active"}, format="json").json()["status"],
    ]

    assert statuses == ["paused", "active", "paused", "active"]


def test_delete_archives_and_keeps_the_row(manager: User) -> None:  # BOT-16
    bot = make_bot(manager)

    answer = api_of(manager).delete(f"/api/v1/bots/{bot.id}")

    bot.refresh_from_db()
    assert (answer.status_code, bot.status) == (204, "archived")
    assert bot.archived_at is not None


def test_an_archived_bot_is_read_only(manager: User) -> None:
    bot = make_bot(manager, status="archived")
    client, address = api_of(manager), f"/api/v1/bots/{bot.id}"

    answers = [
        client.patch(address, {"name": "x"}, format="json"),
        client.post(f"{address}/pause"),
        client.post(f"{address}/resume"),
        client.post(f"{address}/rotate-secret", {}, format="json"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "bot_archived")] * 4
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(("choice", "asked"), [(True, 1), (False, 0)])
def test_archiving_with_open_positions_wants_a_choice(manager: User, choice: bool, asked: int) -> None:  # D1
    bot = make_bot(manager)
    make_position(make_subscription(bot))
    heard: list[tuple[Bot, User, str]] = []

    def hear(sender: type, *, bot: Bot, user: User, **_: object) -> None:
        heard.append((bot, user, bot.status))

    close_requested.connect(hear)
    try:
        refused = api_of(manager).delete(f"/api/v1/bots/{bot.id}")
        answer = api_of(manager).delete(f"/api/v1/bots/{bot.id}", {"close_positions": choice}, format="json")
    finally:
        close_requested.disconnect(hear)

    assert (refused.status_code, refused.json()["code"], refused.json()["open_positions"]) == (
        409,
        "choose_positions",
        1,
    )
    assert (answer.status_code, Bot.objects.get().status) == (204, "archived")
    assert heard == [(bot, manager, "active")] * asked


def test_rotation_shows_the_new_secret_once_and_is_audited(manager: User) -> None:
    bot = make_bot(manager)

    answer = api_of(manager).post(f"/api/v1/bots/{bot.id}/rotate-secret", {}, format="json")

    body = answer.json()
    assert (answer.status_code, len(body["secret"])) == (200, 32)
    assert body["previous_secret_until"] is not None
    assert list(AuditEntry.objects.exclude(event="bot_created").values_list("event", "user_id")) == [
        ("secret_rotated", manager.id)
    ]
    assert body["secret"] not in api_of(manager).get(f"/api/v1/bots/{bot.id}").content.decode()


def test_webhook_offers_address_and_message_with_a_placeholder(manager: User) -> None:  # D6, D17
    bot = make_bot(manager, master_webhook_path="scalper-9")

    body = api_of(manager).get(f"/api/v1/bots/{bot.id}/webhook").json()

    assert body["url"].endswith("/api/v1/bots/webhook/master/scalper-9")
    assert body["messages"]["buy"] == (
        '{\n  "ticker": "{{ticker}}",\n  "action": "buy",\n  "price": {{close}},\n  "timestamp": "{{timenow}}",\n'
        '  "secret": "YOUR-SECRET"\n}'
    )
    assert SECRET not in str(body)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_however_long(manager: User, rows: int, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(rows):
        make_bot(manager)

    with django_assert_num_queries(2):
        assert len(api_of(manager).get("/api/v1/bots").json()["results"]) == rows


def test_the_market_type_stays_while_something_is_open_or_on_its_way(manager: User) -> None:
    """Orders are asked for, and positions closed, on the market on which they were placed (D4)."""
    subscription = make_subscription(make_bot(manager, market_type="futures"))
    position = make_position(subscription)
    address = f"/api/v1/bots/{subscription.bot_id}"

    refused = api_of(manager).patch(address, {"market_type": "spot"}, format="json")
    Position.objects.filter(pk=position.pk).update(status="closed", closed_at=timezone.now())
    taken = api_of(manager).patch(address, {"market_type": "spot"}, format="json")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "market_type")
    assert (taken.status_code, taken.json()["market_type"]) == (200, "spot")
