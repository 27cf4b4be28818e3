"""Mercado Bitcoin: spot in reais, no futures, no demo."""

from decimal import Decimal

from tests.contract.stages import Stage

STAGE = Stage(
    key="BTCBRL", quote="BRL", price=Decimal(510000), stop=Decimal(499800), target=Decimal(540600), demo=False
)
