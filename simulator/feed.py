"""Where prices come from: recorded candles at a chosen speed, or what a test sets.

A symbol with a recording follows it until its price is set by hand; from then on it stands still until it is attached
again. Within a candle the price goes open → low → high → close when it rises, open → high → low → close when it falls,
and it passes every level on the way. At the end of a recording it runs backwards to the beginning, then forwards again:
it never jumps and never drifts away. It starts where the recording is nearest to the price the symbol has already; when
that is more than 1 % away, the whole recording is rescaled to it, so that it goes on from there.
"""

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from simulator.core import matching
from simulator.core.amounts import round_down
from simulator.core.events import PricesMarked
from simulator.core.exchange import Exchange
from simulator.tape import Tape

FILE_NAME = re.compile(r"(?:binanceusdm|binance)_([A-Z0-9]+USDT)_1m_.*\.csv\.gz")
MINUTE_S = 60
POINTS = 4
NEAR = Decimal("0.01")
ONE = Decimal(1)


def find_recordings(folders: list[Path]) -> dict[str, Path]:
    """One recording of one-minute candles per symbol; later folders win."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.csv.gz")) if folder.is_dir() else ():
            match = FILE_NAME.fullmatch(path.name)
            if match:
                found[match[1]] = path
    return found


def read_points(path: Path) -> list[Decimal]:
    """The prices of a recording in the order in which they are passed, four to a candle.

    Columns: ts_ms, open, high, low, close, volume. Raises ValueError for a file without candles.
    """
    points: list[Decimal] = []
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            opened, high, low, closed = (Decimal(row[name]) for name in ("open", "high", "low", "close"))
            points += [opened, low, high, closed] if closed >= opened else [opened, high, low, closed]
    if not points:
        raise ValueError(f"no candles in {path.name}")
    return points


@dataclass(slots=True)
class Player:
    """Plays one symbol's points forwards and backwards. `position` counts points, fractions lie between two."""

    points: list[Decimal]
    position: Decimal
    ratio: Decimal = ONE
    step: int = 1

    def advance(self, distance: Decimal) -> Iterator[Decimal]:
        """The points passed while moving on by `distance`, and at last the place reached."""
        while distance > 0:
            edge = self.position.to_integral_value("ROUND_FLOOR" if self.step > 0 else "ROUND_CEILING") + self.step
            if not 0 <= edge < len(self.points):
                self.step = -self.step
                continue
            moved = min(distance, abs(edge - self.position))
            self.position += self.step * moved
            distance -= moved
            yield self._price()

    def _price(self) -> Decimal:
        before = int(self.position)
        share = self.position - before
        price = self.points[before]
        if share:
            price += (self.points[before + 1] - price) * share
        return price * self.ratio


def start_player(points: list[Decimal], price: Decimal) -> Player:
    """Begin where the recording is nearest to `price`, rescaled if that is not near."""
    nearest = min(range(0, len(points), POINTS), key=lambda index: abs(points[index] - price))
    if abs(points[nearest] / price - 1) <= NEAR:
        return Player(points, Decimal(nearest))
    return Player(points, Decimal(0), ratio=price / points[0])


class Feed:
    """Moves the exchange's prices and keeps the tape. `speed` is recorded time per real time (60: a candle a second)."""

    def __init__(self, exchange: Exchange, tape: Tape, recordings: dict[str, Path], *, speed: Decimal) -> None:
        self.speed, self.is_running = speed, True
        self._exchange, self._tape = exchange, tape
        self._points = {s: read_points(path) for s, path in recordings.items() if s in exchange.state.prices}
        self._players: dict[str, Player] = {}
        for symbol, price in exchange.state.prices.items():
            tape.observe(symbol, price, exchange.clock())

    def attach(self, symbol: str, *, afresh: bool = False) -> bool:
        """Let the recording move the symbol, from its present price on; `afresh`: from the recording's own first price.

        False when there is no recording of it.
        """
        points = self._points.get(symbol)
        if points is None:
            return False
        if afresh:
            self._move(symbol, points[0], continuous=False)
        self._players[symbol] = start_player(points, self._exchange.price(symbol))
        return True

    @property
    def recorded(self) -> list[str]:
        return sorted(self._points)

    @property
    def attached(self) -> list[str]:
        return sorted(self._players)

    def tick(self, seconds: Decimal) -> None:
        """Real time has passed: move every attached symbol on."""
        if not self.is_running:
            return
        distance = seconds * self.speed * POINTS / MINUTE_S
        for symbol, player in self._players.items():
            step = self._exchange.tick(symbol)
            for price in player.advance(distance):
                self._move(symbol, max(round_down(price, step), step), continuous=True)

    def set_price(self, symbol: str, price: Decimal, *, continuous: bool = False) -> None:
        """Set it by hand, with everything that this sets off; the recording lets go of the symbol."""
        self._players.pop(symbol, None)
        self._move(symbol, price, continuous=continuous)
        self.note_prices()

    def set_mark(self, symbol: str, price: Decimal | None, *, continuous: bool = False) -> None:
        """Set the mark price apart, or (None) let it follow the last price again, with everything that this sets off."""
        matching.move_mark(self._exchange, symbol, price, continuous=continuous)
        self.note_prices()

    def note_prices(self) -> None:
        """Write the present prices down, so that a restart goes on from them."""
        self._exchange.record(None, PricesMarked(dict(self._exchange.state.prices), dict(self._exchange.state.marks)))

    def _move(self, symbol: str, price: Decimal, *, continuous: bool) -> None:
        matching.move_price(self._exchange, symbol, price, continuous=continuous)
        self._tape.observe(symbol, price, self._exchange.clock())
