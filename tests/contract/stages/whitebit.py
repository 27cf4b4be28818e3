"""WhiteBIT: spot only, no demo."""

from tests.contract.stages import Stage

STAGE = Stage(demo=False)
