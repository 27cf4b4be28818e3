"""Ringing the workers: many small messages by task name, each carrying one id, without importing any task.

Best effort by design. The rows are committed before anyone rings, and the sweeper rings again for whatever was lost, so
a broker that is gone or frozen costs the caller about a second and never an error.
"""

import logging
import os
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any
from uuid import uuid4

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.messaging import Producer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CHUNK = 100
SOCKET_SECONDS = 0.5
KEPT = 8
BROKER_ERRORS = (KombuError, RedisError, OSError)

# By the broker's address, since callers may hand in Celery's `current_app`, a proxy.
_idle: dict[str, deque[Producer]] = {}
# A forked child must not share its parent's sockets.
os.register_at_fork(after_in_child=_idle.clear)


def ring(task_name: str, queue: str, ids: Iterable[Any], app: Celery) -> int:
    """Publish one message `task_name(id)` per id to `queue`; say how many the broker confirmed.

    Never raises the broker's errors: they are logged, and what is missing is left to the sweeper. Returns after about a
    second at most when the broker is frozen.
    """
    wanted = [str(identifier) for identifier in ids]
    published = 0
    while published < len(wanted):
        producer, fresh = _take(app)
        try:
            for chunk in _chunks(wanted[published:]):
                _publish(producer, task_name, queue, chunk, app)
                published += len(chunk)
        except BROKER_ERRORS as error:
            _drop(producer)
            # A kept connection may have died unnoticed (a restarted broker): try once on a new one. A time-out is not
            # tried again, and a message that is sent twice does nothing the second time.
            if fresh or _is_timeout(error):
                logger.warning("%s: %d of %d messages were published: %r", task_name, published, len(wanted), error)
                break
        else:
            _idle.setdefault(app.conf.broker_write_url, deque(maxlen=KEPT)).append(producer)
    return published


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _publish(producer: Producer, task_name: str, queue: str, ids: list[str], app: Celery) -> None:
    with producer.batch(len(ids)):
        for identifier in ids:
            message = app.amqp.as_task_v2(
                str(uuid4()), task_name, (identifier,), ignore_result=True, argsrepr="", kwargsrepr="", origin="ring"
            )
            producer.publish(
                message.body,
                exchange="",
                routing_key=queue,
                serializer="json",
                headers=message.headers,
                delivery_mode=2,
                **message.properties,
            )


def _take(app: Celery) -> tuple[Producer, bool]:
    """A producer and whether it is new."""
    with suppress(KeyError, IndexError):  # none yet, or another thread was faster
        return _idle[app.conf.broker_write_url].pop(), False
    options = {
        **app.conf.broker_transport_options,
        "socket_timeout": SOCKET_SECONDS,
        "socket_connect_timeout": SOCKET_SECONDS,
        "retry_on_timeout": None,
        "health_check_interval": 0,
        "max_retries": 0,
    }
    connection: Connection = app.connection_for_write(transport_options=options)
    return Producer(connection), True


def _drop(producer: Producer) -> None:
    """Forget a connection that failed, without asking the broker to say goodbye."""
    with suppress(*BROKER_ERRORS):
        producer.connection.collect(SOCKET_SECONDS)


def _is_timeout(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, TimeoutError) or type(error).__name__ == "TimeoutError":
            return True
        error = error.__cause__
    return False
