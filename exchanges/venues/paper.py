"""Paper trading: Binance's dialect, spoken to our simulator (D21). Its traffic never goes to a real exchange."""

from dataclasses import replace

from exchanges.venue import DemoKind, gettext_noop
from exchanges.venues.binance import Binance


class Paper(Binance):
    id = "paper"
    label = gettext_noop("Paper trading")
    features = replace(Binance.features, demo=DemoKind.NONE, is_paper=True)
    # a paper account is made in one click: its keys are drawn by us, there is nothing to look up
    signup_url = docs_url = keys_url = ""
