"""Coinbase: spot only, and proven by its requests."""

from tests.contract.stages import Stage

STAGE = Stage(
    recorded="the simulator does not speak it: requests are checked one by one, tokens verified with the public key, and "
    "answers are read as they are documented",
    demo=False,
)
