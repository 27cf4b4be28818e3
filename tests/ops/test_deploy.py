"""The container deploy (`deploy/`) says what the product says: the Procfile's processes, the settings' variables, its own limits."""

import os
import re
import shutil
import signal
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

from ops.places import ROOT

DEPLOY = ROOT / "deploy"
LINES: dict[str, str] = dict(parse_procfile((ROOT / "Procfile").read_text()).processes)
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = {name: service for name, service in SERVICES.items() if "build" in service}
EXAMPLE = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE))
NOT_IN_THE_IMAGE = {"bench", "tests"}


def run(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`deploy/run` of `folder`, with a `python` that tells its pid and its words instead of doing them."""
    python = folder / "bin" / "python"
    python.parent.mkdir(exist_ok=True)
    python.write_text('#!/bin/sh\necho "$$" "$@"\n')
    python.chmod(0o755)
    told = {"PATH": f"{python.parent}:{os.environ['PATH']}", "BATUTA_PROCESS": "me", **env}
    process = subprocess.Popen([folder / "deploy" / "run", *words], env=told, text=True, stdout=-1, stderr=-1)
    out, err = process.communicate(timeout=20)
    return subprocess.CompletedProcess([process.pid], process.returncode, out, err)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The entry and the Procfile, in a path with a space."""
    folder = tmp_path / "my batuta"
    (folder / "deploy").mkdir(parents=True)
    shutil.copy(DEPLOY / "run", folder / "deploy" / "run")
    shutil.copy(ROOT / "Procfile", folder / "Procfile")
    return folder


def test_every_line_of_the_procfile_is_a_service_that_runs_it_by_name() -> None:
    assert {name: service["command"][0] for name, service in PROCESSES.items()} == {name: name for name in LINES}


@pytest.mark.parametrize("name", [name for name in LINES if name != "release"])
def test_the_entry_runs_the_line_in_its_own_place(tree: Path, name: str) -> None:
    told = run(tree, name, "--more", "two words")

    env = {"PATH": f"{tree / 'bin'}:{os.environ['PATH']}", "BATUTA_PROCESS": "me"}
    asked = subprocess.run(["/bin/sh", "-c", LINES[name]], env=env, text=True, capture_output=True, check=True)
    words = asked.stdout.split(maxsplit=1)[1].rstrip()
    assert told.stdout == f"{told.args[0]} {words} --more two words\n"


def test_the_entry_does_both_commands_of_the_release(tree: Path) -> None:
    told = run(tree, "release")

    done = [line.split()[1:3] for line in told.stdout.splitlines()]
    assert (done, told.returncode) == ([["manage.py", "migrate"], ["manage.py", "collectstatic"]], 0)


@pytest.mark.parametrize("words", [(), ("",), ("nothing",), ("web.*",), ("web:",), ("we",), ("-c",)])
def test_the_entry_refuses_what_the_procfile_does_not_name(tree: Path, words: tuple[str, ...]) -> None:
    told = run(tree, *words)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.endswith(f"it has: {' '.join(LINES)} \n")


def test_the_signal_to_stop_reaches_the_process(tree: Path) -> None:
    (tree / "Procfile").write_text("waits: sleep ${SECONDS_TO_SLEEP:-60}\n")
    process = subprocess.Popen([tree / "deploy" / "run", "waits"])

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == -signal.SIGTERM


def test_only_the_proxy_is_published_and_nobody_shares_the_host() -> None:
    published = {name for name, service in SERVICES.items() if service.get("ports") or "network_mode" in service}

    assert published == {"proxy"}
    assert COMPOSE["networks"]["back"]["internal"] is True


def test_only_the_proxy_speaks_to_web_from_the_network_that_is_believed() -> None:
    (front,) = COMPOSE["networks"]["front"]["ipam"]["config"]

    assert {name for name, service in SERVICES.items() if "front" in service["networks"]} == {"proxy", "web"}
    assert ip_network(EXAMPLE["TRUSTED_PROXIES"]) == ip_network(front["subnet"])


def test_trading_workers_have_the_time_they_take_to_finish() -> None:
    (grace,) = re.findall(r'"BATUTA_WORKER_GRACE", "(\d+)"', (ROOT / "config" / "pool.py").read_text())

    for name, line in LINES.items():
        if "celery" in line and "worker" in line:
            assert int(PROCESSES[name]["stop_grace_period"].removesuffix("s")) > int(grace), name


def test_every_process_waits_for_the_release_and_is_confined() -> None:
    for name, service in PROCESSES.items():
        if name not in ("release", "simulator"):
            assert service["depends_on"]["release"] == {"condition": "service_completed_successfully"}, name
        assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True), name
        assert "hostname" not in service, "workers are named after their container"


def test_variables_are_those_that_the_product_reads() -> None:
    read = set(re.findall(r'"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "production.md").read_text()))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))

    assert set(EXAMPLE) <= read | documented | asked
    assert asked <= set(EXAMPLE)


def test_the_example_holds_no_secret_and_names_what_production_needs() -> None:
    drawn = ("SECRET_KEY", "BATUTA_KEYS", "BATUTA_SIMULATOR_TOKEN", "POSTGRES_PASSWORD")

    assert {name: EXAMPLE[name] for name in drawn} == dict.fromkeys(drawn, "")
    assert (EXAMPLE["BATUTA_ENV"], EXAMPLE["BEHIND_PROXY"]) == ("production", "true")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "BATUTA_EXCHANGE_URL_PAPER"])
def test_addresses_lead_to_services(name: str) -> None:
    (host,) = re.findall(r"//(?:.*@)?([a-z]+):\d+", EXAMPLE[name])

    assert host in SERVICES


def test_named_volumes_are_declared() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}

    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_the_image_holds_every_room_that_runs_and_nothing_else() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_IN_THE_IMAGE

    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert rooms <= allowed
    assert [name for name in allowed if not (ROOT / name).exists()] == []
    assert not allowed & {*NOT_IN_THE_IMAGE, "var", "deploy", ".git"}


def test_the_proxy_does_what_the_documented_one_does() -> None:
    documented = (ROOT / "docs" / "production.md").read_text()
    caddy = (DEPLOY / "Caddyfile").read_text()
    (size, seconds) = re.findall(r"client_max_body_size (\d+)m;|proxy_read_timeout (\d+)s;", documented)

    assert f"max_size {size[0]}MiB" in caddy
    assert f"read_timeout {seconds[1]}s" in caddy
    assert "header_up -CF-Connecting-IP" in caddy
    assert "/metrics" in caddy
    assert re.findall(r"reverse_proxy (\S+)", caddy) == ["web:8000"]
