"""Which way of deciding an order comes from (ORD-02): kept on each signal, each order, and on the position that it opened."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class StrategySource(models.TextChoices):
    """`signal`: an alert from outside. `manual`: a person pressed a button – a manager's own signal, a client's close, positions
    closed with a subscription, an account or a bot. The others are decided here, by the strategies of those names."""

    SIGNAL = "signal", _("Signal")
    MANUAL = "manual", _("By hand")
    SMART = "smart", _("Smart")
    CANDLE = "candle", _("Candle")
    DCA = "dca", _("DCA")
    GRID = "grid", _("Grid")


def strategy_field() -> Any:
    """The column. Its default also stands in the database: a worker of the version before writes rows without it."""
    default = StrategySource.SIGNAL
    return models.CharField(max_length=20, choices=StrategySource.choices, default=default, db_default=default.value)


# By `Signal.source`, which says who sent it. A strategy's signals carry its own name there.
_BY_SENDER = {
    "tradingview": StrategySource.SIGNAL,
    "manager": StrategySource.MANUAL,
    "client": StrategySource.MANUAL,
    "smart": StrategySource.SMART,
    "candle": StrategySource.CANDLE,
    "dca": StrategySource.DCA,
    "grid": StrategySource.GRID,
}


def strategy_of(sender: str) -> StrategySource:
    """The strategy of a signal that `sender` sent. KeyError for a sender that nobody has named here: none is guessed."""
    return _BY_SENDER[sender]
