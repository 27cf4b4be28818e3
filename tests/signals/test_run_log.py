"""OPS-09: what a process remembers of its recurring work until it is written down."""

import asyncio
import contextlib

import pytest

from signals.run_log import RunLog, Tally, describe


def tally(*outcomes: str, name: str = "sweep") -> Tally:
    """Runs of 1, 2, 3, … ms; an empty outcome is a success."""
    made = Tally(name)
    for number, error in enumerate(outcomes, 1):
        made.note(ms=number, error=error)
    return made


def test_runs_are_counted_timed_and_failures_in_a_row_told() -> None:
    found = tally("", "a", "", "b", "c")

    assert found == Tally("sweep", 2, 3, 15, 5, 2, "c")


@pytest.mark.parametrize(
    ("first", "second", "in_a_row", "error"),
    [
        (("x", "y"), ("z",), 3, "z"),  # a row goes on over two reports
        (("x", "y"), ("",), 0, "y"),
        (("x",), ("", "y"), 1, "y"),
        (("",), (), 0, ""),
    ],
)
def test_two_tallies_follow_each_other(
    first: tuple[str, ...], second: tuple[str, ...], in_a_row: int, error: str
) -> None:
    both = tally(*first).followed_by(tally(*second))

    assert (both.failures_in_a_row, both.last_error) == (in_a_row, error)
    assert both.succeeded + both.failed == len(first) + len(second)


def test_a_block_is_a_run_and_its_error_goes_on() -> None:
    runs = RunLog()
    with runs.measure("sweep"):
        pass
    with pytest.raises(ValueError, match="no"), runs.measure("sweep"):
        raise ValueError("no\nway")
    with runs.measure("sweep") as run:
        run.fail("the exchange does not answer")
    with runs.measure("sweep") as run:
        run.fail("keys are refused")
        run.leave_out()

    (found,) = runs.take()

    assert (found.succeeded, found.failed, found.failures_in_a_row) == (1, 2, 2)
    assert found.last_error == "the exchange does not answer"
    assert runs.take() == []


def test_a_run_that_is_cancelled_is_neither() -> None:
    runs = RunLog()

    async def work() -> None:
        with runs.measure("sweep"):
            await asyncio.sleep(60)

    async def cancelled() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())

    assert runs.take() == []


def test_what_could_not_be_written_comes_before_what_followed() -> None:
    runs = RunLog()
    runs.note("sweep", ms=1, error="a")
    taken = runs.take()
    runs.note("sweep", ms=2, error="b")
    runs.give_back(taken)

    assert runs.take() == [Tally("sweep", 0, 2, 3, 2, 2, "b")]


@pytest.mark.parametrize(
    ("error", "text"),
    [(ValueError("a\n b"), "ValueError: a b"), (ValueError(), "ValueError"), ("", "failed"), (None, "None")],
)
def test_an_error_is_one_line(error: object, text: str) -> None:
    assert describe(error) == text
