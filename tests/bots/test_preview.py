"""BOT-18, D26: what a client would trade, in figures."""

from decimal import Decimal

import pytest

from bots.preview import preview_trade, stop_is_beyond_liquidation

D = Decimal


def test_futures_preview_shows_both_sides_in_price_and_in_margin() -> None:
    made = preview_trade(
        market_type="futures", leverage=15, margin_usd=D("200"), stop_loss_pct=D("1.5"), take_profit_pct=D("8"),
        price=D("95234.50"),
    )  # fmt: skip

    assert (made.notional_usd, made.leverage, made.stop_beyond_liquidation) == (D("3000.00"), 15, False)
    assert made.quantity == D("0.03150118")
    assert made.long.take_profit is not None and made.long.stop_loss is not None and made.short is not None
    assert (made.long.take_profit.price, made.long.stop_loss.price) == (D("102853.26"), D("93805.98"))  # EXE-15
    assert (made.long.stop_loss.margin_pct, made.long.stop_loss.profit_usd) == (D("22.5"), D("-45.00"))
    assert (made.long.take_profit.margin_pct, made.long.take_profit.profit_usd) == (D("120"), D("240.00"))
    assert made.short.stop_loss is not None and made.short.take_profit is not None
    assert (made.short.stop_loss.price, made.short.take_profit.price) == (D("96663.02"), D("87615.74"))
    assert (made.short.stop_loss.profit_usd, made.short.take_profit.profit_usd) == (D("-45.00"), D("240.00"))


def test_spot_preview_has_no_leverage_and_no_short() -> None:
    made = preview_trade(
        market_type="spot", leverage=20, margin_usd=D("50"), stop_loss_pct=D("2.5"), take_profit_pct=None
    )

    assert (made.leverage, made.notional_usd, made.short, made.long.take_profit) == (1, D("50.00"), None, None)


def test_a_take_profit_that_a_short_cannot_reach_is_not_shown() -> None:
    made = preview_trade(
        market_type="futures", leverage=1, margin_usd=D("50"), stop_loss_pct=D("5"), take_profit_pct=D("100")
    )

    assert made.short is not None
    assert made.short.take_profit is None


def test_the_exchanges_step_makes_the_trade_smaller_and_the_preview_says_by_how_much() -> None:
    """EXE-05: quantities are rounded down."""
    made = preview_trade(
        market_type="futures", leverage=10, margin_usd=D("50"), stop_loss_pct=D("2.5"), take_profit_pct=D("5"),
        price=D("102880"), quantity_step=D("0.001"),
    )  # fmt: skip

    assert (made.quantity, made.asked_usd, made.notional_usd) == (D("0.004"), D("500.00"), D("411.52"))
    assert made.is_cut
    assert made.long.stop_loss is not None
    assert made.long.stop_loss.profit_usd == D("-10.29")


def test_stop_and_target_lie_on_the_exchanges_tick_towards_the_price() -> None:
    """D26, as the orders will be sent."""
    made = preview_trade(
        market_type="futures", leverage=15, margin_usd=D("200"), stop_loss_pct=D("1.5"), take_profit_pct=D("8"),
        price=D("95234.50"), price_step=D("0.1"),
    )  # fmt: skip

    assert made.long.take_profit is not None and made.long.stop_loss is not None and made.short is not None
    assert (made.long.take_profit.price, made.long.stop_loss.price) == (D("102853.2"), D("93806.0"))
    assert made.short.stop_loss is not None and made.short.take_profit is not None
    assert (made.short.stop_loss.price, made.short.take_profit.price) == (D("96663.0"), D("87615.8"))


def test_a_price_below_a_cent_keeps_its_digits() -> None:
    made = preview_trade(
        market_type="spot", leverage=1, margin_usd=D("50"), stop_loss_pct=D("10"), take_profit_pct=None,
        price=D("0.00001230"), price_step=D("0.00000001"),
    )  # fmt: skip

    assert made.long.stop_loss is not None
    assert made.long.stop_loss.price == D("0.00001107")


def test_without_a_known_step_the_trade_is_what_was_asked() -> None:
    made = preview_trade(
        market_type="futures", leverage=10, margin_usd=D("50"), stop_loss_pct=None, take_profit_pct=None, price=D("3")
    )

    assert (made.quantity, made.notional_usd, made.quantity_step, made.is_cut) == (
        D("166.66666666"), D("500.00"), None, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("market", "leverage", "stop", "beyond"),
    [
        ("futures", 20, D("4.99"), False),
        ("futures", 20, D("5"), True),
        ("futures", 125, D("0.79"), False),
        ("futures", 125, D("0.80"), True),
        ("futures", 125, None, False),
        ("spot", 125, D("50"), False),
    ],
)
def test_a_stop_beyond_liquidation_is_known(market: str, leverage: int, stop: Decimal | None, beyond: bool) -> None:
    assert stop_is_beyond_liquidation(market, leverage, stop) is beyond
