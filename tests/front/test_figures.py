"""How pages write figures: grouped, in the reader's language, with sign and unit (D19, D26)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import formats, timezone, translation

from front.templatetags.batuta import clock, decimal, money, ms, number, pct, price, quantity, signed, tone


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("pt-br", ["US$\u00a01.234,50", "+US$\u00a012,30", "−US$\u00a012,30", "US$\u00a00,00"]),
        ("en", ["$1,234.50", "+$12.30", "−\u2060$12.30", "$0.00"]),
    ],
)
def test_money_has_currency_and_sign(language: str, expected: list[str]) -> None:
    with translation.override(language):
        shown = [
            money(Decimal("1234.5")),
            signed(Decimal("12.3")),
            signed(Decimal("-12.3")),
            signed(Decimal("0.001")),
        ]

    assert shown == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("95234.500000", "95,234.50"),
        ("188.4", "188.40"),
        ("3.14159", "3.1416"),
        ("0.00001234", "0.000012340"),
        ("0", "0.00"),
    ],
)
def test_a_price_has_as_many_decimals_as_its_size_needs(value: str, shown: str) -> None:
    with translation.override("en"):
        assert price(Decimal(value)) == shown


def test_a_quantity_has_no_trailing_zeros() -> None:
    with translation.override("pt-br"):
        assert [quantity(Decimal("0.031000000")), quantity(Decimal("1200")), decimal("0.50")] == [
            "0,031",
            "1.200",
            "0,5",
        ]


def test_percentages_are_shown_as_stored() -> None:
    with translation.override("pt-br"):
        assert [pct(Decimal("2.50")), pct(Decimal("5.00")), pct(Decimal("-1.25"))] == ["2,50%", "5%", "−1,25%"]


def test_what_is_not_known_is_a_dash() -> None:
    assert [money(None), price(None), quantity(None), pct(None), ms(None), number(""), signed(None)] == ["–"] * 7  # type: ignore[arg-type]


def test_durations_are_readable() -> None:
    with translation.override("en"):
        assert [ms(840), ms(1_240), ms(190_000)] == ["840 ms", "1.2 s", "3 min 10 s"]
        assert [ms(-400), ms(-62_159), ms(-300_272)] == ["−400 ms", "−1 min 2 s", "−5 min"]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("pt-br", ["21/11/2026 15:04", "15:04:05", "15:04:05,120"]),
        ("en", ["11/21/2026 15:04", "15:04:05", "15:04:05.120"]),
    ],
)
def test_times_have_24_hours_in_every_language(language: str, shown: list[str]) -> None:
    moment = datetime(2026, 11, 21, 18, 4, 5, 120_900, tzinfo=UTC)
    with translation.override(language), timezone.override("America/Sao_Paulo"):
        short = formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
        assert [short, clock(moment), clock(moment, "ms")] == shown


def test_a_month_inside_a_sentence_is_written_small_in_portuguese() -> None:
    with translation.override("pt-br"):
        shown = formats.date_format(datetime(2026, 11, 21, tzinfo=UTC), "DATE_FORMAT")

    assert shown == "21 de novembro de 2026"


def test_profit_and_loss_have_a_tone_and_zero_has_none() -> None:
    assert [tone(Decimal("0.01")), tone(Decimal("-0.01")), tone(Decimal("0.001")), tone(None)] == [
        "gain",
        "loss",
        "",
        "",
    ]
