"""`/healthz`: this process answers. `/readyz`: what it needs answers too – database, broker, a worker, the simulator."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from front.heartbeats import HELPERS, TIMEOUT_S, open_redis, read_heartbeats, trading


@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 while the process runs; touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when everything answers within a second each, else 503 naming what did not.

    `heartbeats` tells of the stock workers and beat, too: signals are received and traded without them.
    """
    names = read_heartbeats()
    asked: dict[str, Callable[[], str]] = {
        "database": _ask_database,
        "broker": _ask_broker,
        "worker": lambda: _ask_worker(names),
        "simulator": _ask_simulator,
    }
    checks = {name: ask() for name, ask in asked.items()}
    ready = all(answer == "ok" for answer in checks.values())
    body = {"status": "ok" if ready else "not ready", "checks": checks, "heartbeats": _helpers(names)}
    answer = JsonResponse(body, status=200 if ready else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # asked again and again while starting: an answer, not an error
    return answer


def _ask_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _ask_broker() -> str:
    try:
        with open_redis() as server:
            server.ping()
    except (redis.RedisError, OSError):
        return "does not answer"
    return "ok"


def _ask_worker(names: list[str] | None) -> str:
    """Workers leave a key that expires; any that trades counts."""
    if names is None:
        return "not known"
    return "ok" if trading(names) else "no heartbeat"


def _helpers(names: list[str] | None) -> dict[str, str]:
    if names is None:
        return dict.fromkeys(HELPERS, "not known")
    return {name: "ok" if name in names else "no heartbeat" for name in HELPERS}


def _ask_simulator() -> str:
    """Any answer counts: the simulator runs. It stands on this machine or where the operator put it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{settings.EXCHANGE_URLS['paper']}/readyz", timeout=TIMEOUT_S):
            return "ok"
    except urllib.error.HTTPError as error:
        return "not ready" if error.code == http.client.SERVICE_UNAVAILABLE else "ok"
    except OSError:
        return "does not answer"
