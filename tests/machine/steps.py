"""What may happen, step by step. Each step is a method; `CHOICES` says what may be drawn for its arguments."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from signals.invariants.truth import is_ours
from tests.machine.town import START_PRICES, Town

Trouble = tuple[str, str] | None

UNKNOWN_CODE = json.dumps({"code": -4999, "msg": "What no table knows."})
ORDER_LEGS = ("entry", "stop", "target", "close")
READ_LEGS = ("query", "read", "leverage", "settings", "cancel")
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
    "clock": {"effect": "answer_before", "code": -1021, "message": "Timestamp outside of the recvWindow."},
    "late packet": {"effect": "delay_before", "delay_ms": 1800, "window": "arrival"},
    "very late packet": {"effect": "delay_before", "delay_ms": 6000, "window": "acceptance"},
    "slow answer": {"effect": "delay_after", "delay_ms": 7000},
    "cut answer": {"effect": "cut_after"},
    "in pieces": {"effect": "partial", "rest": "fill", "rest_ms": 700, "pieces": 2},
    "half, then over": {"effect": "partial", "rest": "expire"},
}
READ_FAULTS: dict[str, dict[str, Any]] = {
    "dropped": {"effect": "drop_before"},
    "503": {"effect": "answer_before", "status": 503},
    "hidden": {"effect": "hide"},
    "slow": {"effect": "delay_after", "delay_ms": 2500},
}
NOBODY = ("nobody", "there to connect to")
ENTRY_TROUBLES: list[Trouble] = [("entry", name) for name in FAULTS]
ORDER_TROUBLES: list[Trouble] = [(leg, name) for leg in ORDER_LEGS for name in FAULTS]
ALL_TROUBLES: list[Trouble] = [*ORDER_TROUBLES, *[(leg, name) for leg in READ_LEGS for name in READ_FAULTS], NOBODY]
TROUBLES: list[Trouble] = [*[None] * len(ORDER_TROUBLES), *ENTRY_TROUBLES * 4, *ALL_TROUBLES]

ACTIONS = ["buy", "sell", "buy", "sell", "close", "close_all"]
SYMBOLS = ["BTCUSDT", "BTCUSDT", "ETHUSDT"]
AGES = [0.0, 0.0, 0.0, 3.0, 20.0, 80.0]
PLACES = [0, 1]
# At once, in the middle of something, or until it has ended.
WAITS = [0.0, 0.5, 4.0, 60.0, 60.0, 60.0]
# Where a worker stops, counted in requests and words with the database; mostly it does not.
POINTS = [None] * 60 + list(range(1, 50))
WORK = {"place": PLACES, "points": POINTS, "wait": WAITS}
CHOICES: dict[str, dict[str, list[Any]]] = {
    "trade": {"action": ACTIONS, "symbol": SYMBOLS, "age_s": AGES, "trouble": TROUBLES, **WORK},
    "alert_nobody_hears": {"action": ACTIONS, "symbol": SYMBOLS, "age_s": AGES},
    "alert_and_message_come_again": {"which": [0, 1, 2, 3], "wait": WAITS},
    "guardian_goes_round": WORK,
    "time_passes": {"seconds": [0.3, 2.0, 9.0, 30.0], "place": PLACES, "wait": WAITS},
    "worker_stops_or_all_go_on": {"what": [0, 1, "go on", "go on"]},
    "order_goes_wrong": {"trouble": ALL_TROUBLES, "count": [1, 2, 4], "after": [0, 1]},
    "faults_are_over": {},
    "price_moves": {
        "symbol": SYMBOLS, "move": ["0.94", "0.97", "0.99", "1.01", "1.03", "1.06"], "gap": [False, True],
        "place": PLACES, "wait": WAITS,
    },
    "client_does_something": {"what": ["pause", "resume", "close", "cancel"], "which": PLACES, "symbol": SYMBOLS},
    "manager_sets_policies": {"opposite": ["reverse", "close_only", "ignore"], "same_side": ["ignore", "add", "add"]},
    "everything_comes_to_rest": {},
}  # fmt: skip
MOST_RESTS = 2


class InvariantBroken(AssertionError):
    """What was found, one line each."""


class Steps:
    """The town of one example and what was posted in it. A step that asks for what is not there does nothing."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._posted: list[dict[str, Any]] = []
        self._rests = 0
        town.begin()

    def trade(self, *, action: str, symbol: str, age_s: float, trouble: Trouble, place: int, points: int | None,
              wait: float) -> None:  # fmt: skip
        """An alert comes and everything pending is carried out, in trouble, by a worker that may stop on the way."""
        self.alert_nobody_hears(action=action, symbol=symbol, age_s=age_s)
        if trouble is not None:
            self.order_goes_wrong(trouble=trouble, count=2, after=0)
        self.town.process(place).fuse = points
        self.town.execute(place, wait, *self.town.pending())

    def alert_nobody_hears(self, *, action: str, symbol: str, age_s: float) -> None:
        self._posted.append(self.town.alert(action, symbol, age_s=age_s, number=len(self._posted)))

    def alert_and_message_come_again(self, *, which: int, wait: float) -> None:
        """The same alert once more, and what is pending rung three times at two workers."""
        if self._posted:
            self.town.post(self._posted[which % len(self._posted)])
        pending = self.town.pending()
        self.town.execute(0, 0, *pending, *pending)
        self.town.execute(1, wait, *pending)

    def guardian_goes_round(self, *, place: int, points: int | None, wait: float) -> None:
        self.town.process(place).fuse = points
        self.town.sweep(place, wait)
        self.town.reconcile(place, wait, *self.town.accounts)

    def time_passes(self, *, seconds: float, place: int, wait: float) -> None:
        """… and then the guardian looks what was left behind."""
        self.town.pass_time(seconds, to_the_end=True)
        self.town.sweep(place, wait)

    def worker_stops_or_all_go_on(self, *, what: int | str) -> None:
        if isinstance(what, int):
            self.town.stop(what)
        else:
            self.town.thaw()

    def order_goes_wrong(self, *, trouble: tuple[str, str], count: int, after: int) -> None:
        leg, name = trouble
        if leg in ORDER_LEGS:
            self.town.exchange.control.add_fault(**{"leg": leg, "count": count, "after": after, **FAULTS[name]})
        elif leg in READ_LEGS:
            self.town.exchange.control.add_fault(**{"leg": leg, "count": 2 * count, **READ_FAULTS[name]})
        else:
            self.town.exchange.unreachable = count

    def faults_are_over(self) -> None:
        self.town.exchange.control.clear_faults()

    def price_moves(self, *, symbol: str, move: str, gap: bool, place: int, wait: float) -> None:
        """A stop stands 2.5 % from the entry, a target 5 %; the guardian sees that they were touched."""
        control = self.town.exchange.control
        price = (Decimal(START_PRICES[symbol]) * Decimal(move)).quantize(Decimal("0.1"))
        (control.set_price if gap else control.move_price)(symbol, price)
        self.town.reconcile(place, wait, *self.town.accounts)

    def client_does_something(self, *, what: str, which: int, symbol: str) -> None:
        """Pause or resume here; close the position or cancel all orders at the exchange, by hand."""
        control, key = self.town.exchange.control, self.town.key(self.town.accounts[which])
        if what == "close":
            control.close_by_hand(key, symbol)
        elif what == "cancel":
            control.cancel_by_hand(key, symbol)
        else:
            self.town.set_active(which, what == "resume")

    def manager_sets_policies(self, *, opposite: str, same_side: str) -> None:
        self.town.set_policies(opposite, same_side)

    def everything_comes_to_rest(self) -> None:
        if self._rests < MOST_RESTS:
            self._rests += 1
            self.rest_and_judge()

    # --- what must hold ----------------------------------------------------------------------------------------------

    def check_entered_once(self) -> None:
        """I1 after each step: an entry's client id – one per (signal, subscription) – has at most one order with fills."""
        double = {key: count for key, count in entry_orders(self.town).items() if count > 1}
        if double:
            raise InvariantBroken(f"I1 double_entry {double}")

    def rest_and_judge(self) -> None:
        """I1–I8 once everything has come to rest."""
        self.town.rest()
        found = self.town.judge()
        if found:
            raise InvariantBroken(
                "\n".join(f"{each.invariant} {each.code} {dict(each.figures)} {each.symbol}" for each in found)
            )


def entry_orders(town: Town) -> Counter[tuple[int, str]]:
    """How many entry orders with fills there were, by account and client id, by the exchange's own ledger."""
    filled: dict[tuple[int, str], set[int]] = {}
    for event in town.exchange.control.ledger(kind="OrderFilled"):
        client_id = str(event["data"]["client_id"])
        if is_ours(client_id) and client_id.endswith("e"):
            filled.setdefault((event["account"], client_id), set()).add(event["data"]["fill"]["order_id"])
    return Counter({key: len(orders) for key, orders in filled.items()})
