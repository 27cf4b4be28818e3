"""Our idea of an exchange's clock: set when a worker starts, every minute, and after a refused timestamp (F33)."""

import time
from typing import Any

from exchanges.asking_once import ask_once
from exchanges.dialect import Dialect, read_answer
from exchanges.doors import door_of
from exchanges.limits import Priority

TIMEOUT_S = 2.0
# A difference beyond the first is worth a warning; beyond the second our own clock is not to be trusted with entries.
SKEW_WARNS_MS, SKEW_REFUSES_MS = 500, 5000


async def set_clock(lean: Any, dialect: Dialect) -> None:
    """Asks the exchange for its time and keeps the difference for all accounts. Raises errors of `exchanges.errors`."""

    async def ask() -> None:
        before = time.time_ns()
        raw = await lean.call(dialect.server_time(), TIMEOUT_S, Priority.CLOSE)
        server_ms = read_answer(raw, dialect.read_server_time)
        lean.clock.ahead_ms = server_ms - (before + time.time_ns()) // 2_000_000  # the answer is from halfway
        door_of(lean.venue, testnet=lean.goes_to_demo).note_clock(lean.clock.ahead_ms)

    await ask_once(("clock", id(lean.clock)), ask)
