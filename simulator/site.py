"""The road of a request: faults and latency before, the dialect or the control API, durability, latency and faults after."""

import asyncio
from collections.abc import Callable

from simulator.control.api import Control
from simulator.dialects.binance.dialect import BinanceDialect
from simulator.faults import Effect, Faults, Rule
from simulator.journal import Durability
from simulator.settings import Tunable
from simulator.web import Answer, Connection, Request

CONTROL_PREFIX = "/_control/"


class Site:
    """Answers every request of the server."""

    def __init__(
        self, *, dialect: BinanceDialect, control: Control, faults: Faults, durability: Durability, tunable: Tunable
    ) -> None:
        self._dialect, self._control, self._faults, self._durability = dialect, control, faults, durability
        self._tunable = tunable

    def serve(self, request: Request, connection: Connection) -> None:
        """Answer now or later; half the latency lies before the exchange acts, half after."""
        if request.path == "/healthz":
            connection.reply(Answer(b'{"status":"ok"}'))
        elif request.path.startswith(CONTROL_PREFIX):
            answer = self._control.answer(request)
            self._durability.when_durable(lambda: connection.reply(answer))
        else:
            rule = self._faults.pick(self._dialect.target(request)) if self._faults else None
            self._later(self._tunable.latency_ms / 2, lambda: self._trade(request, connection, rule))

    def _trade(self, request: Request, connection: Connection, rule: Rule | None) -> None:
        delay_ms = self._tunable.latency_ms / 2
        if rule and rule.effect.is_before:
            self._later(delay_ms, lambda: _spoil(connection, rule))
            return
        answer = self._dialect.answer(request)
        if rule and rule.effect is Effect.DELAY_AFTER:
            delay_ms += rule.delay_ms
        if rule and rule.effect in (Effect.ANSWER_AFTER, Effect.DROP_AFTER):
            self._durability.when_durable(lambda: self._later(delay_ms, lambda: _spoil(connection, rule)))
        elif delay_ms:
            self._durability.when_durable(lambda: self._later(delay_ms, lambda: connection.reply(answer)))
        else:
            self._durability.when_durable(lambda: connection.reply(answer))

    def _later(self, delay_ms: float, action: Callable[[], None]) -> None:
        if delay_ms:
            asyncio.get_running_loop().call_later(delay_ms / 1000, action)
        else:
            action()


def _spoil(connection: Connection, rule: Rule) -> None:
    if rule.effect in (Effect.DROP_BEFORE, Effect.DROP_AFTER):
        connection.drop()
    else:
        connection.reply(Answer(rule.body.encode(), rule.status))
