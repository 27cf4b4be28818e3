"""The log on disk: appended, synced in groups, replayed at the start; a snapshot now and then keeps the start short.

Whoever answers a request waits for `when_durable`, so nothing that was acknowledged can be lost by a kill or a power cut.
Files: `snapshot.json` (state up to its `sequence`), `events-<first sequence>.jsonl` (one event per line).
"""

import asyncio
import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from simulator.core.changes import apply
from simulator.core.codec import dump, load_event, reader
from simulator.core.events import Event
from simulator.core.state import State
from simulator.ledger import KEPT_EVENTS

SNAPSHOT_EVERY = 20_000
SEGMENT_NAME = re.compile(r"events-(\d+)\.jsonl")


class Durability(Protocol):
    """Where the log goes."""

    def append(self, line: str) -> None: ...

    def when_durable(self, callback: Callable[[], Any]) -> None: ...

    async def close(self, state: State) -> None: ...


class Memory:
    """No log: everything is durable at once, until the process ends."""

    def append(self, line: str) -> None:
        """Nothing to keep."""

    def when_durable(self, callback: Callable[[], Any]) -> None:
        callback()

    async def close(self, state: State) -> None:
        """Nothing to close."""


class CorruptLog(Exception):
    """The log has a gap or an unreadable line before its end."""


class StateInUse(Exception):
    """Another simulator works on this folder."""


class Journal:
    """One folder, one writer (locked). Call `load` first, then `start` inside the event loop."""

    def __init__(self, folder: Path, on_failure: Callable[[BaseException], None]) -> None:
        """`on_failure` is told when the disk refuses: the process must end then, for its memory is ahead of the log."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._on_failure = folder, on_failure
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StateInUse(str(folder)) from error
        self._lines: list[str] = []
        self._waiting: list[Callable[[], Any]] = []
        self._writing: asyncio.Future[None] | None = None
        self._file = -1
        self._since_snapshot = 0

    def load(self, on_event: Callable[[Event, str], None]) -> State | None:
        """The state as it was acknowledged; None when the folder is new. Kept older events go to `on_event` too."""
        snapshot = self._folder / "snapshot.json"
        state: State | None = None
        if snapshot.exists():
            state = reader(State)(json.loads(snapshot.read_bytes()))
            state.rebuild_indexes()
        segments = self._segments()
        for path in segments:
            for line in _whole_lines(path, is_last=path == segments[-1]):
                event = load_event(line)
                state = state or State()
                if event.sequence > state.sequence:
                    if event.sequence != state.sequence + 1:
                        raise CorruptLog(f"{path.name}: {event.sequence} follows {state.sequence}")
                    apply(state, event)
                    self._since_snapshot += 1
                on_event(event, line.decode())
        return state

    def start(self, state: State) -> None:
        """Begin a new segment after what was loaded."""
        self._open_segment(state.sequence + 1)

    def append(self, line: str) -> None:
        """Put an event at the end of the log; it is written with whatever else comes in this turn of the loop."""
        self._lines.append(line)
        if self._writing is None:
            loop = asyncio.get_running_loop()
            self._writing = loop.create_future()
            loop.call_soon(self._write_group)

    def when_durable(self, callback: Callable[[], Any]) -> None:
        """Call back once everything appended so far is on the disk."""
        if self._writing is None:
            callback()
        else:
            self._waiting.append(callback)

    @property
    def wants_snapshot(self) -> bool:
        return self._since_snapshot >= SNAPSHOT_EVERY and self._writing is None

    def snapshot(self, state: State) -> None:
        """Write the state beside the log and begin a new segment. Only while nothing is being written."""
        temporary = self._folder / "snapshot.new"
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(dump(state))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._folder / "snapshot.json")
        self._since_snapshot = 0
        self._open_segment(state.sequence + 1)
        self._forget(before=state.sequence - KEPT_EVENTS)

    async def close(self, state: State) -> None:
        """Finish writing, leave a snapshot."""
        while self._writing is not None:
            await asyncio.shield(self._writing)
        self.snapshot(state)
        os.close(self._file)
        os.close(self._lock)

    def _write_group(self) -> None:
        lines, self._lines = self._lines, []
        waiting, self._waiting = self._waiting, []
        self._since_snapshot += len(lines)
        written = asyncio.get_running_loop().run_in_executor(None, self._write_and_sync, "\n".join(lines) + "\n")
        written.add_done_callback(lambda future: self._group_written(future, waiting))

    def _write_and_sync(self, text: str) -> None:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(self._file, data) :]
        os.fdatasync(self._file)

    def _group_written(self, future: asyncio.Future[None], waiting: list[Callable[[], Any]]) -> None:
        error = future.exception()
        if error is not None:
            self._on_failure(error)
            return
        done, self._writing = self._writing, None
        if self._lines:
            self._writing = asyncio.get_running_loop().create_future()
            self._write_group()
        else:  # who asked meanwhile had nothing of his own in the log
            waiting, self._waiting = waiting + self._waiting, []
        for callback in waiting:
            callback()
        if done is not None:
            done.set_result(None)

    def _open_segment(self, first: int) -> None:
        if self._file >= 0:
            os.close(self._file)
        path = self._folder / f"events-{first:012d}.jsonl"
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        directory = os.open(self._folder, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def _forget(self, *, before: int) -> None:
        """Segments whose last event is older, however many there are: each start begins one, and none of them may cost the ledger
        its history."""
        segments = self._segments()
        for old, following in pairwise(segments):
            if _first(following) > before + 1:
                break
            old.unlink()

    def _segments(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if SEGMENT_NAME.fullmatch(path.name))


def _first(segment: Path) -> int:
    """The sequence number that a segment begins with."""
    return int(segment.stem.partition("-")[2])


def _whole_lines(path: Path, *, is_last: bool) -> Iterator[bytes]:
    """The lines of a segment. The last one of the last segment may be torn by a kill: it was never acknowledged, cut it."""
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        if not is_last:
            raise CorruptLog(f"{path.name} ends within a line")
        os.truncate(path, end)
    yield from data[:end].splitlines()
