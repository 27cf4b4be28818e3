"""The exchange in process: the simulator's own site, reached by the real exchange client without sockets.

Everything of the client but its connections is real – what ccxt signs, the rate budgets, the error tables – and everything of
the simulator but its server: signatures, filters, ids, faults.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from exchanges import asking_once, shared_prices
from exchanges.addresses import configure
from exchanges.budget_store import Store
from exchanges.budgets import Door
from exchanges.http import Answer, NoAnswer, NotSent
from simulator.server import Simulator, parse_options
from simulator.testing import ControlClient, ControlFailed
from simulator.web import Answer as Reply
from simulator.web import Request
from tests.machine.clocks import MachineClock
from tests.machine.processes import current_process

ADDRESS, TOKEN = "http://exchange.machine", "machine"
RESPONSE_LOST = "the answer was lost"
WAY_S = 0.002  # no two things happen at the same moment


@dataclass
class _Line:
    """The simulator's view of one waiting client."""

    said: asyncio.Future[Reply]
    is_open: bool = True

    def reply(self, reply: Reply) -> None:
        if not self.said.done():
            self.said.set_result(reply)

    def drop(self) -> None:
        if not self.said.done():
            self.said.set_exception(NoAnswer(RESPONSE_LOST))

    def cut(self, _reply: Reply) -> None:
        self.drop()


class Control(ControlClient):
    """The simulator's control API, called without HTTP."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(ADDRESS, TOKEN)
        self._simulator = simulator

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Any:
        text = b"" if body is None else json.dumps(body, default=str).encode()
        path, _, query = path.partition("?")
        replies: list[Reply] = []
        headers = {b"authorization": f"Bearer {TOKEN}".encode()}
        request = Request(method, f"/_control/{path}", query, headers, text, "127.0.0.1")
        self._simulator.site.serve(request, _Listener(replies.append))  # type: ignore[arg-type]
        (reply,) = replies  # whatever is asked here is answered at once
        if reply.status != 200:
            raise ControlFailed(reply.status, reply.body.decode())
        return json.loads(reply.body)


@dataclass
class _Listener:
    reply: Callable[[Reply], None]


@dataclass
class Exchange:
    """A fresh simulator with still prices; `calls` = how many requests came."""

    clock: MachineClock
    simulator: Simulator = field(init=False)
    control: Control = field(init=False)
    calls: int = 0
    unreachable: int = 0  # so many of the next requests find nobody to connect to

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything."""
        options = parse_options(["--token", TOKEN, "--feed", "still"])
        self.simulator = Simulator(options)
        self.control = Control(self.simulator)
        self.calls = self.unreachable = 0

    async def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | str | None = None,
        timeout: float = 10.0,
    ) -> Answer:  # fmt: skip
        """`HttpPool.request` without sockets: NotSent, NoAnswer, or the answer."""
        names = {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
        process = current_process() if b"x-mbx-apikey" in names else None  # public prices are shared by a process
        if process is not None:
            await process.point(f"before {method} {urlsplit(url).path}")
        if self.unreachable:
            self.unreachable -= 1
            raise NotSent("nobody was there to connect to")
        self.calls += 1
        self.clock.loop.jump(WAY_S)
        parts = urlsplit(url)
        text = body.encode() if isinstance(body, str) else body or b""
        line = _Line(asyncio.get_running_loop().create_future())
        self.simulator.site.serve(Request(method, parts.path, parts.query, names, text, "127.0.0.1"), line)  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(timeout):
                reply = await line.said
        except TimeoutError as error:
            raise NoAnswer("no answer in time") from error
        finally:
            line.is_open = False
            if process is not None:
                await process.point(f"after {method} {parts.path}")
        return reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body

    async def close(self) -> None:
        """As the pool's; nothing is open."""


def connect_exchange(patch: pytest.MonkeyPatch, clock: MachineClock) -> Exchange:
    """The exchange client's connections lead here from now on; each process has its own budgets and questions."""
    exchange = Exchange(clock)
    configure({"paper": ADDRESS, "binance": ADDRESS})
    made: dict[Any, Door] = {}

    def door_of(venue: Any, *, testnet: bool) -> Door:
        key = current_process(), venue.id, testnet
        if key not in made:
            name = key[0].name if key[0] else "nobody"
            limits = {market: each.without_numbers() for market, each in venue.limits.items()}
            made[key] = Door(venue.id, name, limits, Store(""), clock.monotonic)
        return made[key]

    start_once = asking_once.start_once
    patch.setattr("exchanges.ccxt_clones.pool", lambda: exchange)
    patch.setattr("exchanges.ccxt_clones.door_of", door_of)
    patch.setattr("exchanges.clock_setting.door_of", door_of)
    patch.setattr(asking_once, "start_once", lambda key, ask: start_once((id(current_process()), key), ask))
    patch.setattr(shared_prices, "_quotes", {})
    return exchange
