"""The simulator as a process: `python -m simulator --port 9000 --state var/simulator --token …`."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from simulator.clock import Clock
from simulator.control.accounts import AccountPaths
from simulator.control.api import Control
from simulator.control.faults import FaultPaths
from simulator.control.hand import HandPaths
from simulator.control.ledger import LedgerPaths
from simulator.control.market import MarketPaths
from simulator.control.markets import ListingPaths
from simulator.core.codec import dump_event
from simulator.core.events import Event
from simulator.core.exchange import Exchange
from simulator.core.matching import let_time_pass
from simulator.dialects import registry
from simulator.faults import Faults
from simulator.feed import Feed, find_recordings
from simulator.holds import Holds
from simulator.journal import Journal, Memory
from simulator.ledger import Ledger
from simulator.made_up import fill_up
from simulator.path import PathRunner
from simulator.requests import Requests
from simulator.settings import Tunable
from simulator.site import Site
from simulator.tape import Tape
from simulator.web import Connection

log = logging.getLogger("simulator")
SAMPLE_CANDLES = Path(__file__).resolve().parent.parent / "data" / "candles"
TICK_SECONDS, MARK_SECONDS = Decimal("0.25"), 5


class Simulator:
    """All parts of one simulator, put together from the options."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failure: BaseException | None = None
        self.ended = asyncio.Event()
        clock, ledger, tape = Clock(), Ledger(), Tape()
        self.journal = Memory() if options.state == "none" else Journal(Path(options.state), self.fail)
        state = self.journal.load(ledger.add) if isinstance(self.journal, Journal) else None
        venue = fill_up(registry.find(options.exchange), options.listed)
        self.exchange = Exchange(clock=clock, state=state, markets=venue.markets, start_prices=venue.start_prices)
        if isinstance(self.journal, Journal):
            self.journal.start(self.exchange.state)
        self.exchange.listeners.append(self._listen(ledger))
        self.feed = self._make_feed(tape, is_new=state is None)
        dialect, faults, holds = venue.make(self.exchange, tape), Faults(Random(options.seed)), Holds()  # noqa: S311 -- dice
        tunable, requests = Tunable(self.exchange, dialect.limits), Requests()
        tunable.latency_ms = options.latency_ms
        dialect.on_ban(faults.ban)
        control = Control(
            options.token,
            AccountPaths(self.exchange),
            HandPaths(self.exchange),
            ListingPaths(self.exchange),
            LedgerPaths(self.exchange, ledger, requests),
            MarketPaths(self.exchange, self.feed, PathRunner(self.feed), clock, tunable),
            FaultPaths(faults, holds, dialect),
        )
        self.site = Site(
            dialect=dialect,
            control=control,
            faults=faults,
            holds=holds,
            requests=requests,
            durability=self.journal,
            tunable=tunable,
        )
        self.connections: set[Connection] = set()

    def _listen(self, ledger: Ledger) -> Callable[[Event], None]:
        def listen(event: Event) -> None:
            line = dump_event(event)
            ledger.add(event, line)
            self.journal.append(line)

        return listen

    def _make_feed(self, tape: Tape, *, is_new: bool) -> Feed:
        options = self.options
        folders = [SAMPLE_CANDLES] + [Path(folder) for folder in [options.candles] if folder]
        recordings = find_recordings(folders) if options.feed == "candles" else {}
        feed = Feed(self.exchange, tape, recordings, speed=options.speed)
        for symbol in feed.recorded:
            feed.attach(symbol, afresh=is_new)
        feed.note_prices()
        return feed

    def fail(self, error: BaseException) -> None:
        """The disk refused a write: our memory is ahead of the log, so end without answering anybody."""
        log.critical("the event log cannot be written: %s", error)
        self.failure = error
        self.ended.set()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ended.set)
        listening = socket.create_server((self.options.host, self.options.port), backlog=4096)
        server = await loop.create_server(
            lambda: Connection(self.site.serve, self.connections), sock=listening, backlog=4096
        )
        host, port = listening.getsockname()[:2]
        sys.stdout.write(f"simulator listening on http://{host}:{port}\n")
        sys.stdout.flush()
        moving = asyncio.create_task(self._move_prices())
        await self.ended.wait()
        moving.cancel()
        server.close()
        for connection in list(self.connections):
            connection.drop()
        if self.failure is None:
            await self.journal.close(self.exchange.state)

    async def _move_prices(self) -> None:
        """Let time pass: prices move, are written down now and then, and the log is shortened."""
        loop = asyncio.get_running_loop()
        before, marked = loop.time(), loop.time()
        try:
            while True:
                await asyncio.sleep(0.25)
                now = loop.time()
                elapsed, before = min(int((now - before) * 1000), 2000), now
                let_time_pass(self.exchange)
                self.feed.tick(Decimal(elapsed) / 1000)
                if now - marked >= MARK_SECONDS and self.feed.attached and self.feed.is_running:
                    marked = now
                    self.feed.note_prices()
                if isinstance(self.journal, Journal) and self.journal.wants_snapshot:
                    self.journal.snapshot(self.exchange.state)
        except Exception as error:
            self.fail(error)
            raise


def parse_options(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="An exchange that is not real.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0: any free one, told on standard output")
    parser.add_argument("--state", default="none", help="folder of the event log; none: in memory only")
    parser.add_argument("--token", default=os.environ.get("BATUTA_SIMULATOR_TOKEN", ""), help="of the control API")
    parser.add_argument("--exchange", default="binance", help=f"whose API it speaks: {', '.join(registry.known())}")
    parser.add_argument("--candles", default=os.environ.get("BATUTA_CANDLES", ""), help="folder of further recordings")
    parser.add_argument("--feed", choices=("candles", "still"), default="candles", help="still: only scripted prices")
    parser.add_argument("--speed", type=Decimal, default=Decimal(60), help="recorded time per real time")
    parser.add_argument("--latency-ms", type=int, default=0, help="added to every exchange request, both ways together")
    parser.add_argument("--listed", type=int, default=0, help="symbols of each kind, filled up with made-up ones")
    parser.add_argument("--seed", type=int, default=0, help="of the dice for faults")
    options = parser.parse_args(words)
    if options.exchange not in registry.known():
        parser.error(f"unknown exchange {options.exchange!r}; known are: {', '.join(registry.known())}")
    if not options.token:
        parser.error("a token is needed: --token or BATUTA_SIMULATOR_TOKEN")
    return options


async def serve(options: argparse.Namespace) -> int:
    simulator = Simulator(options)
    await simulator.run()
    return 1 if simulator.failure else 0


def main() -> None:
    """Run until told to stop; exit code 1 when the log could not be written."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    options = parse_options()
    sys.exit(_fastest_loop()(serve(options)))


def _fastest_loop() -> Callable[[Coroutine[Any, Any, int]], int]:
    """uvloop where it is installed: faster, not needed."""
    try:
        import uvloop  # noqa: PLC0415 -- optional
    except ImportError:
        return asyncio.run
    return uvloop.run
