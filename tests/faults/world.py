"""People, bots and accounts of one fault test, and what must be true when it ends: read at the exchange and in the database."""

import hmac
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import UUID

from django.utils import timezone

from bots.models import Bot
from exchanges.client_ids import client_order_id
from exchanges.models import ExchangeAccount
from exchanges.types import Leg
from signals.models import Execution, Position, Signal
from signals.states import UNSETTLED, State
from subscriptions.models import Subscription
from tests.faults.servers import eventually
from tests.faults.town import Reply, Town
from tests.flow.world import SECRET, World

ENDED_WITH_REASON = (State.CLOSED, State.SKIPPED, State.REJECTED)


class FaultWorld(World):
    """Alerts go through the web server, executions through real workers; `settle` waits, `check` holds both books together."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)  # type: ignore[arg-type]
        self.town = town

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

    def make_due(self) -> None:
        """The minute between two looks at each account is as good as over."""
        ExchangeAccount.objects.update(reconciled_at=timezone.now() - timedelta(seconds=59))

    def reconcile_all(self) -> None:
        """Wait until the guardian has looked at every account once more."""
        began = timezone.now()
        self.make_due()
        assert eventually(lambda: not ExchangeAccount.objects.exclude(reconciled_at__gt=began).exists(), 20)

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
        """Fills by client order id, of the orders that were not reduce-only: the entries."""
        api_key = self.keys[account_id]["api_key"]
        filled = self.town.control.ledger(
            api_key=api_key, kind="OrderFilled"
        )  # first: each of them has its order in what is read next
        events = self.town.control.ledger(api_key=api_key, kind="OrderPlaced")
        placed = [event["data"]["order"] for event in events]
        orders = {order["id"]: order for order in placed}
        fills: dict[str, int] = defaultdict(int)
        for event in filled:
            order = orders[event["data"]["fill"]["order_id"]]
            if not order.get("reduce_only"):
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

    def order_by_hand(self, subscription: Subscription, **parameters: str) -> None:
        """The client trades at the exchange without us: a signed order of his own."""
        key = self.keys[subscription.exchange_account_id]
        query = urlencode({"symbol": "BTCUSDT", "type": "MARKET", **parameters, "timestamp": self.town.now()})
        signature = hmac.digest(key["secret"].encode(), query.encode(), "sha256").hex()
        order = Request(f"{self.town.url}/fapi/v1/order?{query}&signature={signature}", method="POST")
        order.add_header("X-MBX-APIKEY", key["api_key"])
        with urlopen(order, timeout=5) as answer:
            assert answer.status == 200

    def entered(self, subscription: Subscription) -> bool:
        return bool(self.entry_fills(subscription))

    # --- what must be true at rest -----------------------------------------------------------------------------------

    def check(self) -> None:
        """I1, I2, I4, I6 over everything in this world, at rest."""
        for account_id in self.keys:
            self._check_entries(account_id)
            self._check_positions(account_id)
        for execution in Execution.objects.all():
            assert execution.state not in UNSETTLED, (execution.state, execution.error_message)
            if execution.state in ENDED_WITH_REASON:
                assert execution.reason_code, execution.state
        for signal in Signal.objects.filter(status="accepted"):
            assert signal.executions.count() == signal.total_subscribers

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
        held = {item["symbol"]: Decimal(item["quantity"]) for item in there["positions"]}
        booked: dict[str, Decimal] = defaultdict(Decimal)
        wanted: dict[str, list[Decimal]] = defaultdict(list)
        for position in Position.objects.filter(account_id=account_id, status="open"):
            booked[position.symbol_key] += _signed(position)
            wanted[position.symbol_key] += [position.quantity] if position.stop_price is not None else []
        assert held == booked, (held, booked)
        stops: dict[str, list[Decimal]] = defaultdict(list)
        for order in there["open_conditionals"]:
            assert order["symbol"] in held, f"an order stands where nothing is held: {order}"
            if order["type"] == "STOP_MARKET":
                stops[order["symbol"]].append(Decimal(order["quantity"]))
        assert {symbol: sorted(stops[symbol]) for symbol in held} == {symbol: sorted(wanted[symbol]) for symbol in held}

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
