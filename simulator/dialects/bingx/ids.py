"""Order ids: one space for all futures orders, 19 digits; an order that a stop became goes under the stop's own id."""

from simulator.core.accounts import Account
from simulator.core.markets import Kind
from simulator.core.orders import ConditionalOrder, Fill, Order
from simulator.dialects.bingx.errors import malformed
from simulator.dialects.call import Call

FIRST = 1_800_000_000_000_000_000


def id_of(order: Order | ConditionalOrder) -> int:
    if isinstance(order, ConditionalOrder):
        return _conditional(order.id)
    return _conditional(order.algo_id) if order.algo_id else FIRST + 2 * order.id


def id_of_fill(account: Account, fill: Fill) -> int:
    """The id of the order that it belongs to."""
    order = account.orders.get(fill.order_id)
    return id_of(order) if order else FIRST + 2 * fill.order_id


def _conditional(conditional_id: int) -> int:
    return FIRST + 2 * conditional_id + 1


def read_id(call: Call) -> int:
    """The parameter orderId, of up to 19 digits; 0 when not sent."""
    text = call.optional("orderId")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise malformed("orderId")
    return int(text or 0)


def find(
    account: Account, kind: Kind, symbol: str, number: int = 0, client_id: str = ""
) -> Order | ConditionalOrder | None:
    """By the exchange's id where given, else by the client's; a stop before the order that it became, which bears its ids."""
    if number:
        own, is_conditional = divmod(number - FIRST, 2)
        if own <= 0:
            return None
        found = account.find_conditional(own) if is_conditional else account.find_order(kind, symbol, own)
    else:
        found = account.find_conditional(client_id=client_id) if kind is Kind.FUTURES else None
        found = found or account.find_order(kind, symbol, client_id=client_id)
    return found if found and found.symbol == symbol else None
