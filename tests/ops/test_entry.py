"""`./batuta` itself: what it says where Python, its venv module or the command is not as it should be."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops.places import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As little of the project as the entry needs, in a path with a space; no .venv."""
    folder = tmp_path / "my batuta"
    folder.mkdir()
    for name in ("batuta", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def fake_python(folder: Path, body: str) -> str:
    file = folder / "python-here"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def run(tree: Path, python: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHON": python}
    return subprocess.run([tree / "batuta", *words], env=env, capture_output=True, text=True, timeout=60, check=False)


def test_a_missing_venv_module_is_named_with_the_line_that_installs_it(tree: Path) -> None:
    python = fake_python(tree, f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"

    told = run(tree, python, "up")

    assert told.returncode == 1
    assert "this Python cannot make virtual environments" in told.stderr
    sudo = "" if os.geteuid() == 0 else "sudo "
    assert told.stderr.endswith(f"  {sudo}apt-get update && {sudo}apt-get install -y python{version}-venv\n")
    assert not (tree / ".venv").exists()


def test_a_python_too_old_is_refused_by_its_version(tree: Path) -> None:
    python = fake_python(tree, 'case "$2" in *exit*) exit 1;; esac\necho 3.9.2')

    told = run(tree, python, "up")

    assert told.returncode == 1
    assert told.stderr.splitlines()[0] == f"batuta: Python 3.11 to 3.14 is needed; {python}: 3.9.2."


def test_a_python_that_is_not_there_is_named(tree: Path) -> None:
    told = run(tree, "/nowhere/python3", "doctor")

    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "batuta: Python 3.11 to 3.14 is needed; /nowhere/python3: missing or does not start.",
        "Install it (Debian, Ubuntu: apt-get install -y python3 python3-venv) or name one: "
        "PYTHON=/path/to/python3.12 ./batuta doctor",
    ]
