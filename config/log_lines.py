"""Log lines with their fields (OPS-09): `extra={"context": {"execution": …}}` is what a line is about, in text or as JSON.

Text for people: the message, then `name=value` for each field. JSON for machines: one object per line, the fields beside `at`,
`level`, `logger` and `message`; a field of the same name as one of these is kept as `context_<name>`.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What the line is about; empty where it says nothing of it."""
    context = getattr(record, "context", None)
    return context if isinstance(context, dict) else {}


class TextLines(logging.Formatter):
    """`2026-11-21 18:00:00,123 INFO signals.desk execution PROTECTED signal=… symbol=BTCUSDT`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        fields = fields_of(record).items()
        return " ".join((super().formatMessage(record), *(f"{name}={_word(value)}" for name, value in fields)))


class JsonLines(logging.Formatter):
    """One JSON object per line; `error_text` holds the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in fields_of(record).items():
            line[f"context_{name}" if name in line or name == "error_text" else name] = value
        if record.exc_info:
            line["error_text"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def _word(value: object) -> str:
    """A value in one word: quoted where it has spaces or is empty, never over two lines."""
    text = str(value)
    is_plain = text.isprintable() and not any(character in text for character in ' "=')
    return text if is_plain and text else json.dumps(text, ensure_ascii=False)
