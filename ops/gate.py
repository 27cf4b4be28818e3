"""`./batuta test`: everything a change must pass, over servers of its own. `./batuta test faults`: the whole fault suite, of
which the gate runs a short form. With other arguments: only pytest, with these."""

import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

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
    """Chromium's tests apart: Playwright keeps an event loop running, beside which no coroutine test can run."""
    parts = {
        "unit tests": "not servers and not worker and not browser and not fault",
        "tests with servers": "servers and not worker and not browser and not fault",
        "tests with workers": "worker and not browser and not fault",
        "faults, short form": "fault_short",
        "tests in Chromium": "browser",
    }
    return [Stage(name, _pytest("-m", marks, f"--junitxml={reports / f'{name}.xml'}")) for name, marks in parts.items()]


def _pytest(*words: str) -> list[str]:
    return [PYTHON, "-m", "pytest", "-q", "--durations=10", *words]


def chosen_stage(words: list[str]) -> Stage:
    """What the words after `./batuta test` name."""
    if words[0] == "faults":
        return Stage("faults", _pytest("-m", "fault", "tests/faults", *words[1:]))
    return Stage("pytest", [PYTHON, "-m", "pytest", *words])


def gate(words: list[str]) -> int:
    """0 when all passed. Never stops at the first failure: one run names everything that is wrong."""
    claim = Claim(var_folder(), "test")
    try:
        if servers_are_given():
            return _run_all(words, dict(os.environ), claim.folder)
        with Stack(claim.folder, durable=False) as stack:
            own = {**stack.env, "BATUTA_TEST_STACK": str(claim.folder)}
            return _run_all(words, {**os.environ, **own}, claim.folder)
    finally:
        claim.release()


def _run_all(words: list[str], env: dict[str, str], reports: Path) -> int:
    env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', os.defpath)}"
    if words:
        return _run(chosen_stage(words), env)
    outcomes = []
    for stage in [*static_stages(), *pytest_stages(reports)]:
        print(f"\n=== {stage.name}", flush=True)
        began = time.monotonic()
        code = _run(stage, env)
        outcomes.append((stage, code, time.monotonic() - began))
    return _conclude(outcomes)


def _run(stage: Stage, env: dict[str, str]) -> int:
    return subprocess.run(stage.command, cwd=ROOT, env=env | stage.env, check=False).returncode


def _conclude(outcomes: list[tuple[Stage, int, float]]) -> int:
    """A line for each stage, then one last line of counts: tests, and each check that is not a test as one."""
    print("\n=== summary")
    total = Tally()
    for stage, code, seconds in outcomes:
        report = next((Path(word.partition("=")[2]) for word in stage.command if word.startswith("--junitxml=")), None)
        told = read_tally(report) if report else Tally(passed=int(code == 0), failed=int(code != 0))
        if code and not told.failed:  # pytest itself broke off: no test failed, yet the stage did
            told = Tally(told.passed, told.failed + 1, told.skipped)
        total += told
        print(f"{'passed' if code == 0 else 'FAILED'}  {stage.name:32} {seconds:6.1f} s{f'  {told}' if report else ''}")
    print(total, flush=True)
    return int(any(code for _, code, _ in outcomes))
