"""The execution state machine under any interleaving of answers, time-outs, deaths and repetitions.

What hypothesis draws is what the world may do; what must hold is I1 after each step (cheap, from the exchange's ledger alone)
and I1–I8 by the product's own checker once everything has come to rest.
"""

import json
from collections import Counter
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from signals.invariants.truth import is_ours
from subscriptions.models import Subscription, SubscriptionStatus
from tests.machine.town import START_PRICES, Town

SYMBOLS = st.sampled_from(["BTCUSDT", "BTCUSDT", "ETHUSDT"])
PLACES = st.sampled_from([0, 1])
# At once, in the middle of something, or until it has ended.
WAITS = st.sampled_from([0.0, 0.5, 4.0, 60.0, 60.0])
# A stop stands 2.5 % from the entry, a target 5 %.
MOVES = st.sampled_from(["0.94", "0.97", "0.99", "1.01", "1.03", "1.06"])
LEGS = ("entry", "stop", "target", "close")
UNKNOWN_CODE = json.dumps({"code": -4999, "msg": "What no table knows."})
FAULTS: dict[str, dict[str, Any]] = {
    "answer lost": {"effect": "drop_after"},
    "lost before": {"effect": "drop_before"},
    "5xx after": {"effect": "answer_after", "status": 502, "body": "<html>Bad Gateway</html>"},
    "5xx before": {"effect": "answer_before", "status": 503},
    "empty 200": {"effect": "answer_after", "status": 200, "body": ""},
    "refused": {"effect": "answer_before", "code": -2019, "message": "Margin is insufficient."},
    "would trigger": {"effect": "answer_before", "code": -2021, "message": "Order would immediately trigger."},
    "unknown code": {"effect": "answer_before", "status": 400, "body": UNKNOWN_CODE},
    "told to wait": {"effect": "answer_before", "status": 429, "body": UNKNOWN_CODE, "headers": {"Retry-After": "1"}},
    "clock": {"effect": "answer_before", "code": -1021, "message": "Timestamp for this request is outside of the recvWindow."},
    "late packet": {"effect": "delay_before", "delay_ms": 1800, "window": "arrival"},
    "very late packet": {"effect": "delay_before", "delay_ms": 6000, "window": "acceptance"},
    "slow answer": {"effect": "delay_after", "delay_ms": 7000},
    "cut answer": {"effect": "cut_after"},
    "in pieces": {"effect": "partial", "rest": "fill", "rest_ms": 700, "pieces": 2},
    "half, then over": {"effect": "partial", "rest": "expire"},
}  # fmt: skip
READ_FAULTS: dict[str, dict[str, Any]] = {
    "dropped": {"effect": "drop_before"},
    "503": {"effect": "answer_before", "status": 503},
    "hidden": {"effect": "hide"},
    "slow": {"effect": "delay_after", "delay_ms": 2500},
}


class ExecutionMachine(RuleBasedStateMachine):
    """`town` is set by the test. A step that asks for what is not there does nothing."""

    town: ClassVar[Town]

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[dict[str, Any]] = []
        self.doubled = False
        self.town.begin()

    @initialize(action=st.sampled_from(["buy", "sell"]))
    def first_alert(self, action: str) -> None:
        self.alert(action, "BTCUSDT", 0.0)

    # --- alerts ------------------------------------------------------------------------------------------------------

    @rule(
        action=st.sampled_from(["buy", "sell", "close", "close_all"]), symbol=SYMBOLS,
        age_s=st.sampled_from([0.0, 0.0, 3.0, 20.0, 80.0]),
    )  # fmt: skip
    def alert(self, action: str, symbol: str, age_s: float) -> None:
        self.posted.append(self.town.alert(action, symbol, age_s=age_s, number=len(self.posted)))

    @rule(which=st.integers(0, 5))
    def same_alert_again(self, which: int) -> None:
        self.town.post(self.posted[which % len(self.posted)])

    # --- work --------------------------------------------------------------------------------------------------------

    @rule(place=PLACES, wait=WAITS)
    def run_what_is_pending(self, place: int, wait: float) -> None:
        self.town.execute(place, wait, *self.town.pending())

    @rule(which=st.integers(0, 3), wait=WAITS)
    def run_one_twice_at_once(self, which: int, wait: float) -> None:
        pending = self.town.pending()
        if pending:
            key = pending[which % len(pending)]
            self.town.execute(0, 0, key, key)
            self.town.execute(1, wait, key)

    @rule(place=PLACES, wait=WAITS)
    def sweep(self, place: int, wait: float) -> None:
        self.town.sweep(place, wait)

    @rule(place=PLACES, wait=WAITS)
    def reconcile(self, place: int, wait: float) -> None:
        self.town.reconcile(place, wait, *self.town.accounts)

    @rule(seconds=st.sampled_from([0.3, 1.0, 4.0, 9.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.town.pass_time(seconds, to_the_end=True)

    # --- workers end -------------------------------------------------------------------------------------------------

    @rule(place=PLACES, points=st.integers(1, 40))
    def worker_will_stop(self, place: int, points: int) -> None:
        self.town.process(place).fuse = points

    @rule(place=PLACES)
    def worker_stops(self, place: int) -> None:
        self.town.kill(place)

    @rule()
    def the_frozen_go_on(self) -> None:
        self.town.thaw()

    # --- the exchange ------------------------------------------------------------------------------------------------

    @rule(
        leg=st.sampled_from(LEGS), name=st.sampled_from(sorted(FAULTS)), count=st.sampled_from([1, 1, 2, 4]),
        after=st.sampled_from([0, 0, 1]),
    )  # fmt: skip
    def order_goes_wrong(self, leg: str, name: str, count: int, after: int) -> None:
        self._add_fault({"leg": leg, "count": count, "after": after, **FAULTS[name]})

    @rule(
        leg=st.sampled_from(["query", "read", "leverage", "settings", "cancel"]),
        name=st.sampled_from(sorted(READ_FAULTS)), count=st.sampled_from([1, 3, 6]),
    )  # fmt: skip
    def question_goes_wrong(self, leg: str, name: str, count: int) -> None:
        self._add_fault({"leg": leg, "count": count, **READ_FAULTS[name]})

    def _add_fault(self, fault: dict[str, Any]) -> None:
        self.town.exchange.control.add_fault(**fault)

    @rule(count=st.integers(1, 4))
    def nobody_to_connect_to(self, count: int) -> None:
        self.town.exchange.unreachable = count

    @rule()
    def faults_are_over(self) -> None:
        self.town.exchange.control.clear_faults()

    @rule(symbol=SYMBOLS, move=MOVES, gap=st.booleans())
    def price_moves(self, symbol: str, move: str, gap: bool) -> None:
        control = self.town.exchange.control
        price = str(round(float(START_PRICES[symbol]) * float(move), 1))
        (control.set_price if gap else control.move_price)(symbol, price)

    # --- people ------------------------------------------------------------------------------------------------------

    @rule(active=st.booleans(), which=st.integers(0, 1))
    def client_pauses_or_resumes(self, active: bool, which: int) -> None:
        status = SubscriptionStatus.ACTIVE if active else SubscriptionStatus.PAUSED
        Subscription.objects.filter(pk=self.town.subscriptions[which].pk).update(status=status)

    @rule(which=st.integers(0, 1), symbol=SYMBOLS)
    def client_closes_by_hand(self, which: int, symbol: str) -> None:
        self.town.exchange.control.close_by_hand(self.town.key(self.town.accounts[which]), symbol)

    @rule(which=st.integers(0, 1), symbol=SYMBOLS)
    def client_cancels_orders_by_hand(self, which: int, symbol: str) -> None:
        self.town.exchange.control.cancel_by_hand(self.town.key(self.town.accounts[which]), symbol)

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def entered_at_most_once(self) -> None:
        """I1 after each step: an entry's client id – one per (signal, subscription) – has at most one order with fills."""
        double = {key: count for key, count in entry_orders(self.town).items() if count > 1}
        if double:
            self.doubled = True
        assert not double, f"I1: entered twice: {double}"

    @rule()
    @precondition(lambda self: not self.doubled)
    def everything_comes_to_rest(self) -> None:
        self._rest_and_judge()

    def _rest_and_judge(self) -> None:
        self.town.rest()
        found = self.town.judge()
        assert not found, [f"{each.invariant} {each.code} {dict(each.figures)} {each.symbol}" for each in found]

    def teardown(self) -> None:
        try:
            if not self.doubled:
                self._rest_and_judge()
        finally:
            self.town.end()


def entry_orders(town: Town) -> Counter[tuple[int, str]]:
    """How many entry orders with fills there were, by account and client id, by the exchange's own ledger."""
    filled: dict[tuple[int, str], set[UUID | int]] = {}
    for event in town.exchange.control.ledger(kind="OrderFilled"):
        client_id = str(event["data"].get("client_id") or event["data"]["fill"].get("client_id", ""))
        if is_ours(client_id) and client_id.endswith("e"):
            filled.setdefault((event["account"], client_id), set()).add(event["data"]["fill"]["order_id"])
    return Counter({key: len(orders) for key, orders in filled.items()})
