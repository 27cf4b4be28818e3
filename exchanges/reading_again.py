"""Reading again where no answer came: at most three times, further and further apart, within one time limit (EXC-18).

Only for questions. What places, changes or cancels is never sent again from here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from exchanges.errors import NotSent, OutcomeUnknown, seconds_to_wait

T = TypeVar("T")

PAUSES_S = (0.2, 0.4)


async def read_again(ask: Callable[[float], Awaitable[T]], seconds: float) -> T:
    """What `ask(seconds left)` answers. Raises what its last try raised; a refusal and a closed door are answers."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    for pause in PAUSES_S:
        try:
            return await ask(deadline - loop.time())
        except (NotSent, OutcomeUnknown) as error:
            if seconds_to_wait(error) or loop.time() + pause >= deadline:
                raise
        await asyncio.sleep(pause)
    return await ask(deadline - loop.time())
