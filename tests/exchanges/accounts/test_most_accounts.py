"""Nobody has more than twenty accounts, however many requests come at once; by the API and from the pages."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connections
from pytest_django import Settings

from accounts.models import User
from exchanges import paper
from exchanges.lifecycle import MOST_ACCOUNTS
from exchanges.models import ExchangeAccount
from simulator.testing import RunningSimulator as Simulator
from tests.exchanges.accounts.test_add import PATH
from tests.front.conftest import browser_of
from tests.trading_world import api_of, make_account

pytestmark = pytest.mark.django_db(transaction=True)
PRESSED = 6


def at_once(ask: Callable[[int], int]) -> list[int]:
    """What `ask` answered to each of several threads, in order of size."""
    answers: list[int] = []

    def press(number: int) -> None:
        answers.append(ask(number))
        connections.close_all()

    threads = [Thread(target=press, args=(number,)) for number in range(PRESSED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.fixture
def all_see_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is stored before all have found that there is room."""
    barrier, open_one = Barrier(PRESSED, timeout=10), paper._open_at_simulator

    def open_together(account: ExchangeAccount) -> None:
        barrier.wait()
        open_one(account)

    monkeypatch.setattr(paper, "_open_at_simulator", open_together)


def all_but(user: User, free: int) -> None:
    for _ in range(MOST_ACCOUNTS - free):
        make_account(user)


def count(user: User) -> int:
    return ExchangeAccount.objects.filter(user=user, deleted_at=None).count()


@pytest.mark.usefixtures("all_see_room")
def test_paper_accounts_by_the_api(ana: User, sim: Simulator) -> None:
    all_but(ana, 2)
    before = len(sim.control.accounts())

    codes = at_once(lambda _: api_of(ana).post(f"{PATH}/paper", {}, format="json").status_code)

    assert (codes, count(ana)) == ([201] * 2 + [409] * (PRESSED - 2), MOST_ACCOUNTS)
    assert len(sim.control.accounts()) - before == 2  # what found no place here is gone there too


@pytest.mark.usefixtures("all_see_room")
def test_paper_accounts_by_clicks(ana: User, sim: Simulator) -> None:
    all_but(ana, 1)
    browsers = [browser_of(ana) for _ in range(PRESSED)]

    at_once(lambda number: browsers[number].post("/accounts/paper/", {}).status_code)

    assert count(ana) == MOST_ACCOUNTS


def test_accounts_with_keys(ana: User, sim: Simulator, settings: Settings) -> None:
    settings.KEY_CHECK_WAIT_S = 0
    all_but(ana, 1)

    def add(number: int) -> int:
        body = {"exchange": "binance", "name": "Mine", "api_key": f"key-{number}", "secret_key": "secret"}
        return int(api_of(ana).post(PATH, body, format="json").status_code)

    assert at_once(add) == [202] + [409] * (PRESSED - 1)
    assert count(ana) == MOST_ACCOUNTS
