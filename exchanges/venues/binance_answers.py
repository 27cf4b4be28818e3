"""What the states in Binance's answers mean, for futures and spot alike (developers.binance.com, "New Order", "New Algo Order")."""

from exchanges.types import OrderState

STATES = {
    "NEW": OrderState.OPEN,
    "PENDING_NEW": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.PARTIAL,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELLED,
    "PENDING_CANCEL": OrderState.OPEN,
    "REJECTED": OrderState.REFUSED,
    "EXPIRED": OrderState.EXPIRED,
    "EXPIRED_IN_MATCH": OrderState.EXPIRED,
}

# "FINISHED: the triggered order was filled or cancelled": what became of it, only the order itself tells.
ALGO_STATES = STATES | {
    "TRIGGERING": OrderState.OPEN,
    "TRIGGERED": OrderState.OPEN,
    "FINISHED": OrderState.FILLED,
}
