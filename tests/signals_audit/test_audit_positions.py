"""`manage.py audit_positions` against a real simulator and a real database: exit codes, both sources, JSON (issue's item 1)."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from exchanges.candidates import fingerprint_of
from exchanges.models import ExchangeAccount
from signals.models import Execution, Order
from tests.flow.world import World


@pytest.fixture
def traded(world: World, settings: Any) -> Iterator[World]:
    """Two positions that stand; the accounts are known to the command by their keys' fingerprints."""
    settings.EXCHANGE_URLS = {**settings.EXCHANGE_URLS, "paper": world.sim.url}
    settings.SIMULATOR_TOKEN = world.sim.token
    bot = world.bot()
    world.clients(bot, 2)
    for account in ExchangeAccount.objects.all():
        account.key_fingerprint = fingerprint_of(account, world.keys[account.pk]["api_key"])
        account.save(update_fields=["key_fingerprint"])
    world.trade(bot, "buy")
    return world


def run(*words: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    code: Any = 0
    try:
        call_command("audit_positions", *words, "--json", stdout=out)
    except SystemExit as ended:
        code = ended.code
    return code, json.loads(out.getvalue())


def cancel_a_stop(world: World) -> Execution:
    """Somebody takes a stop away at the exchange, and our books do not know."""
    execution = Execution.objects.order_by("created_at", "rank").first()
    assert execution is not None
    key = Order.objects.get(execution=execution, leg="stop").client_order_id
    world.by_hand(execution.subscription, "BTCUSDT", lambda client, market: client.cancel_protection(market, [key]))
    return execution


@pytest.mark.parametrize("source", ["simulator", "live"])
def test_what_is_well_ends_with_zero(traded: World, source: str):
    code, told = run("--source", source, "--rest", "0")

    assert (code, told["clean"], told["accounts"], told["executions"]) == (0, True, 2, 2)
    assert told["source"] == source
    assert (told["verdicts"]["I4"], told["verdicts"]["I6"]) == ("held", "held")
    assert told["verdicts"]["I5"] == ("held" if source == "simulator" else "not_judged")


@pytest.mark.parametrize("source", ["simulator", "live"])
def test_a_stop_that_is_gone_ends_with_one_and_names_the_position(traded: World, source: str):
    execution = cancel_a_stop(traded)

    code, told = run("--source", source, "--rest", "0")

    assert code == 1
    found = {(v["invariant"], v["code"], v["account"]) for v in told["violations"]}
    account = str(execution.account_id)
    assert found == {
        ("I3", "open_without_stop", account),
        ("I4", "stop_quantity", account),
        ("I6", "order_gone", account),
    }


def test_only_one_account_is_judged_where_one_is_asked_for(traded: World):
    broken = cancel_a_stop(traded).account_id
    other = ExchangeAccount.objects.exclude(pk=broken).get()

    assert run("--account", str(other.pk), "--rest", "0")[0] == 0
    assert run("--account", str(broken), "--rest", "0")[0] == 1


def test_what_was_before_is_left_out(traded: World):
    code, told = run("--since", datetime.now(UTC).isoformat(), "--rest", "0")

    assert (code, told["executions"]) == (0, 0)


def test_an_account_that_the_simulator_has_not_ends_with_two(traded: World):
    lost = ExchangeAccount.objects.create(user=traded.manager, exchange="paper", name="Lost")

    code, told = run("--rest", "0")

    assert code == 2
    assert told["unread"] == [{"account": str(lost.pk), "reason": "The simulator knows no such account"}]


def test_keys_that_the_exchange_refuses_end_with_two(traded: World):
    account = ExchangeAccount.objects.first()
    assert account is not None
    traded.sim.control.delete_account(traded.keys[account.pk]["api_key"])

    code, told = run("--source", "live", "--rest", "0")

    assert (code, [row["account"] for row in told["unread"]]) == (2, [str(account.pk)])


def test_a_simulator_that_does_not_answer_ends_with_two(traded: World, settings: Any):
    settings.EXCHANGE_URLS = {**settings.EXCHANGE_URLS, "paper": "http://127.0.0.1:9"}

    with pytest.raises(CommandError) as refused:
        call_command("audit_positions")

    assert refused.value.returncode == 2


@pytest.mark.parametrize("words", [("--account", str(uuid.uuid4())), ("--since", "yesterday")])
def test_what_cannot_be_asked_ends_with_two(traded: World, words: tuple[str, ...]):
    with pytest.raises(CommandError) as refused:
        call_command("audit_positions", *words)

    assert refused.value.returncode == 2


def test_people_read_verdicts_and_sentences(traded: World):
    cancel_a_stop(traded)
    out = StringIO()

    with translation.override("en"), pytest.raises(SystemExit):
        call_command("audit_positions", "--rest", "0", stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[0] == "2 accounts, 2 executions"
    assert "  I3  VIOLATED" in lines
    assert any(line.startswith("I3: The position in BTCUSDT is open without a stop loss") for line in lines)
