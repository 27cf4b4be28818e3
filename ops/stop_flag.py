"""A flag shared by the launcher and its processes, without a lock.

multiprocessing.Event would wait for ever for a process that died while waiting on it, and may not be set by a signal
handler that has interrupted its own setting.
"""

import ctypes
import time
from multiprocessing.sharedctypes import RawValue

POLL_SECONDS = 0.05


class StopFlag:
    """Like an Event that is set once."""

    def __init__(self) -> None:
        self._value = RawValue(ctypes.c_bool, False)

    def set(self) -> None:
        self._value.value = True

    def is_set(self) -> bool:
        return bool(self._value.value)

    def wait(self, seconds: float) -> bool:
        """Whether it was set within `seconds`."""
        end = time.monotonic() + seconds
        while not self.is_set() and time.monotonic() < end:
            time.sleep(min(POLL_SECONDS, seconds))
        return self.is_set()
