"""KuCoin: lots of parts of a coin or of thousands of them; no demo."""

from tests.contract.stages import Stage

STAGE = Stage(
    demo=False,
    recorded="The simulator speaks no KuCoin: requests are proven by a client of others and its documentation, answers are documented.",
)
