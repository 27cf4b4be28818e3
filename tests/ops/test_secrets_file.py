"""A machine's own secrets: drawn once, kept, readable by their owner only (D17)."""

import base64
import stat
from pathlib import Path

import pytest

from ops.environment import environment
from ops.secrets_file import kept_secrets


def test_secrets_are_drawn_once_and_kept(tmp_path: Path) -> None:
    first = kept_secrets(tmp_path / "var")

    assert kept_secrets(tmp_path / "var") == first


def test_the_key_ring_holds_one_key_of_32_bytes(tmp_path: Path) -> None:
    name, _, key = kept_secrets(tmp_path)["BATUTA_KEYS"].partition(":")

    assert (name, len(base64.b64decode(key, validate=True))) == ("k1", 32)


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    kept_secrets(tmp_path)

    modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in tmp_path.iterdir()}
    assert modes == {"keys": "0o600", "secret_key": "0o600", "simulator_token": "0o600"}


def test_an_emptied_file_is_not_replaced_unseen(tmp_path: Path) -> None:
    """A new key over old data would make every stored exchange key unreadable."""
    (tmp_path / "keys").write_text("")

    with pytest.raises(SystemExit, match=r"keys is empty\. If you have a copy, put it back"):
        kept_secrets(tmp_path)


def test_production_is_given_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_ENV", "production")
    monkeypatch.delenv("BATUTA_KEYS", raising=False)

    env = environment({}, tmp_path)

    assert ("BATUTA_KEYS" in env, list(tmp_path.iterdir())) == (False, [])


def test_the_callers_own_keys_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_KEYS", "mine:abc")

    assert environment({}, tmp_path)["BATUTA_KEYS"] == "mine:abc"
