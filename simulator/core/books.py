"""Who waits for which price: per symbol one heap upwards and one downwards, cleaned lazily."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

CLEAN_FROM = 4096


class Waiting(IntEnum):
    """For what: a margin that may be used up, a futures conditional's trigger, a spot order's stop price, or a limit
    order's price."""

    MARGIN = 0
    CONDITIONAL = 1
    STOP = 2
    LIMIT = 3


@dataclass(frozen=True, slots=True, order=True)
class Waiter:
    """Ordered by `rank` (distance in the heap's direction), then by what waits and by its id: after a restart alike."""

    rank: Decimal
    waiting: Waiting
    order: int
    level: Decimal = field(compare=False)
    account: int = field(compare=False)
    version: int = field(default=0, compare=False)


@dataclass(slots=True)
class Book:
    """The waiters of one symbol. `is_live` tells whether a waiter still waits."""

    is_live: Callable[[Waiter], bool]
    upwards: list[Waiter] = field(default_factory=list)
    downwards: list[Waiter] = field(default_factory=list)
    limit: int = CLEAN_FROM

    def add(self, level: Decimal, above: bool, account: int, order: int, waiting: Waiting, version: int = 0) -> None:
        """Wait until the price is at `level` or beyond (above or below)."""
        waiter = Waiter(level if above else -level, waiting, order, level, account, version)
        heapq.heappush(self.upwards if above else self.downwards, waiter)
        if len(self.upwards) + len(self.downwards) > self.limit:
            self._clean()

    def _clean(self) -> None:
        """Forget those who wait no more, wherever they stand."""
        for heap in (self.upwards, self.downwards):
            heap[:] = [waiter for waiter in heap if self.is_live(waiter)]
            heapq.heapify(heap)
        self.limit = max(CLEAN_FROM, 2 * (len(self.upwards) + len(self.downwards)))

    def pop_due(self, price: Decimal) -> Waiter | None:
        """The next waiter whose level the price has reached."""
        up, down = self._head(self.upwards), self._head(self.downwards)
        if up and up.level <= price:
            return heapq.heappop(self.upwards)
        if down and down.level >= price:
            return heapq.heappop(self.downwards)
        return None

    def next_level(self, price: Decimal, target: Decimal) -> Decimal:
        """The first level between here and there, or `target` itself."""
        if target >= price:
            head = self._head(self.upwards)
            return min(head.level, target) if head else target
        head = self._head(self.downwards)
        return max(head.level, target) if head else target

    def _head(self, heap: list[Waiter]) -> Waiter | None:
        while heap and not self.is_live(heap[0]):
            heapq.heappop(heap)
        return heap[0] if heap else None
