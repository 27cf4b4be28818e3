"""The connection pool of the running event loop: one per loop, shared by every account and venue of the process."""

import asyncio

from exchanges.doors import close_doors
from exchanges.http import HttpPool

_pools: dict[int, tuple[asyncio.AbstractEventLoop, HttpPool]] = {}


def pool() -> HttpPool:
    """The running loop's pool, made on first use."""
    loop = asyncio.get_running_loop()
    held = _pools.get(id(loop))
    if held is not None and held[0] is loop:
        return held[1]
    for key, (other, _) in list(_pools.items()):
        if other.is_closed():  # its sockets died with it
            _pools.pop(key, None)
    made = HttpPool()
    _pools[id(loop)] = (loop, made)
    return made


async def close_pool() -> None:
    """Closes the running loop's connections, to exchanges and to what the budgets share; the next request opens new ones."""
    await close_doors()
    held = _pools.pop(id(asyncio.get_running_loop()), None)
    if held is not None:
        await held[1].close()
