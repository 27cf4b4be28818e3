"""The ASGI entry: `/events/` is answered before Django (`front.events`), everything else by Django. Served by uvicorn.

Django runs as WSGI in a fixed number of threads: its own ASGI handler starts a thread per request, which under load costs
two thirds of the throughput and more database connections than there are.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

WEB_THREADS = int(os.environ.get("WEB_THREADS", "12"))

# Alerts have threads of their own: whatever pages and API wait for (keys that an exchange is asked about), an alert is stored.
ALERT_THREADS = int(os.environ.get("ALERT_THREADS", "4"))

_wsgi: Any = get_wsgi_application()
django_application: Any = WSGIMiddleware(_wsgi, workers=WEB_THREADS)
alert_application: Any = WSGIMiddleware(_wsgi, workers=ALERT_THREADS)

from config.deadline import answer_in_time  # noqa: E402
from config.query_names import described_names  # noqa: E402
from front.events import answer_events  # noqa: E402 -- its models need the applications that Django has just loaded

described_names()  # here, so that no request waits for it

WEBHOOKS = "/api/v1/bots/webhook/"
WEBHOOK_SECONDS = 2.4


ALIVE = b'{"status": "ok"}'


async def _answer_alive(send: Any) -> None:
    """`/healthz` needs no thread: it answers also when all of them wait for a database that hangs."""
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ALIVE})


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One request."""
    if scope["type"] == "http" and scope["path"].rstrip("/") == "/events":
        await answer_events(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].rstrip("/") == "/healthz":
        await _answer_alive(send)
    elif scope["type"] == "http" and scope["path"].startswith(WEBHOOKS):
        waits = b"wait=" in scope["query_string"]  # for its results: not in the threads that store alerts
        await answer_in_time(
            django_application if waits else alert_application, scope, receive, send, seconds=WEBHOOK_SECONDS
        )
    elif scope["type"] == "http":
        await django_application(scope, receive, send)
