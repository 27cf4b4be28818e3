"""People, bots and accounts of one fault test, and what must be true when it ends: read at the exchange and in the database."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from bots.models import Bot
from exchanges.client_ids import client_order_id
from exchanges.models import ExchangeAccount
from exchanges.types import Leg
from notifications.queries import standing_notices
from notifications.stocktaking import take_stock
from signals.invariants import Limits, Report, check
from signals.invariants.reading_book import read_book
from signals.invariants.simulator_events import truth_of
from signals.invariants.simulator_requests import requests_of
from signals.models import Execution, Position, Signal
from signals.states import UNSETTLED, State
from subscriptions.models import Subscription
from tests.faults.servers import eventually
from tests.faults.town import Reply, Town
from tests.flow.world import SECRET, World

NOT_OURS = ("web_", "autoclose-", "delivery-")
LEAVES = (("LONG", "SELL"), ("SHORT", "BUY"))  # on a hedge account orders only reduce by their position's side
ENDED_WITH_REASON = (State.CLOSED, State.SKIPPED, State.REJECTED)


class FaultWorld(World):
    """Alerts go through the web server, executions through real workers; `settle` waits, `check` holds both books together."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)  # type: ignore[arg-type]
        self.town = town
        self._operator: User | None = None
        self._began = town.control.last_sequence(), town.control.last_request()

    def person(self, name: str, **fields: Any) -> User:
        return User.objects.create_user(f"{name}@test.local", "x", **fields)

    def shown_to_operators(self, path: str) -> Any:
        """What `/api/v1/operations/…` shows an administrator."""
        return self.town.get_as(self.operator, f"operations/{path}")

    def told_to_operators(self) -> list[tuple[str, dict[str, str]]]:
        """The notices that stand for an administrator, after stock was taken as beat has it done every 15 s."""
        operator = self.operator
        take_stock(timezone.now())
        return list(standing_notices(operator).order_by("kind").values_list("kind", "figures"))

    @property
    def operator(self) -> User:
        if self._operator is None:
            self._operator = self.person("operator", role="admin", is_staff=True)
        return self._operator

    # --- what happens ------------------------------------------------------------------------------------------------

    def body(self, action: str, ticker: str = "BTCUSDT.P", **fields: Any) -> dict[str, Any]:
        return {"ticker": ticker, "action": action, "secret": SECRET, **fields}

    def post(self, bot: Bot, action: str, ticker: str = "BTCUSDT.P", *, secret: str = SECRET, **fields: Any) -> Reply:
        return self.town.post(bot.webhook_url_path, self.body(action, ticker, **{"secret": secret, **fields}))

    def settle(self, *signals: Signal, within: float = 40) -> None:
        """Wait until every execution of these signals (default: of all) has ended or is protected."""
        chosen = {"signal__in": signals} if signals else {}
        left = Execution.objects.filter(state__in=UNSETTLED, **chosen)
        ended = eventually(lambda: not left.exists(), within)
        assert ended, f"after {within} s: {list(left.values_list('state', 'reason_code', 'error_message')[:10])}"

    def reached(self, state: State, signal: Signal, *, count: int = 1, within: float = 20) -> None:
        """Wait until this many executions of the signal are in this state."""
        found = Execution.objects.filter(signal=signal, state=state)
        states = Execution.objects.filter(signal=signal).values_list("state", flat=True)
        assert eventually(lambda: found.count() >= count, within), list(states)

    def make_due(self, before: datetime | None = None) -> None:
        """The minute between two looks at each account (or those looked at `before`) is as good as over."""
        recently = timezone.now() - timedelta(seconds=60)
        looked_at = ExchangeAccount.objects.filter(reconciled_at__gt=recently)
        if before is not None:
            looked_at = looked_at.filter(reconciled_at__lt=before)
        looked_at.update(reconciled_at=recently - timedelta(seconds=1))

    def look_until(self, seen: Callable[[], bool], within: float = 20) -> None:
        """Have the guardian look at every account, again and again, until `seen`; then wait for one more whole look."""

        def looked() -> bool:
            self.make_due()  # each time: a look that was under way before ends with "now"
            return seen()

        def looked_once_more() -> bool:
            self.make_due(before=began)
            return not holding.exclude(reconciled_at__gt=began).exists()

        assert eventually(looked, within)
        began, holding = timezone.now(), ExchangeAccount.objects.filter(positions__status="open", status="verified")
        assert eventually(looked_once_more, within)

    # --- the exchange's own account of it ----------------------------------------------------------------------------

    def key(self, subscription: Subscription) -> str:
        return str(self.keys[subscription.exchange_account_id]["api_key"])

    def there(self, subscription: Subscription) -> dict[str, Any]:
        return self.exchange_account(subscription)

    def history(self, subscription: Subscription, kind: str = "") -> list[dict[str, Any]]:
        return self.town.control.ledger(api_key=self.key(subscription), kind=kind)

    def entry_fills(self, subscription: Subscription) -> dict[str, int]:
        return self.entry_fills_of(subscription.exchange_account_id)

    def entry_fills_of(self, account_id: UUID) -> dict[str, int]:
        """Orders that were filled, all or in part, by client order id; of those that were not reduce-only: the entries."""
        api_key = self.keys[account_id]["api_key"]
        filled = self.town.control.ledger(
            api_key=api_key, kind="OrderFilled"
        )  # first: each of them has its order in what is read next
        events = self.town.control.ledger(api_key=api_key, kind="OrderPlaced")
        placed = [event["data"]["order"] for event in events]
        orders = {order["id"]: order for order in placed}
        fills: dict[str, int] = defaultdict(int)
        for order_id in {event["data"]["fill"]["order_id"] for event in filled}:
            order = orders[order_id]
            leaves = order["reduce_only"] or (order["position_side"], order["side"]) in LEAVES
            if not leaves and not order["client_id"].startswith(NOT_OURS):
                fills[order["client_id"]] += 1
        return dict(fills)

    def naked_ms(self, subscription: Subscription) -> int:
        """From the first fill to the first stop at the exchange, by the exchange's clock."""
        filled = self.history(subscription, "OrderFilled")[0]["time"]
        stops = [
            event["time"]
            for event in self.history(subscription, "ConditionalPlaced")
            if event["data"]["order"]["type"] == "STOP_MARKET"
        ]
        return int(stops[0] - filled) if stops else 10**9

    def entered(self, subscription: Subscription) -> bool:
        return bool(self.entry_fills(subscription))

    # --- what must be true at rest -----------------------------------------------------------------------------------

    def check(self, *, gap_s: float = 15) -> None:
        """Everything in this world, at rest: by the product's own checker (I1–I12), and once more in plain words here."""
        self.make_due()  # "at rest" allows the minute between two looks
        assert eventually(lambda: self.audit(gap_s).is_clean, 15), [item.text for item in self.audit(gap_s).violations]
        self.check_books()

    def check_books(self) -> None:
        """I1, I2, I4, I6 at rest, without looking at the exchange's clock."""
        for account_id in self.keys:
            self._check_entries(account_id)
            self._check_positions(account_id)
        for execution in Execution.objects.all():
            assert execution.state not in UNSETTLED, (execution.state, execution.error_message)
            if execution.state in ENDED_WITH_REASON:
                assert execution.reason_code, execution.state
        for signal in Signal.objects.filter(status="accepted"):
            assert signal.executions.count() == signal.total_subscribers

    def audit(self, gap_s: float) -> Report:
        """The invariants, judged from the exchange's ledger since this test began; `gap_s`: the longest time without a stop."""
        owners = {made["api_key"]: account_id for account_id, made in self.keys.items()}
        sequence, request = self._began
        truth = truth_of(self.town.control.ledger(since=sequence), lambda opened: owners.get(opened["api_key"]))
        truth = replace(truth, requests=requests_of(self.town.control.requests(since=request)))
        return check(truth, read_book(list(self.keys)), timezone.now(), Limits(gap_s=gap_s, rest_s=0))

    def _check_entries(self, account_id: UUID) -> None:
        """I1: at most one entry per signal, exactly one where the record says so, none that no signal asked for."""
        fills = self.entry_fills_of(account_id)
        for execution in Execution.objects.filter(account_id=account_id, action__in=("buy", "sell")):
            count = fills.pop(client_order_id(execution.id, Leg.ENTRY, 1), 0)
            said = int(execution.filled_at is not None and execution.exchange_order_id != "")
            assert (count, execution.state) == (said, execution.state), execution.reason_code
        assert not fills, f"entries that no execution knows: {fills}"

    def _check_positions(self, account_id: UUID) -> None:
        """I4, I6: what is held is what the books say, each covered by one live stop; nothing stands where nothing is held."""
        there = self.town.control.account(self.keys[account_id]["api_key"])
        hedged = there["is_hedged"]  # then both directions of a symbol may be held, each by itself
        held: dict[tuple[str, str], Decimal] = {}
        for item in there["positions"]:
            quantity = Decimal(item["quantity"])
            held[item["symbol"], _side_of(quantity > 0, hedged)] = quantity
        booked: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        wanted: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        for position in Position.objects.filter(account_id=account_id, status="open", market_type="futures"):
            place = position.symbol_key, _side_of(position.side == "long", hedged)
            booked[place] += _signed(position)
            wanted[place] += [position.quantity] if position.stop_price is not None else []
        assert held == booked, (held, booked)
        stops: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        for order in there["open_conditionals"]:
            place = order["symbol"], _side_of(order["side"] == "SELL", hedged)
            assert place in held, f"an order stands where nothing is held: {order}"
            if order["type"] == "STOP_MARKET":
                stops[place].append(Decimal(order["quantity"]))
        assert {place: sorted(stops[place]) for place in held} == {place: sorted(wanted[place]) for place in held}

    def entered_once_and_protected(self, signal: Signal, *, within_ms: int | None = None) -> None:
        """Every execution of the signal entered, once, and its stop came within this time of the fill."""
        for execution in Execution.objects.filter(signal=signal).select_related("subscription"):
            fills = self.entry_fills(execution.subscription)
            key = client_order_id(execution.id, Leg.ENTRY, 1)
            assert (execution.state, fills.get(key)) == ("PROTECTED", 1), (
                execution.reason_code,
                execution.error_message,
            )
            if within_ms is not None:
                assert self.naked_ms(execution.subscription) <= within_ms
        self.check()


def _signed(position: Position) -> Decimal:
    return position.quantity if position.side == "long" else -position.quantity


def _side_of(is_long: bool, hedged: bool) -> str:
    return ("long" if is_long else "short") if hedged else "net"
