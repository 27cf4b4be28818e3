"""Prices, feed, clock and settings, for the control API."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from simulator.clock import Clock
from simulator.control.body import Body, ControlError, to_decimal
from simulator.core import funding, matching
from simulator.core.exchange import Exchange
from simulator.feed import Feed
from simulator.path import PathRunner
from simulator.settings import Tunable
from simulator.web import Request


class MarketPaths:
    """GET, POST prices · POST path · GET, POST feed · GET, POST clock, settings."""

    def __init__(self, exchange: Exchange, feed: Feed, paths: PathRunner, clock: Clock, tunable: Tunable) -> None:
        self._exchange, self._feed, self._paths = exchange, feed, paths
        self._clock, self._tunable = clock, tunable
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("GET", "prices"): self.show_prices,
            ("POST", "prices"): self.set_prices,
            ("POST", "path"): self.set_path,
            ("GET", "funding"): self.show_funding,
            ("POST", "funding"): self.change_funding,
            ("GET", "feed"): self.show_feed,
            ("POST", "feed"): self.change_feed,
            ("GET", "clock"): self.show_clock,
            ("POST", "clock"): self.set_clock,
            ("GET", "settings"): self.show_settings,
            ("POST", "settings"): self.change_settings,
        }

    def show_prices(self, _request: Request, _item: str) -> Any:
        exchange = self._exchange
        return {"prices": exchange.state.prices, "marks": exchange.state.marks}

    def set_prices(self, request: Request, _item: str) -> Any:
        """Body: prices, marks (by symbol), unmark (symbols whose mark price follows the last price again), continuous
        (false: a jump). Everything it sets off has happened before the answer; first prices, then marks."""
        body = Body(request)
        prices, marks = body.take_amounts("prices") or {}, body.take_amounts("marks") or {}
        unmark, continuous = body.take("unmark", list, []), body.take("continuous", bool, False)
        body.finish()
        for symbol, price in [*prices.items(), *marks.items(), *((symbol, Decimal(1)) for symbol in unmark)]:
            self._check(symbol, price)
        for symbol, price in prices.items():
            self._paths.stop(symbol)
            self._feed.set_price(symbol, price, continuous=continuous)
        for symbol, mark in [*marks.items(), *((symbol, None) for symbol in unmark)]:
            self._feed.set_mark(symbol, mark, continuous=continuous)
        return self.show_prices(request, "")

    def set_path(self, request: Request, _item: str) -> Any:
        """Body: symbol, points (prices), seconds (0: all at once). The price passes every level between the points."""
        body = Body(request)
        symbol, seconds = body.take("symbol", str), body.take_decimal("seconds", Decimal(0))
        points = [to_decimal("points", point) for point in body.take("points", list)]
        body.finish()
        for point in points:
            self._check(symbol, point)
        if not points:
            raise ControlError("points is empty")
        self._paths.run(symbol, points, seconds)
        return self.show_prices(request, "")

    def _check(self, symbol: str, price: Decimal) -> None:
        if symbol not in self._exchange.state.prices:
            raise ControlError(f"unknown symbol {symbol}")
        if price <= 0:
            raise ControlError("a price is above zero")

    def show_funding(self, _request: Request, _item: str) -> Any:
        state = self._exchange.state
        return {"rates": state.funding_rates, "next_time": self._exchange.next_funding, "settled": state.settled}

    def change_funding(self, request: Request, _item: str) -> Any:
        """Body: rates (by symbol, may be negative), settle (false): settle now, all symbols that have a rate."""
        body = Body(request)
        rates, settles = body.take("rates", dict, {}), body.take("settle", bool, False)
        body.finish()
        for symbol, rate in rates.items():
            funding.set_rate(self._exchange, symbol, to_decimal(f"rates.{symbol}", rate, least=Decimal(-1)))
        if settles:
            funding.settle(self._exchange, list(self._exchange.state.funding_rates))
            matching.measure_margins(self._exchange)
        return self.show_funding(request, "")

    def show_feed(self, _request: Request, _item: str) -> Any:
        return {
            "speed": self._feed.speed,
            "running": self._feed.is_running,
            "recorded": self._feed.recorded,
            "attached": self._feed.attached,
        }

    def change_feed(self, request: Request, _item: str) -> Any:
        """Body, all optional: speed, running, attach (symbols whose recording moves them again)."""
        body = Body(request)
        speed = body.take_decimal("speed", self._feed.speed)
        running = body.take("running", bool, self._feed.is_running)
        symbols = body.take("attach", list, [])
        body.finish()
        if not set(symbols) <= set(self._feed.recorded):
            raise ControlError(f"recorded are: {', '.join(self._feed.recorded)}")
        self._feed.speed, self._feed.is_running = speed, running
        for symbol in symbols:
            self._paths.stop(symbol)
            self._feed.attach(symbol)
        return self.show_feed(request, "")

    def show_clock(self, _request: Request, _item: str) -> Any:
        return {"now": self._clock(), "offset_ms": self._clock.offset_ms}

    def set_clock(self, request: Request, _item: str) -> Any:
        """Body: offset_ms, which may be negative."""
        body = Body(request)
        offset = body.take("offset_ms", int)
        body.finish()
        self._clock.offset_ms = offset
        return self.show_clock(request, "")

    def show_settings(self, _request: Request, _item: str) -> Any:
        return self._tunable.describe()

    def change_settings(self, request: Request, _item: str) -> Any:
        """Body, all optional: latency_ms and the fields of `core.exchange.Settings` and `dialects.rates.Limits`."""
        body = Body(request)
        values = {name: body.take_like(name, present) for name, present in self._tunable.describe().items()}
        body.finish()
        self._tunable.change(values)
        return self.show_settings(request, "")
