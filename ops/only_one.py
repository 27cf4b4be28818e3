"""One `./batuta up` per var folder, and where it can be reached."""

import fcntl
import json
import os
from pathlib import Path

from ops.daemons import runs, wait_until
from ops.speech import say

# A launcher that was killed is survived by its processes for some seconds; they hold its lock too.
GONE_SECONDS = 40.0


def running_launcher(var: Path) -> dict[str, str] | None:
    """What the launcher of `var` has told about itself (`pid`, `BASE_URL`, …), while it lives."""
    try:
        told: dict[str, str] = json.loads(_note(var).read_text())
        return told if runs(int(told["pid"])) else None
    except (OSError, ValueError, KeyError):
        return None


class OnlyOne:
    """Holds `var/up.lock` from construction to `release`; SystemExit(2) where another launcher runs."""

    def __init__(self, var: Path) -> None:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.var = var
        self._lock = os.open(var / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        taken = wait_until(lambda: self._take() or running_launcher(var) is not None, GONE_SECONDS)
        if other := running_launcher(var):
            say(
                f"Batuta runs already from {var}: {other['BASE_URL']}, process {other['pid']}. Stop that one with Ctrl-C,"
            )
            say("or start a second one in a folder of its own: BATUTA_VAR=/some/folder ./batuta up")
            raise SystemExit(2)
        if not taken:
            say(f"another start holds {var}/up.lock and does not end: find it with `fuser {var}/up.lock`")
            raise SystemExit(2)

    def _take(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        _note(self.var).unlink(missing_ok=True)
        return True

    def announce(self, env: dict[str, str]) -> None:
        """Tell `./batuta doctor` and a second start where this one is."""
        shown = {name: env[name] for name in ("BASE_URL", "PORT", "SIMULATOR_PORT")}
        _note(self.var).write_text(json.dumps({"pid": str(os.getpid()), **shown}))

    def release(self) -> None:
        _note(self.var).unlink(missing_ok=True)
        os.close(self._lock)


def ports_in_use(var: Path) -> dict[str, int]:
    """The ports of the `./batuta up` that runs from `var`, as `environment` takes them; none when it does not run."""
    launcher = running_launcher(var)
    if launcher is None:
        return {}
    return {"port": int(launcher["PORT"]), "simulator_port": int(launcher["SIMULATOR_PORT"])}


def _note(var: Path) -> Path:
    return var / "up.json"
