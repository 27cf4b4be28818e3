"""An exchange that slows us down, bans us, or fills in pieces (F18–F20)."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from ops.daemons import wait_until
from ops.ports import next_free_port
from signals.models import Execution, Position, Signal
from simulator.testing import ControlClient
from tests.faults.servers import eventually
from tests.faults.town import FIRST_PRICE, Town
from tests.faults.world import FaultWorld


@pytest.mark.fault_short
def test_f18_too_many_requests(world: FaultWorld) -> None:
    """429 with Retry-After to one worker: both wait for it; then closes leave before entries; everybody entered (I11)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 6)
    town.worker()
    town.another_worker()
    world.alert(bot, "buy", "ETHUSDT.P")
    world.settle()
    rule = town.control.add_fault(
        "answer_before", leg="entry", status=429, code=-1003, message="Too many.", retry_after=5, count=1
    )

    since = town.control.last_request()
    opening = world.alert(bot, "buy")
    assert eventually(lambda: town.fired(rule) == 1, 10)
    closing = world.alert(bot, "close", "ETHUSDT.P")
    (shown,) = world.shown_to_operators("exchanges")
    assert (shown["state"], shown["retry_at"] is not None) == ("limited", True)

    world.settle(opening, closing, within=60)
    requests = town.control.requests(since=since)
    told = next(item["answered"] for item in requests if item["status"] == 429)
    assert [item["leg"] for item in requests if told + 1000 < item["time"] < told + 5000] == []
    after = [item for item in requests if item["time"] >= told + 5000]
    assert first(after, "close") <= first(after, "entry")
    assert [len(world.entry_fills(client)) for client in clients] == [2] * 6
    world.check()


def first(requests: list[dict[str, Any]], leg: str) -> int:
    return min((int(item["time"]) for item in requests if item["leg"] == leg), default=10**15)


def test_f19_a_ban(world: FaultWorld) -> None:
    """418 for a while: nothing is sent to that exchange until it is over, the other one trades on (I11)."""
    town = world.town
    town.no_worker()
    with second_exchange(town) as other:
        bot = world.bot()
        here = world.clients(bot, 4)
        usual = world.sim
        world.sim = SimpleNamespace(control=other)  # type: ignore[assignment]
        there = [
            world.client(bot, 10 + number, account=world.account(world.person(f"b{number}"), exchange="binance"))
            for number in range(4)
        ]
        world.sim = usual
        abroad = [world.keys.pop(client.exchange_account_id)["api_key"] for client in there]
        town.worker()
        world.alert(bot, "buy", "ETHUSDT.P")
        world.settle()

        since = town.control.last_request()
        banned = town.control.ban("8")
        signal = world.alert(bot, "buy")
        assert eventually(lambda: entered(signal, there) == 4, 6), outcomes(signal)
        assert entered(signal, here) == 0
        requests = town.control.requests(since=since)
        told = next(item["answered"] for item in requests if item["status"] == 418)
        operators_see_the_ban(world, [*here, *there])
        assert town.now() < told + 8000  # all of that while the ban lasted

        world.settle(signal, within=60)
        requests = town.control.requests(since=since)
        assert [item["leg"] for item in requests if told + 1000 < item["time"] < told + 8000] == []
        assert {state["state"] for state in world.shown_to_operators("exchanges")} == {"running"}
        town.control.remove_fault(banned)
        assert entered(signal, here) == 4, outcomes(signal)
        assert [len(other.account(key)["positions"]) for key in abroad] == [2] * 4
        world.check()
    town.no_worker()


def operators_see_the_ban(world: FaultWorld, clients: list[Any]) -> None:
    """Which exchange, since when, until when; what is open on it, each position with its stop; nothing wrong with the other."""
    shown = {item["exchange"].split("@")[0]: item for item in world.shown_to_operators("exchanges")}
    assert {name: item["state"] for name, item in shown.items()} == {"paper": "banned", "binance": "running"}
    assert shown["paper"]["since"] < shown["paper"]["retry_at"]
    watch = world.shown_to_operators("protection")
    before = {str(client.exchange_account_id) for client in clients}
    listed = [item for item in watch["positions"] if item["symbol"] == "ETHUSDT"]
    assert sorted(item["account"] for item in listed) == sorted(before)
    assert all(item["stop_stands"] for item in listed)
    metrics = world.town.read("/metrics")
    stopped = [
        line for line in metrics.splitlines() if line.startswith("batuta_exchange_running") and line.endswith(" 0.0")
    ]
    assert len(stopped) == 1 and 'exchange="paper' in stopped[0], stopped


def outcomes(signal: Signal) -> list[tuple[str, ...]]:
    return list(
        Execution.objects.filter(signal=signal).values_list(
            "account__exchange", "state", "reason_code", "error_message"
        )
    )


def entered(signal: Signal, subscriptions: list[Any]) -> int:
    return Execution.objects.filter(signal=signal, subscription__in=subscriptions, state="PROTECTED").count()


class second_exchange:  # noqa: N801 -- used like a function
    """Another simulator, which stands for Binance, for workers that are started meanwhile."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def __enter__(self) -> ControlClient:
        processes = self.town.processes
        port = next_free_port(int(self.town.url.rpartition(":")[2]) + 1)
        url = f"http://127.0.0.1:{port}"
        self.process = processes.start("simulator", "--feed", "still", "--state", "none", "--port", str(port))
        control = ControlClient(url, settings.SIMULATOR_TOKEN)

        def answers() -> bool:
            try:
                control.set_price("BTCUSDT", FIRST_PRICE)
            except OSError:
                return False
            return True

        assert wait_until(answers, 20)
        processes.env["BATUTA_EXCHANGE_URL_BINANCE"] = url
        return control

    def __exit__(self, *_: object) -> None:
        del self.town.processes.env["BATUTA_EXCHANGE_URL_BINANCE"]
        self.process.kill()


@pytest.mark.parametrize("rest", ["fill", "expire"])
def test_f20_an_entry_that_is_filled_in_part(world: FaultWorld, rest: str) -> None:
    """37 % at once, the rest later or never: stop and target are for what is held, also after it has grown (I4)."""
    town, bot = world.town, world.bot(default_margin_usd="1000.00")
    clients = world.clients(bot, 4)
    town.worker()
    town.control.add_fault("partial", leg="entry", fraction="0.37", rest=rest, rest_ms=1500, pieces=2)

    signal = world.alert(bot, "buy")
    world.settle(signal)
    if rest == "fill":
        assert eventually(lambda: all(len(world.history(client, "OrderFilled")) == 3 for client in clients), 10)
    world.look_until(lambda: not Position.objects.filter(fills_booked_at=None).exists())

    for client in clients:
        (held,) = world.there(client)["positions"]
        requested = world.execution(client).requested_quantity
        assert (world.position(client).quantity == requested) == (rest == "fill"), held
    world.check()


def test_f20_spot_takes_its_fee_from_the_coin(world: FaultWorld) -> None:
    """What is sold by stop and target is what is left after the fee, rounded down to the step (I4)."""
    town, bot = world.town, world.bot("spot", market_type="spot", default_margin_usd="200.00")
    clients = world.clients(bot, 3)
    town.worker()

    signal = world.alert(bot, "buy", "BTCUSDT")
    world.settle(signal)

    for client in clients:
        (fill,) = world.history(client, "OrderFilled")
        assert fill["data"]["fill"]["fee_asset"] == "BTC"
        resting = {order["quantity"] for order in world.there(client)["open_orders"]}
        assert len(resting) == 1
    world.check()
