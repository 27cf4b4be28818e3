"""Records on their way into a statement."""

from typing import Any

import orjson

Record = dict[str, Any]


def as_json(value: Any) -> bytes:
    """Records as JSON: identifiers, decimals and times as text, which PostgreSQL reads back exactly."""
    return orjson.dumps(value, default=str)
