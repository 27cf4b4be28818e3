"""Recorded candles: the way within a candle, looping without jumps, letting go of a symbol."""

import gzip
import itertools
import time
from decimal import Decimal

import pytest

from simulator.core.orders import Status
from simulator.feed import Feed, find_recordings, read_points, start_player
from simulator.server import SAMPLE_CANDLES
from simulator.tape import Tape
from simulator.testing import run_simulator
from tests.simulator.builders import BTC, Bench

UP = ["95000", "95500", "94800", "95200", "1"]  # open, high, low, close
DOWN = ["95200", "95300", "94900", "95000", "1"]


def write(folder, rows, symbol=BTC):
    text = "ts_ms,open,high,low,close,volume\n"
    text += "".join(f"{number * 60_000},{','.join(row)}\n" for number, row in enumerate(rows))
    path = folder / f"binanceusdm_{symbol}_1m_test.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def feed_of(bench, path, speed="60"):
    feed = Feed(bench.exchange, Tape(), {BTC: path}, speed=Decimal(speed))
    feed.attach(BTC, afresh=True)
    return feed


def test_a_rising_candle_goes_down_first(tmp_path):
    points = read_points(write(tmp_path, [UP, DOWN]))

    assert points == [Decimal(p) for p in ("95000", "94800", "95500", "95200", "95200", "95300", "94900", "95000")]


def test_a_quarter_of_a_candle_reaches_the_next_point(tmp_path):
    bench = Bench()
    feed = feed_of(bench, write(tmp_path, [UP]))

    feed.tick(Decimal("0.25"))
    assert bench.exchange.price(BTC) == Decimal("94800")
    feed.tick(Decimal("0.125"))
    assert bench.exchange.price(BTC) == Decimal("95150")


def test_slow_playing_moves_between_the_points(tmp_path):
    bench = Bench()
    feed = feed_of(bench, write(tmp_path, [UP]), speed="1")

    feed.tick(Decimal("7.5"))

    assert bench.exchange.price(BTC) == Decimal("94900")


def test_low_before_high_decides_which_leg_fires(tmp_path):
    bench = Bench()
    feed = feed_of(bench, write(tmp_path, [UP]))
    account = bench.account()
    bench.market(account, "BUY", "0.010")
    stop = bench.conditional(account, "STOP_MARKET", "SELL", "94850", "0.010", reduce_only=True)
    target = bench.conditional(account, "TAKE_PROFIT_MARKET", "SELL", "95450", "0.010", reduce_only=True)

    feed.tick(Decimal("0.75"))  # the whole candle at once

    assert (stop.status, target.status) == (Status.FINISHED, Status.REJECTED)
    assert account.fills[-1].price == Decimal("94850")


def test_the_end_turns_around_without_a_jump(tmp_path):
    bench = Bench()
    feed = feed_of(bench, write(tmp_path, [UP, DOWN]))
    seen = []
    for _ in range(40):
        feed.tick(Decimal("0.25"))
        seen.append(bench.exchange.price(BTC))

    points = read_points(write(tmp_path, [UP, DOWN]))
    assert seen[:7] == points[1:]
    assert seen[7:14] == points[-2::-1]
    assert seen[14:21] == points[1:]
    assert max(abs(b - a) for a, b in itertools.pairwise(seen)) == Decimal("700")


def test_it_goes_on_from_the_price_there_is():
    points = [Decimal(price) for price in (100, 100, 100, 100, 110, 110, 110, 110, 120, 120, 120, 120)]

    near, far = start_player(points, Decimal("110.5")), start_player(points, Decimal("50"))

    assert (near.position, near.ratio) == (4, 1)
    assert (far.position, far.ratio) == (0, Decimal("0.5"))
    assert [int(price) for price in far.advance(Decimal(8))] == [50, 50, 50, 55, 55, 55, 55, 60]


def test_a_price_set_by_hand_stays_until_attached_again(tmp_path):
    bench = Bench()
    feed = feed_of(bench, write(tmp_path, [UP]))
    feed.set_price(BTC, Decimal("90000"))
    feed.tick(Decimal(1))
    assert bench.exchange.price(BTC) == Decimal("90000")

    feed.attach(BTC)
    feed.tick(Decimal("0.25"))

    assert bench.exchange.price(BTC) == Decimal("89810.5")  # 94,800 × 90,000 ÷ 95,000 on the tick


def test_pause_and_empty_files(tmp_path):
    bench = Bench()
    feed = feed_of(bench, write(tmp_path, [UP]))
    feed.is_running = False
    feed.tick(Decimal(5))
    assert bench.exchange.price(BTC) == Decimal("95000")
    with pytest.raises(ValueError, match="no candles"):
        read_points(write(tmp_path, []))


def test_the_shipped_sample_is_small_and_plays():
    recordings = find_recordings([SAMPLE_CANDLES])

    assert sorted(recordings) == ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]
    assert sum(path.stat().st_size for path in recordings.values()) < 600_000
    for path in recordings.values():
        points = read_points(path)
        assert len(points) == 4 * 4320
        assert max(points) / min(points) < Decimal("1.3")


def test_later_folders_win(tmp_path):
    own = write(tmp_path, [UP])

    assert find_recordings([SAMPLE_CANDLES, tmp_path, tmp_path / "missing"])[BTC] == own


def test_tape_makes_candles_of_any_length():
    tape = Tape()
    for minute, price in enumerate(("100", "110", "90", "105", "120", "80")):
        tape.observe(BTC, Decimal(price), minute * 60_000 + 1)
        tape.observe(BTC, Decimal(price) + 1, minute * 60_000 + 2)

    five = tape.candles(BTC, 300_000)

    assert [(c.time, c.open, c.high, c.low, c.close) for c in five] == [
        (0, Decimal("100"), Decimal("121"), Decimal("90"), Decimal("121")),
        (300_000, Decimal("80"), Decimal("81"), Decimal("80"), Decimal("81")),
    ]
    assert len(tape.candles(BTC, 60_000)) == 6


def test_a_running_simulator_plays_the_sample_and_remembers_its_prices(tmp_path):
    with run_simulator(feed="candles", speed="600", state=tmp_path) as sim:
        first = sim.control.prices()
        time.sleep(0.8)
        moved = sim.control.prices()
        sim.control.set_price("SOLUSDT", "150")
        sim.control.feed(running=False)
        stopped = sim.control.prices()
        assert sim.control.feed()["attached"] == ["BTCUSDT", "ETHUSDT", "XRPUSDT"]
        sim.stop()
        sim.restart()
        again = sim.control.prices()

    assert all(moved[symbol] != first[symbol] for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"))
    assert moved["DOGEUSDT"] == first["DOGEUSDT"]
    assert stopped["SOLUSDT"] == "150"
    for symbol in ("BTCUSDT", "ETHUSDT", "XRPUSDT"):
        assert abs(Decimal(again[symbol]) / Decimal(stopped[symbol]) - 1) < Decimal("0.05")
