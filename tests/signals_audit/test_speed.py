"""A thousand executions are read, compared and judged within the five seconds that the command has (issue's item 1)."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from exchanges.client_ids import client_order_id
from exchanges.types import Leg
from signals.invariants import Limits, check
from signals.invariants.reading_book import read_book
from signals.invariants.simulator_events import truth_of
from signals.models import Execution, Order, Position
from tests.trading_world import make_bot, make_signal, make_subscription

pytestmark = pytest.mark.django_db
COUNT, SUBSCRIBERS = 1000, 5
LEGS = ((Leg.ENTRY, "entry", "filled"), (Leg.STOP, "stop", "open"), (Leg.TARGET, "target", "open"))


def test_a_thousand_executions_within_five_seconds():
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    bot = make_bot()
    subscriptions = [make_subscription(bot, max_concurrent_positions=100) for _ in range(SUBSCRIBERS)]
    for subscription in subscriptions:
        type(subscription).objects.filter(pk=subscription.pk).update(updated_at=start, created_at=start)
    executions = book_rows(bot, subscriptions, start)
    events = ledger_of(executions, subscriptions, start)
    owners = {number: row.exchange_account_id for number, row in enumerate(subscriptions, 1)}
    began = time.perf_counter()

    truth = truth_of(events, lambda opened: owners[opened["id"]])
    report = check(truth, read_book(list(owners.values())), datetime.now(UTC), Limits(rest_s=0))

    took = time.perf_counter() - began
    assert took < 5
    assert {(v.invariant, v.code) for v in report.violations} == {("I9", "too_many_positions")}  # 200 each, 100 allowed
    assert (report.executions, report.figures["entered"]) == (COUNT, COUNT)


def book_rows(bot: Any, subscriptions: list[Any], start: datetime) -> list[Execution]:
    """Executions, positions and orders, all open, each on a symbol of its own."""
    executions, positions, orders = [], [], []
    for number in range(COUNT // SUBSCRIBERS):
        at, symbol = start + timedelta(seconds=number), f"C{number}USDT"
        signal = make_signal(bot, at, symbol_key=symbol, total_subscribers=SUBSCRIBERS, successful_executions=SUBSCRIBERS,
                             completed_at=at + timedelta(seconds=1))  # fmt: skip
        for subscription in subscriptions:
            common = {"subscription": subscription, "bot": bot, "user": subscription.user,
                      "account": subscription.exchange_account, "symbol_key": symbol}  # fmt: skip
            position = Position(**common, exchange="paper", market_type="futures", side="long", quantity=1, opened_quantity=1,
                                entry_price=100, stop_price=90, target_price=110, effective_at=at, opened_at=at)  # fmt: skip
            execution = Execution(**common, id=uuid4(), signal=signal, position=position, action="buy", state="PROTECTED",
                                  protection="both", created_at=at, claimed_at=at, sent_at=at, completed_at=at)  # fmt: skip
            positions.append(position)
            executions.append(execution)
            for leg, name, status in LEGS:
                orders.append(Order(
                    execution=execution, position=position, account=subscription.exchange_account, symbol_key=symbol,
                    market_type="futures", leg=name, client_order_id=client_order_id(execution.id, leg, 1), side="buy", kind="x",
                    quantity=1, status=status, filled_quantity=1 if name == "entry" else 0, created_at=at,
                ))  # fmt: skip
    Position.objects.bulk_create(positions)
    Execution.objects.bulk_create(executions)
    Order.objects.bulk_create(orders)
    return executions


def ledger_of(executions: list[Execution], subscriptions: list[Any], start: datetime) -> list[dict[str, Any]]:
    """The events of these executions, as the simulator tells them."""
    numbers = {row.exchange_account_id: number for number, row in enumerate(subscriptions, 1)}
    events: list[dict[str, Any]] = []

    def add(number: int, at: datetime, kind: str, **data: Any) -> None:
        moment = int(at.timestamp() * 1000)
        events.append({"sequence": len(events) + 1, "time": moment, "account": number, "type": kind, "data": data})

    for number in numbers.values():
        add(number, start, "AccountOpened", account={"id": number, "api_key": str(number), "label": ""})
    for number, row in enumerate(executions, 1):
        account, at = numbers[row.account_id], row.created_at + timedelta(milliseconds=100)
        order = {
            "id": number,
            "kind": "futures",
            "symbol": row.symbol_key,
            "position_side": "BOTH",
            "quantity": "1.000",
        }
        entry = {
            **order,
            "client_id": client_order_id(row.id, Leg.ENTRY, 1),
            "side": "BUY",
            "type": "MARKET",
            "algo_id": 0,
        }
        add(account, at, "OrderPlaced", order=entry)
        fill = {
            **order,
            "order_id": number,
            "side": "BUY",
            "price": "100",
            "fee": str(Decimal("0.04")),
            "fee_asset": "USDT",
        }
        add(account, at, "OrderFilled", fill=fill)
        for leg, kind in ((Leg.STOP, "STOP_MARKET"), (Leg.TARGET, "TAKE_PROFIT_MARKET")):
            leg_order = {**order, "id": 10_000 * (1 + (leg is Leg.STOP)) + number, "side": "SELL", "type": kind}
            add(account, at, "ConditionalPlaced", order={**leg_order, "client_id": client_order_id(row.id, leg, 1)})
    return events
