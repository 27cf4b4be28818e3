"""The locks: `requirements*.txt` out of `requirements*.in`, hashed, for every Python that is supported."""

import re
import subprocess
import sys
from pathlib import Path

from ops.places import ROOT

PAIRS = (("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt"))
OPTIONS = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-header", "--no-annotate"]
NO_HOSTS = ["--no-emit-index-url", "--no-emit-find-links"]  # where packages come from is each machine's own business
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def compile_locks() -> int:
    """Versions already locked stay unless a pin changed; 0, or uv's exit code."""
    uv = str(Path(sys.executable).parent / "uv")
    for source, lock in PAIRS:
        command = [uv, "pip", "compile", "-q", *OPTIONS, *NO_HOSTS, source, "-o", lock]
        if code := subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL).returncode:
            return code
    return 0


def drifted_pins(root: Path = ROOT) -> list[str]:
    """Pins of the .in files that their lock does not have: `name==version`."""
    wrong = []
    for source, lock in PAIRS:
        locked = _pins(root / lock)
        wrong += [f"{name}=={version}" for name, version in _pins(root / source).items() if locked.get(name) != version]
    return wrong


def _pins(file: Path) -> dict[str, str]:
    return {_normal(name): version for name, version in PIN.findall(file.read_text())}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
