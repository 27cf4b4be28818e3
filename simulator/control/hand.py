"""What an account's owner does by hand at the exchange, past our product: trade, close, cancel."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from simulator.control.accounts import find_account
from simulator.control.body import Body
from simulator.core import conditionals, futures, spot
from simulator.core.accounts import Account, Position
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.core.orders import Order, OrderType, PositionSide, Side
from simulator.web import Request


class HandPaths:
    """POST accounts/<api_key>/trade, …/close, …/cancel. Client ids of such orders begin with `web_`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("POST", "accounts/*/trade"): self.trade,
            ("POST", "accounts/*/close"): self.close,
            ("POST", "accounts/*/cancel"): self.cancel,
        }

    def trade(self, request: Request, item: str) -> Any:
        """Body: symbol, side, quantity; optional kind (futures), position_side, reduce_only. A market order; its record."""
        body, account = Body(request), find_account(self._exchange, item)
        kind = body.take_choice("kind", Kind, Kind.FUTURES)
        symbol, side = body.take("symbol", str), body.take_choice("side", Side)
        quantity, reduce_only = body.take_decimal("quantity"), body.take("reduce_only", bool, False)
        position_side = body.take_choice("position_side", PositionSide, PositionSide.BOTH)
        body.finish()
        if kind is Kind.SPOT:
            order = spot.NewSpotOrder(symbol, side, OrderType.MARKET, quantity, client_id=self._client_id())
            return spot.place_order(self._exchange, account, order)
        return self._order(account, symbol, side, quantity, position_side, reduce_only=reduce_only)

    def close(self, request: Request, item: str) -> Any:
        """Body, optional: symbol (else every one). Futures positions, at the market; the orders that did it."""
        symbol, account = _read_symbol(request), find_account(self._exchange, item)
        held = [position for position in account.positions.values() if symbol in ("", position.symbol)]
        return {"orders": [self._close(account, position) for position in held]}

    def cancel(self, request: Request, item: str) -> Any:
        """Body, optional: symbol (else every one). Every open order, conditional or not; how many."""
        symbol, account = _read_symbol(request), find_account(self._exchange, item)
        orders = [order for order in account.open_orders.values() if symbol in ("", order.symbol)]
        waiting = [order for order in account.open_conditionals.values() if symbol in ("", order.symbol)]
        for order in orders:
            if order.status.is_open:  # the other leg of a list ends with the first
                (futures if order.kind is Kind.FUTURES else spot).cancel_order(self._exchange, account, order)
        for conditional in waiting:
            if conditional.status.is_open:  # a group ends with its first
                conditionals.cancel_conditional(self._exchange, account, conditional)
        return {"cancelled": len(orders) + len(waiting)}

    def _close(self, account: Account, position: Position) -> Order:
        side = Side.SELL if position.quantity > 0 else Side.BUY
        one_way = position.side is PositionSide.BOTH
        quantity = abs(position.quantity)
        return self._order(account, position.symbol, side, quantity, position.side, reduce_only=one_way)

    def _order(
        self,
        account: Account,
        symbol: str,
        side: Side,
        quantity: Decimal,
        position_side: PositionSide,
        *,
        reduce_only: bool,
    ) -> Order:
        new = futures.NewOrder(
            symbol=symbol,
            side=side,
            type=OrderType.MARKET,
            quantity=quantity,
            client_id=self._client_id(),
            reduce_only=reduce_only,
            position_side=position_side,
        )
        return futures.place_order(self._exchange, account, new)

    def _client_id(self) -> str:
        return f"web_{self._exchange.state.last_order + 1}"


def _read_symbol(request: Request) -> str:
    body = Body(request)
    symbol: str = body.take("symbol", str, "")
    body.finish()
    return symbol
