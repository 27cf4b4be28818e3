"""Celery's way into the pipeline: coroutine tasks for the asynchronous pool, and the desk that they work at.

The only module of this room that imports the exchange client; it is loaded by workers, never by the web process.
"""

import asyncio
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import connections

from exchanges import client as exchange_client
from exchanges import vault
from exchanges.errors import RefusalKind, Refused
from exchanges.types import Credentials, PositionMode
from signals.desk import SEAL_BROKEN, Desk, TradingClient
from signals.execute import execute
from signals.facts import AccountKeys, Facts
from signals.ledger.ledger import Ledger
from signals.live import LiveStream

EXECUTE_TASK = "signals.execute"
_desks: dict[asyncio.AbstractEventLoop, Desk] = {}


@shared_task(name=EXECUTE_TASK)
async def execute_task(execution_id: str) -> None:
    """Carry out one execution (queues `close` and `entry`)."""
    await execute(UUID(execution_id), desk())


def desk() -> Desk:
    """The desk of the running loop, made at first use."""
    loop = asyncio.get_running_loop()
    if loop not in _desks:
        live = LiveStream(settings.REDIS_URL)
        _desks[loop] = Desk(
            ledger=Ledger(database_parameters()), connect=connect_account, announce=live.announce, sleep=asyncio.sleep
        )
    return _desks[loop]


# A server that vanished without a word (its machine, the network) is given up after some seconds, not after the system's quarter of
# an hour. Of no effect on a Unix socket.
NOT_SILENT_FOR_LONG = {
    "tcp_user_timeout": 6000, "keepalives_idle": 3, "keepalives_interval": 1, "keepalives_count": 3
}  # fmt: skip


def database_parameters() -> dict[str, Any]:
    """libpq's parameters for Django's default database, those of its URL (`sslmode`, ...) among them."""
    parameters = connections["default"].get_connection_params()
    of_psycopg = ("cursor_factory", "context", "prepare_threshold", "client_encoding")
    return {
        **NOT_SILENT_FOR_LONG,
        **{name: value for name, value in parameters.items() if name not in of_psycopg},
        "prepare_threshold": 2,
        "application_name": "batuta-desk",
    }


def connect_account(facts: Facts | AccountKeys) -> TradingClient:
    """A client bound to the account's keys, opened here and for this execution only (D17, EXE-20). Raises Refused(CREDENTIALS)
    where they do not open."""
    sealed = vault.Sealed(ciphertext=facts.sealed_keys, wrapped_key=facts.wrapped_data_key, key_id=facts.key_id)
    try:
        credentials = Credentials(**vault.unseal(table="exchange_account", row_id=facts.account_id, sealed=sealed))
    except (vault.SealBroken, TypeError) as error:  # or what was sealed are no keys
        raise Refused("The stored keys do not open", code=SEAL_BROKEN, kind=RefusalKind.CREDENTIALS) from error
    mode = PositionMode(facts.position_mode) if facts.position_mode else None
    return exchange_client.connect(facts.exchange, credentials, testnet=facts.testnet, position_mode=mode)
