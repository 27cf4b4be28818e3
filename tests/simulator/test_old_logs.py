"""Logs written before accounts had a passphrase and orders a protection load as they are. EXC-03."""

import json

from simulator.core.codec import dump_event, load_event
from tests.simulator.builders import BTC, Bench

NEWER = {"passphrase", "protection", "parent_id", "group", "ends_flat"}


def without_newer(value: object) -> object:
    if isinstance(value, dict):
        return {name: without_newer(item) for name, item in value.items() if name not in NEWER}
    return value


def test_events_without_the_newer_fields_are_read_with_their_defaults():
    bench, lines = Bench(), []
    bench.exchange.listeners.append(lambda event: lines.append(dump_event(event)))
    account = bench.account()
    bench.market(account, "BUY", "0.031")
    bench.conditional(account, "STOP_MARKET", "SELL", "93000", "0.031", client_id="s")

    old = [json.dumps(without_newer(json.loads(line))) for line in lines]

    assert all(name not in line for name in NEWER for line in old)
    assert [dump_event(load_event(line)) for line in old] == lines
    assert bench.exchange.price(BTC) == 95000
