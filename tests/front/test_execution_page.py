"""One execution's page: what a close of every symbol made, and whose words an error is told in (P6)."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from front.templatetags.trading import exchange_said, reason
from signals.models import Execution
from tests.front.conftest import browser_of
from tests.trading_world import make_execution, make_order, make_position, make_signal, make_subscription


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
        text = reason(skipped)

    assert "14,17\N{NO-BREAK SPACE}%" in text
    assert " %" not in text
