"""Which processes behind the pages are alive, by the keys that they leave in Redis and that expire.

A trading worker leaves one under its own name from its loop (`config.trading`). Stock workers and beat prove themselves
together: beat sends a task every few seconds and notes that it did, and the worker that runs it notes that.
"""

import redis
from django.conf import settings

TIMEOUT_S = 1.0
BEAT, DEFAULT = "beat", "default"
# Nothing is traded by them, so neither makes a service ready.
HELPERS = (BEAT, DEFAULT)
LIVES_S = 35
_PREFIX = "batuta:worker:"


def open_redis() -> redis.Redis:
    """A connection that gives up after a second."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def leave_heartbeat(name: str) -> None:
    """Alive for the next 35 s; raises redis.RedisError."""
    with open_redis() as server:
        server.set(f"{_PREFIX}{name}", "alive", ex=LIVES_S)


def read_heartbeats() -> list[str] | None:
    """The names of those whose heart beats; None when Redis does not answer."""
    try:
        with open_redis() as server:
            keys = [key.decode() for key in server.scan_iter(f"{_PREFIX}*", count=1000)]
    except (redis.RedisError, OSError):
        return None
    return sorted(key.removeprefix(_PREFIX) for key in keys)


def trading(names: list[str]) -> list[str]:
    """Those of them that trade."""
    return [name for name in names if name not in HELPERS]
