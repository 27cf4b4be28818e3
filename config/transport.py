"""The trading workers' broker transport: kombu's Redis transport with unacknowledged messages kept in memory.

A message only wakes a worker: the execution row is the durable truth and the sweeper rings again for whatever was lost,
so kombu's bookkeeping in Redis (most of the cost of a message) is left out. Messages are popped in batches by BLMPOP
(Redis 7, Valkey), queue `close` always first. For the workers of the queues `close` and `entry` only; all others keep
kombu's own.
"""

import logging
from queue import Empty
from time import monotonic
from typing import Any

from celery import Celery
from celery.worker import state as worker_state
from kombu.connection import Connection
from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import dumps, loads
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

logger = logging.getLogger(__name__)

ALIAS = "traderedis"
BATCH = 64
FIRST_QUEUE = "close"
RECONNECT_SECONDS = 2


def use_for_trading(app: Celery) -> None:
    """Make `app` consume through this transport; publishing and the stock workers are not touched.

    To be called while the Celery application is configured, in the process of a trading worker.
    """
    TRANSPORT_ALIASES[ALIAS] = f"{__name__}:Transport"
    scheme, separator, rest = app.conf.broker_url.partition("://")
    plain, plus, socket_scheme = scheme.partition("+")
    if plain not in ("redis", "rediss"):
        raise ValueError(f"the trading workers need a redis:// or redis+socket:// broker, not {scheme}://")
    if plain == "rediss" and not app.conf.broker_use_ssl:
        app.conf.broker_use_ssl = {"ssl_cert_reqs": "required"}
    app.conf.broker_read_url = ALIAS + plus + socket_scheme + separator + rest
    app.amqp.Connection = PatientConnection


class PatientConnection(Connection):
    """A broker connection that asks every two seconds; kombu's own waits up to thirty after a longer outage."""

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Connection:
        return super().ensure_connection(
            *args, **{"interval_start": 0.5, "interval_step": 0.5, "interval_max": RECONNECT_SECONDS, **kwargs}
        )


def _is_leaving() -> bool:
    return worker_state.should_stop is not None or worker_state.should_terminate is not None


class QoS(virtual.QoS):
    """Unacknowledged messages, in memory only; put back into their queues when the worker leaves."""

    restore_at_shutdown = True

    def restore_visible(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is hidden in Redis, so nothing becomes visible again."""

    def restore_unacked_once(self, stderr: Any = None) -> None:
        if _is_leaving():
            super().restore_unacked_once(stderr)
            return
        # The connection was lost but the worker lives: all of them are in the pool and will be finished there.
        self._on_collect.cancel()
        self._delivered.clear()
        self._delivered.restored = True  # type: ignore[attr-defined]  # kombu's mark on its dictionary

    def restore_unacked(self) -> list[tuple[BaseException, Any]]:
        self._flush()
        messages = [message._raw for message in self._delivered.values()]
        self._delivered.clear()
        try:
            self.channel.put_back(messages)
        except (*self.channel.connection_errors, ResponseError):
            logger.warning("%d messages could not be put back; the sweeper rings again", len(messages), exc_info=True)
        return []


class Channel(redis.Channel):
    """A channel that pops batches and keeps no state of them in Redis."""

    QoS = QoS  # type: ignore[assignment]  # kombu's own keeps its state in Redis
    priority_steps = [0]
    _in_poll: Any
    _brpop_sent_at: Any

    # kombu works this list out anew at every turn of the loop; here, only when a queue is added or cancelled.
    active_queues: list[str] = []

    def _update_queue_cycle(self) -> None:
        active = dict.fromkeys(queue for queue in self._active_queues if queue not in self.active_fanout_queues)
        self.active_queues = sorted(active, key=lambda queue: queue != FIRST_QUEUE)

    # --- popping -----------------------------------------------------------------------------------------------------

    def _brpop_start(self, timeout: float | None = None) -> None:
        queues = self.active_queues
        if not queues:
            return
        keys = [
            self.global_keyprefix + self._q_for_pri(queue, step) for step in self.priority_steps for queue in queues
        ]
        room = self.qos.can_consume_max_estimate()
        count = BATCH if room is None else max(1, min(room, BATCH))
        self._in_poll = self.client.connection
        self._brpop_sent_at = monotonic()
        self.client.connection.send_command(
            "BLMPOP", timeout or self.brpop_timeout, len(keys), *keys, "RIGHT", "COUNT", count
        )

    def _read_batch(self, **options: Any) -> tuple[str, list[Any]]:
        """The answer to BLMPOP: the queue and its messages, the oldest first. Empty when none came in time."""
        connection = self.client.connection
        try:
            answer = connection.read_response(**options)
        except self.connection_errors:
            connection.disconnect()
            raise
        except ResponseError as error:  # failover, wrong server: connect anew instead of ending the worker
            connection.disconnect()
            raise RedisConnectionError(f"BLMPOP was refused: {error}") from error
        finally:
            self._in_poll = None
        if not answer:
            raise Empty()
        key = bytes_to_str(answer[0]).removeprefix(self.global_keyprefix)
        return key.rsplit(self.sep, 1)[0], list(answer[1])

    def _brpop_read(self, **options: Any) -> bool:
        queue, items = self._read_batch(**options)
        while items:
            item = items.pop(0)
            try:
                self._deliver_item(queue, item)
            except BaseException:  # the worker is told to leave in the middle of a batch
                self._push(queue, items)
                raise
        self._flush_brpop_reauth()
        return True

    def _deliver_item(self, queue: str, item: Any) -> None:
        """Hand one message on. One that cannot be read or handled is logged and dropped, not its whole batch."""
        tag = None
        try:
            payload = loads(bytes_to_str(item))
            tag = payload["properties"]["delivery_tag"]
            self.connection._deliver(payload, queue)
        except Exception:
            logger.exception("a message of queue %s was dropped: %.500r", queue, item)
            if tag is not None:
                self.qos.ack(tag)

    # --- putting back ------------------------------------------------------------------------------------------------

    def put_back(self, payloads: list[dict[str, Any]]) -> None:
        """Put messages back where they are popped next, in their order. Raises the broker's errors."""
        if not payloads:
            return
        with self.conn_or_acquire() as client, client.pipeline(transaction=False) as pipe:
            for payload in reversed(payloads):
                payload["headers"]["redelivered"] = True
                pipe.rpush(self._key_of(payload), dumps(payload))
            pipe.execute()

    def _key_of(self, payload: dict[str, Any]) -> str:
        info = payload["properties"]["delivery_info"]
        queue = next(iter(self._lookup(info["exchange"], info["routing_key"])), info["routing_key"])
        return self._q_for_pri(queue, self._get_message_priority(payload, reverse=False))

    def _push(self, queue: str, items: list[Any]) -> None:
        if items:
            with self.conn_or_acquire() as client:
                client.rpush(queue, *reversed(items))

    def _restore(self, message: Any, leftmost: bool = False) -> None:
        payload = message._raw
        payload["headers"]["redelivered"] = True
        with self.conn_or_acquire() as client:
            (client.lpush if leftmost else client.rpush)(self._key_of(payload), dumps(payload))

    def _basic_cancel(self, consumer_tag: str) -> Any:
        result = super()._basic_cancel(consumer_tag)
        if self._in_poll and not self.active_queues:
            # The pop that still waits would take messages that nobody handles: end it and put back what it took.
            try:
                queue, items = self._read_batch(timeout=self.brpop_timeout + 1)
            except Empty:
                return result
            self._push(queue, items)
        return result


class Transport(redis.Transport):
    """The transport named `traderedis` in a broker URL."""

    Channel = Channel
    driver_name = "redis"
