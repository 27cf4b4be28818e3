"""Where an installed wheel's files lie, without importing it."""

from importlib.util import find_spec
from pathlib import Path


def wheel_folder(name: str) -> Path:
    """The package folder of `name`; SystemExit with what to do when it is not installed."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is not installed: start through ./batuta, or set DATABASE_URL and REDIS_URL")
    return Path(spec.submodule_search_locations[0])
