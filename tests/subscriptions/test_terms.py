"""EXE-01…03, 10; D11: the terms on which one client trades."""

from decimal import Decimal
from typing import Any

import pytest

from bots.models import Bot
from subscriptions.models import Subscription
from subscriptions.terms import Terms, effective_terms

D = Decimal
EXE_02 = {
    "default_leverage": 10, "default_margin_usd": D("100"), "default_stop_loss_pct": D("3"), "default_take_profit_pct": D("5"),
}  # fmt: skip
EXE_03 = {**EXE_02, "default_stop_loss_pct": D("2.5")}


def terms(bot: dict[str, Any], own: dict[str, Any]) -> Terms:
    return effective_terms(Bot(**bot), Subscription(**own))


def test_own_leverage_and_margin_with_the_bots_percentages() -> None:  # EXE-02
    own = {"custom_leverage": 20, "custom_margin_usd": D("50")}

    assert terms(EXE_02, own) == Terms(20, D("50"), D("3"), D("5"), "isolated")


def test_without_own_values_the_bots_defaults() -> None:  # EXE-02
    assert terms(EXE_02, {}) == Terms(10, D("100"), D("3"), D("5"), "isolated")


def test_all_own_values() -> None:  # EXE-03
    own = {
        "custom_leverage": 15, "custom_margin_usd": D("200"), "custom_stop_loss_pct": D("1.5"),
        "custom_take_profit_pct": D("8.0"), "custom_margin_mode": "cross",
    }  # fmt: skip

    assert terms(EXE_03, own) == Terms(15, D("200"), D("1.5"), D("8.0"), "cross")


def test_spot_has_no_leverage() -> None:  # EXE-10
    assert terms({**EXE_02, "market_type": "spot"}, {"custom_leverage": 20}).leverage == 1


@pytest.mark.parametrize(("allowed", "found"), [(True, (None, None)), (False, (D("3"), D("7")))])
def test_stop_and_target_are_off_only_where_the_bot_allows_it(allowed: bool, found: tuple[Decimal | None, ...]) -> None:
    """D11"""
    effective = terms(
        {**EXE_02, "allow_no_stop": allowed, "default_take_profit_pct": D("7")},
        {"stop_loss_enabled": False, "take_profit_enabled": False},
    )

    assert (effective.stop_loss_pct, effective.take_profit_pct) == found
