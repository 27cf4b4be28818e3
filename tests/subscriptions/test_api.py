"""SUB-01…10, RSK-06, D11, D18, D26 over HTTP."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.legal.documents import VERSIONS
from accounts.models import Consent, ConsentKind, Role, User
from bots.models import Bot
from exchanges.market_cache import publish_markets
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.types import Market, MarketType
from subscriptions.events import close_requested
from subscriptions.models import Subscription
from tests.trading_world import (
    api_of,
    make_account,
    make_bot,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/bot-subscriptions"
CUSTOMS = ("leverage", "margin_usd", "stop_loss_pct", "take_profit_pct", "margin_mode")


@pytest.fixture
def alice() -> User:
    return make_user()


@pytest.fixture
def account(alice: User) -> ExchangeAccount:
    return make_account(alice)


@pytest.fixture
def bot() -> Bot:
    return make_bot(name="Scalper", description="Fast")


def subscribe(user: User, bot: Bot, account: ExchangeAccount, **values: Any) -> Any:
    body = {"bot_id": str(bot.id), "exchange_account_id": str(account.id), **values}
    return api_of(user).post(ADDRESS, body, format="json")


def test_available_bots_are_the_active_ones_with_figures_and_defaults(alice: User, bot: Bot) -> None:  # SUB-01
    make_bot(status="paused")
    make_bot(status="archived")

    rows = api_of(alice).get(f"{ADDRESS}/available-bots").json()["results"]

    assert [row["name"] for row in rows] == ["Scalper"]
    keys = (
        "description",
        "total_subscribers",
        "avg_win_rate",
        "default_leverage",
        "default_margin_usd",
        "is_subscribed",
    )
    assert [rows[0][key] for key in keys] == ["Fast", 0, "0.00", 10, "50.00", False]
    assert [key for key in rows[0] if "secret" in key or "webhook" in key] == []


def test_subscribing_with_nothing_but_bot_and_account(
    alice: User, bot: Bot, account: ExchangeAccount
) -> None:  # SUB-04
    answer = subscribe(alice, bot, account)

    body = answer.json()
    bot.refresh_from_db()
    assert answer.status_code == 201
    assert (body["status"], body["max_daily_loss_usd"], body["max_concurrent_positions"]) == ("active", "200.00", 3)
    assert [body[f"custom_{name}"] for name in CUSTOMS] == [None] * 5
    assert body["effective"] == {
        "leverage": 10, "margin_usd": "50.00", "stop_loss_pct": "2.50", "take_profit_pct": "5.00", "margin_mode": "isolated",
    }  # fmt: skip
    assert (body["total_signals_received"], body["total_pnl_usd"], body["current_positions"]) == (0, "0.00", 0)
    assert bot.total_subscribers == 1


def test_own_values_and_limits(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # SUB-04, RSK-06
    values = {
        "custom_leverage": 20, "custom_margin_usd": "75.00", "custom_stop_loss_pct": "1.50", "custom_take_profit_pct": "8.00",
        "custom_margin_mode": "cross", "max_daily_loss_usd": "500.00", "max_concurrent_positions": 3,
        "max_price_deviation_pct": "0.80", "take_profit_enabled": False,
    }  # fmt: skip
    Bot.objects.update(allow_no_stop=True)

    body = subscribe(alice, bot, account, **values).json()

    assert {key: body[key] for key in values} == values
    assert body["effective"]["take_profit_pct"] is None


def test_a_default_that_changes_later_is_followed(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # SUB-09
    made = subscribe(alice, bot, account, custom_leverage=20).json()
    Bot.objects.update(default_leverage=5, default_margin_usd="90")

    effective = api_of(alice).get(f"{ADDRESS}/{made['id']}").json()["effective"]

    assert (effective["leverage"], effective["margin_usd"]) == (20, "90.00")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("custom_leverage", 0, "min_value"),
        ("custom_leverage", 126, "max_value"),
        ("custom_margin_usd", "9.99", "min_value"),
        ("custom_margin_usd", "0", "min_value"),
        ("custom_stop_loss_pct", "0", "min_value"),
        ("custom_stop_loss_pct", "100.01", "max_value"),
        ("custom_take_profit_pct", "0", "min_value"),
        ("custom_take_profit_pct", "1000.01", "max_value"),
        ("custom_margin_mode", "portfolio", "invalid_choice"),
        ("max_daily_loss_usd", "0", "min_value"),
        ("max_concurrent_positions", 0, "min_value"),
        ("stop_loss_enabled", False, "stop_required"),
        ("take_profit_enabled", False, "target_required"),
        ("custom_stop_loss_pct", "10", "stop_unreachable"),  # 10x: liquidated about 10 % away
        ("custom_levrage", 5, "unknown_field"),
        ("status", "cancelled", "unknown_field"),
        ("bot_id", "00000000-0000-0000-0000-000000000000", "does_not_exist"),
        ("bot_id", "nothing", "invalid"),
        ("exchange_account_id", "00000000-0000-0000-0000-000000000000", "does_not_exist"),
    ],
)
def test_what_cannot_be_is_refused_and_named(
    alice: User, bot: Bot, account: ExchangeAccount, field: str, value: object, code: str
) -> None:  # D11, D26
    answer = subscribe(alice, bot, account, **{field: value})

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert Subscription.objects.count() == 0


def test_an_unknown_field_hides_nothing_else_that_is_wrong(alice: User, bot: Bot, account: ExchangeAccount) -> None:
    answer = subscribe(alice, bot, account, custom_levrage=5, custom_take_profit_pct="0", status="active")

    assert answer.status_code == 400
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {
        ("custom_levrage", "unknown_field"), ("status", "unknown_field"), ("custom_take_profit_pct", "min_value"),
    }  # fmt: skip


def test_the_unreachable_stop_is_explained(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # D26
    text = subscribe(alice, bot, account, custom_leverage=50).json()["detail"]

    assert text == (
        "custom_stop_loss_pct: A stop loss 2.5 % away cannot work with 50x leverage: the position would be liquidated before"
        " the price is 2 % away. Lower the leverage or set the stop loss closer."
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_active": False}, "account_inactive"),
        ({"status": AccountStatus.CHECKING}, "account_not_verified"),
        ({"status": AccountStatus.NEEDS_ATTENTION}, "account_not_verified"),
    ],
)
def test_an_account_that_cannot_trade_is_refused(alice: User, bot: Bot, changes: dict[str, Any], code: str) -> None:
    answer = subscribe(alice, bot, make_account(alice, **changes))

    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("exchange_account_id", code)]


def test_somebody_elses_account_does_not_exist(alice: User, bot: Bot) -> None:
    answer = subscribe(alice, bot, make_account(make_user()))

    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("exchange_account_id", "does_not_exist")
    ]


def test_a_paused_bot_cannot_be_subscribed_to(alice: User, account: ExchangeAccount) -> None:
    answer = subscribe(alice, make_bot(status="paused"), account)

    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("bot_id", "bot_not_active")]


def test_subscribing_twice_is_a_conflict(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # SUB-07
    subscribe(alice, bot, account)

    answer = subscribe(alice, bot, account)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_subscribed")
    assert Subscription.objects.count() == 1


def test_subscribing_again_takes_the_same_row_up(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # D18
    first = subscribe(alice, bot, account, custom_leverage=20).json()
    api_of(alice).delete(f"{ADDRESS}/{first['id']}")
    bot.refresh_from_db()
    assert bot.total_subscribers == 0

    again = subscribe(alice, bot, account, custom_margin_usd="80.00")

    body = again.json()
    assert (again.status_code, body["id"], body["status"]) == (201, first["id"], "active")
    assert (body["custom_leverage"], body["custom_margin_usd"], body["cancelled_at"]) == (None, "80.00", None)


def test_my_subscriptions_are_mine(alice: User, bot: Bot, account: ExchangeAccount) -> None:
    """SUB-02, SUB-03"""
    mine, other = make_subscription(bot, alice, exchange_account=account), make_subscription(bot)
    client = api_of(alice)

    for address in (f"{ADDRESS}/my-subscriptions", f"{ADDRESS}/my-subscriptions/", ADDRESS, f"{ADDRESS}/"):
        assert [row["id"] for row in client.get(address).json()["results"]] == [str(mine.id)]
    one = client.get(f"{ADDRESS}/{mine.id}")
    listed = client.get(f"{ADDRESS}/my-subscriptions").json()["results"]
    assert (one.status_code, one.json()["id"], [one.json()]) == (200, str(mine.id), listed)
    for method in ("get", "patch", "delete"):
        assert getattr(client, method)(f"{ADDRESS}/{other.id}").status_code == 404
    assert api_of(bot.manager).get(f"{ADDRESS}/{mine.id}").status_code == 404


def test_nobody_and_support_change_nothing(bot: Bot) -> None:
    subscription = make_subscription(bot)
    support = api_of(make_user(Role.SUPPORT))

    assert api_of(None).get(f"{ADDRESS}/my-subscriptions").status_code == 401
    assert support.post(f"{ADDRESS}/{subscription.id}/pause").status_code == 403
    assert support.post(ADDRESS, {}, format="json").status_code == 403


def test_patch_changes_what_it_names_only(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # SUB-05
    subscription = make_subscription(bot, alice, exchange_account=account, custom_leverage=7)

    answer = api_of(alice).patch(f"{ADDRESS}/{subscription.id}", {"custom_margin_usd": "60"}, format="json")

    assert (answer.status_code, answer.json()["custom_leverage"], answer.json()["custom_margin_usd"]) == (
        200,
        7,
        "60.00",
    )


def test_patch_to_null_goes_back_to_the_default(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # D11
    subscription = make_subscription(bot, alice, exchange_account=account, custom_leverage=7)

    body = api_of(alice).patch(f"{ADDRESS}/{subscription.id}", {"custom_leverage": None}, format="json").json()

    assert (body["custom_leverage"], body["effective"]["leverage"]) == (None, 10)


@pytest.mark.parametrize(("held", "status"), [(True, 409), (False, 200)])
def test_another_account_only_without_open_positions(
    alice: User, bot: Bot, account: ExchangeAccount, held: bool, status: int
) -> None:
    subscription = make_subscription(bot, alice, exchange_account=account)
    if held:
        make_position(subscription)
    other = make_account(alice)

    answer = api_of(alice).patch(f"{ADDRESS}/{subscription.id}", {"exchange_account_id": str(other.id)}, format="json")

    subscription.refresh_from_db()
    assert answer.status_code == status
    assert subscription.exchange_account_id == (account if held else other).id


def test_pause_and_resume_by_call_and_by_patch(alice: User, bot: Bot, account: ExchangeAccount) -> None:  # SUB-08
    address = f"{ADDRESS}/{make_subscription(bot, alice, exchange_account=account).id}"
    client = api_of(alice)

    statuses = [
        client.post(f"{address}/pause").json()["status"],
        client.post(f"{address}/resume").json()["status"],
        client.patch(address, {"status": "paused"}, format="json").json()["status"],
        client.patch(address, {"status": "active"}, format="json").json()["status"],
    ]

    assert statuses == ["paused", "active", "paused", "active"]


def test_resuming_needs_an_account_that_can_trade(alice: User, bot: Bot) -> None:
    account = make_account(alice, status=AccountStatus.INVALID)
    subscription = make_subscription(bot, alice, exchange_account=account, status="paused")

    answer = api_of(alice).post(f"{ADDRESS}/{subscription.id}/resume")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "account_not_verified")


@pytest.mark.parametrize(("choice", "asked"), [(True, 1), (False, 0)])
def test_cancelling_with_open_positions_wants_a_choice(
    alice: User, bot: Bot, account: ExchangeAccount, choice: bool, asked: int
) -> None:  # D1
    subscription = make_subscription(bot, alice, exchange_account=account)
    make_position(subscription)
    heard: list[Subscription] = []

    def hear(sender: type, *, subscription: Subscription, **_: object) -> None:
        heard.append(subscription)

    close_requested.connect(hear)
    try:
        refused = api_of(alice).delete(f"{ADDRESS}/{subscription.id}")
        answer = api_of(alice).delete(f"{ADDRESS}/{subscription.id}?close_positions={str(choice).lower()}")
    finally:
        close_requested.disconnect(hear)

    subscription.refresh_from_db()
    assert (refused.status_code, refused.json()["code"]) == (409, "choose_positions")
    assert (answer.status_code, subscription.status) == (204, "cancelled")
    assert heard == [subscription] * asked


def test_cancelling_keeps_the_row_and_ends_the_signals(alice: User, bot: Bot, account: ExchangeAccount) -> None:
    """SUB-06; cancelled twice it is cancelled once."""
    subscription = make_subscription(bot, alice, exchange_account=account)
    client, address = api_of(alice), f"{ADDRESS}/{subscription.id}"
    send = {"ticker": "BTCUSDT", "action": "buy"}

    first = client.delete(address)
    at = client.get(address).json()["cancelled_at"]
    again = client.delete(address)
    reached = (
        api_of(bot.manager).post(f"/api/v1/bots/{bot.id}/signals", send, format="json").json()["total_subscribers"]
    )

    row = client.get(address).json()
    assert (first.status_code, again.status_code, reached) == (204, 204, 0)
    assert (row["status"], row["cancelled_at"]) == ("cancelled", at)
    assert at is not None


def test_a_cancelled_subscription_is_read_only(alice: User, bot: Bot, account: ExchangeAccount) -> None:
    address = f"{ADDRESS}/{make_subscription(bot, alice, exchange_account=account, status='cancelled').id}"
    client = api_of(alice)

    answers = [client.post(f"{address}/pause"), client.patch(address, {"custom_leverage": 5}, format="json")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "subscription_cancelled")] * 2


def test_check_warns_of_a_margin_under_the_symbols_minimum(alice: User, bot: Bot, account: ExchangeAccount) -> None:
    make_signal(bot)
    limits = {"price_step": "0.1", "quantity_step": "0.001", "min_quantity": "0.001", "min_notional": "100"}
    numbers: dict[str, Any] = {name: Decimal(value) for name, value in limits.items()}
    market = Market(
        "BTC/USDT:USDT", "BTCUSDT", "BTCUSDT", MarketType.FUTURES, "BTC", "USDT",
        max_market_quantity=None, contract_size=Decimal(1), max_leverage=125, **numbers,
    )  # fmt: skip
    publish_markets("paper", "futures", [market])
    query = {"exchange_account_id": str(account.id), "custom_leverage": 2, "custom_margin_usd": "45"}

    body = api_of(alice).get(f"{ADDRESS}/available-bots/{bot.id}/check", query).json()

    assert (body["terms"]["leverage"], body["terms"]["margin_usd"]) == (2, "45.00")
    assert [(row["code"], row["symbol"], row["detail"]) for row in body["warnings"]] == [
        ("too_small", "BTCUSDT", "BTCUSDT: these terms trade $90.00, the exchange's minimum is $100.00.")
    ]


def test_check_refuses_what_subscribing_would_refuse(alice: User, bot: Bot, account: ExchangeAccount) -> None:
    query = {"exchange_account_id": str(account.id), "custom_leverage": 50}

    answer = api_of(alice).get(f"{ADDRESS}/available-bots/{bot.id}/check", query)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "stop_unreachable")


def test_check_knows_only_own_accounts(alice: User, bot: Bot) -> None:
    query = {"exchange_account_id": str(make_account(make_user()).id)}

    assert api_of(alice).get(f"{ADDRESS}/available-bots/{bot.id}/check", query).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_however_long(alice: User, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        make_position(make_subscription(user=alice, exchange_account=make_account(alice)))
    client = api_of(alice)

    with django_assert_num_queries(5):  # count, page, executions, positions, the day's losses
        assert len(client.get(f"{ADDRESS}/my-subscriptions").json()["results"]) == rows
    with django_assert_num_queries(2):
        assert len(client.get(f"{ADDRESS}/available-bots").json()["results"]) == rows


def test_real_money_wants_the_risk_notice_accepted_first(alice: User, bot: Bot) -> None:  # D24
    live = make_account(alice, exchange="binance", is_main=False)
    body = {"bot_id": str(bot.pk), "exchange_account_id": str(live.pk)}

    refused = api_of(alice).post(ADDRESS, body, format="json")
    Consent.objects.create(user=alice, kind=ConsentKind.RISK, version=VERSIONS[ConsentKind.RISK], accepted=True)
    accepted = api_of(alice).post(ADDRESS, body, format="json")

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "risk_not_accepted")
    assert accepted.status_code == 201


def test_an_account_of_a_kind_that_does_not_trade_the_bots_market_is_refused(alice: User) -> None:
    account = make_account(alice, exchange="bitget", variant="unified", testnet=True, is_main=False)

    def subscribe(market: str) -> tuple[int, str]:
        body = {"bot_id": str(make_bot(market_type=market).pk), "exchange_account_id": str(account.pk)}
        answer = api_of(alice).post(ADDRESS, body, format="json")
        return answer.status_code, answer.json().get("errors", [{"code": ""}])[0]["code"]

    assert subscribe("spot") == (400, "market_not_offered")
    assert subscribe("futures") == (201, "")
