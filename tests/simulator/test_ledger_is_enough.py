"""The ledger alone tells, at every instant, what each account holds and which stops live: I1 to I6 can be checked from it."""

import contextlib
import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core import Refused
from simulator.core.codec import dump_event
from tests.simulator.builders import Bench
from tests.simulator.test_core_properties import ACTIONS, act


class Reader:
    """What a checker makes of the events, by the README and nothing else."""

    def __init__(self):
        self.positions, self.stops, self.filled, self.wallets = {}, {}, {}, {}

    def read(self, line):
        event = json.loads(line)
        handler = getattr(self, f"on_{event['type']}", None)
        if handler:
            handler(event["account"], event["data"])

    def on_AccountOpened(self, account, data):
        self.wallets[account] = Decimal(data["account"]["wallet"]["USDT"])

    def on_OrderFilled(self, account, data):
        fill = data["fill"]
        key = (account, fill["symbol"], fill["position_side"])
        self.positions[key] = (Decimal(data["position"]), Decimal(data["entry_price"]))
        if not self.positions[key][0]:
            del self.positions[key]
        self.filled[data["client_id"]] = self.filled.get(data["client_id"], 0) + Decimal(fill["quantity"])
        self.wallets[account] += Decimal(fill["realized_pnl"]) - Decimal(fill["fee"])

    def on_FundingPaid(self, account, data):
        self.wallets[account] += Decimal(data["amount"])

    def on_Liquidated(self, account, data):
        self.wallets[account] += Decimal(data["covered"])

    def on_ConditionalPlaced(self, account, data):
        self.stops[data["order"]["id"]] = (account, data["order"])

    def on_ConditionalTriggered(self, _account, data):
        del self.stops[data["conditional_id"]]

    def on_ConditionalEnded(self, _account, data):
        self.stops.pop(data["conditional_id"], None)  # rejected: it was triggered before


@settings(max_examples=80, deadline=None)
@given(st.lists(ACTIONS, max_size=30))
def test_positions_stops_fills_and_wallet_follow_from_the_ledger(actions):
    bench, reader = Bench(), Reader()
    bench.exchange.listeners.append(lambda event: reader.read(dump_event(event)))
    account = bench.account("3000")

    for action in actions:
        with contextlib.suppress(Refused):
            act(bench, account, action)

        held = {(account.id, p.symbol, p.side): (p.quantity, p.entry_price) for p in account.positions.values()}
        assert reader.positions == held
        assert list(reader.stops) == list(account.open_conditionals)
        assert reader.wallets[account.id] == account.wallet["USDT"]
        executed = {o.client_id: o.executed_quantity for o in account.orders.values() if o.executed_quantity}
        assert reader.filled == executed
