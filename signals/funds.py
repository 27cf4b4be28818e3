"""What an order does to the client's own money: blocked while it may still fill, invested where it filled, else released (ORD-04…06).

Derived from the order as the books have it; nothing is counted up and down beside it, so it cannot drift from the orders.

    order                         its filled part      the rest
    planned, open, not confirmed  invested             blocked
    partly filled                 invested             blocked
    filled                        invested             released (less was bought than was asked)
    cancelled, expired, refused,
    not placed                    invested             released

The rest counts at the price at which the order was planned, the filled part at the price that was paid. What the position has
sold since is invested no more. Stops, targets and exits only reduce: they block nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from signals.models import Order, OrderLeg
from signals.states import LIVE_ORDERS

ZERO = Decimal(0)
ONE = Decimal(1)
CENTI = Decimal("1e-8")  # money's own precision


@dataclass(frozen=True, slots=True)
class Funds:
    """Margin in USD (USDT counts as USD). The three never overlap."""

    blocked: Decimal = ZERO
    invested: Decimal = ZERO
    released: Decimal = ZERO

    def __add__(self, other: "Funds") -> "Funds":
        return Funds(self.blocked + other.blocked, self.invested + other.invested, self.released + other.released)


NOTHING = Funds()


def funds_of_entry(
    *,
    status: str,
    quantity: Decimal,
    filled: Decimal,
    planned_price: Decimal,
    average_price: Decimal | None,
    leverage: int,
    held: Decimal = ONE,
    usd_rate: Decimal = ONE,
) -> Funds:
    """The move table. `held`: which part (0 to 1) of what was bought the position still holds. Rounded to 1e-8."""
    rest = _money(max(quantity - filled, ZERO) * planned_price / leverage / usd_rate)
    paid = _money(filled * (average_price if average_price is not None else planned_price) / leverage / usd_rate)
    invested = _money(paid * held)
    still_fills = status in LIVE_ORDERS
    return Funds(
        blocked=rest if still_fills else ZERO,
        invested=invested,
        released=(ZERO if still_fills else rest) + paid - invested,
    )


def funds_of(order: Order) -> Funds:
    """What `order` does to its client's money now. Load it with its execution and position."""
    execution, position = order.execution, order.position
    if order.leg != OrderLeg.ENTRY or execution.price_at_send is None:
        return NOTHING
    return funds_of_entry(
        status=order.status,
        quantity=order.quantity,
        filled=order.filled_quantity,
        planned_price=execution.price_at_send,
        average_price=order.average_price,
        leverage=execution.leverage or 1,
        usd_rate=execution.usd_rate,
        held=position.quantity / position.opened_quantity if position and position.opened_quantity else ONE,
    )


def sum_funds(orders: Iterable[Order]) -> Funds:
    """All of them together."""
    return sum((funds_of(order) for order in orders), NOTHING)


def funds_by_execution(execution_ids: Iterable[UUID]) -> dict[UUID, Funds]:
    """What the entry orders of each of these executions do: one query, however many."""
    found: dict[UUID, Funds] = {}
    for order in _entries(Order.objects.filter(execution__in=execution_ids)):
        found[order.execution_id] = found.get(order.execution_id, NOTHING) + funds_of(order)
    return found


def blocked_by(orders: QuerySet[Order]) -> Decimal:
    """What those of these orders that may still fill block: one query, over the few that live."""
    return sum_funds(_entries(orders.filter(status__in=LIVE_ORDERS))).blocked


def _entries(orders: QuerySet[Order]) -> QuerySet[Order]:
    read = ("leg", "status", "quantity", "filled_quantity", "average_price", "execution__leverage",
            "execution__price_at_send", "execution__usd_rate", "position__quantity", "position__opened_quantity")  # fmt: skip
    return orders.filter(leg=OrderLeg.ENTRY).select_related("execution", "position").only(*read)


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(CENTI)
