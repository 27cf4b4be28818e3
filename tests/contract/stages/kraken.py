"""Kraken: spot only, and proven by its requests."""

from tests.contract.stages import Stage

STAGE = Stage(
    recorded="the simulator does not speak it: requests are checked one by one, signatures by code of our own and against "
    "python-kraken-sdk, and answers are read as they are documented",
    demo=False,
)
