"""What every process is told: addresses, keys, ports. Whatever the caller's environment already says is kept."""

import os
import sys
from pathlib import Path

from ops.secrets_file import kept_secrets

SERVERS = ("DATABASE_URL", "REDIS_URL")


def servers_are_given() -> bool:
    """Whether the caller names both servers himself; naming one only is refused, since the other would be a surprise."""
    named = [name for name in SERVERS if os.environ.get(name)]
    if len(named) == 1:
        (missing,) = set(SERVERS) - set(named)
        raise SystemExit(f"{named[0]} is set and {missing} is not: set both, or neither to use the embedded servers")
    return bool(named)


def given_servers() -> dict[str, str]:
    """The caller's own servers; Celery follows REDIS_URL where its own addresses are not named."""
    base = os.environ["REDIS_URL"].split("?")[0]
    if base.startswith("unix://"):
        celery = [f"redis+socket://{base.removeprefix('unix://')}?virtual_host={number}" for number in (0, 1)]
    else:
        scheme, _, rest = base.partition("://")
        celery = [f"{scheme}://{rest.partition('/')[0]}/{number}" for number in (0, 1)]
    return {"CELERY_BROKER_URL": celery[0], "CELERY_RESULT_BACKEND": celery[1]}


def environment(servers: dict[str, str], var: Path, *, port: int = 8000, simulator_port: int = 9000) -> dict[str, str]:
    """The environment of a process. `servers` always counts; anything else only where the caller's has no such name."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    host = os.environ.get("HOST", "127.0.0.1")
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 -- compared, not bound
    production = os.environ.get("BATUTA_ENV") == "production"
    return {
        "BATUTA_ENV": "development",
        "BATUTA_EXCHANGE_URL_PAPER": f"http://127.0.0.1:{simulator_port}",
        "STATIC_ROOT": str(var / "static"),
        "BASE_URL": f"http://{shown}:{port}",
        **({} if production else kept_secrets(var)),  # production brings its own or does not start
        **os.environ,
        **servers,
        "BATUTA_VAR": str(var),
        "SIMULATOR_PORT": str(simulator_port),
        "PORT": str(port),
        "PATH": path,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",
    }
