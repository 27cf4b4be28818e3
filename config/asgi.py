"""The ASGI entry: Django, served by uvicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application  # noqa: E402 -- settings must be named first

application = get_asgi_application()
