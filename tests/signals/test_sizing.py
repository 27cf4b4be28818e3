"""Sizes and prices to the cent (EXE-04, 05, 11, 15, D26)."""

from decimal import Decimal

import pytest

from exchanges.types import Market, MarketType, PositionSide
from signals.sizing import (
    TooSmall,
    deviation_pct,
    entry_quantity,
    on_tick_towards_entry,
    stop_is_reachable,
    stop_price,
    target_price,
)

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def market(**changes) -> Market:
    values = {
        "symbol": "BTC/USDT:USDT", "id": "BTCUSDT", "key": "BTCUSDT", "market_type": MarketType.FUTURES, "base": "BTC",
        "quote": "USDT", "price_step": Decimal("0.1"), "quantity_step": Decimal("0.001"), "min_quantity": Decimal("0.001"),
        "max_market_quantity": Decimal("120"), "min_notional": Decimal("100"), "contract_size": Decimal("1"),
        "max_leverage": 125,
    }  # fmt: skip
    return Market(**{**values, **changes})


def test_quantity_is_margin_times_leverage_over_price_cut_to_the_step():
    exact = market(quantity_step=Decimal("0.00000001"), min_notional=Decimal("1"))

    assert entry_quantity(exact, margin=Decimal("100"), leverage=10, price=Decimal("95000")) == Decimal("0.01052631")
    assert entry_quantity(market(), margin=Decimal("200"), leverage=15, price=Decimal("95234.50")) == Decimal("0.031")


def test_quantity_is_never_above_the_exchanges_market_order_limit():
    small = market(max_market_quantity=Decimal("0.005"))

    assert entry_quantity(small, margin=Decimal("200"), leverage=15, price=Decimal("95234.50")) == Decimal("0.005")


def test_says_what_was_too_small_and_by_which_limit():
    with pytest.raises(TooSmall) as quantity:
        entry_quantity(market(), margin=Decimal("10"), leverage=1, price=Decimal("95000"))
    with pytest.raises(TooSmall) as notional:
        entry_quantity(market(), margin=Decimal("95.1"), leverage=1, price=Decimal("95000"))

    assert (quantity.value.what, quantity.value.minimum) == ("quantity", Decimal("0.001"))
    assert (notional.value.what, notional.value.value, notional.value.minimum) == (
        "notional",
        Decimal("95"),
        Decimal("100"),
    )


def test_stop_and_target_of_the_worked_example():
    entry = Decimal("95234.50")

    assert stop_price(entry, Decimal("1.5"), LONG) == Decimal("93805.98")
    assert target_price(entry, Decimal("8"), LONG) == Decimal("102853.26")
    assert stop_price(entry, Decimal("1.5"), SHORT) == Decimal("96663.02")
    assert target_price(entry, Decimal("8"), SHORT) == Decimal("87615.74")


def test_prices_of_cheap_coins_keep_their_digits():
    assert stop_price(Decimal("0.01234"), Decimal("2.5"), LONG) == Decimal("0.012031500")


def test_what_is_sent_stands_on_the_tick_towards_the_entry():
    entry, tick = Decimal("95234.50"), Decimal("0.1")

    assert on_tick_towards_entry(Decimal("93805.98"), entry, tick) == Decimal("93806.0")
    assert on_tick_towards_entry(Decimal("102853.26"), entry, tick) == Decimal("102853.2")


def test_a_stop_beyond_the_liquidation_price_is_unreachable():
    entry = Decimal("100000")

    assert stop_is_reachable(Decimal("95500"), entry, 20, LONG)
    assert not stop_is_reachable(Decimal("95000"), entry, 20, LONG)
    assert not stop_is_reachable(Decimal("105000"), entry, 20, SHORT)
    assert not stop_is_reachable(Decimal("0"), entry, 1, LONG)


def test_deviation_is_a_percentage_of_the_reference():
    assert deviation_pct(Decimal("99"), Decimal("100")) == Decimal("1")
    assert deviation_pct(Decimal("101"), Decimal("100")) == Decimal("1")
