"""Orders whose outcome nobody told us (F14–F16): asked for by client order id, adopted, never sent twice."""

import pytest

from signals.models import ExecutionEvent
from tests.faults.world import FaultWorld

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.fault_short
def test_f14_no_answer_after_the_exchange_accepted(world: FaultWorld) -> None:
    """The connection breaks, or the answer comes after our time-out: UNCONFIRMED, asked, adopted (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 10)
    town.worker()
    town.control.add_fault("drop_after", leg="entry", count=4)
    town.control.add_fault("delay_after", leg="entry", delay_ms=8000, count=2)

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)
    assert ExecutionEvent.objects.filter(execution__signal=signal, code="outcome_unknown").count() == 6


def test_f16_an_error_after_the_exchange_accepted(world: FaultWorld) -> None:
    """502 in HTML, 503, 504 and -1007 say nothing about the order: asked and adopted, one entry each (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 8)
    town.worker()
    town.control.add_fault("answer_after", leg="entry", status=502, body=HTML, count=2)
    town.control.add_fault("answer_after", leg="entry", status=503, body="", count=2)
    town.control.add_fault("answer_after", leg="entry", status=504, body=HTML, count=2)
    town.control.add_fault(
        "answer_after", leg="entry", code=-1007, message="Timeout waiting for backend server.", count=2
    )

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)
    assert ExecutionEvent.objects.filter(execution__signal=signal, code="outcome_unknown").count() == 8
