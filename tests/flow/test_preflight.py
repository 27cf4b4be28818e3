"""B13, EXC-19, P15: each fault turns the account's health red and names it beforehand, and then the signal really is not traded.

The keys are checked, balances read, signals executed against the simulated exchange; nothing of it is made up.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from exchanges import budget_store, doors, vault
from exchanges import client as exchange_client
from exchanges.checking import check_account, read_balances
from exchanges.market_cache import publish_markets
from exchanges.models import ExchangeAccount
from exchanges.pausing import pause_entries
from exchanges.types import MarketType
from signals.models import Position, Signal
from simulator.testing import run_simulator
from subscriptions.lifecycle import pause_subscription
from subscriptions.models import Subscription
from tests.flow.world import World
from tests.trading_world import api_of

REVOKED = {"reading": False, "spot": False, "futures": False}


@pytest.fixture(autouse=True)
def doors_of_our_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tell Redis how the exchange stands, as workers do; what a test's ban has taught this process is forgotten."""
    # whether it is told must not hang on how busy the machine is
    monkeypatch.setattr(budget_store, "SECONDS", 5.0)
    monkeypatch.setattr(budget_store, "FIRST_SECONDS", 5.0)
    doors.configure(settings.REDIS_URL)
    yield
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        for key in server.scan_iter("batuta:door*"):
            server.delete(key)
    doors.configure("")


@dataclass(frozen=True)
class Scene:
    """A client who follows a bot that has sent a signal for BTCUSDT, with everything known that a worker would know."""

    world: World
    client: Subscription

    @property
    def key(self) -> str:
        return str(self.world.keys[self.client.exchange_account_id]["api_key"])

    def look(self) -> dict[str, Any]:
        """The health as the API shows it, after what recurs (checking keys, reading balances) has run."""
        check_account(self.client.exchange_account_id)
        read_balances(self.client.exchange_account_id)
        return self.read()

    def read(self) -> dict[str, Any]:
        answer = api_of(self.client.user).get(f"/api/v1/exchange-accounts/{self.client.exchange_account_id}/health")
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    def share_markets(self) -> None:
        """What a trading worker's loops do: tell the limits of all markets, and measure the clock."""
        exchange = self.client.exchange_account.exchange

        async def share() -> None:
            public = exchange_client.public(exchange)
            publish_markets(exchange, "futures", await public.markets(MarketType.FUTURES))
            await public.measure_clock(MarketType.FUTURES)
            await exchange_client.close_all()

        asyncio.run(share())

    def terms(self, **values: Any) -> None:
        Subscription.objects.filter(pk=self.client.pk).update(**values)

    def outcome(self, ticker: str = "BTCUSDT.P") -> tuple[str, str]:
        """What becomes of the next signal; empty when it does not even reach this subscription."""
        signal = self.world.trade(self.client.bot, "buy", ticker)
        rows = signal.executions.filter(subscription=self.client).values_list("state", "reason_code")
        return rows.first() or ("", "")


@pytest.fixture
def scene(world: World) -> Scene:
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    made = Scene(world, client)
    world.trade(bot, "buy")
    world.trade(bot, "close")
    made.share_markets()
    return made


def failed(told: dict[str, Any]) -> list[str]:
    return [check["code"] for check in told["subscriptions"][0]["checks"] if check["state"] == "failed"]


def test_nothing_wrong_is_told_as_such_and_the_signal_is_traded(scene: Scene) -> None:
    told = scene.look()

    (own,) = told["subscriptions"]
    assert (told["headline"], told["ready"]) == ("The next signal will be traded.", True)
    assert [check["code"] for check in own["checks"] if check["state"] != "ok"] == []
    assert (own["passed"], own["total"]) == (16, 16)
    assert scene.outcome() == ("PROTECTED", "")


def revoke(scene: Scene) -> None:
    scene.world.sim.control.change_account(scene.key, permissions=REVOKED)


def forbid_futures(scene: Scene) -> None:
    scene.world.sim.control.change_account(scene.key, permissions={"futures": False})


def ask_for_much(scene: Scene) -> None:
    scene.terms(custom_margin_usd=Decimal(20000), custom_leverage=1)


def ask_for_little(scene: Scene) -> None:
    scene.terms(custom_margin_usd=Decimal(10), custom_leverage=1)


def pause(scene: Scene) -> None:
    pause_subscription(subscription=scene.client)


def pause_the_exchange(_: Scene) -> None:
    pause_entries("paper", "futures", "stop_failed")


def ban(scene: Scene) -> None:
    scene.world.sim.control.add_fault("answer_before", status=418, headers={"Retry-After": "180"}, count=1)


def switch_off(scene: Scene) -> None:
    ExchangeAccount.objects.update(is_active=False)


def lose(scene: Scene) -> None:
    Position.objects.update(realized_pnl=Decimal("-250"), closed_at=timezone.now())


FAULTS: list[tuple[Callable[[Scene], None], str, str, tuple[str, str]]] = [
    (revoke, "keys", "The next signal will be skipped: ", ("SKIPPED", "account_needs_attention")),
    (forbid_futures, "permission", "The exchange will refuse the next signal: ", ("REJECTED", "invalid_credentials")),
    (ask_for_much, "balance", "The exchange will refuse the next signal: ", ("REJECTED", "insufficient_margin")),
    (ask_for_little, "minimum", "The next signal will be skipped: ", ("SKIPPED", "below_minimum")),
    (pause, "subscription", "The next signal will be skipped: ", ("", "")),
    (ban, "exchange", "The next signal will be skipped: ", ("SKIPPED", "exchange_unavailable")),
    (pause_the_exchange, "entries", "The next signal will be skipped: ", ("SKIPPED", "entries_paused")),
    (switch_off, "account", "The next signal will be skipped: ", ("", "")),
    (lose, "daily_loss", "The next signal will be skipped: ", ("SKIPPED", "daily_loss")),
]


@pytest.fixture
def at_bybit(world: World) -> Iterator[Scene]:
    """The same at an exchange that tells how much leverage it allows."""
    with run_simulator(exchange="bybit") as sim:
        exchange_client.configure({"paper": world.sim.url, "bybit": sim.url})
        made = sim.control.create_account(wallet={"USDT": "10000"})
        user = User.objects.create_user("bybit@test.local", "x")
        account = world.account(user, exchange="bybit")
        keys = {"api_key": made["api_key"], "secret_key": made["secret"], "passphrase": "", "variant": ""}
        seal_again(account, keys)
        bot = world.bot("bybit", duplicate_window_s=0)
        scene = Scene(world, Subscription.objects.create(user=user, bot=bot, exchange_account=account))
        world.trade(bot, "buy", "DOGEUSDT.P")
        world.trade(bot, "close", "DOGEUSDT.P")
        scene.share_markets()
        yield scene


def seal_again(account: ExchangeAccount, keys: dict[str, str]) -> None:
    sealed = vault.seal(table="exchange_account", row_id=account.id, values=keys)
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.save()


def test_leverage_beyond_the_symbols_own_is_named_before_the_signal_meets_it(at_bybit: Scene) -> None:
    at_bybit.terms(custom_leverage=100, custom_stop_loss_pct=Decimal("0.5"))

    told = at_bybit.look()

    (check,) = [one for one in told["subscriptions"][0]["checks"] if one["state"] == "failed"]
    assert (check["code"], check["params"]["value"]) == ("leverage", 100)
    assert check["fix"] == f"Lower the leverage to {check['params']['limit']}× or less."
    assert told["headline"] == f"The next signal will be skipped: {check['text']}"
    assert at_bybit.outcome("DOGEUSDT.P") == ("SKIPPED", "leverage_too_high")


@pytest.mark.parametrize(("fault", "code", "begins", "outcome"), FAULTS, ids=[row[0].__name__ for row in FAULTS])
def test_a_fault_is_named_before_the_signal_meets_it(
    scene: Scene, fault: Callable[[Scene], None], code: str, begins: str, outcome: tuple[str, str]
) -> None:
    fault(scene)

    told = scene.look()

    assert failed(told) == [code]
    assert (told["ready"], told["state"]) == (False, "failed")
    assert told["headline"].startswith(begins)
    (check,) = [one for one in told["subscriptions"][0]["checks"] if one["state"] == "failed"]
    assert told["headline"] == begins + check["text"]
    assert len(check["fix"]) > 20
    assert scene.outcome() == outcome


def test_a_symbol_that_the_exchange_does_not_trade_is_named_before_the_signal_meets_it(scene: Scene) -> None:
    Signal.objects.update(symbol_key="NOPEUSDT")

    told = scene.look()

    assert failed(told) == ["symbols"]
    assert told["headline"] == (
        "The next signal will be skipped: The exchange does not trade NOPEUSDT, which the bot trades."
    )
    assert scene.outcome("NOPEUSDT.P") == ("SKIPPED", "unknown_symbol")
