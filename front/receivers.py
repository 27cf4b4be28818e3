"""Hears that an account's balances were read: tells the owner's open pages (NOT-01), and has later trades read too."""

import json
import logging
from typing import Any

import redis
from django.conf import settings
from django.dispatch import receiver

from exchanges.events import balances_read
from exchanges.models import ExchangeAccount
from front.balances_again import read_balances_soon
from signals.dashboard import traded_since_read
from signals.live import channel_of

log = logging.getLogger(__name__)


@receiver(balances_read)
def tell_open_pages(*, account: ExchangeAccount, **_: Any) -> None:
    """Publish `{type: "balances", account_id}`. A broker that does not answer costs the message only: pages look again."""
    message = json.dumps({"type": "balances", "account_id": str(account.pk)})
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
            server.publish(channel_of(account.user_id), message)
    except redis.RedisError as error:
        log.warning("open pages were not told of balances: %r", error)


@receiver(balances_read)
def read_what_was_traded_meanwhile(*, account: ExchangeAccount, **_: Any) -> None:
    """A trade after the exchange was asked is not in what it told: it is asked once more."""
    if traded_since_read(account):
        read_balances_soon(account)
