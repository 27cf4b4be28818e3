"""Every reason not to trade, by itself and in its order (RSK-01…03, D1, D5, D9, D10, D13, D14, D25, P5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from exchanges.types import MarketType, PositionSide
from signals.facts import Facts, Held
from signals.gates import Go, Skip, Wait, Work, decide, foreign_conflict, price_guard

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def facts(**changes) -> Facts:
    values = {
        "id": uuid4(), "signal_id": uuid4(), "subscription_id": uuid4(), "user_id": uuid4(), "bot_id": uuid4(),
        "account_id": uuid4(), "action": "buy", "symbol_key": "BTCUSDT", "state": "PENDING", "lease_epoch": 0, "attempts": 0,
        "own_position_id": None, "created_at": NOW, "sent_at": None, "filled_at": None, "requested_quantity": None,
        "ticker": "BTCUSDT", "signal_price": None, "effective_at": NOW, "signalled_at": NOW, "received_at": NOW,
        "source": "tradingview", "superseded_by": None, "manager_id": uuid4(), "bot_status": "active", "bot_name": "Scalper",
        "market_type": MarketType.FUTURES, "default_leverage": 10, "default_margin_usd": Decimal("50"),
        "default_stop_loss_pct": Decimal("2.5"), "default_take_profit_pct": Decimal("5"), "default_margin_mode": "isolated",
        "allow_no_stop": False, "opposite_policy": "reverse", "same_side_policy": "ignore", "max_signal_age_s": 60,
        "subscription_status": "active", "custom_leverage": None, "custom_margin_usd": None, "custom_stop_loss_pct": None,
        "custom_take_profit_pct": None, "custom_margin_mode": None, "stop_loss_enabled": True, "take_profit_enabled": True,
        "max_daily_loss_usd": Decimal("200.00"), "max_concurrent_positions": 3, "max_price_deviation_pct": None,
        "exchange": "paper", "testnet": False, "account_active": True, "account_status": "verified", "position_mode": "one_way",
        "sealed_keys": b"", "wrapped_data_key": b"", "key_id": "", "set_leverage": None, "set_margin_mode": None,
        "foreign_quantity": Decimal(0),
    }  # fmt: skip
    return Facts(**{**values, **changes})


def held(fact: Facts, side: PositionSide = PositionSide.LONG, symbol: str = "BTCUSDT", **changes) -> Held:
    position = Held(
        id=uuid4(), subscription_id=fact.subscription_id, account_id=fact.account_id, bot_id=fact.bot_id, symbol_key=symbol,
        market_type=fact.market_type, side=side, quantity=Decimal("0.01"), opened_quantity=Decimal("0.01"),
        entry_price=Decimal("95000"), stop_price=None, target_price=None, leverage=10,
        effective_at=NOW - timedelta(minutes=5), opened_at=NOW - timedelta(minutes=5),
    )  # fmt: skip
    return replace(position, **changes)


def holding(fact: Facts, *positions: Held) -> Facts:
    return replace(fact, positions=positions)


def test_nothing_against_it():
    assert decide(facts(), now=NOW) == Go(Work.ENTER)


def test_daily_loss_names_loss_and_limit():
    fact = facts(daily_loss_usd=Decimal("200.00"))

    assert decide(fact, now=NOW) == Skip("daily_loss", {"value": "200.00", "limit": "200.00"})
    assert decide(replace(fact, daily_loss_usd=Decimal("199.99")), now=NOW) == Go(Work.ENTER)


def test_max_positions_counts_what_is_open_and_in_flight():
    fact = facts()
    two = holding(fact, held(fact, symbol="ETHUSDT"), held(fact, symbol="SOLUSDT"))

    assert decide(two, now=NOW) == Go(Work.ENTER)
    assert decide(replace(two, entries_in_flight=1), now=NOW) == Skip("max_positions", {"value": 3, "limit": 3})


@pytest.mark.parametrize(
    ("changes", "skip"),
    [
        ({"bot_status": "paused"}, Skip("bot_paused")),
        ({"bot_status": "archived"}, Skip("bot_archived")),
        ({"subscription_status": "paused"}, Skip("subscription_inactive", {"status": "paused"})),
        ({"account_active": False}, Skip("account_inactive")),
        ({"account_left": True}, Skip("account_changed")),
        ({"account_status": "needs_attention"}, Skip("account_needs_attention", {"status": "needs_attention"})),
        ({"entries_paused": True}, Skip("entries_paused")),
        ({"signalled_at": NOW - timedelta(seconds=61)}, Skip("stale_signal", {"value": 61.0, "limit": 60})),
        ({"superseded_by": uuid4()}, Skip("superseded")),
    ],
)
def test_an_open_is_skipped_with_its_reason(changes: dict, skip: Skip):
    assert decide(facts(**changes), now=NOW) == skip


def test_an_open_waits_for_its_symbol_and_for_older_signals():
    assert decide(facts(busy=True), now=NOW) == Wait()
    assert decide(facts(waits_for_older=True), now=NOW) == Wait()


def test_an_entry_waits_until_the_account_was_looked_at_after_an_outage():
    """A start-up reconciliation comes before the first new entry; a close does not wait for it."""
    assert decide(facts(unwatched=True), now=NOW) == Wait()
    closing = facts(action="close", unwatched=True)
    assert isinstance(decide(replace(holding(closing, held(closing)), unwatched=True), now=NOW), Go)


def test_a_close_passes_every_limit_and_pause():
    fact = facts(
        action="close", bot_status="paused", subscription_status="cancelled", account_active=False,
        account_status="needs_attention", signalled_at=NOW - timedelta(hours=5), daily_loss_usd=Decimal("9999"),
    )  # fmt: skip

    assert decide(holding(fact, held(fact)), now=NOW) == Go(Work.CLOSE)


def test_a_close_without_a_position_and_one_older_than_the_position():
    fact = facts(action="close")
    newer = held(fact, effective_at=NOW + timedelta(seconds=1))

    assert decide(fact, now=NOW) == Skip("no_position")
    assert decide(holding(fact, newer), now=NOW) == Skip("superseded")


def test_a_close_waits_only_for_what_is_being_sent():
    fact = facts(action="close", waits_for_older=True)

    assert decide(holding(fact, held(fact)), now=NOW) == Go(Work.CLOSE)
    assert decide(replace(holding(fact, held(fact)), busy=True), now=NOW) == Wait()


def test_close_all_closes_whatever_the_symbol():
    fact = facts(action="close_all", symbol_key="*")

    assert decide(holding(fact, held(fact, symbol="ETHUSDT")), now=NOW) == Go(Work.CLOSE)
    assert decide(fact, now=NOW) == Skip("no_position")


@pytest.mark.parametrize(
    ("policy", "decision"),
    [
        ("reverse", Go(Work.REVERSE)),
        ("close_only", Go(Work.REVERSE, Skip("close_only_done"))),
        ("ignore", Skip("opposite_ignored")),
    ],
)
def test_an_opposite_signal_follows_the_bots_policy(policy: str, decision):
    fact = facts(action="sell", opposite_policy=policy)

    assert decide(holding(fact, held(fact)), now=NOW) == decision


def test_where_entries_are_paused_a_reversal_still_closes_and_nothing_is_added():
    """B14"""
    fact = facts(entries_paused=True, action="sell", same_side_policy="add")
    against, along = holding(fact, held(fact)), holding(fact, held(fact, PositionSide.SHORT))

    assert decide(against, now=NOW) == Go(Work.REVERSE, Skip("entries_paused"))
    assert decide(along, now=NOW) == Skip("entries_paused")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"account_status": "needs_attention"}, Skip("account_needs_attention", {"status": "needs_attention"})),
        ({"signalled_at": NOW - timedelta(hours=5)}, Skip("stale_signal", {"value": 18000.0, "limit": 60})),
    ],
)
def test_a_signal_that_may_not_enter_any_more_still_closes_what_stands_against_it(changes: dict, refused: Skip):
    """D10, D1"""
    fact = facts(action="sell", unwatched=True, **changes)
    against = holding(fact, held(fact))
    newer = holding(fact, held(fact, effective_at=NOW + timedelta(seconds=1)))

    assert decide(against, now=NOW) == Go(Work.REVERSE, refused)
    busy = replace(against, busy=True)
    assert decide(busy, now=busy.signalled_at + timedelta(seconds=119)) == Wait()
    assert isinstance(
        decide(busy, now=busy.signalled_at + timedelta(seconds=121)), Skip
    )  # it may be one that nobody settles
    only = replace(against, opposite_policy="close_only")
    assert decide(only, now=NOW) == Go(Work.REVERSE, Skip("close_only_done"))
    for fruitless in (
        fact,
        newer,
        holding(fact, held(fact, PositionSide.SHORT)),
        replace(against, opposite_policy="ignore"),
    ):
        assert decide(fruitless, now=NOW) == refused


def test_a_signal_to_a_subscription_that_was_switched_off_leaves_its_position_to_its_stop():
    fact = facts(action="sell", subscription_status="paused")

    assert decide(holding(fact, held(fact)), now=NOW) == Skip("subscription_inactive", {"status": "paused"})


def test_a_reversal_that_a_gate_refuses_still_closes():
    fact = holding(facts(action="sell", daily_loss_usd=Decimal("300")))
    refused = Skip("daily_loss", {"value": "300.00", "limit": "200.00"})

    assert decide(holding(fact, held(fact)), now=NOW) == Go(Work.REVERSE, refused)


def test_the_same_side_again_is_ignored_or_added():
    fact = facts()

    assert decide(holding(fact, held(fact)), now=NOW) == Skip("same_side_ignored")
    adding = replace(fact, same_side_policy="add")
    assert decide(holding(adding, held(adding)), now=NOW) == Go(Work.ADD)


def test_on_one_way_accounts_a_symbol_has_one_direction():
    used = Skip("symbol_in_use", {"holder": "Other bot", "quantity": "-0.5"})

    assert decide(facts(others_quantity=Decimal("-0.5"), others_holder="Other bot"), now=NOW) == used
    assert decide(facts(others_quantity=Decimal("0.5"), others_holder="Other bot"), now=NOW) == Go(Work.ENTER)
    assert decide(facts(others_quantity=Decimal("-0.5"), position_mode="hedge"), now=NOW) == Go(Work.ENTER)


def test_what_was_opened_by_hand_is_judged_by_what_stands_now():
    fact = facts(foreign_quantity=Decimal("-0.5"))

    assert decide(fact, now=NOW) == Go(Work.ENTER)
    assert foreign_conflict(fact, Decimal("-0.5")) == Skip("symbol_in_use", {"holder": "", "quantity": "-0.5"})
    assert foreign_conflict(fact, Decimal("0.5")) is None
    assert foreign_conflict(fact, Decimal(0)) is None


def test_a_spot_sell_sells_what_the_bot_bought():
    fact = facts(action="sell", market_type=MarketType.SPOT)

    assert decide(fact, now=NOW) == Skip("nothing_to_sell")
    assert decide(holding(fact, held(fact)), now=NOW) == Go(Work.CLOSE)


def test_the_price_guard_names_prices_and_limit_and_is_off_on_paper():
    fact = facts(signal_price=Decimal("100"))

    assert price_guard(fact, Decimal("100.5"), is_paper=False) is None
    assert price_guard(fact, Decimal("101"), is_paper=False) == Skip(
        "price_deviation", {"value": "1.00", "limit": "0.50", "price": "101", "signal_price": "100"}
    )
    assert price_guard(fact, Decimal("150"), is_paper=True) is None
    assert price_guard(replace(fact, max_price_deviation_pct=Decimal("2")), Decimal("103"), is_paper=True) is not None
    assert price_guard(facts(), Decimal("103"), is_paper=False) is None
