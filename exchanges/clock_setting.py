"""Setting our idea of an exchange's clock after it has refused a timestamp; one question however many were refused."""

import time
from typing import Any

from exchanges.asking_once import ask_once
from exchanges.dialect import Dialect, read_answer

TIMEOUT_S = 2.0


async def set_clock(lean: Any, dialect: Dialect) -> None:
    """Asks the exchange for its time and keeps the difference for all accounts. Raises errors of `exchanges.errors`."""

    async def ask() -> None:
        before = time.time_ns()
        server_ms = read_answer(await lean.call(dialect.server_time(), TIMEOUT_S), dialect.read_server_time)
        lean.clock.ahead_ms = server_ms - (before + time.time_ns()) // 2_000_000  # the answer is from halfway

    await ask_once(("clock", id(lean.clock)), ask)
