"""One notice for one person, once until it is over, and a word to their open pages."""

import json
import logging
from uuid import UUID

import redis
from django.conf import settings

from notifications.models import Notice
from signals.live import channel_of

log = logging.getLogger(__name__)


def write_notice(row: Notice) -> bool:
    """Write `row` unless the person was told the same and it is not over: then only that it is so still. Says whether it is new."""
    same = Notice.objects.filter(user_id=row.user_id, kind=row.kind, subject=row.subject, resolved_at=None)
    if same.update(seen_at=row.seen_at, figures=row.figures):
        return False
    Notice.objects.bulk_create([row], ignore_conflicts=True)
    if not Notice.objects.filter(pk=row.pk).exists():  # another process was faster
        return False
    _push(row.user_id, row.kind)
    return True


def _push(user_id: UUID, kind: str) -> None:
    """Open pages reload what shows notices; a broker that does not answer costs nothing but that."""
    message = json.dumps({"type": "notice", "kind": str(kind)})
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
            server.publish(channel_of(user_id), message)
    except (redis.RedisError, OSError) as error:
        log.warning("a notice could not be shown at once: %r", error)
