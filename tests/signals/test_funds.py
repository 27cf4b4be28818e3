"""ORD-04…06: which part of an order's money is blocked, invested or released, by the table of moves."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from signals.funds import Funds, funds_of_entry
from signals.states import LIVE_ORDERS, OrderStatus

D = Decimal


def entry(status: str, filled: str = "0", **fields: object) -> Funds:
    """1 BTC planned at 100 with 10x: 10 of margin."""
    values = {"quantity": D(1), "planned_price": D(100), "average_price": None, "leverage": 10, **fields}
    return funds_of_entry(status=status, filled=D(filled), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "filled", "blocked", "invested", "released"),
    [
        ("planned", "0", "10", "0", "0"),
        ("open", "0", "10", "0", "0"),
        ("unknown", "0", "10", "0", "0"),  # unknown is not failed
        ("partial", "0.4", "6", "4", "0"),  # ORD-06
        ("unknown", "0.4", "6", "4", "0"),
        ("filled", "1", "0", "10", "0"),  # ORD-04
        ("filled", "0.9", "0", "9", "1"),
        ("cancelled", "0", "0", "0", "10"),  # ORD-05
        ("cancelled", "0.4", "0", "4", "6"),
        ("expired", "0.4", "0", "4", "6"),
        ("refused", "0", "0", "0", "10"),
        ("not_placed", "0", "0", "0", "10"),
    ],
)
def test_the_table_of_moves(status: str, filled: str, blocked: str, invested: str, released: str) -> None:
    assert entry(status, filled) == Funds(D(blocked), D(invested), D(released))


def test_the_filled_part_counts_at_the_price_that_was_paid() -> None:
    assert entry("partial", "0.5", average_price=D(110)) == Funds(D(5), D("5.5"), D(0))


def test_what_the_position_sold_is_released() -> None:
    assert entry("filled", "1", held=D("0.25")) == Funds(D(0), D("2.5"), D("7.5"))
    assert entry("filled", "1", held=D(0)) == Funds(D(0), D(0), D(10))


def test_more_than_was_planned_blocks_nothing_below_zero() -> None:
    """A spot purchase says what it may cost: at a better price it buys more."""
    assert entry("filled", "1.2", average_price=D("83.33333333")).blocked == 0
    assert entry("partial", "1.2").blocked == 0


@given(
    status=some.sampled_from(OrderStatus),
    filled=some.decimals(0, 1, places=4),
    held=some.decimals(0, 1, places=4),
    leverage=some.integers(1, 125),
)
def test_nothing_is_lost_and_nothing_counted_twice(
    status: OrderStatus, filled: Decimal, held: Decimal, leverage: int
) -> None:
    funds = entry(status, str(filled), held=held, leverage=leverage)

    whole = funds.blocked + funds.invested + funds.released
    assert abs(whole - D(100) / leverage) <= D("2e-8")  # each part is rounded to 1e-8
    assert min(funds.blocked, funds.invested, funds.released) >= 0
    assert funds.blocked == 0 or status in LIVE_ORDERS
