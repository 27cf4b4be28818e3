"""The doctor's look at the machine: Python, packages, disk, keys, port, clock."""

import ctypes
import hashlib
import os
import shutil
import stat
import sys
import time
from pathlib import Path

from ops.daemons import LINUX
from ops.findings import Finding, note, ok, wrong
from ops.lock import drifted_pins
from ops.places import ROOT
from ops.ports import port_is_free
from ops.secrets_file import KEYS_FILE, SECRET_KEY_FILE, SIMULATOR_TOKEN_FILE

OLDEST, TOO_NEW = (3, 11), (3, 15)
ENOUGH_BYTES = 1 << 30
UNSYNCHRONISED = 5  # adjtimex(2): TIME_ERROR
EARLIEST_SANE_CLOCK = 1_767_225_600  # 2026-01-01: this version is younger


def look_at_python() -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return [ok("python", f"{version} in {sys.prefix}")]
    return [wrong("python", f"{version} is not supported: PYTHON=/path/to/python3.12 ./batuta up (3.11 to 3.14)")]


def look_at_packages(root: Path = ROOT) -> list[Finding]:
    """Is .venv what the locks say, are the locks what the pins say."""
    findings = []
    locks = b"".join((root / name).read_bytes() for name in ("requirements.txt", "requirements-dev.txt"))
    want = f"{hashlib.sha256(locks).hexdigest()} {sys.version.split()[0]}"
    stamp = root / ".venv" / "batuta-lock"
    if not stamp.exists() or stamp.read_text().strip() != want:
        findings.append(
            wrong("packages", ".venv was not installed from the present lock: any ./batuta command renews it")
        )
    if pins := drifted_pins(root):
        findings.append(wrong("packages", f"pinned but not locked: {', '.join(pins)}: run ./batuta lock"))
    return findings or [ok("packages", "as locked")]


def look_at_var(var: Path) -> list[Finding]:
    nearest = next(folder for folder in (var, *var.parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        text = f"{nearest} cannot be written by this user: chown it, or set BATUTA_VAR to a folder of your own"
        return [wrong("var", text, blocks_servers=True)]
    free = shutil.disk_usage(nearest).free
    if free < ENOUGH_BYTES:
        return [wrong("disk", f"only {free >> 20} MB free at {nearest}: PostgreSQL stops when it is full, make room")]
    return [ok("var", f"{var} can be written, {free >> 30} GB free")]


def look_at_keys(var: Path) -> list[Finding]:
    """The key ring that opens stored exchange keys: where it is, and that nobody else can read it."""
    if os.environ.get("BATUTA_KEYS"):
        return [ok("keys", "from BATUTA_KEYS; keep a copy apart from the database's backup")]
    if os.environ.get("BATUTA_ENV") == "production":
        return [wrong("keys", "BATUTA_KEYS is not set: production brings its own, `id:base64 of 32 random bytes`")]
    if not (var / KEYS_FILE).exists():
        if (var / "pg").exists():
            return [wrong("keys", f"{var / KEYS_FILE} is missing beside existing data: put your copy back")]
        return [note("keys", "none yet: the first ./batuta up draws them")]
    names = (KEYS_FILE, SECRET_KEY_FILE, SIMULATOR_TOKEN_FILE)
    open_files = [var / name for name in names if (var / name).exists() and _others_can_read(var / name)]
    if open_files:
        listed = " ".join(map(str, open_files))
        return [wrong("keys", f"others can read {listed}: chmod 600 {listed}")]
    return [ok("keys", f"{var / KEYS_FILE}, readable by you only; keep a copy apart from the database's backup")]


def _others_can_read(file: Path) -> bool:
    return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)


def look_at_port(launcher: dict[str, str] | None) -> list[Finding]:
    if launcher:
        return [ok("port", f"Batuta runs at {launcher['BASE_URL']} (process {launcher['pid']})")]
    named = os.environ.get("PORT")
    if port_is_free(int(named or 8000)):
        return [ok("port", f"{named or 8000} is free")]
    if named:
        return [wrong("port", f"PORT={named} is taken by another program: stop that one, or choose another")]
    return [note("port", "8000 is taken by another program: ./batuta up will use the next free one")]


def look_at_clock() -> list[Finding]:
    """Exchanges refuse requests whose time is off by a second or two."""
    if time.time() < EARLIEST_SANE_CLOCK:
        return [wrong("clock", f"it says {time.strftime('%Y-%m-%d')}: set it, exchanges refuse wrong times")]
    if LINUX and ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) == UNSYNCHRONISED:
        text = "the kernel does not know it to be synchronised: run a time service (systemd-timesyncd, chrony) for live trading"
        return [note("clock", text)]
    return [ok("clock", "synchronised" if LINUX else "plausible")]
