"""Tasks of this room, run by stock workers on the queue `default`: fetch, call, return. Each may run twice."""

from uuid import UUID

from celery import Task, shared_task

from accounts.ringing import ring_worker
from exchanges import canaries, checking, lifecycle, market_answering
from exchanges.verdicts import Outcome

FIRST_PAUSE_S = 2
TRIES = 5


@shared_task(name="exchanges.check_account", bind=True, max_retries=TRIES)
def check_account(self: Task, account_id: str) -> None:
    """Ask the exchange about an account's keys; when it does not answer, again after 2, 4, 8, 16, 32 s."""
    verdict = checking.check_account(UUID(account_id))
    if verdict is not None and verdict.outcome is Outcome.UNKNOWN and self.request.retries < TRIES:
        raise self.retry(countdown=FIRST_PAUSE_S * 2**self.request.retries)
    if verdict is not None and verdict.outcome is Outcome.VERIFIED:
        checking.make_markets_known(UUID(account_id))


@shared_task(name="exchanges.check_waiting")
def check_waiting() -> None:
    """Ring again for candidates that nobody has settled."""
    ring_worker(lifecycle.CHECK_TASK, *checking.waiting_accounts())


@shared_task(name="exchanges.check_all")
def check_all() -> None:
    """Every day (EXC-19)."""
    ring_worker(lifecycle.CHECK_TASK, *checking.accounts_to_recheck())


@shared_task(name="exchanges.load_markets")
def load_markets(venue_id: str) -> None:
    """Have every list of markets of an exchange known to all processes."""
    checking.load_markets(venue_id)


@shared_task(name="exchanges.tell_market")
def tell_market(question: str) -> None:
    """Answer a question for market data (candles, order book, ticker) that someone waits for."""
    market_answering.tell_market(question)


@shared_task(name="exchanges.run_canaries")
def run_canaries() -> None:
    """Every day, at each exchange with keys of a demo account (B14); the trade itself is a task of its own."""
    ring_worker("exchanges.run_canary", *canaries.venues_with_keys())


@shared_task(name="exchanges.run_canary")
def run_canary(venue_id: str) -> None:
    canaries.fly(venue_id, at_demo_hosts=True)


@shared_task(name="exchanges.read_balances")
def read_balances(account_id: str) -> None:
    if checking.read_balances(UUID(account_id)):
        checking.make_markets_known(UUID(account_id))  # a paper account's keys are not asked about when it is opened


@shared_task(name="exchanges.read_all_balances")
def read_all_balances() -> None:
    ring_worker("exchanges.read_balances", *checking.accounts_with_balances())


@shared_task(name="exchanges.destroy_idle_keys")
def destroy_idle_keys() -> None:
    lifecycle.destroy_idle_keys()
