"""The road of a request: latency and faults before, the dialect or the control API, durability, latency and faults after."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from simulator.control.api import Control
from simulator.dialects.dialect import Dialect
from simulator.dialects.mood import CALM, Mood
from simulator.faults import Effect, Faults, Rule, Stage, Target, Window
from simulator.holds import Held, Holds
from simulator.journal import Durability
from simulator.requests import Arrival, Outcome, Requests
from simulator.settings import Tunable
from simulator.web import Answer, Connection, Request

CONTROL_PREFIX = "/_control/"


@dataclass(slots=True)
class Trip:
    """One request on its way."""

    request: Request
    connection: Connection
    target: Target
    arrival: Arrival


class Site:
    """Answers every request of the server."""

    def __init__(
        self,
        *,
        dialect: Dialect,
        control: Control,
        faults: Faults,
        holds: Holds,
        requests: Requests,
        durability: Durability,
        tunable: Tunable,
    ) -> None:
        self._dialect, self._control, self._faults, self._holds = dialect, control, faults, holds
        self._requests, self._durability, self._tunable = requests, durability, tunable

    def serve(self, request: Request, connection: Connection) -> None:
        """Answer now or later; half the latency lies before the exchange acts, half after."""
        if request.path == "/healthz":
            connection.reply(Answer(b'{"status":"ok"}'))
        elif request.path.startswith(CONTROL_PREFIX):
            self._control.answer(request, lambda answer: self._reply_when_durable(connection, answer))
        else:
            target = self._dialect.target(request)
            trip = Trip(request, connection, target, self._dialect.log_arrival(self._requests, target))
            _later(self._tunable.latency_ms / 2, lambda: self._meet(trip))

    def _reply_when_durable(self, connection: Connection, answer: Answer) -> None:
        self._durability.when_durable(lambda: connection.reply(answer))

    def _pick(self, stage: Stage, trip: Trip) -> Rule | None:
        rule = self._faults.pick(stage, trip.target) if self._faults else None
        if rule:
            trip.arrival.meet(rule)
        return rule

    def _meet(self, trip: Trip) -> None:
        """The request has come in: what a rule does before the exchange sees it."""
        rule = self._pick(Stage.BEFORE, trip)
        if rule is None:
            self._accept(trip, None)
        elif rule.effect is Effect.HOLD_BEFORE:
            _later(rule.delay_ms, lambda: self._park(trip, rule, lambda: self._accept(trip, rule)))
        elif rule.effect is Effect.DELAY_BEFORE:
            _later(rule.delay_ms, lambda: self._accept(trip, rule))
        elif rule.effect is Effect.DROP_BEFORE:
            _later(rule.delay_ms, lambda: self._drop(trip))
        elif rule.effect is Effect.BAN:
            answer = self._dialect.banned(trip.target.peer, self._faults.seconds_left(rule))
            _later(rule.delay_ms, lambda: self._reply(trip, answer))
        else:
            _later(rule.delay_ms, lambda: self._reply(trip, _answer_of(rule)))

    def _accept(self, trip: Trip, before: Rule | None) -> None:
        """The exchange carries it out, perhaps long after its client has gone."""
        during = self._pick(Stage.DURING, trip)
        arrived = trip.arrival.time if before and before.window is Window.ARRIVAL else None
        mood = Mood(arrived, during) if before or during else CALM
        answer = self._dialect.answer(trip.request, trip.target, mood)
        trip.arrival.accepted = self._dialect.now
        if during and during.effect is Effect.PARTIAL:
            for number in range(during.pieces):
                _later(during.rest_ms * (number + 1) + 1, self._dialect.let_time_pass)
        after = self._pick(Stage.AFTER, trip)
        delay_ms = self._tunable.latency_ms / 2 + (after.delay_ms if after else 0)
        self._durability.when_durable(lambda: _later(delay_ms, lambda: self._end(trip, answer, after)))

    def _end(self, trip: Trip, answer: Answer, rule: Rule | None) -> None:
        """It is done and durable: answer, or what a rule makes of the answer."""
        if rule is None or rule.effect is Effect.DELAY_AFTER:
            self._reply(trip, answer)
        elif rule.effect is Effect.HOLD_AFTER:
            self._park(trip, rule, lambda: self._reply(trip, answer))
        elif rule.effect is Effect.DROP_AFTER:
            self._drop(trip)
        elif rule.effect is Effect.CUT_AFTER:
            self._note(trip, Outcome.CUT, answer)
            trip.connection.cut(answer)
        else:
            self._reply(trip, _answer_of(rule))

    def _park(self, trip: Trip, rule: Rule, go: Callable[[], None]) -> None:
        self._holds.park(rule.id, Held(trip.arrival, trip.connection, go, lambda: self._drop(trip)))

    def _reply(self, trip: Trip, answer: Answer) -> None:
        self._note(trip, Outcome.ANSWERED if trip.connection.is_open else Outcome.GONE, answer)
        trip.connection.reply(answer)

    def _drop(self, trip: Trip) -> None:
        trip.arrival.outcome, trip.arrival.answered = Outcome.DROPPED, self._dialect.now
        trip.connection.drop()

    def _note(self, trip: Trip, outcome: Outcome, answer: Answer) -> None:
        arrival = trip.arrival
        arrival.outcome, arrival.answered = outcome, self._dialect.now
        arrival.status, arrival.code = answer.status, answer.code


def _later(delay_ms: float, action: Callable[[], None]) -> None:
    if delay_ms:
        asyncio.get_running_loop().call_later(delay_ms / 1000, action)
    else:
        action()


def _answer_of(rule: Rule) -> Answer:
    return Answer(rule.body.encode(), rule.status, rule.headers)
