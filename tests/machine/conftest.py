"""The town of a machine test: in process, on a clock of its own."""

from collections.abc import Iterator

import pytest

from exchanges import client as exchange_client
from exchanges.types import MarketType
from signals.tasks import database_parameters
from tests.flow.conftest import sim, simulator, world  # noqa: F401 -- fixtures, for what needs a simulator process
from tests.machine.clocks import SEARCH_PATH, machine_time
from tests.machine.exchange import connect_exchange
from tests.machine.gated_ledger import OneLineLedger
from tests.machine.town import Town


@pytest.fixture
def town(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    parameters = {**database_parameters(), "options": f"-c search_path={SEARCH_PATH}"}
    monkeypatch.setattr("signals.receive.ring_soon", lambda ids, action: None)  # the machine is the bell
    with machine_time(monkeypatch, parameters) as clock:
        exchange = connect_exchange(monkeypatch, clock)
        loop = clock.loop
        loop.run_until_complete(exchange_client.public("paper").markets(MarketType.FUTURES))
        ledgers = [OneLineLedger(parameters) for _ in range(2)]
        made = Town(clock, exchange, ledgers)
        yield made
        made.end()
        for ledger in ledgers:
            loop.run_until_complete(ledger.close())
        loop.run_until_complete(loop.shutdown_default_executor())
