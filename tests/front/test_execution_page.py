"""One execution's page: what a close of every symbol made, and whose words an error is told in (P6)."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from accounts.models import Role, User
from front.templatetags.trading import exchange_said, reason
from signals.models import Execution
from signals.queries import closed_by_signal
from tests.front.conftest import browser_of
from tests.trading_world import (
    make_bot,
    make_execution,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)


@pytest.mark.django_db
def test_a_close_of_every_symbol_shows_what_its_positions_made() -> None:
    subscription = make_subscription()
    signal = make_signal(subscription.bot, action="close_all", symbol_key="*", source="client", is_broadcast=False)
    execution = make_execution(signal, subscription)
    for symbol, pnl in (("BTCUSDT", "-20.5"), ("ETHUSDT", "8")):
        position = make_position(
            subscription, symbol_key=symbol, exit_price=Decimal(1), realized_pnl=Decimal(pnl), fees=Decimal("1.25")
        )
        make_order(execution, leg="exit", position=position)
    make_position(subscription, symbol_key="XRPUSDT", exit_price=Decimal(1), realized_pnl=Decimal(500))

    page = browser_of(subscription.user).get(f"/executions/{execution.pk}/").content.decode()

    assert "−\u2060$12.50" in page
    assert "2 positions closed, net of $2.50 fees" in page
    assert "You asked to close" in page


@pytest.fixture
def late_reversal() -> Execution:
    """A signal that came too late to open, and closed what stood against it."""
    subscription = make_subscription(make_bot(make_user(Role.MANAGER)))
    signal = make_signal(
        subscription.bot, action="sell", successful_executions=0, skipped_executions=1, total_subscribers=1
    )
    late = {"value": "62.2", "limit": "60"}
    execution = make_execution(
        signal, subscription, "SKIPPED", reason_code="stale_signal", reason_params=late, sent_at=signal.created_at
    )
    held = make_position(
        subscription, exit_price=Decimal(96000), realized_pnl=Decimal(5), exit_reason="closed_by_signal"
    )
    for attempt in (1, 2):
        make_order(execution, leg="exit", position=held, attempt=attempt)
    make_execution(make_signal(subscription.bot), subscription, "SKIPPED", reason_code="max_positions")
    return execution


@pytest.mark.django_db
def test_what_only_closed_is_told_as_such_to_the_client(late_reversal: Execution) -> None:
    browser = browser_of(late_reversal.user)

    page = browser.get(f"/executions/{late_reversal.pk}/").content.decode()
    lists = [
        browser.get(address).content.decode()
        for address in (
            "/executions/",
            "/dashboard/",
            "/subscriptions/",
            f"/subscriptions/{late_reversal.subscription_id}/",
        )
    ]

    assert "Closed, not opened</span></h1>" in page
    assert "The exit was sent" in page
    assert "The entry was sent" not in page
    assert "Closed at 96,000.00: Closed by the bot&#x27;s signal. Result +$5.00, net of fees" in page
    for text in lists:
        assert "Closed, not opened" in text
        assert ">Skipped</span>" in text  # the other one


@pytest.mark.django_db
def test_a_manager_reads_how_many_positions_a_refused_signal_closed(late_reversal: Execution) -> None:
    page = browser_of(late_reversal.bot.manager).get(f"/manage/signals/{late_reversal.signal_id}/").content.decode()

    assert "1 position closed by it" in page
    assert "Closed, not opened" in page


@pytest.mark.django_db
def test_what_an_execution_opened_and_lost_again_is_not_counted_as_closed_against_it(late_reversal: Execution) -> None:
    subscription = late_reversal.subscription
    own = make_position(subscription, symbol_key="ETHUSDT", exit_price=Decimal(96000))
    execution = make_execution(
        make_signal(subscription.bot), subscription, "CLOSED", position=own, reason_code="protection_failed"
    )
    make_order(execution, leg="exit", position=own)

    assert closed_by_signal(execution.signal) == 0
    assert closed_by_signal(late_reversal.signal) == 1


@pytest.mark.parametrize(
    ("state", "reason", "code", "said"),
    [
        ("SKIPPED", "unknown_symbol", "unknown_symbol", ""),
        ("SKIPPED", "exchange_unavailable", "http_502", ""),
        ("REJECTED", "insufficient_margin", "-2019", "So they say (-2019)"),
        ("REJECTED", "exchange_refused", "EOrder:Unknown", "So they say (EOrder:Unknown)"),
        ("REJECTED", "exchange_refused", "exchange_refused", "So they say"),
    ],
)
def test_only_what_an_exchange_said_is_quoted(state: str, reason: str, code: str, said: str) -> None:
    execution = Execution(state=state, reason_code=reason, error_code=code, error_message="So they say")

    assert exchange_said(execution) == said


def test_no_line_ends_before_a_percent_sign() -> None:
    skipped = Execution(
        state="SKIPPED",
        reason_code="price_deviation",
        reason_params={"price": "95760", "signal_price": "95000", "value": "14.17", "limit": "0.50"},
    )

    with override("pt-br"):
        text = reason(skipped, User(pk=skipped.user_id))

    assert "14,17\N{NO-BREAK SPACE}%" in text
    assert " %" not in text
