"""A search without end: random walks over the steps by seed, and the shortest way to what a walk has found.

Hypothesis draws short and similar examples, which suits a gate; to find what nobody thought of, walks are better.
"""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from tests.machine.steps import CHOICES, InvariantBroken, Steps
from tests.machine.town import Town

Walk = list[tuple[str, dict[str, Any]]]
WEIGHTS = {"trade": 8, "time_passes": 4, "guardian_goes_round": 3, "order_goes_wrong": 3, "price_moves": 2}


def draw_walk(seed: int, length: int) -> Walk:
    """Always the same for a seed."""
    random = Random(seed)
    names = list(CHOICES)
    names = ["trade", *random.choices(names, [WEIGHTS.get(name, 1) for name in names], k=random.randint(0, length - 1))]
    return [(name, {key: random.choice(values) for key, values in CHOICES[name].items()}) for name in names]


def walk_along(town: Town, walk: Walk) -> str:
    """What was broken in the end, "" when everything held."""
    try:
        steps = Steps(town)
        for name, drawn in walk:
            if broken := what_broke(partial(getattr(steps, name), **drawn)):
                return broken
            if found := what_broke(steps.check_entered_once):
                return found
        return what_broke(steps.rest_and_judge, steps.check_entered_once)
    finally:
        town.end()


def what_broke(*checks: Callable[[], None]) -> str:
    """What the first of these checks finds broken, "" when everything holds."""
    try:
        for check in checks:
            check()
    except InvariantBroken as broken:
        return str(broken)
    return ""


def shorten(town: Town, walk: Walk, found: str) -> Walk:
    """Leave out steps, and make what is left plainer, as long as the same invariants are broken."""
    wanted, changed = codes(found), True
    while changed:
        changed = False
        for shorter in _simpler(walk):
            if wanted <= codes(walk_along(town, shorter)):
                walk, changed = shorter, True
                break
    return walk


def _simpler(walk: Walk) -> Iterator[Walk]:
    for place in reversed(range(len(walk))):
        yield walk[:place] + walk[place + 1 :]
    for place, (name, drawn) in enumerate(walk):
        for key, value in drawn.items():
            plainest = CHOICES[name][key][0]
            if value != plainest and key not in ("which", "move"):
                yield [*walk[:place], (name, {**drawn, key: plainest}), *walk[place + 1 :]]


def codes(found: str) -> set[str]:
    """Of each line, invariant and code."""
    return {" ".join(line.split(" ")[:2]) for line in found.splitlines()}
