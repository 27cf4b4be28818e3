"""What came of an ordeal: the exchange's ledger and the database side by side, counted plainly here and judged by the checker."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from bench.ordeal_people import People
from bench.ordeal_sender import Reply
from exchanges.client_ids import client_order_id
from exchanges.types import Leg
from signals.invariants import Limits, Report, check
from signals.invariants.reading_book import read_book
from signals.invariants.simulator_events import truth_of
from signals.invariants.simulator_requests import requests_of
from signals.models import Execution, Order, Position
from signals.states import LIVE_ORDERS, UNSETTLED, State
from simulator.testing import ControlClient

HEALING = ("lost", "naked", "mismatch")
AT_REST = ("I2", "I4", "I6", "I7")
GAP_S, GAP_WITHOUT_FAULTS_S = 15.0, 5.0
Place = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`figures` are the ordeal's keys; `report` is what the checker says of I1–I12."""

    figures: dict[str, Any]
    report: Report

    @property
    def is_clean(self) -> bool:
        return self.report.is_clean and not any(self.figures[key] for key in ("double", *HEALING))

    @property
    def may_heal(self) -> bool:
        """Whether something is wrong now that may still be set right; what has happened stays so."""
        return any(self.report.of(name) for name in AT_REST) or any(self.figures[key] for key in HEALING)


def judge(
    control: ControlClient, people: People, replies: Sequence[Reply], *, faulty: bool, recovered_at: datetime
) -> Verdict:
    """Read both sides and compare them; right at rest only, so ask again until it is clean or there is no patience left."""
    owners = {key: account for account, key in people.keys.items()}
    events = control.ledger()
    book = read_book(list(people.keys), answered=_answered(replies))
    truth = truth_of(events, lambda opened: owners.get(opened["api_key"]))
    truth = replace(truth, requests=requests_of(control.requests()))
    limits = Limits(gap_s=GAP_S if faulty else GAP_WITHOUT_FAULTS_S, rest_s=0, recovered_at=recovered_at)
    report = check(truth, book, timezone.now(), limits)
    entered, double = count_entries(events, list(_entry_rows()))
    naked, mismatch = _compare_holdings(control, people)
    naked |= {(gap.account_id, gap.symbol) for gap in report.gaps if not gap.is_over}
    mismatch |= {(found.account_id, found.symbol) for found in report.of("I6") if found.account_id}
    unprotected = report.unprotected
    return Verdict(
        {
            "expected": _expected(people, replies),
            "entered": entered,
            "double": double,
            "lost": count_lost(people.subscriptions, _stored(people, replies), list(_execution_rows())),
            "naked": len(naked),
            **{f"gap_{key}": unprotected[key] for key in ("p50_s", "p99_s", "max_s")},
            "mismatch": len(mismatch),
        },
        report,
    )


# --- counted plainly -------------------------------------------------------------------------------------------------


def _answered(replies: Iterable[Reply]) -> frozenset[UUID]:
    return frozenset(UUID(reply.signal_id) for reply in replies if reply.is_stored)


def _stored(people: People, replies: Iterable[Reply]) -> dict[UUID, tuple[UUID, bool]]:
    """Bot, and whether it opens, of each signal that a sender was told is stored."""
    return {
        UUID(reply.signal_id): (people.bots[reply.alert.bot].id, reply.alert.opens)
        for reply in replies
        if reply.is_stored
    }


def _expected(people: People, replies: Iterable[Reply]) -> int:
    """Entries that would be, were nothing skipped: each opening alert that was answered 2xx, times its bot's subscribers."""
    alerts = {reply.alert.key: reply.alert for reply in replies if reply.is_stored and reply.alert.opens}
    return sum(len(people.subscriptions[people.bots[alert.bot].id]) for alert in alerts.values())


def _entry_rows() -> Iterable[tuple[UUID, tuple[str, UUID]]]:
    """Each execution's id, and the (alert, subscription) that may enter once."""
    rows = Execution.objects.values_list("id", "signal__payload__id", "subscription_id")
    return ((execution, (alert, subscription)) for execution, alert, subscription in rows)


def count_entries(events: Iterable[Mapping[str, Any]], rows: Iterable[tuple[UUID, Any]]) -> tuple[int, int]:
    """How many (alert, subscription) entered, and how many entries there were beyond one each. An entry that no execution
    knows is one too many."""
    whose = {client_order_id(execution, Leg.ENTRY, 1): key for execution, key in rows}
    opening: dict[int, str] = {}
    filled: dict[Any, set[int]] = defaultdict(set)
    for event in events:
        if event["type"] == "OrderPlaced":
            order = event["data"]["order"]
            if not order["reduce_only"] and not order["algo_id"]:
                opening[order["id"]] = order["client_id"]
        elif event["type"] == "OrderFilled":
            number = event["data"]["fill"]["order_id"]
            if number in opening:
                filled[whose.get(opening[number])].add(number)
    unknown = len(filled.pop(None, ()))
    return len(filled), unknown + sum(len(orders) - 1 for orders in filled.values())


def _execution_rows() -> Iterable[tuple[UUID, UUID, str, str]]:
    return Execution.objects.values_list("signal_id", "subscription_id", "state", "reason_code")


def count_lost(
    subscribers: Mapping[UUID, frozenset[UUID]],
    stored: Mapping[UUID, tuple[UUID, bool]],
    rows: Iterable[tuple[UUID, UUID, str, str]],
) -> int:
    """Subscriptions of signals that were answered 2xx without an execution that ended with a reason (PROTECTED is one). An
    opening signal concerns every subscription of its bot; a close those that were given an execution."""
    ended: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
    for signal_id, subscription, state, reason in rows:
        ended[signal_id][subscription] = state == State.PROTECTED or (state not in UNSETTLED and bool(reason))
    lost = 0
    for signal_id, (bot, opens) in stored.items():
        concerned = subscribers[bot] if opens else ended[signal_id].keys()
        lost += sum(not ended[signal_id].get(subscription, False) for subscription in concerned)
    return lost


def _compare_holdings(control: ControlClient, people: People) -> tuple[set[Place], set[Place]]:
    """Markets with a position that its live stops do not cover, and markets of which database and exchange hold different
    quantities or different stops and targets."""
    booked: dict[UUID, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for position in Position.objects.filter(status="open"):
        signed = position.quantity if position.side == "long" else -position.quantity
        booked[position.account_id][position.symbol_key] += signed
    rows: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    for order in Order.objects.filter(leg__in=("stop", "target"), status__in=LIVE_ORDERS):
        rows[order.account_id].add((order.symbol_key, order.client_order_id))
    naked: set[Place] = set()
    differing: set[Place] = set()
    for account_id, api_key in people.keys.items():
        told = control.account(api_key)
        held = {row["symbol"]: Decimal(row["quantity"]) for row in told["positions"]}
        stands = {(order["symbol"], order["client_id"]) for order in told["open_conditionals"]}
        ours = {symbol: quantity for symbol, quantity in booked[account_id].items() if quantity}
        naked |= {(account_id, symbol) for symbol in uncovered(held, told["open_conditionals"])}
        differing |= {(account_id, symbol) for symbol, _ in held.items() ^ ours.items()}
        differing |= {(account_id, symbol) for symbol, _ in stands ^ rows[account_id]}
    return naked, differing


def uncovered(held: Mapping[str, Decimal], conditionals: Iterable[Mapping[str, Any]]) -> set[str]:
    """Symbols on which the stops that stand would not close the whole position."""
    stops: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in conditionals:
        if order["type"] == "STOP_MARKET":
            stops[order["symbol"], order["side"]] += Decimal(order["quantity"])
    return {
        symbol for symbol, quantity in held.items() if stops[symbol, "SELL" if quantity > 0 else "BUY"] < abs(quantity)
    }


def endings() -> dict[str, int]:
    """How many executions ended how: action, state and reason."""
    rows = Execution.objects.values_list("action", "state", "reason_code")
    return dict(Counter(" ".join(filter(None, row)) for row in rows).most_common())
