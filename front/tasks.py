"""Celery's way in: the heartbeats of beat and of the stock workers."""

from contextlib import suppress
from typing import Any

import redis
from celery import shared_task
from celery.signals import after_task_publish

from front.heartbeats import BEAT, DEFAULT, leave_heartbeat

HEART_TASK = "front.beat_heart"


@shared_task(name=HEART_TASK)
def beat_heart() -> None:
    """A stock worker on the queue `default` does its work."""
    leave_heartbeat(DEFAULT)


@after_task_publish.connect(sender=HEART_TASK)
def note_beat(**_message: Any) -> None:
    """Only beat sends this task, and it has just done so. A Redis that is away must not end it."""
    with suppress(redis.RedisError, OSError):
        leave_heartbeat(BEAT)
