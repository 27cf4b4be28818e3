"""Start a simulator of your own in a test or a tool, and steer it.

    with run_simulator() as sim:                      # a process on a free port, prices stand still until set
        key = sim.control.create_account(wallet={"USDT": "1000"})     # {"api_key": …, "secret": …, "id": …, …}
        sim.control.set_price("BTCUSDT", "95234.50")  # a jump; stops and targets it reaches are done when this returns
        …  BATUTA_EXCHANGE_URL_PAPER = sim.url  …     # or any Binance client with its traffic sent to sim.url
        sim.control.move_price("BTCUSDT", "93000")    # passes every level on the way: a stop fills at its trigger price
        sim.control.add_fault("drop_after", leg="entry", count=1)
        fills = sim.control.ledger(api_key=key["api_key"], kind="OrderFilled")

`sim.url`, `sim.token`, `sim.process`, `sim.control`. Amounts and prices are strings (Decimals also work). A request that
the control API refuses raises ControlFailed. Options: exchange ("binance": whose API it speaks), state (a folder: the log
survives kill and `sim.restart()`), feed ("still" or "candles"), speed, latency_ms, port, token, seed, log (a file for the
simulator's output).
"""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.control_client import Amount, ControlClient, ControlFailed

ROOT = Path(__file__).resolve().parent.parent
__all__ = ["ControlClient", "ControlFailed", "RunningSimulator", "run_simulator"]
START_SECONDS = 20


class RunningSimulator:
    """A simulator process started by us."""

    def __init__(self, words: list[str], token: str, log: Path | None) -> None:
        self._words, self.token, self._log = words, token, log
        self.process, self.url = self._start(words)
        self.control = ControlClient(self.url, token)

    def _start(self, words: list[str]) -> tuple[subprocess.Popen[bytes], str]:
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path, "BATUTA_SIMULATOR_TOKEN": self.token}
        errors = self._log.open("ab") if self._log else subprocess.DEVNULL
        command = [sys.executable, "-m", "simulator", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
        if self._log:
            errors.close()  # type: ignore[union-attr]
        return process, _read_url(process)

    def stop(self) -> None:
        """SIGTERM: the log is finished and a snapshot left."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same port with the same state folder; killed first if it still runs."""
        self.kill()
        port = self.url.rpartition(":")[2]
        self.process, self.url = self._start([*self._words, "--port", port])

    def _end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(START_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()


def _read_url(process: subprocess.Popen[bytes]) -> str:
    """The address that the simulator tells on its first line."""
    if process.stdout is None:
        raise RuntimeError("the simulator has no output")
    deadline, line = time.monotonic() + START_SECONDS, b""
    while not line.endswith(b"\n") and time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                break
            line += piece
    found = re.search(rb"http://\S+", line)
    if not found:
        process.kill()
        process.wait()
        process.stdout.close()
        raise RuntimeError(f"the simulator did not start (exit code {process.returncode})")
    return found[0].decode()


@contextmanager
def run_simulator(
    *,
    state: Path | str = "none",
    feed: str = "still",
    speed: Amount = "60",
    latency_ms: int = 0,
    port: int = 0,
    token: str = "test-token",  # noqa: S107 -- for tests on loopback
    seed: int = 0,
    exchange: str = "binance",
    log: Path | None = None,
) -> Iterator[RunningSimulator]:
    """A simulator process for the length of the block."""
    words = ["--exchange", exchange, "--port", str(port), "--state", str(state), "--feed", feed, "--speed", str(speed)]
    simulator = RunningSimulator([*words, "--latency-ms", str(latency_ms), "--seed", str(seed)], token, log)
    try:
        yield simulator
    finally:
        simulator.stop()
