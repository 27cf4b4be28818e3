"""OPS-09: structured logs. A line's fields are to be read, by people and by machines."""

import json
import logging
import sys
from typing import Any
from uuid import UUID

import pytest

from config.log_lines import JsonLines, TextLines

ID = UUID("11111111-2222-3333-4444-555555555555")


def line(context: Any = None, *, message: str = "execution %s", error: bool = False) -> logging.LogRecord:
    record = logging.LogRecord("signals.desk", logging.INFO, __file__, 1, message, ("PROTECTED",), None)
    record.created = 1_795_284_000.5
    if context is not None:
        record.context = context
    if error:
        try:
            raise ValueError("no")
        except ValueError:
            record.exc_info = sys.exc_info()
    return record


@pytest.mark.parametrize(
    ("context", "tail"),
    [
        (None, "execution PROTECTED"),
        ("no mapping", "execution PROTECTED"),
        ({"execution": ID, "n": 3}, f"execution PROTECTED execution={ID} n=3"),
        ({"error": 'a "b"\nc', "code": ""}, r'execution PROTECTED error="a \"b\"\nc" code=""'),
    ],
)
def test_text_ends_with_the_fields(context: Any, tail: str) -> None:
    text = TextLines().format(line(context))

    assert text.split(" INFO signals.desk ")[1] == tail
    assert "\n" not in text


def test_json_has_the_fields_beside_its_own() -> None:
    told = json.loads(JsonLines().format(line({"execution": ID, "symbol": "BTCUSDT", "level": 7})))

    assert told == {
        "at": "2026-11-21T18:00:00.500+00:00", "level": "INFO", "logger": "signals.desk", "message": "execution PROTECTED",
        "execution": str(ID), "symbol": "BTCUSDT", "context_level": 7,
    }  # fmt: skip


def test_a_traceback_stays_in_the_line() -> None:
    text = JsonLines().format(line({"error": "x"}, error=True))

    told = json.loads(text)
    assert (text.count("\n"), told["error"], told["error_text"].splitlines()[-1]) == (0, "x", "ValueError: no")
    assert TextLines().format(line(error=True)).splitlines()[-1] == "ValueError: no"
