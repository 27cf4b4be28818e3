"""The checker over a real ledger and a real database: clean where nothing broke, by name where something did (I1–I12)."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from accounts.models import AuditEntry
from bots.lifecycle import pause_bot, resume_bot
from signals.invariants import Limits, Report, check
from signals.invariants.book import Stop
from signals.invariants.reading_book import read_book
from signals.invariants.simulator_events import truth_of
from tests.flow.world import World

AT_REST = Limits(rest_s=0)


def judge(world: World, limits: Limits = AT_REST) -> Report:
    accounts = {made["api_key"]: account_id for account_id, made in world.keys.items()}

    def whose(opened) -> UUID | None:
        return accounts.get(opened["api_key"])

    truth = truth_of(world.sim.control.ledger(), whose)
    return check(truth, read_book(list(accounts.values())), datetime.now(UTC), limits)


def codes(report: Report) -> Counter[str]:
    return Counter(violation.code for violation in report.violations)


def test_open_and_closed_positions_of_futures_and_spot_break_nothing(world: World):
    futures, spot = world.bot(), world.bot("spot", market_type="spot", default_margin_usd="200")
    world.clients(futures, 3)
    holder = world.client(spot)
    world.trade(futures, "buy")
    world.trade(spot, "buy", "ETHUSDT")
    world.trade(futures, "close")
    world.trade(futures, "sell", "SOLUSDT.P")
    world.reconcile(*futures.subscriptions.all(), holder)

    report = judge(world)

    assert codes(report) == {}
    assert {name: str(verdict) for name, verdict in report.verdicts.items() if verdict != "held"} == {
        "I11": "not_judged"
    }
    assert report.figures == {"expected": 7, "entered": 7, "double": 0, "lost": 0, "naked": 0, "mismatch": 0}
    assert report.unprotected["positions"] == 7
    assert report.unprotected["max_s"] < 2


def test_a_pause_stands_in_the_book_with_its_times(world: World):
    bot, other = world.bot(), world.bot("other")
    subscription = world.client(bot)
    pause_bot(bot=bot, user=world.manager)
    resume_bot(bot=bot, user=world.manager)
    pause_bot(bot=bot, user=world.manager)
    pause_bot(bot=other, user=world.manager)
    entries = AuditEntry.objects.filter(event__in=("bot_paused", "bot_resumed"), details__bot=str(bot.pk)).order_by(
        "id"
    )
    first, end, second = (entry.at for entry in entries)

    stops = read_book([subscription.exchange_account_id]).stops

    assert stops == (
        Stop(subscription.pk, first, end, "bot_paused"),
        Stop(subscription.pk, second, None, "bot_paused"),
    )
