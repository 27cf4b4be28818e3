"""Throw-away server folders for runs that must not meet: each run claims one that nobody else uses."""

import fcntl
import os
from pathlib import Path


class Claim:
    """The first of `parent/name`, `parent/name-2`, … that no living process has claimed; held until `release`."""

    def __init__(self, parent: Path, name: str) -> None:
        number = 1
        while not self._take(parent / (name if number == 1 else f"{name}-{number}")):
            number += 1

    def _take(self, folder: Path) -> bool:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "claim.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self.folder, self._lock = folder, lock
        return True

    def release(self) -> None:
        os.close(self._lock)
