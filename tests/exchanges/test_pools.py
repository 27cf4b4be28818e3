"""One connection pool for each event loop: stock workers run a loop per task, the trading worker one for ever."""

import asyncio

from exchanges.pools import close_pool, pool


async def test_a_loop_has_one_pool() -> None:
    assert pool() is pool()

    first = pool()
    await close_pool()

    assert pool() is not first
    await close_pool()


async def test_another_loop_has_another_pool() -> None:
    async def ask() -> object:
        return pool()

    assert await asyncio.to_thread(asyncio.run, ask()) is not pool()
    await close_pool()


def test_pools_of_dead_loops_are_let_go() -> None:
    from exchanges import pools

    async def ask() -> None:
        pool()

    for _ in range(20):
        asyncio.run(ask())

    assert len(pools._pools) <= 2
