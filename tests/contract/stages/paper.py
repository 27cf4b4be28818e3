"""Paper accounts are spoken to as the venue whose dialect they inherit."""

from tests.contract.stages import Stage

STAGE = Stage(exchange="binance", demo=False)
