"""The checks every order passes before anything else: grid, size, notional, ids."""

from decimal import Decimal

from simulator.core.accounts import Account
from simulator.core.amounts import is_multiple
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, Market
from simulator.core.refusals import Reason, Refused


def check_quantity(market: Market, quantity: Decimal, *, at_market: bool) -> None:
    """Refused QUANTITY_… when off the step or outside the symbol's limits (market orders have their own maximum)."""
    if quantity <= 0:
        raise Refused(Reason.QUANTITY_TOO_SMALL, quantity=quantity, minimum=market.min_quantity)
    if not is_multiple(quantity, market.step):
        finer = not is_multiple(quantity, Decimal(1).scaleb(-market.quantity_decimals))
        raise Refused(Reason.QUANTITY_PRECISION if finer else Reason.QUANTITY_STEP, quantity=quantity)
    if quantity < market.min_quantity:
        raise Refused(Reason.QUANTITY_TOO_SMALL, quantity=quantity, minimum=market.min_quantity)
    maximum = market.max_market_quantity if at_market else market.max_quantity
    if quantity > maximum:
        raise Refused(Reason.QUANTITY_TOO_LARGE, quantity=quantity, maximum=maximum)


def check_price(market: Market, price: Decimal) -> None:
    """Refused PRICE_… when not positive or off the tick."""
    if price <= 0:
        raise Refused(Reason.PRICE_NOT_POSITIVE, price=price)
    if not is_multiple(price, market.tick):
        finer = not is_multiple(price, Decimal(1).scaleb(-market.price_decimals))
        raise Refused(Reason.PRICE_PRECISION if finer else Reason.PRICE_TICK, price=price, tick=market.tick)


def check_notional(market: Market, quantity: Decimal, price: Decimal) -> None:
    """Refused NOTIONAL_TOO_SMALL below the symbol's minimum."""
    if quantity * price < market.min_notional:
        raise Refused(Reason.NOTIONAL_TOO_SMALL, notional=quantity * price, minimum=market.min_notional)


def check_order_id(exchange: Exchange, account: Account, kind: Kind, symbol: str, client_id: str) -> None:
    """Refused DUPLICATE_ID when the id's order is open, as at Binance; where ids are unique, when it was ever used.

    "Ever" reaches as far back as the account's orders are remembered (the last 500 closed ones).
    """
    taken = _is_order_id_taken(exchange, account, kind, symbol, client_id)
    if exchange.settings.shared_ids and kind is Kind.FUTURES:
        taken = taken or _is_conditional_id_taken(exchange, account, client_id)
    if client_id and taken:
        raise Refused(Reason.DUPLICATE_ID, client_id=client_id)


def check_conditional_id(exchange: Exchange, account: Account, symbol: str, client_id: str) -> None:
    """As check_order_id, in the id space of conditional orders, or (`shared_ids`) in the one of all orders."""
    taken = _is_conditional_id_taken(exchange, account, client_id)
    if exchange.settings.shared_ids:
        taken = taken or _is_order_id_taken(exchange, account, Kind.FUTURES, symbol, client_id)
    if client_id and taken:
        raise Refused(Reason.DUPLICATE_ID, client_id=client_id)


def _is_order_id_taken(exchange: Exchange, account: Account, kind: Kind, symbol: str, client_id: str) -> bool:
    used_by = account.order_ids.get((kind, symbol, client_id))
    return used_by is not None and (keeps_ids(exchange, account) or used_by in account.open_orders)


def _is_conditional_id_taken(exchange: Exchange, account: Account, client_id: str) -> bool:
    used_by = account.conditional_ids.get(client_id)
    return used_by is not None and (keeps_ids(exchange, account) or used_by in account.open_conditionals)


def keeps_ids(exchange: Exchange, account: Account) -> bool:
    return account.unique_ids or exchange.settings.unique_ids
