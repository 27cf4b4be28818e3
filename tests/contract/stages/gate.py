"""Gate: contracts of parts of a coin or of millions of it; futures only."""

from tests.contract.stages import Stage

STAGE = Stage(
    recorded="The simulator speaks no Gate: requests are proven by its own SDK and its documentation, answers are documented ones.",
)
