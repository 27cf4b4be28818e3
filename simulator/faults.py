"""Faults on purpose: rules that spoil an answer before or after the exchange has accepted the request."""

import fnmatch
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any


class Effect(StrEnum):
    """What a rule does. `…_before`: the exchange has not seen the request; `…_after`: it has carried it out."""

    ANSWER_BEFORE = "answer_before"
    DROP_BEFORE = "drop_before"
    ANSWER_AFTER = "answer_after"
    DELAY_AFTER = "delay_after"
    DROP_AFTER = "drop_after"

    @property
    def is_before(self) -> bool:
        return self in (Effect.ANSWER_BEFORE, Effect.DROP_BEFORE)


@dataclass(slots=True)
class Rule:
    """An effect and what it applies to; empty = anything. `count` -1 = for ever, else how often it still fires.

    `path` may hold shell wildcards. `leg` is what the request is for, in the dialect's reading: entry, close, stop,
    target, oco, cancel, leverage, settings, query, read. `body` is sent as it is with `status` (ANSWER_…).
    """

    effect: Effect
    api_key: str = ""
    method: str = ""
    path: str = ""
    leg: str = ""
    status: int = 503
    body: str = ""
    delay_ms: int = 0
    probability: Decimal = Decimal(1)
    count: int = -1
    id: int = 0
    fired: int = 0

    def matches(self, target: "Target") -> bool:
        return (
            self.api_key in ("", target.api_key)
            and self.method in ("", target.method)
            and self.leg in ("", target.leg)
            and (not self.path or fnmatch.fnmatchcase(target.path, self.path))
        )


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about, for matching."""

    api_key: str
    method: str
    path: str
    leg: str


class Faults:
    """The rules in force. The first one that matches, and whose die falls so, applies; `random` decides the dice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._rules: dict[int, Rule] = {}
        self._last_id = 0

    def __bool__(self) -> bool:
        return bool(self._rules)

    def add(self, rule: Rule) -> Rule:
        self._last_id += 1
        rule.id = self._last_id
        self._rules[rule.id] = rule
        return rule

    def remove(self, rule_id: int) -> bool:
        return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def describe(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self._rules.values()]

    def pick(self, target: Target) -> Rule | None:
        """The rule that applies to this request, counted as fired; spent rules are kept but match no more."""
        for rule in self._rules.values():
            if rule.count != 0 and rule.matches(target) and self._random.random() < rule.probability:
                rule.fired += 1
                rule.count -= rule.count > 0
                return rule
        return None
