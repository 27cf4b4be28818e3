"""One account, one signal, one entry with its stop and target, all well: tests spoil one thing each."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from exchanges.client_ids import client_order_id
from exchanges.types import Leg, MarketType, Side
from signals.invariants import AccountTruth, Book, Limits, Report, Truth, check
from signals.invariants.book import ExecutionRecord, OrderRecord, PositionRecord, SignalRecord, SubscriptionRecord
from signals.invariants.truth import TrueFill, TrueOrder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SYMBOL, FUTURES = "BTCUSDT", MarketType.FUTURES
LOT = Decimal("0.001")
LATER = NOON + timedelta(minutes=10)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass
class SmallCase:
    """The signal comes at noon, the entry is filled 0.1 s later, the stop stands after 0.2 s. All ten minutes ago."""

    account: UUID = field(default_factory=uuid4)
    signals: list[SignalRecord] = field(default_factory=list)
    executions: list[ExecutionRecord] = field(default_factory=list)
    orders: list[OrderRecord] = field(default_factory=list)
    positions: list[PositionRecord] = field(default_factory=list)
    subscriptions: list[SubscriptionRecord] = field(default_factory=list)
    placed: list[TrueOrder] = field(default_factory=list)
    fills: list[TrueFill] = field(default_factory=list)
    book_extras: dict[str, Any] = field(default_factory=dict)
    truth_extras: dict[str, Any] = field(default_factory=dict)
    _sequence: int = 0

    def __post_init__(self) -> None:
        self.bot = uuid4()
        self.subscription = self.subscribe()
        self.execution = self.enter(self.subscription)

    def judge(self, limits: Limits | None = None, now: datetime = LATER, **account: Any) -> Report:
        values = {"orders": tuple(self.placed), "fills": tuple(self.fills), **account}
        truth = Truth((AccountTruth(self.account, **values),), steps={(FUTURES, SYMBOL): LOT}, **self.truth_extras)
        rows = (
            tuple(getattr(self, name)) for name in ("signals", "executions", "orders", "positions", "subscriptions")
        )
        return check(truth, Book(*rows, **self.book_extras), now, limits)

    def codes(self, limits: Limits | None = None, now: datetime = LATER, **account: Any) -> list[tuple[str, str]]:
        return [(v.invariant, v.code) for v in self.judge(limits, now, **account).violations]

    def subscribe(self, **fields: Any) -> UUID:
        values: dict[str, Any] = {
            "id": uuid4(), "bot_id": self.bot, "account_id": self.account, "is_active": True, "max_concurrent_positions": 3,
            "max_daily_loss_usd": Decimal(200), "time_zone": "America/Sao_Paulo", "created_at": at(-9999),
            "changed_at": at(-9999), "account_changed_at": at(-9999), **fields,
        }  # fmt: skip
        self.subscriptions.append(SubscriptionRecord(**values))
        return values["id"]

    def enter(self, subscription: UUID, *, seconds: float = 0, symbol: str = SYMBOL, side: Side = Side.BUY,
              position_side: str = "") -> UUID:  # fmt: skip
        """A signal, its execution, a position with stop and target; truth and rows agree."""
        signal, execution, position = uuid4(), uuid4(), uuid4()
        self.signals.append(SignalRecord(signal, self.bot, side.value, symbol, True, False, True, at(seconds), at(seconds), 30,
                                         1, 1, 0, 0, at(seconds + 0.3)))  # fmt: skip
        self.executions.append(ExecutionRecord(execution, signal, subscription, self.bot, self.account, position, FUTURES,
            side.value, symbol, "PROTECTED", "both", "", Decimal(1), at(seconds), at(seconds), at(seconds), at(seconds + 0.3),
            None))  # fmt: skip
        stop = Decimal(90)
        self.positions.append(PositionRecord(position, subscription, self.account, symbol, FUTURES,
            "long" if side is Side.BUY else "short", "open", Decimal(1), Decimal(100), stop, Decimal(110), Decimal(0), "",
            at(seconds + 0.1), None, None))  # fmt: skip
        self.row(execution, Leg.ENTRY, status="filled", filled_quantity=Decimal(1), symbol_key=symbol, seconds=seconds)
        self.place(execution, Leg.ENTRY, seconds=seconds + 0.1, symbol=symbol, side=side, ended=seconds + 0.1,
                   position_side=position_side)  # fmt: skip
        self.fill(self.placed[-1], seconds=seconds + 0.1)
        for leg in (Leg.STOP, Leg.TARGET):
            self.row(execution, leg, symbol_key=symbol, seconds=seconds)
            self.place(execution, leg, seconds=seconds + 0.2, symbol=symbol, side=side.opposite,
                       position_side=position_side)  # fmt: skip
        return execution

    def row(self, execution: UUID, leg: Leg, *, attempt: int = 1, seconds: float = 0, **fields: Any) -> None:
        owner = next(row for row in self.executions if row.id == execution)
        names = {Leg.ENTRY: "entry", Leg.STOP: "stop", Leg.TARGET: "target", Leg.EXIT: "exit"}
        values: dict[str, Any] = {
            "client_order_id": client_order_id(execution, leg, attempt), "exchange_order_id": "", "triggered_order_id": "",
            "execution_id": execution, "position_id": owner.position_id, "account_id": self.account, "symbol_key": SYMBOL,
            "market_type": FUTURES, "leg": names[leg], "status": "open", "quantity": Decimal(1), "filled_quantity": Decimal(0),
            "created_at": at(seconds), "updated_at": at(seconds), **fields,
        }  # fmt: skip
        self.orders.append(OrderRecord(**values))

    def place(self, execution: UUID, leg: Leg, *, seconds: float, attempt: int = 1, symbol: str = SYMBOL,
              side: Side = Side.SELL, ended: float | None = None, client_id: str = "", **fields: Any) -> TrueOrder:  # fmt: skip
        """The exchange takes an order. Ended ones are ended one step later in the order of events."""
        self._sequence += 10
        values: dict[str, Any] = {
            "exchange_order_id": str(self._sequence), "market_type": FUTURES, "symbol": symbol, "side": side,
            "client_order_id": client_id or client_order_id(execution, leg, attempt), "quantity": Decimal(1),
            "placed_at": at(seconds), "sequence": self._sequence, "is_trigger": leg in (Leg.STOP, Leg.TARGET),
            "is_target": leg is Leg.TARGET, "reduces_only": leg is not Leg.ENTRY, **fields,
        }  # fmt: skip
        if ended is not None:
            values |= {"ended_at": at(ended), "ended_sequence": self._sequence + 5}
        self.placed.append(TrueOrder(**values))
        return self.placed[-1]

    def fill(self, order: TrueOrder, *, seconds: float, quantity: Decimal | None = None, price: str = "100") -> None:
        self._sequence += 10
        self.fills.append(TrueFill(order.exchange_order_id, FUTURES, order.symbol, order.side, quantity or order.quantity,
                                   Decimal(price), at(seconds), self._sequence, order.position_side))  # fmt: skip

    def change(self, rows: list[Any], index: int = 0, **fields: Any) -> None:
        """Another value in one of the rows."""
        rows[index] = replace(rows[index], **fields)

    def end(self, index: int, seconds: float) -> None:
        """A placed order ends now, last of all."""
        self._sequence += 10
        self.change(self.placed, index, ended_at=at(seconds), ended_sequence=self._sequence)
