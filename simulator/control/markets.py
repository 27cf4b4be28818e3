"""Markets changed while the exchange runs, for the control API."""

from collections.abc import Callable
from typing import Any

from simulator.control.body import Body, ControlError
from simulator.core import listing
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, MarketStatus
from simulator.web import Request

TERMS = ("tick", "step", "min_quantity", "min_notional")


class ListingPaths:
    """GET markets · POST markets/<symbol> · POST markets/<symbol>/rename."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("GET", "markets"): self.list_markets,
            ("POST", "markets/*"): self.change,
            ("POST", "markets/*/rename"): self.rename,
        }

    def list_markets(self, _request: Request, _item: str) -> Any:
        return {"markets": [listing.terms_of(self._exchange, market) for market in self._exchange.markets.values()]}

    def change(self, request: Request, item: str) -> Any:
        """Body, optional: kind (futures), tick, step, min_quantity, min_notional, status (TRADING, SETTLING, BREAK, GONE)."""
        body = Body(request)
        terms = listing.terms_of(
            self._exchange, self._exchange.market(body.take_choice("kind", Kind, Kind.FUTURES), item)
        )
        values = {name: body.take_decimal(name) for name in TERMS if body.has(name)}
        status = body.take_choice("status", MarketStatus, terms.status)
        body.finish()
        try:
            changed = listing.parse_terms(terms, values, status)
        except ValueError as error:
            raise ControlError(str(error)) from None
        listing.change_market(self._exchange, changed)
        return changed

    def rename(self, request: Request, item: str) -> Any:
        """Body: to (the new symbol, ending in the same quote), optional kind (futures)."""
        body = Body(request)
        kind, new = body.take_choice("kind", Kind, Kind.FUTURES), body.take("to", str)
        body.finish()
        quote = self._exchange.market(kind, item).quote
        if not (new.isascii() and new.isalnum() and new.isupper() and new.endswith(quote) and new != quote):
            raise ControlError(f"a symbol is of capital letters and digits and ends in {quote}")
        listing.rename_market(self._exchange, kind, item, new)
        return self.list_markets(request, "")
