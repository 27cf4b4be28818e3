"""A worker whose presence connection vanished without a word (network, NAT) is present again: the server still keeps the old
session, and with it the lock, for as long as its own TCP keepalive (two hours by default)."""

import asyncio
from typing import Any

import psycopg

from signals.desk import Desk
from signals.ledger.presence import OWNER_IS_GONE, Presence
from tests.flow.world import World

GONE = f"SELECT {OWNER_IS_GONE} AS gone FROM (SELECT %s::int AS lease_owner) e"


class HalfOpen:
    """The first connection: from a moment on every statement fails here, and the server never hears of the end of it."""

    def __init__(self, real: Any) -> None:
        self.real, self.cut = real, False

    async def execute(self, *args: Any) -> Any:
        if self.cut:
            raise psycopg.OperationalError("timeout: connection to server was lost")
        return await self.real.execute(*args)

    async def close(self) -> None:
        if not self.cut:
            await self.real.close()


def test_it_is_not_taken_for_dead_for_ever(world: World) -> None:
    async def run(desk: Desk) -> bool:
        made: list[HalfOpen] = []

        async def connect() -> Any:
            real = await desk.ledger.connect()
            if made:
                return real
            made.append(HalfOpen(real))
            return made[0]

        presence = Presence(connect)
        keeping = asyncio.create_task(presence.keep())
        await asyncio.sleep(2.5)
        assert not (await desk.ledger.query(GONE, [presence.number]))[0]["gone"]
        former, made[0].cut, gone = presence.number, True, True
        for _ in range(40):  # 20 s
            await asyncio.sleep(0.5)
            gone = (await desk.ledger.query(GONE, [presence.number]))[0]["gone"]
            if not gone and presence.number != former:
                break
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await made[0].real.close()
        return gone

    assert world.at_desk(run) is False
