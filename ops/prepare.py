"""What happens between the servers' start and the processes': migrations and demo data."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ops.daemons import wait_until
from ops.places import ROOT
from ops.ports import port_is_free
from ops.procfile import processes, release_command
from ops.speech import say


def prepare(env: dict[str, str], *, demo: bool) -> None:
    """Run the Procfile's `release`, then `seed_demo` (which must bear being run again); SystemExit 1 with the reason."""
    say("bringing the database up to date")
    _run("the release step", ["/bin/sh", "-c", release_command()], env)
    if demo:
        say("making sure the demo is there")
        with _simulator_meanwhile(env):
            _run("demo data", [sys.executable, "manage.py", "seed_demo"], env)


def own_simulator(env: dict[str, str]) -> bool:
    """Whether paper's traffic goes to the simulator we start; BATUTA_EXCHANGE_URL_PAPER may name a third party's."""
    return env["BATUTA_EXCHANGE_URL_PAPER"].rstrip("/") == f"http://127.0.0.1:{env['SIMULATOR_PORT']}"


def _run(what: str, command: list[str], env: dict[str, str]) -> None:
    if code := subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
        say(f"{what} failed (exit code {code}), the reason stands above; nothing was started")
        raise SystemExit(1)


@contextmanager
def _simulator_meanwhile(env: dict[str, str]) -> Iterator[None]:
    """Demo accounts are opened in the simulator, so it runs while they are made; its state outlives it."""
    command = dict(processes(env)).get("simulator")
    if command is None or not own_simulator(env):
        yield
        return
    port = int(env["SIMULATOR_PORT"])
    process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], cwd=ROOT, env=env)
    try:
        wait_until(lambda: process.poll() is not None or not port_is_free(port), 30)
        yield
    finally:
        process.terminate()
        process.wait(30)
