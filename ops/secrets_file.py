"""Secrets of a machine that has none yet: drawn once, kept in `var/` readable by their owner only (D17)."""

import base64
import os
import secrets
from pathlib import Path

KEYS_FILE, SECRET_KEY_FILE, SIMULATOR_TOKEN_FILE = "keys", "secret_key", "simulator_token"


def new_key_ring() -> str:
    """One AES-256 key in the form BATUTA_KEYS has: `id:base64`."""
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def kept_secrets(var: Path) -> dict[str, str]:
    """BATUTA_KEYS, SECRET_KEY and BATUTA_SIMULATOR_TOKEN out of `var`, drawn where missing."""
    return {
        "BATUTA_KEYS": _read_or_draw(var / KEYS_FILE, new_key_ring()),
        "SECRET_KEY": _read_or_draw(var / SECRET_KEY_FILE, secrets.token_urlsafe(50)),
        "BATUTA_SIMULATOR_TOKEN": _read_or_draw(var / SIMULATOR_TOKEN_FILE, secrets.token_urlsafe(24)),
    }


def _read_or_draw(file: Path, fresh: str) -> str:
    """The file's text; `fresh`, written durably under mode 600, where there is no file. Two starts at once agree on one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            output.write(fresh + "\n")
            output.flush()
            os.fsync(output.fileno())
        try:
            os.link(draft, file)  # unlike a rename it never replaces what another start has just written
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept = file.read_text().strip()
    if not kept:
        raise SystemExit(
            f"{file} is empty. If you have a copy, put it back; nothing encrypted with it can be read else"
        )
    return kept
