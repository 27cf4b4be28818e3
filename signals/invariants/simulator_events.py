"""The simulator's ledger (its events as JSON) read as truth. Pure; events that say nothing of orders and fills are passed over."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.types import MarketType, Side
from signals.invariants.truth import AccountTruth, Holding, TrueFill, TrueOrder, Truth

Event = Mapping[str, Any]
# Given an account as the simulator opened it (id, api_key, label), whose it is here; None = nobody's.
Whose = Callable[[Mapping[str, Any]], UUID | None]
TARGET_TYPES = ("TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "TAKE_PROFIT_MARKET")
TRIGGER_TYPES = ("STOP_LOSS", "STOP_LOSS_LIMIT", "STOP_MARKET", *TARGET_TYPES)
SIDES = {"LONG": "long", "SHORT": "short"}
Steps = dict[tuple[MarketType, str], Decimal]


def truth_of(events: Iterable[Event], whose: Whose, *, unread: Mapping[UUID, str] | None = None) -> Truth:
    """Everything that happened on the accounts that `whose` knows. An account that was reset begins there."""
    readings: dict[int, _Reading] = {}
    steps: Steps = {}
    for event in events:
        if event["type"] == "AccountOpened":
            account_id = whose(event["data"]["account"])
            if account_id is not None:
                readings[event["account"]] = _Reading(account_id, steps, _time(event["time"]))
        elif event["account"] in readings:
            readings[event["account"]].take(event)
    return Truth(tuple(reading.truth() for reading in readings.values()), steps=steps, unread=dict(unread or {}))


@dataclass
class _Reading:
    """One account while its events go by."""

    account_id: UUID
    steps: Steps
    since: datetime
    orders: dict[str, TrueOrder] = field(default_factory=dict)
    fills: list[TrueFill] = field(default_factory=list)
    remaining: dict[str, Decimal] = field(default_factory=dict)

    def truth(self) -> AccountTruth:
        return AccountTruth(self.account_id, tuple(self.orders.values()), tuple(self.fills), since=self.since)

    def take(self, event: Event) -> None:
        kind, data, at, number = event["type"], event["data"], _time(event["time"]), event["sequence"]
        if kind == "OrderPlaced":
            self.place(data["order"], at, number, parent=data["order"].get("algo_id") or 0)
        elif kind == "ConditionalPlaced":
            self.place({**data["order"], "kind": "futures"}, at, number, prefix="c")
        elif kind == "OrderFilled":
            self._fill(data["fill"], at, number)
        elif kind == "OrderEnded":
            self._end(str(data["order_id"]), at, number)
        elif kind in ("ConditionalTriggered", "ConditionalEnded"):
            self._end(f"c{data['conditional_id']}", at, number)
        elif kind == "AccountReset":
            self.orders, self.fills, self.remaining, self.since = {}, [], {}, at

    def place(self, raw: Mapping[str, Any], at: datetime, number: int, *, prefix: str = "", parent: int = 0) -> None:
        market_type, quantity = MarketType(raw["kind"]), Decimal(raw["quantity"])
        key = f"{prefix}{raw['id']}"
        self.orders[key] = TrueOrder(
            exchange_order_id=key,
            client_order_id=raw["client_id"],
            market_type=market_type,
            symbol=raw["symbol"],
            side=Side(raw["side"].lower()),
            quantity=quantity,
            placed_at=at,
            sequence=number,
            is_trigger=raw["type"] in TRIGGER_TYPES,
            is_target=raw["type"] in TARGET_TYPES or _is_oco_target(raw),
            reduces_only=bool(raw.get("reduce_only")) or market_type is MarketType.SPOT,
            closes_position=bool(raw.get("close_position")),
            parent_id=f"c{parent}" if parent else "",
            position_side=SIDES.get(raw.get("position_side", ""), ""),
        )
        self.remaining[key] = quantity
        self._note_step(market_type, raw["symbol"], quantity)

    def _note_step(self, market_type: MarketType, symbol: str, quantity: Decimal) -> None:
        """The finest decimal place in which quantities are ordered: never coarser than the market's step allows."""
        exponent = quantity.as_tuple().exponent
        if quantity > 0 and isinstance(exponent, int):
            step = Decimal(1).scaleb(min(exponent, 0))
            self.steps[market_type, symbol] = min(step, self.steps.get((market_type, symbol), step))

    def _fill(self, raw: Mapping[str, Any], at: datetime, number: int) -> None:
        key, quantity, symbol = str(raw["order_id"]), Decimal(raw["quantity"]), raw["symbol"]
        side, market_type = Side(raw["side"].lower()), MarketType(raw["kind"])
        net = quantity
        if market_type is MarketType.SPOT and side is Side.BUY and symbol.startswith(raw["fee_asset"]):
            net -= Decimal(raw["fee"])
        self.fills.append(
            TrueFill(key, market_type, symbol, side, net, Decimal(raw["price"]), at, number,
                     SIDES.get(raw["position_side"], ""))
        )  # fmt: skip
        self.remaining[key] = self.remaining.get(key, quantity) - quantity
        if self.remaining[key] <= 0:
            self._end(key, at, number)

    def _end(self, key: str, at: datetime, number: int) -> None:
        order = self.orders.get(key)
        if order is not None and order.ended_at is None:
            self.orders[key] = replace(order, ended_at=at, ended_sequence=number)


def _is_oco_target(raw: Mapping[str, Any]) -> bool:
    """The limit leg of a spot order list takes the profit."""
    return raw.get("list_id", -1) != -1 and raw["type"] in ("LIMIT_MAKER", "LIMIT")


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def snapshot_of(account_id: UUID, told: Mapping[str, Any], seen_at: datetime) -> AccountTruth:
    """An account as the control API describes it now: for one whose beginning the ledger does not hold any more."""
    reading = _Reading(account_id, {}, seen_at)
    for raw in told["open_orders"]:
        reading.place(raw, seen_at, 0)
    for raw in told["open_conditionals"]:
        reading.place({**raw, "kind": "futures"}, seen_at, 0, prefix="c")
    holdings = tuple(
        Holding(MarketType.FUTURES, raw["symbol"], Decimal(raw["quantity"]), Decimal(raw["entry_price"]),
                SIDES.get(raw["side"], ""))
        for raw in told["positions"]
    )  # fmt: skip
    return AccountTruth(account_id, tuple(reading.orders.values()), holdings=holdings, is_history=False)
