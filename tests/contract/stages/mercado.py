"""Mercado Bitcoin: spot in reais."""

from tests.contract.stages import Stage

STAGE = Stage(key="BTCBRL", quote="BRL", demo=False, recorded="its dialect is being written")
