"""Faults on purpose: rules that spoil a request before, while or after the exchange carries it out."""

import fnmatch
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from math import ceil
from random import Random
from typing import Any

from simulator.core.orders import Rest


class Stage(StrEnum):
    """When a rule acts; at most one rule of each stage meets a request."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Effect(StrEnum):
    """What a rule does. `…_before`: the exchange has not seen the request; `…_after`: it has carried it out."""

    ANSWER_BEFORE = "answer_before"
    DROP_BEFORE = "drop_before"
    DELAY_BEFORE = "delay_before"
    HOLD_BEFORE = "hold_before"
    BAN = "ban"
    HIDE = "hide"
    PARTIAL = "partial"
    ANSWER_AFTER = "answer_after"
    DROP_AFTER = "drop_after"
    DELAY_AFTER = "delay_after"
    HOLD_AFTER = "hold_after"
    CUT_AFTER = "cut_after"

    @property
    def stage(self) -> Stage:
        if self in (Effect.HIDE, Effect.PARTIAL):
            return Stage.DURING
        return Stage.AFTER if self.endswith("_after") else Stage.BEFORE


class Window(StrEnum):
    """When the timestamp of a delayed or held request is checked against its recvWindow."""

    ARRIVAL = "arrival"
    ACCEPTANCE = "acceptance"


LEGS = (
    *("entry", "close", "exit", "stop", "target", "oco"),
    *("cancel", "leverage", "settings", "query", "read"),
)


@dataclass(slots=True)
class Rule:
    """An effect, what it applies to and how often.

    Match (empty = anything; `api_key`, `symbol` and `leg` may name several, separated by commas): `path` may hold shell
    wildcards, `client_id` is a prefix, `leg` is one of LEGS in the dialect's reading (exit = close), `kind` is futures or
    spot, `peer` an address. How often: the first `after` matches pass, then each fires with `probability`; `count` says
    how often it still fires (-1: for ever), `seconds` for how long it is in force (0: for ever; from its first firing
    when `after` is set). What: `status`, `body`, `headers` (answer_…); `delay_ms` before whatever the rule does;
    `window` (delay_before, hold_before); `fraction`, `rest`, `rest_ms`, `pieces` (partial).
    """

    effect: Effect
    api_key: str = ""
    kind: str = ""
    symbol: str = ""
    leg: str = ""
    method: str = ""
    path: str = ""
    client_id: str = ""
    peer: str = ""
    probability: Decimal = Decimal(1)
    count: int = -1
    after: int = 0
    seconds: Decimal = Decimal(0)
    delay_ms: int = 0
    status: int = 503
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    window: Window = Window.ACCEPTANCE
    fraction: Decimal = Decimal("0.5")
    rest: Rest = Rest.FILL
    rest_ms: int = 1000
    pieces: int = 1
    id: int = 0
    matched: int = 0
    fired: int = 0
    ends: float = 0

    def matches(self, target: "Target") -> bool:
        return (
            self._can_meet(target)
            and _among(target.api_key, self.api_key)
            and self.kind in ("", target.kind)
            and _among(target.symbol, self.symbol)
            and _among(target.leg, self.leg.replace("exit", "close"))
            and self.method in ("", target.method)
            and self.peer in ("", target.peer)
            and (not self.path or fnmatch.fnmatchcase(target.path, self.path))
            and (not self.client_id or any(each.startswith(self.client_id) for each in target.client_ids))
        )

    def _can_meet(self, target: "Target") -> bool:
        """Only reads can be hidden from, only orders filled in part."""
        if self.effect is Effect.HIDE:
            return target.method == "GET"
        return self.effect is not Effect.PARTIAL or target.leg in ("entry", "close", "stop", "target")


def _among(value: str, wanted: str) -> bool:
    return not wanted or value in wanted.split(",")


@dataclass(slots=True)
class Target:
    """What a request is about: for matching, for the request log, and for the dialect itself (`parameters`)."""

    api_key: str
    method: str
    path: str
    leg: str
    kind: str = ""
    symbol: str = ""
    client_ids: tuple[str, ...] = ()
    peer: str = ""
    weight: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Faults:
    """The rules in force. Per stage the first that matches, and whose die falls so, applies; bans come before all."""

    def __init__(self, random: Random, now: Callable[[], float] = time.monotonic) -> None:
        """`random` gives each rule dice of its own, so that no other rule's traffic changes what it meets; `now` gives
        seconds for rules with an end."""
        self._random, self._now = random, now
        self._rules: dict[int, Rule] = {}
        self._dice: dict[int, Random] = {}
        self._last_id = 0

    def __bool__(self) -> bool:
        return bool(self._rules)

    def add(self, rule: Rule) -> Rule:
        self._last_id += 1
        rule.id = self._last_id
        if rule.seconds and not rule.after:
            rule.ends = self._now() + int(rule.seconds * 1000) / 1000
        self._rules[rule.id] = rule
        self._dice[rule.id] = Random(self._random.getrandbits(64))  # noqa: S311 -- dice
        return rule

    def ban(self, peer: str, seconds: int) -> None:
        """The address is answered 418 for so long."""
        self.add(Rule(Effect.BAN, peer=peer, seconds=Decimal(seconds)))

    def find(self, rule_id: int) -> Rule | None:
        return self._rules.get(rule_id)

    def remove(self, rule_id: int) -> bool:
        return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def describe(self) -> list[dict[str, Any]]:
        """Every field of each rule, and how many seconds of those with an end are left."""
        described = [asdict(rule) | {"seconds_left": self.seconds_left(rule)} for rule in self._rules.values()]
        for fields in described:
            del fields["ends"]
        return described

    def seconds_left(self, rule: Rule) -> int:
        """Of a rule with an end, rounded up; 0 when it is over, has none, or has not begun."""
        return max(ceil(rule.ends - self._now()), 0) if rule.ends else 0

    def pick(self, stage: Stage, target: Target) -> Rule | None:
        """The rule of this stage that applies to the request, counted as fired; spent rules are kept but match no more."""
        for rule in self._in_order(stage):
            if rule.count == 0 or (rule.ends and self._now() >= rule.ends) or not rule.matches(target):
                continue
            rule.matched += 1
            if rule.matched <= rule.after or self._dice[rule.id].random() >= rule.probability:
                continue
            if rule.seconds and not rule.ends:
                rule.ends = self._now() + int(rule.seconds * 1000) / 1000
            rule.fired += 1
            rule.count -= rule.count > 0
            return rule
        return None

    def _in_order(self, stage: Stage) -> Iterable[Rule]:
        rules = [rule for rule in self._rules.values() if rule.effect.stage is stage]
        return sorted(rules, key=lambda rule: rule.effect is not Effect.BAN)
