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

TIMEOUT_S = 1.0
WORKER_KEYS = "batuta:worker:*"


@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 while the process runs; touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when everything answers within a second each, else 503 naming what did not."""
    asked: dict[str, Callable[[], str]] = {
        "database": _ask_database,
        "broker": _ask_broker,
        "worker": _ask_worker,
        "simulator": _ask_simulator,
    }
    checks = {name: ask() for name, ask in asked.items()}
    ready = all(answer == "ok" for answer in checks.values())
    answer = JsonResponse({"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # asked again and again while starting: an answer, not an error
    return answer


def _ask_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def _ask_broker() -> str:
    try:
        with _redis() as server:
            server.ping()
    except (redis.RedisError, OSError):
        return "does not answer"
    return "ok"


def _ask_worker() -> str:
    """Workers leave a key that expires; any of them counts."""
    try:
        with _redis() as server:
            return "ok" if next(server.scan_iter(WORKER_KEYS, count=1000), None) else "no heartbeat"
    except (redis.RedisError, OSError):
        return "not known"


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
