"""Issue's item 5: the warning when the account or the margin is too small for what a bot trades."""

from decimal import Decimal

import pytest

from exchanges.market_cache import Minimum
from subscriptions.minimums import SizeWarning, in_dollars, size_warnings, too_small
from subscriptions.terms import Terms

D = Decimal
BTC = Minimum("BTCUSDT", min_quantity=D("0.001"), min_notional=D("100"), max_leverage=50)


@pytest.mark.parametrize(
    ("price", "margin", "leverage", "small"),
    [
        (None, "10", 10, False),  # 100 of 100
        (None, "10", 9, True),
        (D("150000"), "10", 10, True),  # 0.001 BTC is 150 there
        (D("150000"), "15", 10, False),
    ],
)
def test_the_larger_minimum_counts(price: Decimal | None, margin: str, leverage: int, small: bool) -> None:
    assert too_small(BTC, price, margin_usd=D(margin), leverage=leverage) is small


def test_warnings_carry_value_and_limit() -> None:
    terms = Terms(leverage=60, margin_usd=D("20"), stop_loss_pct=D("1"), take_profit_pct=None, margin_mode="isolated")

    found = size_warnings(terms, minimums={"BTCUSDT": BTC}, prices={"BTCUSDT": D("2000000")}, free_usd=D("15"))

    assert found == [
        SizeWarning("too_small", "BTCUSDT", D("1200"), D("2000.000")),
        SizeWarning("leverage_too_high", "BTCUSDT", D("60"), D("50")),
        SizeWarning("balance_too_small", "", D("15"), D("20")),
    ]


def test_what_the_step_cuts_off_counts_not() -> None:
    """EXE-05: 189 USD buy 0.001 BTC at 95000: 95 USD, under the minimum of 100."""
    stepped = Minimum("BTCUSDT", D("0.001"), D("100"), 50, quantity_step=D("0.001"))
    terms = Terms(leverage=10, margin_usd=D("18.9"), stop_loss_pct=None, take_profit_pct=None, margin_mode="isolated")

    found = size_warnings(terms, minimums={"BTCUSDT": stepped}, prices={"BTCUSDT": D("95000")}, free_usd=None)

    assert found == [SizeWarning("too_small", "BTCUSDT", D("95.000"), D("100"))]
    assert too_small(stepped, D("95000"), margin_usd=D("19"), leverage=10) is False


def test_what_is_not_known_raises_no_warning() -> None:
    terms = Terms(leverage=1, margin_usd=D("10"), stop_loss_pct=None, take_profit_pct=None, margin_mode="isolated")

    assert size_warnings(terms, minimums={}, prices={}, free_usd=None) == []


def test_limits_in_another_currency_are_told_in_dollars_and_left_out_where_its_value_is_not_known() -> None:
    reais, euros = Minimum("BTCBRL", D("0.001"), D("100"), None), Minimum("BTCEUR", D("0.001"), D("100"), None)

    minimums, prices = in_dollars(
        {"BTCUSDT": BTC, "BTCBRL": reais, "BTCEUR": euros}, {"BTCUSDT": D(9), "BTCBRL": D(500)}, {"BRL": D("0.2")}
    )

    assert minimums == {"BTCUSDT": BTC, "BTCBRL": Minimum("BTCBRL", D("0.001"), D("20.0"), None)}
    assert prices == {"BTCUSDT": D(9), "BTCBRL": D("100.0")}
