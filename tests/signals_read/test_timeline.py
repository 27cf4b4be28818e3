"""An execution's timeline from alert to exit (issue's item 10, B11's base): every line stands on a stored fact."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import translation

from signals.models import Execution, ExecutionEvent, Order, Position, Signal
from signals.timeline import build_timeline, event_text, plain

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def test_a_protected_and_closed_trade_is_told_in_order() -> None:
    signal = Signal(created_at=START, alert_time=at(-400), price=Decimal("95000.00000000"))
    execution = Execution(
        action="buy", state="CLOSED", reason_code="take_profit", queued_at=at(3), claimed_at=at(10), sent_at=at(15),
        acknowledged_at=at(95), filled_at=at(95), protected_at=at(180), completed_at=at(181), closed_at=at(60_000),
        requested_quantity=Decimal("0.031"), price_at_send=Decimal("95234.5"), executed_quantity=Decimal("0.03100000"),
        executed_price=Decimal("95234.50"), stop_loss_sent_price=Decimal("93806.0"), take_profit_sent_price=Decimal("102853.2"),
    )  # fmt: skip
    position = Position(exit_price=Decimal("102853.20"), realized_pnl=Decimal("234.561"))
    event = ExecutionEvent(
        code="protection_refused", params={"leg": "target", "attempt": 1, "exchange_code": "-2021"}, at=at(120)
    )

    with translation.override("en"):
        lines = build_timeline(execution, signal=signal, position=position, events=[event])

    assert [(line.since_start_ms, line.code, line.text) for line in lines] == [
        (-400, "alert_made", "The alert was made"),
        (0, "received", "The signal was received and stored, at a price of 95,000.00"),
        (3, "queued", "It was queued for this account"),
        (10, "claimed", "A worker took it up and checked the limits"),
        (15, "sent", "The entry was sent: 0.031, with the price at 95,234.50"),
        (95, "acknowledged", "The exchange confirmed the order"),
        (95, "filled", "Filled: 0.031 at 95,234.50"),
        (120, "protection_refused", "The exchange refused the take profit (attempt 1): -2021"),
        (180, "protected", "The stop loss at 93,806.00 and the take profit at 102,853.20 stand at the exchange"),
        (60_000, "closed", "Closed at 102,853.20: Take profit reached. Result +$234.56, net of fees"),
    ]


def test_numbers_are_written_as_in_brazil_and_parameters_stay_plain() -> None:
    signal = Signal(created_at=START, price=Decimal("95234.50000000"))
    execution = Execution(
        action="sell", state="CLOSED", reason_code="stop_loss", sent_at=at(15), requested_quantity=Decimal("1234.5"),
        price_at_send=Decimal("0.00001234"), closed_at=at(900),
    )  # fmt: skip
    position = Position(exit_price=Decimal("95100.5"), realized_pnl=Decimal("-1234.561"))

    with translation.override("pt-br"):
        lines = build_timeline(execution, signal=signal, position=position, events=[])

    assert [line.text for line in lines] == [
        "O sinal foi recebido e gravado, com o preço 95.234,50",
        "A entrada foi enviada: 1.234,5, com o preço em 0,00001234",
        "Fechada a 95.100,50: Stop loss atingido. Resultado −US$\xa01.234,56, líquido de taxas",
    ]
    assert lines[0].params == {"price": "95234.5"}


def test_a_close_is_told_by_who_asked_for_it() -> None:
    def begin(mine: bool = False, **fields: Any) -> str:
        signal = Signal(created_at=START, action="close", **fields)
        return build_timeline(Execution(action="close"), signal=signal, position=None, events=[], mine=mine)[0].text

    with translation.override("en"):
        told = [
            begin(source="client", is_broadcast=False, mine=True),
            begin(source="client", is_broadcast=False),
            begin(source="manager", is_broadcast=False, mine=True),
            begin(source="manager"),
            begin(source="tradingview", mine=True),
        ]

    assert told == [
        "You asked to close",
        "The client asked to close",
        "The manager archived the bot and had its positions closed",
        "The manager asked to close",
        "The signal was received and stored",
    ]


def test_a_skipped_one_ends_with_its_reason() -> None:
    execution = Execution(
        action="buy", state="SKIPPED", reason_code="max_positions", reason_params={"value": 3, "limit": 3}, completed_at=at(9)
    )  # fmt: skip

    with translation.override("en"):
        lines = build_timeline(execution, signal=Signal(created_at=START), position=None, events=[])

    assert [(line.code, line.text) for line in lines] == [
        ("received", "The signal was received and stored"),
        ("skipped", "Skipped: Max positions: 3 >= 3"),
    ]


def test_one_that_only_closed_what_stood_against_it_says_so() -> None:
    held = Position(
        id=uuid4(), exit_price=Decimal(95000), exit_reason="closed_by_signal", realized_pnl=Decimal(-3), closed_at=at(70)
    )  # fmt: skip
    execution = Execution(
        action="sell", state="SKIPPED", reason_code="stale_signal", reason_params={"value": "62.2", "limit": "60"},
        sent_at=at(20), completed_at=at(71),
    )  # fmt: skip
    exits = [Order(leg="exit", position=held, created_at=at(20), sent_at=at(20))]

    with translation.override("en"):
        lines = build_timeline(
            execution, signal=Signal(created_at=START), position=None, events=[], orders=exits, closed=[held]
        )

    assert [(line.since_start_ms, line.code, line.text) for line in lines[1:]] == [
        (20, "exit_sent", "The exit was sent"),
        (70, "left", "Closed at 95,000.00: Closed by the bot's signal. Result −$3.00, net of fees"),
        (71, "skipped", "Skipped: The signal was 62.2 s old when its turn came; the bot's limit is 60 s"),
    ]


def test_a_reversal_tells_its_exit_before_its_entry() -> None:
    held = Position(id=uuid4(), exit_price=Decimal(95000), exit_reason="reversed", closed_at=at(70))
    own = Position(id=uuid4())
    execution = Execution(action="sell", state="PROTECTED", position=own, sent_at=at(20), protected_at=at(200))
    orders = [
        Order(leg="exit", position=held, created_at=at(20), sent_at=at(20)),
        Order(leg="entry", position=own, created_at=at(90), sent_at=at(90)),
    ]

    lines = build_timeline(
        execution, signal=Signal(created_at=START), position=own, events=[], orders=orders, closed=[held]
    )

    told = [(line.since_start_ms, line.code) for line in lines]
    assert told == [(0, "received"), (20, "exit_sent"), (70, "left"), (90, "sent"), (200, "protected")]


def test_a_rejected_one_quotes_the_exchange() -> None:
    execution = Execution(
        action="sell", state="REJECTED", reason_code="insufficient_margin", completed_at=at(9),
        error_message="Margin is insufficient.",
    )  # fmt: skip

    with translation.override("en"):
        last = build_timeline(execution, signal=Signal(created_at=START), position=None, events=[])[-1]

    assert last.text == "Rejected: Not enough margin on the exchange account – Margin is insufficient."


def test_events_that_are_reasons_or_unknown_are_readable() -> None:
    with translation.override("en"):
        texts = [event_text("stop_loss", {}), event_text("protection_refused", {}), event_text("of_tomorrow", {"a": 1})]

    assert texts == [
        "Stop loss reached",
        "The exchange refused the %(leg)s (attempt %(attempt)s): %(exchange_code)s",
        "of_tomorrow",
    ]


def test_numbers_lose_the_zeros_of_their_column() -> None:
    assert [plain(Decimal(text)) for text in ("95000.00000000", "100", "0.0310", "0.00000000")] == [
        "95000", "100", "0.031", "0",
    ]  # fmt: skip
