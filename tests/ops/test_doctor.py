"""The doctor: each fault in plain words, with what to do."""

import os
from pathlib import Path

import pytest

from ops import machine
from ops.findings import Finding
from ops.lock import drifted_pins
from ops.places import ROOT
from ops.secrets_file import kept_secrets


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in findings]


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BATUTA_KEYS", "BATUTA_ENV", "PORT"):
        monkeypatch.delenv(name, raising=False)


def test_fresh_keys_are_fine(tmp_path: Path) -> None:
    kept_secrets(tmp_path)

    [finding] = machine.look_at_keys(tmp_path)

    assert finding.level == "ok"


def test_keys_that_others_can_read_are_wrong(tmp_path: Path) -> None:
    kept_secrets(tmp_path)
    (tmp_path / "keys").chmod(0o644)

    assert told(machine.look_at_keys(tmp_path)) == [
        ("WRONG", f"others can read {tmp_path}/keys: chmod 600 {tmp_path}/keys")
    ]


def test_keys_missing_beside_data_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()

    assert told(machine.look_at_keys(tmp_path)) == [
        ("WRONG", f"{tmp_path}/keys is missing beside existing data: put your copy back")
    ]


def test_production_without_its_own_keys_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_ENV", "production")

    assert told(machine.look_at_keys(tmp_path)) == [
        ("WRONG", "BATUTA_KEYS is not set: production brings its own, `id:base64 of 32 random bytes`")
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    [finding] = machine.look_at_var(tmp_path / "var")

    assert (finding.level, finding.blocks_servers) == ("WRONG", True)


def test_a_full_disk_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "ENOUGH_BYTES", 1 << 62)

    [finding] = machine.look_at_var(tmp_path)

    assert (finding.level, finding.subject) == ("WRONG", "disk")


def test_a_venv_of_another_lock_is_wrong(tmp_path: Path) -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements.in", "requirements-dev.in"):
        (tmp_path / name).write_text("django==5.2.19 \\\n")

    assert told(machine.look_at_packages(tmp_path)) == [
        ("WRONG", ".venv was not installed from the present lock: any ./batuta command renews it")
    ]


def test_a_pin_that_is_not_locked_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.in").write_text("django==5.2.20  # newer\nPsycopg[binary]==3.3.9\n")
    (tmp_path / "requirements.txt").write_text("django==5.2.19 \\\npsycopg==3.3.9 ; python_version < '4' \\\n")
    for name in ("requirements-dev.in", "requirements-dev.txt"):
        (tmp_path / name).write_text("")

    assert drifted_pins(tmp_path) == ["django==5.2.20"]


def test_our_own_locks_hold_every_pin_and_name_no_host() -> None:
    assert drifted_pins() == []
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert ("://" in text, "--index" in text, "--find-links" in text) == (False, False, False)


def test_a_running_batuta_is_named_instead_of_its_taken_port() -> None:
    launcher = {"pid": "7", "BASE_URL": "http://127.0.0.1:8000", "PORT": "8000", "SIMULATOR_PORT": "9000"}

    assert told(machine.look_at_port(launcher)) == [("ok", "Batuta runs at http://127.0.0.1:8000 (process 7)")]
