"""P6, D12: every reason has a text; RSK-01 and RSK-02 word for word."""

from typing import Any

import pytest
from django.utils import translation

from signals.reasons import TEXTS, english_reason, reason_text


@pytest.mark.parametrize(
    ("code", "params", "text"),
    [
        ("daily_loss", {"value": "250", "limit": "200.00"}, "Daily loss limit: $250.00 >= $200.00"),
        ("max_positions", {"value": 3, "limit": 3}, "Max positions: 3 >= 3"),
        (
            "price_deviation",
            {"value": "0.80", "limit": "0.50", "price": "95760", "signal_price": "95000"},
            "The exchange's price 95760 is 0.80 % away from the alert's 95000; the limit is 0.50 %",
        ),
        (
            "below_minimum",
            {"what": "notional", "value": "90", "limit": "100"},
            "The order would be too small: order value 90, the exchange's minimum is 100",
        ),
        ("below_minimum", {"exchange_code": "-4164"}, "The order would be smaller than the exchange's minimum"),
        (
            "symbol_in_use",
            {"holder": "", "quantity": "1"},
            "The account holds the other direction of this symbol already",
        ),
        (
            "leverage_in_use",
            {"value": 25, "limit": 4, "holder": "Careful"},
            "Careful holds this symbol on the account with 4x leverage; these terms ask for 25x",
        ),
        (
            "leverage_in_use",
            {"value": 25},
            "Another bot holds this symbol on the account with less leverage than these terms ask for",
        ),
        ("stale_signal", {}, "The signal was too old when its turn came"),
        ("price_deviation", {}, "The exchange's price ? is ? % away from the alert's ?; the limit is ? %"),
        ("", {}, ""),
        ("a_code_of_tomorrow", {"value": 1}, "a_code_of_tomorrow"),
    ],
)
def test_text_of_a_reason(code: str, params: dict[str, Any], text: str) -> None:
    assert english_reason(code, params) == text


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_reason_reads_without_parameters(code: str) -> None:
    assert reason_text(code, {}) != ""


def test_numbers_have_the_readers_decimal_sign() -> None:
    with translation.override("pt-br"):
        text = reason_text("daily_loss", {"value": "250", "limit": "200.00"})

    assert text == "Limite de perda diária: US$ 250,00 >= US$ 200,00"
