"""The live stream's sending end: one Redis message per outcome, in batches, never in the way of trading (NOT-01, D31)."""

import asyncio
import json
import logging
from typing import Any
from uuid import UUID

import redis.asyncio as aioredis

log = logging.getLogger(__name__)
LARGEST_BACKLOG = 10_000
GATHER_S = 0.03


def channel_of(user_id: UUID | str) -> str:
    """The Redis channel that a person's open pages listen to."""
    return f"user.{user_id}"


class LiveStream:
    """Publishes from one loop. A broker that does not answer costs messages, never orders: pages read the rows anyway."""

    def __init__(self, url: str) -> None:
        self._redis = aioredis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self._waiting: list[tuple[str, str]] = []
        self._flusher: asyncio.Task[None] | None = None

    def announce(self, user_id: UUID, message: dict[str, Any]) -> None:
        """Send `message` to the person's pages, soon."""
        if len(self._waiting) >= LARGEST_BACKLOG:
            return
        self._waiting.append((channel_of(user_id), json.dumps(message)))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush(), name="live-stream")

    async def _flush(self) -> None:
        await asyncio.sleep(GATHER_S)
        while self._waiting:
            batch = list(dict.fromkeys(self._waiting[:500]))  # what says the same to the same person goes once
            self._waiting = self._waiting[500:]
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for channel, text in batch:
                        pipe.publish(channel, text)
                    await pipe.execute()
            except (aioredis.RedisError, OSError, TimeoutError) as error:
                log.warning("%d live messages were lost: %r", len(batch), error)

    async def close(self) -> None:
        if self._flusher is not None:
            await asyncio.gather(self._flusher, return_exceptions=True)
        await self._redis.aclose()
