"""How far a fill was from the price known before."""

from decimal import Decimal

import pytest

from front.slippage import Slippage, slippage


@pytest.mark.parametrize(
    ("action", "filled_at", "bps", "cost"),
    [
        ("buy", "95100", "10.5", "10.0"),  # dearer
        ("buy", "94900", "-10.5", "-10.0"),  # cheaper
        ("sell", "94900", "10.5", "10.0"),  # sold for less
    ],
)
def test_positive_is_worse_for_the_client(action: str, filled_at: str, bps: str, cost: str) -> None:
    found = slippage(
        action=action, alert=Decimal("95000"), at_send=None, filled_at=Decimal(filled_at), quantity=Decimal("0.1")
    )

    assert found is not None
    assert (found.bps, found.cost, found.tone) == (Decimal(bps), Decimal(cost), "gain" if bps[0] == "-" else "loss")


def test_without_a_price_in_the_alert_the_price_when_sent_counts() -> None:
    prices = {"at_send": Decimal(100), "filled_at": Decimal(100), "quantity": Decimal(1)}

    assert slippage(action="buy", alert=None, **prices) == Slippage(Decimal(100), Decimal("0.0"), Decimal(0), False)


def test_a_close_and_a_missing_price_have_none() -> None:
    known = {"at_send": None, "filled_at": Decimal(1), "quantity": Decimal(1)}

    assert slippage(action="close", alert=Decimal(1), **known) is None
    assert slippage(action="buy", alert=None, **known) is None
