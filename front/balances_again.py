"""When an account's balances are read again for open pages: at once after a trade, else seldom (DSH-01)."""

import logging

import redis.exceptions
from django.core.cache import cache
from django.http import HttpRequest

from accounts.quotas import wait_for_quota
from accounts.ringing import ring_worker
from exchanges.models import ExchangeAccount
from signals.dashboard import traded_since_read

log = logging.getLogger(__name__)

READ_BALANCES = "exchanges.read_balances"
PAUSE_S = 2


def read_balances_again(request: HttpRequest, account: ExchangeAccount | None) -> None:
    """Have a worker read the balances behind this answer; what it reads is told to the page, which then looks again.

    At most every 20 s; after a trade at once, and what comes within 2 s of that is read once more, after this moment.
    """
    if account is None:
        return
    key = str(account.pk)
    if not traded_since_read(account):
        if not wait_for_quota(request, "dashboard-balances", "1/20s", key=key):
            ring_worker(READ_BALANCES, account.pk)
    elif wait_for_quota(request, "balances-after-trade", f"1/{PAUSE_S}s", key=key):
        read_balances_soon(account)
    else:
        ring_worker(READ_BALANCES, account.pk)


def read_balances_soon(account: ExchangeAccount) -> None:
    """Have them read in 2 s. Nothing is asked for while such a reading still waits: it comes after what this one is for."""
    try:
        # the mark is gone when the reading begins, so whatever happens from then on has the next one asked for
        if not cache.add(f"balances-soon-{account.pk}", 1, timeout=PAUSE_S):
            return
    except redis.exceptions.RedisError:
        log.warning("whether balances are read soon could not be asked", exc_info=True)
    ring_worker(READ_BALANCES, account.pk, countdown=PAUSE_S)
