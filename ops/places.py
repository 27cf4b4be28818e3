"""Where the project and its run-time files lie."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def var_folder() -> Path:
    """`BATUTA_VAR`, or `var/` in the project: servers' data, keys, the simulator's state."""
    return Path(os.environ.get("BATUTA_VAR") or ROOT / "var").resolve()
