"""How far a fill was from the price known before."""

from decimal import Decimal

import pytest

from front.slippage import slippage


@pytest.mark.parametrize(
    ("action", "filled_at", "bps", "cost"),
    [
        ("buy", "95100", "10.5", "10.0"),  # dearer
        ("buy", "94900", "-10.5", "-10.0"),  # cheaper
        ("sell", "94900", "10.5", "10.0"),  # sold for less
    ],
)
def test_positive_is_worse_for_the_client(action: str, filled_at: str, bps: str, cost: str) -> None:
    found = slippage(action=action, reference=Decimal("95000"), filled_at=Decimal(filled_at), quantity=Decimal("0.1"))

    assert found is not None
    assert (found.bps, found.cost) == (Decimal(bps), Decimal(cost))


def test_a_close_and_a_missing_price_have_none() -> None:
    known = {"filled_at": Decimal(1), "quantity": Decimal(1)}

    assert slippage(action="close", reference=Decimal(1), **known) is None
    assert slippage(action="buy", reference=None, **known) is None
