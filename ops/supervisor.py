"""Runs the Procfile: honcho, with a process that ended by itself started again."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from honcho.manager import SIGNALS, Manager
from honcho.process import Process

from ops.stop_flag import StopFlag

# An order in flight is finished before its worker goes: a warm shutdown takes as long as the longest exchange call.
KILL_WAIT = 35.0  # five more than a trading worker takes at most to finish what it carries
# What ends last keeps so much of that for itself, however long the others take.
LAST_SECONDS = 5.0
# A second signal within this time is the same order come twice (a terminal and a wrapper that hands it on).
SAME_ORDER_SECONDS = 1.0
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 5.0
# What ends so soon has hardly started: five times in a row, each with an error of its own, and it cannot live.
SOON_SECONDS, MOST_ERRORS = 5.0, 5


class LastingProcess(Process):
    """Starts its command again after it ended unasked, later each time while it ends within 5 s (1 s, 2 s, … 5 s).

    Gives up (and so stops all) when it ends with an error of its own within 5 s of its start five times in a row. What
    was killed by a signal is always started again: the fault is not in it.

    It lives in a process of its own, and ends its command when told to by `stopping` or when the launcher is gone: so
    nothing is orphaned, and an order to stop never meets a pid that has just been replaced. What others need until their
    own end is told only when these have `ended`; all is killed at once when `hurrying`.
    """

    stopping: StopFlag
    hurrying: StopFlag
    ended: StopFlag
    others: Sequence[StopFlag] = ()

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        self._events, self._launcher = events, os.getppid()
        if ignore_signals:  # not SIG_IGN, which the command would inherit
            signal.signal(signal.SIGINT, _wait_for_launcher)
            signal.signal(signal.SIGTERM, _wait_for_launcher)
        threading.Thread(target=self._end_when_told, daemon=True).start()
        code = self._run_until_stopped()
        self.ended.set()
        if self._launcher_is_gone():
            os._exit(1)  # nobody reads our lines any more, and a full pipe would hold us for ever
        self._send_message({"returncode": code}, type="stop")

    def _run_until_stopped(self) -> int:
        """The last exit code, when told to stop or when it gave up."""
        code, soon, errors = 0, 0, 0
        while not self.stopping.is_set():
            began = time.monotonic()
            code = self._run_once()
            ended_soon = time.monotonic() - began < SOON_SECONDS
            soon = soon + 1 if ended_soon else 0
            errors = errors + 1 if ended_soon and code > 0 else 0  # below 0: a signal
            if self.stopping.is_set():
                break
            if errors == MOST_ERRORS:
                said = f"ended {errors} times in a row right after its start: giving up, stopping everything\n"
                self._send_message(said.encode())
                break
            self._send_message(f"ended with {code}, starting again\n".encode())
            self.stopping.wait(min(PAUSE_SECONDS * 2 ** max(soon - 1, 0), LONGEST_PAUSE_SECONDS))
        return code

    def _run_once(self) -> int:
        self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._send_message({"pid": self._child.pid}, type="start")
        for line in iter(self._child.stdout.readline, b""):
            if not self.quiet:
                self._send_message(line)
        self._child.stdout.close()
        return int(self._child.wait())

    def _end_when_told(self) -> None:
        while not self.stopping.wait(0.5):
            if self._launcher_is_gone():
                self.stopping.set()
        told, kill_at = None, time.monotonic() + KILL_WAIT
        self._wait_for_others(kill_at - LAST_SECONDS)
        while True:
            if self._child is not None and self._child is not told:
                told = self._child
                self._signal(told.pid, signal.SIGTERM)
            if told is not None and (time.monotonic() > kill_at or self.hurrying.is_set()):
                self._signal(told.pid, signal.SIGKILL)
            time.sleep(0.05)

    def _wait_for_others(self, until: float) -> None:
        while time.monotonic() < until and not all(other.is_set() for other in self.others):
            if self.hurrying.wait(0.05):
                return

    def _launcher_is_gone(self) -> bool:
        return os.getppid() != self._launcher

    @staticmethod
    def _signal(group: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _wait_for_launcher(number: int, frame: FrameType | None) -> None:
    """Ctrl-C reaches this process too; it ends when its command does."""


class Supervisor(Manager):
    """honcho's manager over LastingProcess; `stop_because` ends everything with a sentence.

    The process named `last` is told to stop when all others have ended. A second signal kills what is left at once.
    """

    def __init__(self, *, last: str = "") -> None:
        multiprocessing.set_start_method("fork", force=True)  # Python 3.14 would pickle what StopFlag shares
        super().__init__()
        self.stopping, self._hurrying = StopFlag(), StopFlag()
        self._last, self._others = last, list[StopFlag]()
        self._signalled_at: float | None = None
        self.watchers: list[threading.Thread] = []
        self._process_ctor = self._make_process

    def _make_process(self, *words: Any, **options: Any) -> LastingProcess:
        process = LastingProcess(*words, **options)
        process.stopping, process.hurrying, process.ended = self.stopping, self._hurrying, StopFlag()
        if process.name == self._last:
            process.others = self._others  # the list itself: it is full when the processes are forked
        else:
            self._others.append(process.ended)
        return process

    def _start(self) -> None:
        for number in SIGNALS:  # in the place of honcho's own, which does nothing the second time
            signal.signal(number, self._on_signal)
        super()._start()
        for watcher in self.watchers:  # only now: a fork beside running threads may inherit a held lock
            watcher.start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._signalled_at is None:
            self._signalled_at, self.returncode = now, SIGNALS[number]["rc"]
            self.say(f"{SIGNALS[number]['name']} received")
            self.terminate()
        elif now > self._signalled_at + SAME_ORDER_SECONDS:
            self._hurrying.set()

    def terminate(self) -> None:
        self.stopping.set()
        super().terminate()

    def _killall(self, force: bool = False) -> None:
        """Left to the processes themselves: honcho's own fails for one that has not reported its pid yet."""

    def stop_because(self, reason: str) -> None:
        """Say why, stop all processes; `loop` then returns and `returncode` is 1."""
        self.say(reason)
        self.returncode = 1
        self.terminate()

    def say(self, sentence: str) -> None:
        self._system_print(f"{sentence}\n")
