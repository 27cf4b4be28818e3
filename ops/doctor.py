"""`./batuta doctor`: what is missing or wrong, and what to do about it, in plain words."""

import os
import subprocess
import sys
from collections.abc import Iterable

from ops.embedded import Stack
from ops.environment import environment, given_servers, servers_are_given
from ops.findings import Finding, note, ok, wrong
from ops.machine import look_at_clock, look_at_keys, look_at_packages, look_at_port, look_at_python, look_at_var
from ops.only_one import running_launcher
from ops.places import ROOT, var_folder
from ops.readiness import READY, ask_ready
from ops.redis_talk import RedisTalk

# They read keys and balances and tell people; a service without them trades, and is not well.
HELPERS = ("beat", "default")


def doctor() -> int:
    """1 when something is wrong, notes excepted."""
    var = var_folder()
    findings = [*look_at_python(), *look_at_packages(), *look_at_var(var), *look_at_keys(var), *look_at_clock()]
    findings += look_at_port(running_launcher(var))
    if not any(finding.blocks_servers for finding in findings):
        findings += look_at_servers()
    for finding in findings:
        print(finding, flush=True)
    bad = [finding for finding in findings if finding.is_wrong]
    print(f"\n{len(bad)} wrong." if bad else "\nNothing is wrong.")
    return int(bool(bad))


def look_at_servers() -> list[Finding]:
    """Servers, migrations, and what runs on them."""
    var = var_folder()
    if servers_are_given():
        return [
            ok("servers", "yours, from DATABASE_URL and REDIS_URL"),
            *_look_inside(given_servers() | dict(os.environ)),
        ]
    if not (var / "pg").exists():
        return [note("servers", f"no data below {var} yet: the first ./batuta up makes them")]
    try:
        with Stack(var) as stack:
            return [ok("servers", f"PostgreSQL and Valkey below {var} answer"), *_look_inside(stack.env)]
    except SystemExit as error:
        return [wrong("servers", str(error))]


def _look_inside(servers: dict[str, str]) -> Iterable[Finding]:
    yield _look_at_migrations(servers)
    launcher = running_launcher(var_folder())
    if launcher is None:
        yield note("processes", "Batuta is not running here: ./batuta up starts it")
        return
    state, missing = ask_ready(f"http://127.0.0.1:{launcher['PORT']}")
    yield ok("web", launcher["BASE_URL"]) if state == READY else wrong("web", f"not ready, still missing: {missing}")
    yield from _look_at_workers(os.environ.get("REDIS_URL") or servers["REDIS_URL"])
    yield _look_at_simulator(launcher)


def _look_at_migrations(servers: dict[str, str]) -> Finding:
    env = environment(servers, var_folder())
    asked = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        return ok("database", "all migrations are applied")
    if not asked.stderr.strip():
        return wrong("database", "migrations are waiting: ./batuta up applies them, or ./batuta manage migrate")
    return wrong("database", f"it cannot be asked: {asked.stderr.strip().splitlines()[-1]}")


def _look_at_workers(redis_url: str) -> Iterable[Finding]:
    try:
        with RedisTalk(redis_url) as redis:
            names = sorted(key.removeprefix("batuta:worker:") for key in redis.keys("batuta:worker:*"))
    except OSError as error:
        yield wrong("workers", f"Redis does not answer ({error}): is REDIS_URL right?")
        return
    if set(names) - set(HELPERS):
        yield ok("workers", f"heartbeat of {', '.join(names)}")
    else:
        yield wrong(
            "workers", "no trading worker has a heartbeat: see the lines of `trade` in the output of ./batuta up"
        )
    for name in HELPERS:
        if name not in names:
            yield wrong(
                name, f"no heartbeat: see the lines of `{name}` in the output of ./batuta up, once it runs for 15 s"
            )


def _look_at_simulator(launcher: dict[str, str]) -> Finding:
    url = os.environ.get("BATUTA_EXCHANGE_URL_PAPER") or f"http://127.0.0.1:{launcher['SIMULATOR_PORT']}"
    state, _ = ask_ready(url)
    if state == "silent":
        return wrong(
            "simulator", f"{url} does not answer, so paper accounts cannot trade: see its lines in ./batuta up"
        )
    return ok("simulator", url)
