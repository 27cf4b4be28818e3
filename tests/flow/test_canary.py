"""B14: a daily test trade finds a stop path that has changed, and pauses exactly that before a client loses by it.

Real PostgreSQL, ccxt's signing, an exchange that answers as Binance did on 2025-12-09 (-4120).
"""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from exchanges.canaries import CannotFly, fly
from exchanges.client import configure
from exchanges.models import CanaryRun, VenuePause
from exchanges.pausing import pause_entries, resume_entries
from signals.models import Execution
from simulator.testing import RunningSimulator as Simulator
from tests.flow.world import World

NO_MORE_STOPS = json.dumps(
    {
        "code": -4120,
        "msg": "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    }
)


@pytest.fixture(autouse=True)
def here(sim: Simulator, settings: Settings) -> None:
    settings.EXCHANGE_URLS = {"paper": sim.url, "binance": sim.url}
    settings.SIMULATOR_TOKEN = sim.token
    settings.CANARY_KEYS = {}


def canary(*words: str) -> str:
    out = StringIO()
    call_command("canary", *words, stdout=out)
    return out.getvalue()


def break_stops(sim: Simulator) -> int:
    return sim.control.add_fault("answer_before", leg="stop", kind="futures", status=400, body=NO_MORE_STOPS)


def paused() -> list[tuple[str, str, bool]]:
    rows = VenuePause.objects.filter(lifted_at=None)
    return [(row.exchange, row.market_type, row.by_canary) for row in rows]


def test_a_run_enters_protects_reads_back_and_leaves_nothing(world: World, sim: Simulator) -> None:
    accounts = len(sim.control.accounts())

    told = canary("--venue", "paper")

    assert "paper futures: entered, protected, read back, closed" in told
    assert "paper spot: entered, protected, read back, closed" in told
    assert [row.verdict for row in CanaryRun.objects.all()] == ["passed", "passed"]
    assert [step["name"] for step in CanaryRun.objects.get(market_type="futures").steps] == [
        "market", "price", "entry", "protection", "read_back", "exit",
    ]  # fmt: skip
    assert len(sim.control.accounts()) == accounts
    assert paused() == []


def test_a_stop_that_is_refused_pauses_new_entries_there_and_nothing_else(world: World, sim: Simulator) -> None:
    """The open position is still closed, spot goes on, and a run that passes lifts it."""
    perpetual, spot = world.bot(), world.bot("spot", market_type="spot", default_margin_usd="100")
    client, buyer = world.client(perpetual), world.client(spot, 2)
    world.trade(perpetual, "buy")
    rule = break_stops(sim)

    with pytest.raises(CommandError, match="not passed: paper"):
        canary()
    world.trade(perpetual, "close", id="2")
    skipped = world.trade(perpetual, "buy", id="3")
    world.trade(spot, "buy", "BTCUSDT")
    found, pause = paused(), VenuePause.objects.get()
    sim.control.remove_fault(rule)
    canary()
    again = world.trade(perpetual, "buy", id="4")

    assert found == [("paper", "futures", True)]
    failed = CanaryRun.objects.get(verdict="stop_failed")
    assert failed.detail.startswith("stop: -4120")
    assert pause.detail == failed.detail
    states = Execution.objects.filter(subscription=client).order_by("created_at").values_list("state", "reason_code")
    assert list(states) == [
        ("CLOSED", "closed_by_signal"),
        ("CLOSED", "closed_by_signal"),
        ("SKIPPED", "entries_paused"),
        ("PROTECTED", ""),
    ]
    assert Execution.objects.get(subscription=buyer).state == "PROTECTED"
    assert skipped.pk != again.pk
    assert paused() == []


def test_silence_of_the_exchange_pauses_nothing(world: World, sim: Simulator) -> None:
    sim.control.add_fault("drop_before", kind="futures")

    with pytest.raises(CommandError):
        canary("--venue", "paper")

    assert CanaryRun.objects.get(market_type="futures").verdict == "unreachable"
    assert paused() == []


def test_a_stop_whose_answer_is_lost_but_which_stands_has_passed(world: World, sim: Simulator) -> None:
    sim.control.add_fault("drop_after", leg="stop", count=1, kind="futures")

    canary("--venue", "paper")

    assert CanaryRun.objects.get(market_type="futures").verdict == "passed"


def test_an_account_without_money_says_nothing_of_the_stops(world: World, sim: Simulator, settings: Settings) -> None:
    made = sim.control.create_account(wallet={"USDT": "1"}, coins={"USDT": "1"}, environment="demo")
    settings.CANARY_KEYS = {"binance": {"api_key": made["api_key"], "secret_key": made["secret"]}}

    with pytest.raises(CommandError):
        canary("--venue", "binance")

    assert {row.verdict for row in CanaryRun.objects.all()} == {"not_traded"}
    assert paused() == []


def test_what_was_entered_and_cannot_be_left_is_told(world: World, sim: Simulator) -> None:
    sim.control.add_fault("answer_before", leg="close", status=503, kind="futures")

    with pytest.raises(CommandError):
        canary("--venue", "paper")

    assert CanaryRun.objects.get(market_type="futures").verdict == "close_failed"


def test_never_at_the_live_hosts(world: World, settings: Settings) -> None:
    configure({"paper": settings.EXCHANGE_URLS["paper"]})
    settings.CANARY_KEYS = {"binance": {"api_key": "k" * 64, "secret_key": "s" * 64}}

    with pytest.raises(CannotFly, match="to trade on its demo hosts say --live-demo"):
        fly("binance", at_demo_hosts=False)


def test_it_signs_as_a_demo_account_at_a_stand_in_too(world: World, sim: Simulator, settings: Settings) -> None:
    """What stands in may be a relay to the exchange: keys of a live account are refused there, and nothing is traded."""
    verdicts = {}
    for environment in ("demo", "live"):
        made = sim.control.create_account(environment=environment)
        settings.CANARY_KEYS = {"binance": {"api_key": made["api_key"], "secret_key": made["secret"]}}
        verdicts[environment] = [run.verdict for run in fly("binance", at_demo_hosts=False)]
        fills = sim.control.ledger(api_key=made["api_key"], kind="OrderFilled")
        assert bool(fills) is (environment == "demo")

    assert verdicts == {"demo": ["passed", "passed"], "live": ["not_traded", "not_traded"]}


@pytest.mark.parametrize(
    ("address", "limited", "missing"),
    [
        (None, [], "has no demo accounts, and nothing stands in for it"),
        ("https://relay.example", [], "may be a relay to the exchange"),
        ("http://127.0.0.1:9", ["mercado"], "may be a relay to the exchange"),
        ("http://127.0.0.1:9", [], "no keys of a demo account"),
        ("http://localhost:9", [], "no keys of a demo account"),
    ],
)
def test_without_demo_accounts_only_at_a_stand_in_on_this_machine(
    world: World, settings: Settings, address: str | None, limited: list[str], missing: str
) -> None:
    configure({"mercado": address} if address else {})
    settings.LIMITED_STAND_INS = limited

    with pytest.raises(CannotFly, match=missing):
        fly("mercado", at_demo_hosts=True)


def test_an_administrators_pause_is_not_lifted_by_the_canary(world: World) -> None:
    assert pause_entries("paper", "futures", "by_hand")
    assert not pause_entries("paper", "futures", "by_hand")

    canary("--venue", "paper")

    assert paused() == [("paper", "futures", False)]
    assert resume_entries("paper", "futures")
    assert paused() == []
