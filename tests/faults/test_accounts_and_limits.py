"""What an account may not do any more, or never could (F34–F36, F38): said in words, tried seldom, nothing sent in vain."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bots.lifecycle import pause_bot
from bots.models import Bot
from exchanges.models import AccountStatus, ExchangeAccount
from notifications.models import Notice
from signals.models import Execution, Position, Signal
from signals.states import State
from subscriptions.lifecycle import cancel_subscription
from subscriptions.models import Subscription
from tests.faults.servers import Servers, eventually
from tests.faults.world import FaultWorld

REVOKED = {"reading": False, "spot": False, "futures": False}


def test_f34_keys_are_revoked_while_positions_are_open(world: FaultWorld) -> None:
    """The account needs attention, positions stay in the books, and the exchange is asked at most three times."""
    town, bot = world.town, world.bot()
    revoked, *others = world.clients(bot, 3)
    town.worker()
    opening = world.alert(bot, "buy")
    world.settle(opening)
    assert eventually(lambda: not Position.objects.filter(fills_booked_at=None).exists(), 20)

    town.control.change_account(world.key(revoked), permissions=REVOKED)
    since = town.control.last_request()
    world.look_until(lambda: attention(revoked) == AccountStatus.NEEDS_ATTENTION)
    refused = world.alert(bot, "buy", "ETHUSDT.P")
    world.settle(refused)
    watched = timezone.now() + timedelta(seconds=12)
    assert eventually(lambda: make_due_until(world, watched), 20)

    assert len(town.control.requests(api_key=world.key(revoked), since=since)) <= 3
    notices = Notice.objects.filter(kind="account_attention", account_id=revoked.exchange_account_id)
    assert sorted(notices.values_list("user_id", flat=True)) == sorted([revoked.user_id, world.manager.id])
    listed = world.shown_to_operators("protection")["accounts"]
    assert [(item["id"], item["open_positions"]) for item in listed] == [(str(revoked.exchange_account_id), 1)]
    found = world.execution(revoked, refused)
    assert (found.state, found.reason_code) == ("SKIPPED", "account_needs_attention")
    assert world.position(revoked).status == "open"
    assert {world.execution(client, refused).state for client in others} == {"PROTECTED"}

    town.control.change_account(world.key(revoked), permissions=dict.fromkeys(REVOKED, True))
    ExchangeAccount.objects.update(status=AccountStatus.VERIFIED)
    world.check()


def attention(subscription: Subscription) -> str:
    return ExchangeAccount.objects.get(pk=subscription.exchange_account_id).status


def make_due_until(world: FaultWorld, moment: datetime) -> bool:
    world.make_due()
    return timezone.now() >= moment


def test_f34_keys_are_revoked_while_an_order_is_unconfirmed(world: FaultWorld, servers: Servers) -> None:
    """Nobody can say whether it stands: it stays open, asked seldom, and is adopted when the keys work again (I1)."""
    town, bot = world.town, world.bot()
    (client,) = world.clients(bot, 1)
    town.worker()
    since = town.control.last_request()
    rule = town.control.add_fault("hold_after", leg="entry")

    signal = world.alert(bot, "buy")
    town.control.wait_held(rule)
    town.control.change_account(world.key(client), permissions=REVOKED)
    town.control.release(rule, drop=True)
    town.control.remove_fault(rule)
    assert eventually(lambda: attention(client) == AccountStatus.NEEDS_ATTENTION, 20)
    watched = timezone.now() + timedelta(seconds=10)
    assert eventually(lambda: timezone.now() >= watched, 12)

    sent = [item for item in town.control.requests(api_key=world.key(client), since=since) if item["status"] == 401]
    assert len(sent) == 3
    # The fleet's memory: nobody asks for this account until five minutes after the first of the three.
    (shut_until,) = servers.valkey().hgetall(refused_accounts(servers)).values()
    first_refusal = timezone.now() - timedelta(milliseconds=town.now() - sent[0]["time"])
    assert abs(int(shut_until) / 1000 - (first_refusal + timedelta(minutes=5)).timestamp()) < 1
    assert world.execution(client, signal).state == State.UNCONFIRMED

    town.control.change_account(world.key(client), permissions=dict.fromkeys(REVOKED, True))
    town.no_worker()  # what the fleet remembers of refused keys for five minutes is forgotten
    servers.valkey().flushall()
    town.worker()
    world.settle(signal, within=30)
    assert world.execution(client, signal).state == State.PROTECTED
    assert len(world.history(client, "OrderFilled")) == 1


def refused_accounts(servers: Servers) -> str:
    """Redis' list of accounts that are left alone, of the one exchange here."""
    (key,) = (key.decode() for key in servers.valkey().keys("batuta:door:*:refused"))
    return str(key)


@pytest.mark.fault_short
def test_f35_orders_that_cannot_be_as_large_or_small_as_asked(world: FaultWorld) -> None:
    """Skipped or rejected with the figure; what is sent is never more than margin times leverage."""
    town, bot = world.town, world.bot()
    tiny = world.client(bot, 1, custom_margin_usd="1.00", custom_leverage=1)
    high = world.client(bot, 2, custom_leverage=125, custom_stop_loss_pct="0.50")
    poor = world.client(bot, 3, account=world.account(world.person("poor"), wallet="5"))
    whole = world.client(bot, 4, custom_margin_usd="47.00", custom_leverage=7)
    town.worker()
    town.control.set_price("SOLUSDT", "200")

    signal = world.alert(bot, "buy")
    on_sol = world.alert(bot, "buy", "SOLUSDT.P")
    world.settle(signal, on_sol)

    small = world.execution(tiny, signal)
    assert (small.state, small.reason_code) == ("SKIPPED", "below_minimum")
    assert Decimal(small.reason_params["value"]) < Decimal(small.reason_params["limit"])
    above = world.execution(high, on_sol)
    assert (above.state, above.reason_code) in (("SKIPPED", "leverage_too_high"), ("REJECTED", "leverage_too_high"))
    assert (world.execution(poor, signal).state, world.execution(poor, signal).reason_code) == (
        "REJECTED",
        "insufficient_margin",
    )
    entered = world.execution(whole, signal)
    assert entered.state == State.PROTECTED
    assert entered.executed_quantity * entered.price_at_send <= 47 * 7
    world.check()


@pytest.mark.fault_short
def test_f36_the_bot_is_paused_in_the_middle_of_a_broadcast(world: FaultWorld) -> None:
    """Nothing enters a second after the pause was stored, the rest says why, and a close still leaves everybody flat (I10)."""
    signal, bot, flipped = slow_broadcast(world)

    pause_bot(bot=bot, user=bot.manager)
    moment = world.town.now()

    world.settle(signal, within=40)
    reasons = nothing_entered_after(world, signal, moment, flipped)
    assert reasons == {("PROTECTED", ""), ("SKIPPED", "bot_paused")}
    closing = world.alert(bot, "close")
    world.settle(closing)
    assert not Position.objects.filter(status="open").exists()
    world.check()


def test_f36_clients_leave_in_the_middle_of_a_broadcast(world: FaultWorld) -> None:
    """Half of those who have not entered yet cancel, the others switch their account off (I10)."""
    signal, _, flipped = slow_broadcast(world)

    for number, subscription in enumerate(flipped):
        if number % 2:
            cancel_subscription(subscription=subscription, user=subscription.user, close_positions=False)
        else:
            ExchangeAccount.objects.filter(pk=subscription.exchange_account_id).update(is_active=False)
    moment = world.town.now()

    world.settle(signal, within=40)
    reasons = nothing_entered_after(world, signal, moment, flipped)
    assert reasons <= {("PROTECTED", ""), ("SKIPPED", "subscription_inactive"), ("SKIPPED", "account_inactive")}
    assert len(reasons) == 3
    world.check()


def slow_broadcast(world: FaultWorld) -> tuple[Signal, Bot, list[Subscription]]:
    """A signal to 24 accounts through a worker that carries out two at a time, as far as a quarter of the way."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 24)
    town.no_worker()
    town.another_worker("-c", "2")
    town.control.settings(latency_ms=250)
    signal = world.alert(bot, "buy")
    world.reached(State.PROTECTED, signal, count=4)
    return signal, bot, [client for client in clients if world.execution(client).state == State.PENDING]


def nothing_entered_after(
    world: FaultWorld, signal: Signal, moment: int, flipped: list[Subscription]
) -> set[tuple[str, str]]:
    assert len(flipped) >= 6
    for subscription in flipped:
        placed = [event["time"] for event in world.history(subscription, "OrderPlaced")]
        assert all(at <= moment + 1000 for at in placed)
    return set(Execution.objects.filter(signal=signal).values_list("state", "reason_code"))


def test_f38_a_market_changes_its_steps_while_we_trade(world: FaultWorld) -> None:
    """Prices and quantities that no longer fit are refused; the markets are read again, once, and the next order fits."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 3)
    town.worker()
    first = world.alert(bot, "buy", "ETHUSDT.P")
    world.settle(first)
    world.alert(bot, "close", "ETHUSDT.P")
    world.settle()
    town.control.change_market("ETHUSDT", step="0.1", tick="1", min_quantity="0.1")
    since = town.control.last_request()

    signal = world.alert(bot, "buy", "ETHUSDT.P", id="after the change")
    world.settle(signal)

    try:
        states = set(Execution.objects.filter(signal=signal).values_list("state", flat=True))
        assert states <= {"PROTECTED", "REJECTED", "SKIPPED"}
        for client in clients:
            assert len(town.control.requests(api_key=world.key(client), since=since, leg="entry")) <= 2
        again = world.alert(bot, "close", "ETHUSDT.P", id="close")
        world.settle(again)
        last = world.alert(bot, "buy", "ETHUSDT.P", id="last")
        world.settle(last)
        world.entered_once_and_protected(last)
    finally:
        town.control.change_market("ETHUSDT", step="0.001", tick="0.01", min_quantity="0.001")


def test_f38_a_symbol_that_is_delisted(world: FaultWorld) -> None:
    """Refused as unknown: the markets are read again at most once, the row says so, nobody tries for ever."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 3)
    town.worker()
    rule = town.control.add_fault("answer_before", leg="entry,leverage,settings", code=-1121, message="Invalid symbol.")

    signal = world.alert(bot, "buy", "SOLUSDT.P")
    world.settle(signal)

    found = Execution.objects.filter(signal=signal).values_list("state", "reason_code")
    assert list(found) == [("SKIPPED", "unknown_symbol")] * 3
    assert town.fired(rule) <= 4 * len(clients)
    world.check()


def test_f38_a_symbol_that_is_renamed(world: FaultWorld, servers: Servers) -> None:
    """What was held under the old name is settled and booked as ended there; the old name is refused, the new one trades."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 3)
    town.worker()
    held = world.alert(bot, "buy", "SOLUSDT.P")
    world.settle(held)
    world.entered_once_and_protected(held)
    since = town.control.last_request()

    town.control.rename_market("SOLUSDT", "SOLNEWUSDT")
    try:
        world.look_until(lambda: not Position.objects.filter(symbol_key="SOLUSDT", status="open").exists(), 40)
        old = world.alert(bot, "buy", "SOLUSDT.P", id="by the old name")
        world.settle(old)
        town.no_worker()
        servers.valkey().flushall()  # the list of markets that the fleet shares has had its hour
        town.worker()
        new = world.alert(bot, "buy", "SOLNEWUSDT.P", id="by the new name")
        world.settle(new)

        assert outcomes(held) == {("CLOSED", "external")}
        assert outcomes(old) == {("SKIPPED", "unknown_symbol")}
        assert outcomes(new) == {("PROTECTED", "")}
        for client in clients:
            (there,) = world.there(client)["positions"]
            assert there["symbol"] == "SOLNEWUSDT"
            entries = town.control.requests(api_key=world.key(client), since=since, leg="entry")
            assert [item["symbol"] for item in entries if item["status"] == 200] == ["SOLNEWUSDT"]
            assert len(entries) <= 3
        world.check()
    finally:
        town.control.rename_market("SOLNEWUSDT", "SOLUSDT")
        town.no_worker()  # who knows the new name only would find out later
        servers.valkey().flushall()


def outcomes(signal: Signal) -> set[tuple[str, str]]:
    return set(Execution.objects.filter(signal=signal).values_list("state", "reason_code"))
