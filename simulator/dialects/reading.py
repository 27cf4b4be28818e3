"""Reading a request's parameters: from query, form or JSON, each as text, with typed access and the exchange's own errors."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote_plus

LIST = "[]"


def parse_pairs(*texts: str) -> dict[str, str]:
    """Encoded pairs, of several texts together; a name in more than one counts as the last says."""
    parameters: dict[str, str] = {}
    for text in texts:
        for pair in text.split("&") if text else ():
            name, _, value = pair.partition("=")
            parameters[name] = unquote_plus(value) if "%" in value or "+" in value else value
    return parameters


def parse_json(body: bytes) -> dict[str, Any]:
    """A JSON body with numbers and booleans as text, null left out, objects and lists as they are.

    A list: the fields of its first object, and all of it under LIST. ValueError for what is no JSON object or list.
    """
    parsed = json.loads(body, parse_float=str, parse_int=str, parse_constant=str) if body else {}
    if isinstance(parsed, list):
        items = [_as_text(item) for item in parsed]
        first = items[0] if items and isinstance(items[0], dict) else {}
        return {**first, LIST: items}
    if not isinstance(parsed, dict):
        raise ValueError("a body is an object or a list")
    return dict(_as_text(parsed))


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items() if item is not None}
    return [_as_text(item) for item in value] if isinstance(value, list) else value


class Reading:
    """Typed access to `parameters`; what is wrong is raised as `missing` and `malformed` say."""

    __slots__ = ()

    parameters: Mapping[str, Any]

    def missing(self, name: str) -> Exception:
        """The exchange's error for a mandatory parameter that was not sent."""
        raise NotImplementedError

    def malformed(self, name: str) -> Exception:
        """The exchange's error for a value that cannot be read."""
        raise NotImplementedError

    def text(self, name: str) -> str:
        """A mandatory parameter."""
        value: str = self.parameters.get(name, "")
        if not value:
            raise self.missing(name)
        return value

    def optional(self, name: str) -> str:
        """Empty when not sent."""
        value: str = self.parameters.get(name, "")
        return value

    def flag(self, name: str) -> bool:
        """True or false, whatever its case; false when not sent."""
        value = self.parameters.get(name, "false").lower()
        if value not in ("true", "false"):
            raise self.malformed(name)
        return bool(value == "true")

    def decimal(self, name: str) -> Decimal:
        """A mandatory positive or zero number."""
        text = self.text(name)
        try:
            value = Decimal(text)
        except (InvalidOperation, TypeError):
            raise self.malformed(name) from None
        if not value.is_finite() or value < 0 or len(text) > 40:
            raise self.malformed(name)
        return value

    def optional_decimal(self, name: str) -> Decimal:
        """Zero when not sent or empty."""
        return self.decimal(name) if self.parameters.get(name) else Decimal(0)

    def integer(self, name: str, default: int | None = None) -> int:
        text = self.parameters.get(name, "")
        if not text and default is not None:
            return default
        if not text:
            raise self.missing(name)
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise self.malformed(name)
        return int(text)
