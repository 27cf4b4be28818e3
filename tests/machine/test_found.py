"""What the machine has found, each as the shortest way to it; and a worker stopped at each of its points in turn (I1–I8)."""

from itertools import count
from typing import Any

import pytest

from tests.machine.search import Walk, walk_along, what_broke
from tests.machine.steps import Steps, Trouble
from tests.machine.town import Town

Step = tuple[str, dict[str, Any]]

AT_LEAST_POINTS = 12


def trade(action: str, symbol: str, wait: float, trouble: Trouble = None) -> Step:
    work = {"trouble": trouble, "place": 0, "points": None, "wait": wait}
    return "trade", {"action": action, "symbol": symbol, "age_s": 0.0, **work}


def unheard(action: str, symbol: str) -> Step:
    return "alert_nobody_hears", {"action": action, "symbol": symbol, "age_s": 0.0}


def falls(symbol: str) -> Step:
    return "price_moves", {"symbol": symbol, "move": "0.94", "gap": False, "place": 0, "wait": 0.0}


def found(*walk: Step, id: str, still: str = "") -> Any:  # noqa: A002 -- as pytest.param calls it
    """`still`: what is still wrong."""
    return pytest.param(list(walk), id=id, marks=[pytest.mark.xfail(strict=True, reason=still)] if still else [])


WALKS = [
    found(
        trade("buy", "ETHUSDT", 4.0),
        ("client_does_something", {"what": "close", "which": 0, "symbol": "ETHUSDT"}),
        unheard("sell", "ETHUSDT"),
        id="the client closed by hand, then comes an opposite signal",
    ),
    found(
        trade("buy", "ETHUSDT", 0.5),
        trade("sell", "ETHUSDT", 0.0),
        falls("ETHUSDT"),
        id="the stop fires while an opposite signal is being carried out",
    ),
    found(
        trade("buy", "BTCUSDT", 0.5, ("entry", "in pieces")),
        falls("BTCUSDT"),
        id="the stop fires while the entry is still filling",
    ),
    found(
        trade("buy", "BTCUSDT", 0.5, ("entry", "in pieces")),
        unheard("close_all", "BTCUSDT"),
        id="a close comes while the entry is still filling",
    ),
]


@pytest.mark.parametrize("walk", WALKS)
def test_what_was_found_holds_now(town: Town, walk: Walk) -> None:
    """Each once broke an invariant; the shortest way to it."""
    assert walk_along(town, walk) == ""


@pytest.mark.parametrize("action", ["buy", "close"])
def test_a_worker_may_stop_at_any_point_and_go_on_later(town: Town, action: str) -> None:
    """Whatever was the last thing it did, another one finishes the work, once; and the one that wakes changes nothing."""
    broken: dict[str, str] = {}
    for point in count(1):
        at, what = _stopped_at(town, action, point)
        if what:
            broken[f"{point}: {at}"] = what
        if not at:  # it ended before
            break
    assert broken == {}
    assert point > AT_LEAST_POINTS


def _stopped_at(town: Town, action: str, point: int) -> tuple[str, str]:
    """Where the worker stopped, and what was broken: as long as it stands still, or when it has gone on."""
    try:
        steps = Steps(town)
        town.set_active(1, False)  # one follower: every point is one of its execution
        if action == "close":
            town.alert("buy", "BTCUSDT", age_s=0, number=0)
            town.execute(1, 60, *town.pending())
        town.alert(action, "BTCUSDT", age_s=0, number=1)
        worker = town.process(0)
        worker.fuse = point
        town.execute(0, 60, *town.pending())
        town.thaws = False
        what = what_broke(steps.rest_and_judge)
        town.thaws = True
        return worker.stopped_at, what or what_broke(steps.rest_and_judge)
    finally:
        town.end()
