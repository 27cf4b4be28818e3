"""How often something may be asked (D31): counters in Redis, raised atomically, keyed by the real client address."""

import logging
from typing import Any

import redis.exceptions
from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.client_ip import client_ip

logger = logging.getLogger(__name__)


def wait_for_quota(request: HttpRequest, group: str, rate: str, *, key: str | None = None) -> int:
    """Count one more of `group` for `key` (default: the client's address); 0 when within `rate`, else seconds to wait.

    `rate` is `count/period`, e.g. `10/m`, `5/15m`. When Redis cannot be asked nothing is refused: logins are still
    guarded by axes, which counts in the database.
    """
    name = client_ip(request) if key is None else key
    try:
        usage = get_usage(request, group=group, key=lambda _group, _request: name, rate=rate, increment=True)
    except redis.exceptions.RedisError:
        logger.warning("the quota %s could not be counted", group, exc_info=True)
        return 0
    return max(1, int(usage["time_left"])) if usage and usage["should_limit"] else 0


class ApiQuota(BaseThrottle):
    """The API's overall quota per person, else per address: settings.API_QUOTA."""

    def __init__(self) -> None:
        self._seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        user = request.user
        key = str(user.pk) if user.is_authenticated else client_ip(request._request)
        self._seconds = wait_for_quota(request._request, "api", settings.API_QUOTA, key=key)
        return not self._seconds

    def wait(self) -> float:
        return self._seconds
