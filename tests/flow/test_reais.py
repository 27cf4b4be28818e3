"""D13, EXC-13: margins and results are in US dollars, also where an exchange trades in reais."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from exchanges import client as exchange_client
from exchanges import doors, market_loading, shared_prices
from exchanges.checking import load_markets, read_balances
from exchanges.registry import get_venue
from ops.daemons import wait_until
from signals.figures import unrealized_pnl
from signals.funds import funds_by_execution
from simulator.testing import RunningSimulator as Simulator
from simulator.testing import run_simulator
from subscriptions.models import Subscription
from tests.contract.conftest import open_account as open_keys
from tests.flow.conftest import other_sessions
from tests.flow.test_all_venues import store_account
from tests.flow.world import World
from tests.trading_world import api_of

PRICE, DOLLAR = Decimal(500_000), Decimal("5.00")


@pytest.fixture
def mercado(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with run_simulator(exchange="mercado") as sim:
        exchange_client.configure({"mercado": sim.url})
        for module, name in ((market_loading, "_books"), (shared_prices, "_quotes"), (doors, "_doors")):
            monkeypatch.setattr(module, name, {})
        sim.control.set_price("BTCBRL", str(PRICE))
        sim.control.set_price("USDTBRL", str(DOLLAR))
        yield sim
    assert wait_until(lambda: not other_sessions(), 5)


def test_a_hundred_dollars_are_five_hundred_reais_and_the_result_is_in_dollars(mercado: Simulator) -> None:
    world = World(mercado)
    bot = world.bot(
        market_type="spot", default_margin_usd="100", default_stop_loss_pct="5", default_take_profit_pct="10"
    )
    venue = get_venue("mercado")
    keys = open_keys(mercado, venue, "", coins={"BRL": "10000"}, wallet={})
    account = store_account(venue, keys, 1)
    client = Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)

    world.trade(bot, "buy", "BTCBRL")
    execution, position = world.execution(client), world.position(client)
    spent = Decimal(10_000) - Decimal(mercado.control.account(keys.api_key)["coins"]["BRL"])
    unrealized = unrealized_pnl(position, PRICE * Decimal("1.02"))
    invested = funds_by_execution([execution.pk])[execution.pk].invested
    mercado.control.set_price("BTCBRL", str(PRICE * Decimal("1.02")))
    world.trade(bot, "sell", "BTCBRL", id="2")
    world.reconcile(client)
    position.refresh_from_db()

    assert (execution.state, execution.usd_rate, position.usd_rate) == ("PROTECTED", DOLLAR, DOLLAR)
    assert Decimal("498") <= spent <= Decimal("500")
    assert Decimal("99") <= invested <= Decimal("100")
    assert Decimal("1.97") <= unrealized <= Decimal("2.00")
    assert position.status == "closed"
    gross = position.realized_pnl + position.fees
    assert Decimal("1.95") <= gross <= Decimal("2.00")
    assert Decimal("0.3") <= position.fees <= Decimal("1.5")


def test_without_a_price_of_the_dollar_nothing_is_bought(mercado: Simulator) -> None:
    world = World(mercado)
    bot = world.bot(market_type="spot", default_margin_usd="100")
    venue = get_venue("mercado")
    keys = open_keys(mercado, venue, "", coins={"BRL": "10000"}, wallet={})
    account = store_account(venue, keys, 1)
    client = Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)
    mercado.control.change_market("USDTBRL", kind="spot", status="GONE")

    world.trade(bot, "buy", "BTCBRL")

    assert world.execution(client).state == "PENDING"  # tried again while the signal is fresh
    assert mercado.control.account(keys.api_key)["coins"] == {"BRL": "10000"}


def test_a_fall_through_stop_and_limit_at_once_is_sold_at_market(mercado: Simulator) -> None:
    """D7: a stop that became a limit order above the price does not leave the coins waiting."""
    world = World(mercado)
    bot = world.bot(market_type="spot", default_margin_usd="100", default_stop_loss_pct="5")
    keys = open_keys(mercado, get_venue("mercado"), "", coins={"BRL": "10000"}, wallet={})
    account = store_account(get_venue("mercado"), keys, 1)
    client = Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)
    world.trade(bot, "buy", "BTCBRL")

    mercado.control.set_price("BTCBRL", str(PRICE * Decimal("0.7")))
    waiting = Decimal(mercado.control.account(keys.api_key)["coins"].get("BTC", "0"))
    shared_prices._quotes.clear()  # a second has passed
    world.reconcile(client)
    world.reconcile(client)

    position = world.position(client)
    assert waiting > 0
    assert (position.status, position.exit_reason) == ("closed", "stop_loss")
    assert Decimal(mercado.control.account(keys.api_key)["coins"].get("BTC", "0")) < Decimal("0.0000001")


def test_the_health_of_an_account_in_reais_looks_at_reais(mercado: Simulator) -> None:
    """B13: an alert for a symbol that the exchange does not trade says nothing about what must be free there."""
    world = World(mercado)
    bot = world.bot(market_type="spot", default_margin_usd="50", duplicate_window_s=0)
    venue = get_venue("mercado")
    keys = open_keys(mercado, venue, "", coins={"BRL": "10000"}, wallet={})
    account = store_account(venue, keys, 1)
    client = Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)
    world.trade(bot, "buy", "BTCBRL")
    world.trade(bot, "sell", "BTCBRL", id="2")
    world.trade(bot, "buy", "NOPEUSDT", id="3")
    load_markets("mercado")
    read_balances(account.pk)

    told = api_of(client.user).get(f"/api/v1/exchange-accounts/{account.pk}/health").json()

    (own,) = told["subscriptions"]
    found = {check["code"]: check["state"] for check in own["checks"]}
    assert (told["ready"], [code for code, state in found.items() if state == "failed"]) == (True, [])
    assert {code: found[code] for code in ("balance", "minimum", "symbols")} == {
        "balance": "ok", "minimum": "ok", "symbols": "warning",
    }  # fmt: skip
    assert "Deposit" not in str(told)
