"""The Procfile as a list of processes to run on one machine."""

from honcho.environ import parse_procfile

from ops.places import ROOT

# The trading queues have one event loop per process: two processes use two cores.
DEFAULT_COUNTS = {"trade": 2}


def release_command() -> str:
    return _commands()["release"]


def processes(env: dict[str, str], *, without: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Name and command of each process; `TRADE_PROCESSES=4` (any name) changes how many there are, 0 leaves it out."""
    listed = []
    for name, command in _commands().items():
        if name == "release" or name in without:
            continue
        count = int(env.get(f"{name.upper()}_PROCESSES", DEFAULT_COUNTS.get(name, 1)))
        names = [name] if count == 1 else [f"{name}-{number}" for number in range(1, count + 1)]
        listed += [(each, command) for each in names]
    return listed


def _commands() -> dict[str, str]:
    return dict(parse_procfile((ROOT / "Procfile").read_text()).processes)
