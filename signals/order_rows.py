"""The rows of our orders: written before an order leaves us, and again with what the exchange said of it (ORD-01)."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID, uuid4

from exchanges.client_ids import client_order_id
from exchanges.errors import ExchangeError, Refused
from exchanges.types import Leg, Market, OrderAnswer
from signals.desk import Job
from signals.ledger.ledger import Write

LEG_NAMES = {Leg.ENTRY: "entry", Leg.STOP: "stop", Leg.TARGET: "target", Leg.EXIT: "exit"}
KINDS = {Leg.ENTRY: "market", Leg.EXIT: "market", Leg.STOP: "stop_market", Leg.TARGET: "take_profit_market"}


def add_order(job: Job, write: Write, market: Market, leg: Leg, *, attempt: int, side: str, quantity: Decimal,
              trigger: Decimal | None = None, position_id: UUID | None = None, fenced: bool = True,
              context: dict[str, str] | None = None, sold: Decimal | None = None, late: bool = False) -> str:  # fmt: skip
    """Add the row of an order that is about to be sent (ORD-01); returns its client order id.

    `sold`: of an exit, what the exits of the position have sold so far. It is written only where no other exit of it is on its
    way or has sold more: see `Write.refused`. `late`: it sells what came after the position was closed.
    """
    key = client_order_id(job.facts.id, leg, attempt)
    write.add(
        "orders" if sold is None else "exits", id=uuid4(), execution_id=job.facts.id, epoch=job.epoch if fenced else None,
        position_id=position_id, sold=sold, late=late, account_id=job.facts.account_id, symbol_key=market.key,
        market_type=market.market_type.value, leg=LEG_NAMES[leg],
        attempt=attempt, client_order_id=key, side=side, kind=KINDS[leg], reduce_only=leg is not Leg.ENTRY,
        quantity=quantity, trigger_price=trigger, context=context or {}, at=job.desk.now(),
    )  # fmt: skip
    return key


def add_answer(job: Job, write: Write, answer: OrderAnswer | ExchangeError, key: str, *, position_id: UUID | None = None,
               quantity: Decimal | None = None, trigger: Decimal | None = None) -> None:  # fmt: skip
    """Add what the exchange answered to an order's row; keys that it refuses are the account's trouble as well."""
    common = {
        "client_order_id": key,
        "epoch": job.epoch,
        "at": job.desk.now(),
        "position_id": position_id,
        "quantity": quantity,
        "trigger_price": trigger,
    }
    if isinstance(answer, OrderAnswer):
        write.add(
            "order_answers", status=answer.state.value, exchange_order_id=answer.exchange_order_id,
            triggered_order_id=answer.triggered_order_id, filled_quantity=answer.filled_quantity,
            average_price=answer.average_price, **common,
        )  # fmt: skip
        return
    job.note_refused_keys(write, answer)
    status = "refused" if isinstance(answer, Refused) else "unknown"
    write.add("order_answers", status=status, error_code=answer.code[:50], error_message=answer.message[:500], **common)


def add_replaced(job: Job, write: Write, standing: Mapping[Leg, OrderAnswer]) -> None:
    """Add that these stand for a settled entry from now on: its execution names them (EXE-17)."""
    ids = {leg: answer.exchange_order_id or None for leg, answer in standing.items()}
    if ids:
        write.add("protection_replaced", id=job.facts.id, stop_id=ids.get(Leg.STOP), target_id=ids.get(Leg.TARGET))
