"""Runs the Procfile: honcho, with a process that ended by itself started again."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any

from honcho import manager
from honcho.manager import Manager
from honcho.process import Process

from ops.daemons import runs, wait_until

# An order in flight is finished before its worker goes: a warm shutdown takes as long as the longest exchange call.
manager.KILL_WAIT = 30
PAUSE_SECONDS = 1.0
MOST_ENDS, WITHIN_SECONDS = 5, 60.0


class LastingProcess(Process):
    """Starts its command again after it ended unasked; gives up (and so stops all) after 5 ends within a minute.

    It lives in a process of its own. When the launcher itself is killed, it ends its command too, so nothing is orphaned.
    """

    stopping: Event

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        self._events = events
        if ignore_signals:  # not SIG_IGN, which the command would inherit
            signal.signal(signal.SIGINT, _wait_for_launcher)
            signal.signal(signal.SIGTERM, _wait_for_launcher)
        threading.Thread(target=self._end_with_launcher, args=(os.getppid(),), daemon=True).start()
        ends: deque[float] = deque(maxlen=MOST_ENDS)
        while True:
            code = self._run_once()
            ends.append(time.monotonic())
            if self.stopping.is_set():
                break
            if len(ends) == MOST_ENDS and ends[-1] - ends[0] < WITHIN_SECONDS:
                self._send_message(
                    f"ended {MOST_ENDS} times within a minute: giving up, stopping everything\n".encode()
                )
                break
            self._send_message(f"ended with {code}, starting again\n".encode())
            time.sleep(PAUSE_SECONDS)
        self._send_message({"returncode": code}, type="stop")

    def _run_once(self) -> int:
        self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._send_message({"pid": self._child.pid}, type="start")
        if self.stopping.is_set():  # the order to stop went to the predecessor's pid
            self._child.terminate()
        for line in iter(self._child.stdout.readline, b""):
            if not self.quiet:
                self._send_message(line)
        self._child.stdout.close()
        return int(self._child.wait())

    def _end_with_launcher(self, launcher: int) -> None:
        while os.getppid() == launcher:
            time.sleep(0.5)
        self.stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
                wait_until(lambda: not runs(child.pid), manager.KILL_WAIT)
                os.killpg(child.pid, signal.SIGKILL)
        os._exit(1)


def _wait_for_launcher(number: int, frame: FrameType | None) -> None:
    """Ctrl-C reaches this process too; it ends when its command does."""


class Supervisor(Manager):
    """honcho's manager over LastingProcess; `stop_because` ends everything with a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.stopping = multiprocessing.Event()
        self._process_ctor = self._make_process

    def _make_process(self, *words: Any, **options: Any) -> LastingProcess:
        process = LastingProcess(*words, **options)
        process.stopping = self.stopping
        return process

    def terminate(self) -> None:
        self.stopping.set()
        super().terminate()

    def _killall(self, force: bool = False) -> None:
        # unlike honcho's own, at peace with a process that has not reported its pid yet (it sees `stopping` itself)
        send = self._procmgr.kill if force else self._procmgr.terminate
        for entry in self._processes.values():
            if "pid" in entry and "returncode" not in entry:
                send(entry["pid"])

    def stop_because(self, reason: str) -> None:
        """Say why, stop all processes; `loop` then returns and `returncode` is 1."""
        self.say(reason)
        self.returncode = 1
        self.terminate()

    def say(self, sentence: str) -> None:
        self._system_print(f"{sentence}\n")

    def pids(self) -> dict[str, int]:
        return {name: entry["pid"] for name, entry in self._processes.items() if "pid" in entry}
