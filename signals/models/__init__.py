"""What happened: Signal, Execution, Order, Fill, Position. Facts, written by `receive`, `ledger` and `reconcile` only."""

from signals.models.execution import Execution, ExecutionEvent
from signals.models.fill import Fill, Funding
from signals.models.lease import Lease
from signals.models.order import Order, OrderLeg
from signals.models.position import ForeignHolding, Position
from signals.models.signal import Signal, SignalStatus
from signals.models.workflow import Workflow, WorkflowHour
from signals.states import OrderStatus

__all__ = [
    "Execution",
    "ExecutionEvent",
    "Fill",
    "ForeignHolding",
    "Funding",
    "Lease",
    "Order",
    "OrderLeg",
    "OrderStatus",
    "Position",
    "Signal",
    "SignalStatus",
    "Workflow",
    "WorkflowHour",
]
