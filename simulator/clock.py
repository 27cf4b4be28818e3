"""The exchange's time: this machine's, moved by an offset that tests may set."""

import time


class Clock:
    """Called, it gives epoch milliseconds."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.offset_ms
