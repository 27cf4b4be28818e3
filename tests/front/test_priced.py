"""What an open position made so far (DSH-06, D13): net of the fees paid, on the dashboard and on the execution's page alike."""

from decimal import Decimal

import pytest

from exchanges.market_cache import publish_prices
from front.priced import with_prices
from signals.states import State
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.trading_world import make_execution, make_position, make_signal, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> Subscription:
    publish_prices("paper", "futures", {"BTCUSDT": Decimal(95100)})
    return make_subscription()


def test_the_result_so_far_is_net_of_fees_paid(subscription: Subscription) -> None:
    position = make_position(subscription, realized_pnl=Decimal("-3.80"), fees=Decimal("3.80"))

    row = with_prices([position])[0]

    assert (row.result, row.margin) == (Decimal("6.2000"), Decimal("950.0"))
    assert row.result_pct is not None
    assert row.result_pct.quantize(Decimal("0.01")) == Decimal("0.65")


def test_a_position_paid_in_reais_is_measured_by_what_it_cost_in_dollars(subscription: Subscription) -> None:
    publish_prices("paper", "futures", {"ETHBRL": Decimal(15000)})
    position = make_position(
        subscription, symbol_key="ETHBRL", leverage=1, quantity=Decimal("0.0145694"), entry_price=Decimal(18300),
        usd_rate=Decimal("5.37"), realized_pnl=Decimal("-0.35"), fees=Decimal("0.35"),
    )  # fmt: skip

    row = with_prices([position])[0]

    assert row.result is not None
    assert row.result_pct is not None
    shown = [value.quantize(Decimal("0.01")) for value in (row.margin, row.result, row.result_pct)]
    assert shown == [Decimal("49.65"), Decimal("-9.30"), Decimal("-18.74")]


def test_without_a_price_nothing_is_said(subscription: Subscription) -> None:
    row = with_prices([make_position(subscription, symbol_key="ETHUSDT", realized_pnl=Decimal(-1))])[0]

    assert (row.price, row.result, row.result_pct) == (None, None, None)


def test_dashboard_and_execution_show_the_same_result_and_say_what_it_is(subscription: Subscription) -> None:
    position = make_position(subscription, realized_pnl=Decimal("-3.80"), fees=Decimal("3.80"))
    execution = make_execution(make_signal(subscription.bot), subscription, State.PROTECTED, position=position)
    visitor = browser_of(subscription.user)

    board = visitor.get("/dashboard/").content.decode()
    page = visitor.get(f"/executions/{execution.pk}/").content.decode()

    assert [("+$6.20" in text) for text in (board, page)] == [True, True]
    assert "net of fees paid" in board
    assert "open position, net of $3.80 fees paid" in page
