"""The ASGI entry: `/events/` is answered before Django (`front.events`), everything else by Django. Served by uvicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from typing import Any

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from front.events import answer_events  # noqa: E402 -- its models need the applications that Django has just loaded


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One request."""
    if scope["type"] == "http" and scope["path"].rstrip("/") == "/events":
        await answer_events(scope, receive, send)
    elif scope["type"] == "http":
        await django_application(scope, receive, send)
