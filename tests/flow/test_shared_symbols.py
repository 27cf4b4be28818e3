"""Several positions of one account on one symbol, at every exchange with futures: nobody's stop, exit or net touches another's.

D4, D8, D10, D25; EXC-11. Each exchange a simulator of its own; the pipeline, PostgreSQL and ccxt are real.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from exchanges import client as exchange_client
from exchanges import doors, market_loading, registry, shared_prices
from exchanges.types import MarginMode, MarketType, OrderTerms, PositionSide, Side
from exchanges.venue import Venue
from notifications.models import Notice
from ops.daemons import wait_until
from signals import entered
from signals.desk import Desk
from signals.execute import execute
from signals.models import Execution, ExecutionEvent, Order, Position
from signals.price_watch import PriceWatch
from simulator.testing import RunningSimulator as Simulator
from simulator.testing import run_simulator
from subscriptions.models import Subscription
from tests.contract.conftest import open_account as open_keys
from tests.contract.stages import playing, stage_of
from tests.flow.conftest import other_sessions
from tests.flow.test_all_venues import PRICE, open_account, store_account
from tests.flow.world import World

PLAYED = playing(MarketType.FUTURES)
ON_EACH = pytest.mark.parametrize(
    "place", PLAYED, indirect=True, ids=["-".join(filter(None, (venue.id, variant))) for venue, variant in PLAYED]
)
# What waits for seconds is played where it can differ: ids that are free again, ids that are not, answers without a fill.
SOME = [one for one in PLAYED if one[0].id in ("binance", "bybit", "bingx")]
ON_SOME = pytest.mark.parametrize("place", SOME, indirect=True, ids=lambda one: one[0].id)
AT_NET = pytest.mark.parametrize(
    "place", [one for one in PLAYED if one[0].features.attached_stops], indirect=True, ids=lambda one: one[0].id
)


@dataclass
class Place:
    """One account at one simulated exchange."""

    sim: Simulator
    world: World
    venue: Venue
    account: Any
    api_key: str
    symbol: str

    def follow(self, bot: Any) -> Subscription:
        return Subscription.objects.create(user=self.account.user, bot=bot, exchange_account=self.account)

    def held(self) -> Decimal:
        told = self.sim.control.account(self.api_key)["positions"]
        return sum((Decimal(one["quantity"]) for one in told), Decimal(0))

    def standing(self) -> int:
        return len(self.sim.control.account(self.api_key)["open_conditionals"])

    def move(self, price: str) -> None:
        self.sim.control.move_price(self.symbol, price)
        shared_prices._quotes.clear()  # a second has passed


@pytest.fixture
def place(request: pytest.FixtureRequest, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    venue, variant = request.param
    with run_simulator(exchange=stage_of(venue).exchange or venue.id) as sim:
        exchange_client.configure({venue.id: sim.url})
        for module, name in ((market_loading, "_books"), (shared_prices, "_quotes"), (doors, "_doors")):
            monkeypatch.setattr(module, name, {})
        account, api_key = open_account(sim, venue, variant, 1)
        symbol = stage_of(venue).symbol(MarketType.FUTURES, "BTCUSDT")
        sim.control.set_price(symbol, PRICE)
        yield Place(sim, World(sim), venue, account, api_key, symbol)
    assert wait_until(lambda: not other_sessions(), 5)


def two_bots(place: Place) -> tuple[Any, Any, Subscription, Subscription]:
    """One with a near stop, one with a far one, both long."""
    near = place.world.bot("near", default_stop_loss_pct="1", default_margin_usd="20")
    far = place.world.bot("far", default_stop_loss_pct="8", default_margin_usd="20")
    first, second = place.follow(near), place.follow(far)
    place.world.trade(near, "buy")
    place.world.trade(far, "buy", id="2")
    return near, far, first, second


@ON_SOME
def test_an_entry_sent_again_whose_id_is_taken_is_looked_for_not_refused(place: Place) -> None:
    """D4: the answer was lost and the look-ups were late; the id that is taken proves that the first one stood."""
    client = place.follow(place.world.bot())
    place.sim.control.change_account(place.api_key, unique_ids=True)
    place.sim.control.add_fault("drop_after", leg="entry", count=1)
    place.sim.control.add_fault("hide", leg="query", seconds="7")

    place.world.trade(client.bot, "buy")
    for _ in range(3):
        execution = place.world.execution(client)
        if execution.state != "PROTECTED":
            place.world.recover(execution)

    assert place.world.execution(client).state == "PROTECTED"
    assert place.held() == place.world.position(client).quantity
    assert place.standing() >= 2


@ON_SOME
def test_a_second_entry_is_not_sent_while_the_account_shows_that_the_first_was_filled(place: Place) -> None:
    """D4, where a used id is free again: look-ups say "not found" for longer than an order can be on its way."""
    client = place.follow(place.world.bot())
    place.sim.control.add_fault("drop_after", leg="entry", count=1)
    place.sim.control.add_fault("hide", leg="query", seconds="7")

    place.world.trade(client.bot, "buy")
    for _ in range(3):
        execution = place.world.execution(client)
        if execution.state != "PROTECTED":
            place.world.recover(execution)

    assert place.world.execution(client).state == "PROTECTED"
    assert place.held() == place.world.position(client).quantity


@ON_EACH
def test_an_exit_that_fills_slowly_is_not_sent_a_second_time_for_its_rest(place: Place) -> None:
    near, _far, first, second = two_bots(place)
    kept = place.world.position(second).quantity
    place.sim.control.add_fault("partial", leg="close", count=1, fraction="0.5", rest="fill", rest_ms=1500)

    place.world.trade(near, "close", id="3")

    assert place.world.position(first).status == "closed"
    assert (place.held(), place.world.position(second).status) == (kept, "open")


@ON_SOME
def test_an_exit_whose_answer_is_lost_leaves_the_other_bots_position_alone(place: Place) -> None:
    near, _far, first, second = two_bots(place)
    kept = place.world.position(second).quantity
    place.sim.control.change_account(place.api_key, unique_ids=True)
    place.sim.control.add_fault("drop_after", leg="close", count=1)
    place.sim.control.add_fault("hide", leg="query", seconds="7")

    place.world.trade(near, "close", id="3")
    for _ in range(3):
        execution = place.world.execution(first)
        if execution.state != "CLOSED":
            place.world.recover(execution)

    assert place.world.position(first).status == "closed"
    assert (place.held(), place.world.position(second).status) == (kept, "open")


@ON_EACH
@pytest.mark.parametrize("what", ["stop is gone", "a part was sold", "both were closed"])
def test_on_a_hedge_account_each_side_is_compared_by_itself(place: Place, what: str) -> None:
    """D25, F29: long and short of equal size are not "flat"."""
    place.sim.control.change_account(place.api_key, is_hedged=True)
    place.account.position_mode = "hedge"
    place.account.save()
    up, down = place.world.bot("up", default_margin_usd="20"), place.world.bot("down", default_margin_usd="20")
    first, second = place.follow(up), place.follow(down)
    place.world.trade(up, "buy")
    place.world.trade(down, "sell", id="2")
    long, short = place.world.position(first), place.world.position(second)

    if what == "stop is gone":
        place.world.by_hand(first, "BTCUSDT", lambda it, market: it.cancel_protection(market, [stop_of(long)]))
    elif what == "a part was sold":
        part = Decimal("0.001")
        place.world.by_hand(
            first, "BTCUSDT", lambda it, market: it.reduce(market, PositionSide.LONG, part, "byhand0000000003x")
        )
    else:
        place.sim.control.close_by_hand(place.api_key)
    for _ in range(2):
        place.world.reconcile(first)

    long.refresh_from_db()
    short.refresh_from_db()
    told = place.sim.control.account(place.api_key)
    sizes = sorted(Decimal(one["quantity"]) for one in told["open_conditionals"])
    if what == "both were closed":
        assert (long.status, short.status, sizes) == ("closed", "closed", [])
    else:
        expected = short.quantity - (Decimal("0.001") if what == "a part was sold" else 0)
        assert (long.status, long.quantity, short.status) == ("open", expected, "open")
        assert sizes == sorted([long.quantity] * 2 + [short.quantity] * 2)


def stop_of(position: Position) -> str:
    return Order.objects.filter(position=position, leg="stop").latest("created_at").client_order_id


@ON_EACH
def test_a_close_after_the_own_stop_has_fired_leaves_the_other_bots_position_alone(place: Place) -> None:
    near, _far, first, second = two_bots(place)
    kept = place.world.position(second).quantity

    place.move("94000")
    place.world.trade(near, "close", id="3")

    gone, stays = place.world.position(first), place.world.position(second)
    assert (gone.status, gone.exit_reason) == ("closed", "stop_loss")
    assert (stays.status, place.held()) == ("open", kept)
    assert Order.objects.get(position=gone, leg="stop").status != "cancelled"


@ON_EACH
def test_an_added_position_has_one_pair_for_all_of_it(place: Place) -> None:
    """D10 `add`"""
    bot = place.world.bot("adds", default_stop_loss_pct="2", same_side_policy="add", default_margin_usd="20")
    client = place.follow(bot)

    place.world.trade(bot, "buy")
    place.world.trade(bot, "buy", id="2")

    position = place.world.position(client)
    told = place.sim.control.account(place.api_key)["open_conditionals"]
    assert [one.state for one in Execution.objects.order_by("created_at")] == ["PROTECTED", "PROTECTED"]
    assert place.held() == position.quantity
    assert [Decimal(one["quantity"]) for one in told] == [position.quantity] * 2


@AT_NET
def test_a_net_goes_when_the_own_stop_stands(place: Place) -> None:
    near, _far, _first, second = two_bots(place)
    place.world.trade(near, "close", id="3")

    place.move("93500")

    assert place.held() == place.world.position(second).quantity > 0


@AT_NET
@pytest.mark.parametrize(("failures", "told", "left"), [(4, False, 1), (99, True, 0)], ids=["a while", "for good"])
def test_a_net_that_stays_is_tried_again_and_then_told(
    place: Place, monkeypatch: pytest.MonkeyPatch, failures: int, told: bool, left: int
) -> None:
    monkeypatch.setattr(entered, "LATE_NET_PAUSES_S", (0.1, 0.1))
    place.sim.control.add_fault("answer_before", path="*trading-stop*", status=503, count=failures)
    near, far, _first, second = two_bots(place)
    place.world.trade(near, "close", id="3")

    place.move("93500")

    assert ExecutionEvent.objects.filter(code="net_stands", execution__subscription__bot=near).exists() is told
    people = {place.account.user_id, near.manager_id, far.manager_id} if told else set()
    notices = Notice.objects.filter(kind="net_stands", account=place.account)
    assert wait_until(lambda: set(notices.values_list("user", flat=True)) == people, 5)
    assert place.held() == place.world.position(second).quantity * left


@AT_NET
def test_a_net_is_taken_away_when_the_exchange_answers_again_after_the_lease(place: Place) -> None:
    """The execution was settled long before, so its lease is over."""
    place.sim.control.add_fault("answer_before", path="*trading-stop*", status=503, seconds="10")
    bot = place.world.bot("patient", default_margin_usd="20")
    place.follow(bot)

    place.world.trade(bot, "buy")

    assert len(place.sim.control.account(place.api_key)["open_conditionals"]) == 2
    assert not ExecutionEvent.objects.filter(code="net_stands").exists()


@AT_NET
def test_the_net_of_the_next_entry_is_left_to_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entered, "LATE_NET_PAUSES_S", (1.5,))
    place.sim.control.add_fault("answer_before", path="*trading-stop*", status=503, count=3)
    near, far = (place.world.bot(name, default_margin_usd="20") for name in ("near", "far"))
    place.follow(near)
    place.follow(far)
    place.world.alert(near, "buy", id="1")
    entry = Execution.objects.get()
    since = place.sim.control.last_request()

    def another_one_enters() -> None:
        wait_until(Execution.objects.filter(pk=entry.pk, state="PROTECTED").exists, 10)
        place.world.alert(far, "buy", id="2")
        coming = Execution.objects.filter(bot=far)
        coming.update(state="SENDING", lease_until=timezone.now() + timedelta(minutes=1))
        connections.close_all()

    async def work(desk: Desk) -> None:
        entering = asyncio.create_task(execute(entry.pk, desk))
        await asyncio.to_thread(another_one_enters)
        await entering

    place.world.at_desk(work)

    asked = [one for one in place.sim.control.requests(since=since) if "trading-stop" in one["path"]]
    assert [one["status"] for one in asked] == [503, 503, 503]


@AT_NET
def test_an_added_position_is_not_sold_by_the_net_of_its_first_entry(place: Place) -> None:
    bot = place.world.bot("adds", default_stop_loss_pct="2", same_side_policy="add", default_margin_usd="20")
    client = place.follow(bot)
    place.world.trade(bot, "buy")
    for number, price in enumerate(("93500", "92500", "92400"), 2):
        place.move(price)
        place.world.trade(bot, "buy", id=str(number))

    place.move("92300")

    assert place.held() == place.world.position(client).quantity > 0


@pytest.mark.parametrize("place", [PLAYED[1]], indirect=True, ids=lambda one: one[0].id)
def test_an_exchange_that_is_gone_from_this_release_stops_nobody_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = place.follow(place.world.bot())
    place.world.trade(client.bot, "buy")
    monkeypatch.setattr(registry, "_VENUES", {k: v for k, v in registry._VENUES.items() if k != place.venue.id})

    def public(exchange: str, testnet: bool) -> Any:
        return exchange_client.public(exchange, testnet=testnet)

    touched = place.world.at_desk(lambda desk: PriceWatch(desk, public, reconcile_s=60).touched())
    place.world.trade(client.bot, "close", id="2")

    execution = place.world.execution(client)
    assert touched == []
    assert (execution.state, execution.reason_code) == ("SKIPPED", "exchange_unavailable")
    assert execution.error_message == f"Exchange {place.venue.id} not supported"
    assert Position.objects.get().status == "open"


@ON_SOME
def test_leverage_raised_at_the_exchange_is_set_back_or_told(place: Place) -> None:
    """D16, D26: what was set last is believed for an hour; what a position really stands at is seen at the next look."""
    bot = place.world.bot("ten", default_leverage=10, default_stop_loss_pct="5", default_margin_usd="20")
    client = place.follow(bot)
    place.world.trade(bot, "buy")
    place.world.trade(bot, "close", id="2")
    mode = MarginMode.ISOLATED
    place.world.by_hand(client, "BTCUSDT", lambda it, market: it.set_terms(market, leverage=50, margin_mode=mode))
    place.world.trade(bot, "buy", id="3")

    place.world.reconcile(client)

    seen: list[int | None] = []

    async def look(it: Any, market: Any) -> None:
        seen.extend(one.leverage for one in await it.positions(MarketType.FUTURES))

    place.world.by_hand(client, "BTCUSDT", look)
    told = set(ExecutionEvent.objects.filter(code__startswith="leverage_").values_list("code", flat=True))
    assert (seen, told) in (([10], {"leverage_set_back"}), ([50], {"leverage_raised"}))
    place.world.trade(bot, "close", id="4")
    place.world.trade(bot, "buy", id="5")
    seen.clear()
    place.world.by_hand(client, "BTCUSDT", look)
    assert seen == [10]


@ON_SOME
def test_a_second_bot_does_not_raise_the_leverage_of_the_firsts_position(place: Place) -> None:
    careful = place.world.bot("careful", default_leverage=4, default_stop_loss_pct="12", default_margin_usd="80")
    bold = place.world.bot("bold", default_leverage=25, default_stop_loss_pct="1", default_margin_usd="20")
    place.follow(careful)
    second = place.follow(bold)
    place.world.trade(careful, "buy")

    place.world.trade(bold, "buy", id="2")

    execution = place.world.execution(second)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "leverage_in_use")


@pytest.mark.parametrize(
    "place",
    [one for one in playing(MarketType.SPOT) if one[0].id in ("binance", "bybit")],
    indirect=True,
    ids=lambda one: one[0].id,
)
def test_a_spot_close_after_the_own_stop_has_fired_leaves_the_clients_own_coins_alone(place: Place) -> None:
    keys = open_keys(place.sim, place.venue, "", coins={"USDT": "1000", "BTC": "1"})
    account = store_account(place.venue, keys, 7)
    bot = place.world.bot("coins", market_type="spot", default_margin_usd="60", default_stop_loss_pct="1")
    client = Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)
    place.world.trade(bot, "buy", "BTCUSDT")

    place.move("94000")
    place.world.trade(bot, "close", "BTCUSDT", id="2")

    position = place.world.position(client)
    coins = Decimal(place.sim.control.account(keys.api_key)["coins"]["BTC"])
    assert (position.status, position.exit_reason) == ("closed", "stop_loss")
    assert coins >= 1


@ON_SOME
def test_a_stop_that_sold_a_half_leaves_the_other_half_to_the_exit(place: Place) -> None:
    near = place.world.bot("near", default_stop_loss_pct="1", default_margin_usd="40")
    far = place.world.bot("far", default_stop_loss_pct="8", default_margin_usd="40")
    first, second = place.follow(near), place.follow(far)
    place.sim.control.add_fault("partial", leg="stop", count=1, fraction="0.5", rest="expire")
    place.world.trade(near, "buy")
    place.world.trade(far, "buy", id="2")

    place.move("94100")
    place.world.trade(near, "close", id="3")

    assert place.world.position(first).status == "closed"
    assert place.held() == place.world.position(second).quantity > 0


@ON_SOME
def test_what_the_client_bought_since_the_last_look_is_not_sold_by_our_close(place: Place) -> None:
    client = place.follow(place.world.bot("near", default_stop_loss_pct="1", default_margin_usd="20"))
    place.world.trade(client.bot, "buy")
    own = Decimal("0.005")
    terms = OrderTerms(leverage=10)
    place.world.by_hand(
        client, "BTCUSDT", lambda it, market: it.enter(market, Side.BUY, own, "byhand0000000003x", terms=terms)
    )

    place.move("94100")
    place.world.trade(client.bot, "close", id="2")

    assert (place.world.position(client).exit_reason, place.held()) == ("stop_loss", own)


@AT_NET
def test_a_position_stop_of_the_clients_own_stays(place: Place) -> None:
    client = place.follow(place.world.bot("x", default_margin_usd="20"))
    place.world.trade(client.bot, "buy")
    place.world.trade(client.bot, "close", id="1")
    terms = OrderTerms(leverage=10, net_stop=Decimal(90000))
    place.world.by_hand(
        client,
        "BTCUSDT",
        lambda it, market: it.enter(market, Side.BUY, Decimal("0.005"), "byhand0000000003x", terms=terms),
    )
    for _ in range(2):
        place.world.reconcile(client)

    place.world.trade(client.bot, "buy", id="2")

    triggers = {Decimal(one["trigger_price"]) for one in place.sim.control.account(place.api_key)["open_conditionals"]}
    assert Decimal(90000) in triggers
