"""`./batuta test`: everything a change must pass, over servers of its own. `./batuta test faults`: the whole fault suite, of
which the gate runs a short form. With other arguments: only pytest, with these."""

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TextIO

from ops.claims import Claim
from ops.embedded import Stack
from ops.environment import servers_are_given
from ops.places import ROOT, var_folder
from ops.secrets_file import new_key_ring
from ops.tally import Tally, read_tally

PYTHON = sys.executable
BIN = Path(PYTHON).parent


@dataclass(frozen=True)
class Stage:
    """One command of the gate; `env` is added to the environment."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a stage ended."""

    stage: Stage
    code: int
    seconds: float


def production_env() -> dict[str, str]:
    """A production that is set up rightly, so that `check --deploy` judges our settings and nothing else."""
    return {
        "BATUTA_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "BATUTA_KEYS": new_key_ring(),
        "BATUTA_SIMULATOR_TOKEN": secrets.token_urlsafe(24),
        "ALLOWED_HOSTS": "batuta.example",
        "BASE_URL": "https://batuta.example",
        "EMAIL_URL": "smtp://mail.example:587",
    }


def static_stages() -> list[Stage]:
    return [
        Stage("lint (ruff)", [str(BIN / "ruff"), "check", "."]),
        Stage("format (ruff)", [str(BIN / "ruff"), "format", "--check", "."]),
        Stage("types (mypy)", [PYTHON, "-m", "mypy"]),
        Stage("imports (import-linter)", [str(BIN / "lint-imports"), "--no-logo"]),
        Stage("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Stage(
            "production settings",
            [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            production_env(),
        ),
        Stage("translations", [PYTHON, "-m", "ops.translations", "check"]),
        Stage("templates (djlint)", [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"]),
    ]


def pytest_stages(reports: Path) -> list[Stage]:
    """Chromium's tests apart: Playwright keeps an event loop running, beside which no coroutine test can run. Trades too: they wait
    for exchanges most of the time."""
    served = "servers and not worker and not browser and not fault"
    parts = {
        "unit tests": ["-m", "not servers and not worker and not browser and not fault"],
        "tests with servers": ["-m", served, "--ignore=tests/flow"],
        "trades": ["-m", served, "tests/flow"],
        "tests with workers": ["-m", "worker and not browser and not fault"],
        "faults, short form": ["-m", "fault_short"],
        "tests in Chromium": ["-m", "browser"],
    }
    return [Stage(name, _pytest(*words, f"--junitxml={reports / f'{name}.xml'}")) for name, words in parts.items()]


def _pytest(*words: str) -> list[str]:
    return [PYTHON, "-m", "pytest", "-q", "--durations=10", *words]


def chosen_stage(words: list[str]) -> Stage:
    """What the words after `./batuta test` name."""
    if words[0] == "faults":
        return Stage("faults", _pytest("-m", "fault", "tests/faults", *words[1:]))
    return Stage("pytest", [PYTHON, "-m", "pytest", *words])


def gate(words: list[str]) -> int:
    """0 when all passed. Never stops at the first failure: one run names everything that is wrong.

    What needs no server comes first, and has the machine for itself. The rest runs in three lanes at once, each over servers of its
    own, for much of it waits; over given servers in one, for there is one set.
    """
    if words:
        return _over_servers([chosen_stage(words)], Lane())[0].code
    with TemporaryDirectory() as reports:
        units, servers, trades, workers, faults, chromium = pytest_stages(Path(reports))
        first, lanes = [*static_stages(), units], [[servers, chromium], [trades], [workers, faults]]
        if servers_are_given():
            return _conclude(_over_servers([*first, *(stage for lane in lanes for stage in lane)], Lane()))
        return _conclude(_over_servers(first, Lane()) + in_lanes(*lanes))


def in_lanes(here: list[Stage], *others: list[Stage]) -> list[Outcome]:
    """What the others print is printed when `here` is through, one after the other."""
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(len(others)))
        beside = [(Lane(), stack.enter_context(TemporaryFile("w+", errors="replace")), stages) for stages in others]
        running = [threads.submit(_over_servers, stages, lane, told) for lane, told, stages in beside]
        try:
            outcomes = _over_servers(here, Lane())
            for (_, told, _), run in zip(beside, running, strict=True):
                print("\n=== meanwhile, beside these", flush=True)
                outcomes += run.result()
                told.seek(0)
                print(told.read())
        except BaseException:
            for lane, _, _ in beside:
                lane.leave()
            raise
    return outcomes


def _over_servers(stages: list[Stage], lane: "Lane", told: TextIO | None = None) -> list[Outcome]:
    """Each stage in turn; what they print goes to `told`, or is to be read at once."""
    claim = Claim(var_folder(), "test")
    try:
        if servers_are_given():
            return lane.run_all(stages, dict(os.environ), told)
        with Stack(claim.folder, durable=False) as stack:
            own = {**stack.env, "BATUTA_TEST_STACK": str(claim.folder)}
            return lane.run_all(stages, {**os.environ, **own}, told)
    finally:
        claim.release()


class Lane:
    """Stages one after the other, until somebody says `leave`, from whichever thread."""

    def __init__(self) -> None:
        self._left = False
        self._running: subprocess.Popen[bytes] | None = None

    def leave(self) -> None:
        """End what runs, and begin nothing more."""
        self._left = True
        if self._running:
            self._running.terminate()

    def run_all(self, stages: list[Stage], env: dict[str, str], told: TextIO | None) -> list[Outcome]:
        env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', os.defpath)}"
        outcomes = []
        for stage in stages:
            if self._left:
                break
            print(f"\n=== {stage.name}", flush=True, file=told)
            began = time.monotonic()
            outcomes.append(Outcome(stage, self._run(stage, env, told), time.monotonic() - began))
        return outcomes

    def _run(self, stage: Stage, env: dict[str, str], told: TextIO | None) -> int:
        with subprocess.Popen(
            stage.command, cwd=ROOT, env=env | stage.env, stdout=told, stderr=told and subprocess.STDOUT
        ) as running:
            self._running = running
            try:
                return running.wait()
            except BaseException:
                running.terminate()
                raise


def _conclude(outcomes: list[Outcome]) -> int:
    """A line for each stage, then one last line of counts: tests, and each check that is not a test as one."""
    print("\n=== summary")
    total = Tally()
    for outcome in outcomes:
        stage, code = outcome.stage, outcome.code
        report = next((Path(word.partition("=")[2]) for word in stage.command if word.startswith("--junitxml=")), None)
        told = read_tally(report) if report else Tally(passed=int(code == 0), failed=int(code != 0))
        if code and not told.failed:  # pytest itself broke off: no test failed, yet the stage did
            told = Tally(told.passed, told.failed + 1, told.skipped)
        total += told
        print(
            f"{'passed' if code == 0 else 'FAILED'}  {stage.name:32} {outcome.seconds:6.1f} s{f'  {told}' if report else ''}"
        )
    print(total, flush=True)
    return int(any(outcome.code for outcome in outcomes))
