"""The execution state machine under any interleaving of answers, time-outs, deaths and repetitions, drawn by hypothesis."""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.machine.steps import CHOICES, Steps
from tests.machine.town import Town


class Machine(RuleBasedStateMachine):
    """`town` is set by the test. Judged after each step (I1) and at rest, at the latest in the end (I1–I8)."""

    town: ClassVar[Town]

    def __init__(self) -> None:
        super().__init__()
        self.steps = Steps(self.town)
        self.is_broken = False

    @invariant()
    def entered_at_most_once(self) -> None:
        self._held(self.steps.check_entered_once)

    def _held(self, step: Any, **drawn: Any) -> None:
        try:
            step(**drawn)
        except BaseException:
            self.is_broken = True  # the end is not judged as well: a failure has one cause
            raise

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.steps.rest_and_judge()
        finally:
            self.town.end()


def _drawn(name: str) -> dict[str, Any]:
    return {argument: st.sampled_from(values) for argument, values in CHOICES[name].items()}


def _take(name: str) -> Any:
    def take(self: Machine, **drawn: Any) -> None:
        self._held(getattr(self.steps, name), **drawn)

    take.__name__ = take.__qualname__ = name
    return take


ExecutionMachine = type(
    "ExecutionMachine",
    (Machine,),
    {"first_trade": initialize(**_drawn("trade"))(_take("trade"))}
    | {name: rule(**_drawn(name))(_take(name)) for name in CHOICES},
)
