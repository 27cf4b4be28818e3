"""Fault rules, held requests, bans and maintenance, for the control API."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

from simulator.control.body import Body, ControlError, query_integer, query_of
from simulator.dialects.dialect import Dialect
from simulator.faults import LEGS, Effect, Faults, Rule
from simulator.holds import Holds
from simulator.web import Request

MATCH = ("api_key", "kind", "symbol", "leg", "method", "path", "client_id", "peer")
ANSWER = ("status", "body", "headers")
EXTRAS: dict[Effect, tuple[str, ...]] = {
    Effect.ANSWER_BEFORE: ANSWER,
    Effect.ANSWER_AFTER: ANSWER,
    Effect.DELAY_BEFORE: ("window",),
    Effect.HOLD_BEFORE: ("window",),
    Effect.PARTIAL: ("fraction", "rest", "rest_ms", "pieces"),
}
NOT_OF_THE_CLIENT = ("id", "matched", "fired", "ends", "effect")


class FaultPaths:
    """GET, POST, DELETE faults · DELETE faults/<id> · GET faults/<id>/held · POST faults/<id>/release · POST ban, maintenance."""

    def __init__(self, faults: Faults, holds: Holds, dialect: Dialect) -> None:
        self._faults, self._holds, self._dialect = faults, holds, dialect
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("GET", "faults"): self.list_faults,
            ("POST", "faults"): self.add_fault,
            ("DELETE", "faults"): self.clear_faults,
            ("DELETE", "faults/*"): self.remove_fault,
            ("GET", "faults/*/held"): self.show_held,
            ("POST", "faults/*/release"): self.release,
            ("POST", "ban"): self.ban,
            ("POST", "maintenance"): self.maintain,
        }

    def list_faults(self, _request: Request, _item: str) -> Any:
        described = self._faults.describe()
        return {"faults": [fields | {"held": len(self._holds.of(fields["id"]))} for fields in described]}

    def add_fault(self, request: Request, _item: str) -> Any:
        """Body: effect, and what `faults.Rule` has. `code` and `message` make an error of the exchange, `retry_after` the header."""
        return {"id": self._faults.add(read_rule(Body(request), self._dialect)).id}

    def remove_fault(self, _request: Request, item: str) -> Any:
        """Requests that it holds are dropped: those held before acceptance are never carried out."""
        rule = self._find(item)
        self._faults.remove(rule.id)
        self._holds.release(rule.id, -1, drop=True)
        return {}

    def clear_faults(self, _request: Request, _item: str) -> Any:
        """All of them, as remove_fault does."""
        self._faults.clear()
        self._holds.drop_all()
        return {}

    async def show_held(self, request: Request, item: str) -> Any:
        """Query: count (1) and wait_ms (0): answered once so many requests are held; 408 when they are not in that time."""
        rule, query = self._find(item), query_of(request)
        count, wait_ms = query_integer(query, "count", 1), query_integer(query, "wait_ms", 0)
        if wait_ms:
            try:
                await self._holds.wait(rule.id, count, wait_ms / 1000)
            except TimeoutError:
                raise ControlError(f"{len(self._holds.of(rule.id))} held, not {count}", 408) from None
        return {"held": [held.describe() for held in self._holds.of(rule.id)]}

    def release(self, request: Request, item: str) -> Any:
        """Body, optional: count (-1: all), drop (false: go on where they stopped; true: end them without an answer)."""
        rule, body = self._find(item), Body(request)
        count, drop = body.take("count", int, -1), body.take("drop", bool, False)
        body.finish()
        return {"released": self._holds.release(rule.id, count, drop=drop)}

    def ban(self, request: Request, _item: str) -> Any:
        """Body: seconds; optional peer (an address; else every one). A rule like any other: DELETE faults/<id> lifts it."""
        body = Body(request)
        rule = Rule(Effect.BAN, seconds=_seconds(body), peer=body.take("peer", str, ""))
        body.finish()
        return {"id": self._faults.add(rule).id}

    def maintain(self, request: Request, _item: str) -> Any:
        """Body: seconds; optional status and body (else the exchange's own), kind (futures or spot; else both)."""
        body, usual = Body(request), self._dialect.maintenance()
        rule = Rule(
            Effect.ANSWER_BEFORE,
            seconds=_seconds(body),
            status=body.take("status", int, usual.status),
            body=body.take("body", str, usual.body.decode()),
            kind=body.take("kind", str, ""),
        )
        body.finish()
        check_rule(rule)
        return {"id": self._faults.add(rule).id}

    def _find(self, item: str) -> Rule:
        rule = self._faults.find(int(item)) if item.isdigit() else None
        if rule is None:
            raise ControlError("no such fault", 404)
        return rule


def _seconds(body: Body) -> Decimal:
    seconds = body.take_decimal("seconds")
    if not seconds:
        raise ControlError("seconds is above zero")
    return seconds


def read_rule(body: Body, dialect: Dialect) -> Rule:
    """The rule of a body; ControlError says what is wrong with it."""
    rule = Rule(effect=body.take_choice("effect", Effect))
    _read_error(body, rule, dialect)
    for each in fields(Rule):
        if each.name in NOT_OF_THE_CLIENT or not body.has(each.name):
            continue
        setattr(rule, each.name, _read_field(body, each.name, getattr(rule, each.name)))
        if any(each.name in extras for extras in EXTRAS.values()) and each.name not in EXTRAS.get(rule.effect, ()):
            raise ControlError(f"{each.name} says nothing to {rule.effect}")
    body.finish()
    check_rule(rule)
    return rule


def _read_error(body: Body, rule: Rule, dialect: Dialect) -> None:
    if body.has("code"):
        answer = dialect.fault_answer(body.take("code", dialect.code_type), body.take("message", str, ""))
        rule.status, rule.body = answer.status, answer.body.decode()
    if body.has("retry_after"):
        rule.headers = {"Retry-After": str(body.take("retry_after", int))}


def _read_field(body: Body, name: str, default: Any) -> Any:
    if isinstance(default, Decimal):
        return body.take_decimal(name)
    if isinstance(default, StrEnum):
        return body.take_choice(name, type(default))
    return body.take(name, type(default))


def check_rule(rule: Rule) -> None:
    """ControlError for figures out of range and names that can never match."""
    for wrong, text in (
        (rule.probability > 1, "probability is between 0 and 1"),
        (rule.fraction > 1, "fraction is between 0 and 1"),
        (not 100 <= rule.status <= 599, "status is between 100 and 599"),
        (rule.count < -1, "count is -1 or more"),
        (min(rule.after, rule.delay_ms, rule.rest_ms) < 0, "after, delay_ms and rest_ms are not negative"),
        (not 1 <= rule.pieces <= 100, "pieces is between 1 and 100"),
        (rule.kind not in ("", "futures", "spot"), "kind is futures or spot"),
        (not set(filter(None, rule.leg.split(","))) <= set(LEGS), f"leg is of {', '.join(LEGS)}"),
        (rule.method not in ("", "GET", "POST", "PUT", "DELETE"), "method is GET, POST, PUT or DELETE"),
        (not _are_headers(rule.headers), "headers are strings without line breaks"),
        (rule.effect is Effect.BAN and not rule.seconds, "a ban has seconds"),
    ):
        if wrong:
            raise ControlError(text)


def _are_headers(headers: dict[str, Any]) -> bool:
    return all(
        isinstance(text, str) and text.isascii() and text.isprintable() for pair in headers.items() for text in pair
    )
