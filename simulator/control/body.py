"""Reading the JSON of a control request, with errors that say what was wrong."""

import json
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from simulator.web import Request

Choice = TypeVar("Choice", bound=StrEnum)


class ControlError(Exception):
    """An answer `{"error": …}` with this HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


class Body:
    """The JSON object of a request (an empty body is an empty object); names not asked for are an error in `finish`."""

    def __init__(self, request: Request) -> None:
        try:
            parsed = json.loads(request.body or b"{}", parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise ControlError("the body is not JSON") from error
        if not isinstance(parsed, dict):
            raise ControlError("the body is not a JSON object")
        self._values: dict[str, Any] = parsed

    def take(self, name: str, kind: type, default: Any = None) -> Any:
        """The value of this name, of this type; without a default it is mandatory."""
        value = self._values.pop(name, default)
        if value is None:
            raise ControlError(f"{name} is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ControlError(f"{name} must be {kind.__name__}")
        return value

    def take_choice(self, name: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """A value of an enumeration."""
        text: str = self.take(name, str, default)
        try:
            return kind(text)
        except ValueError:
            raise ControlError(f"{name} is one of {', '.join(kind)}") from None

    def take_decimal(self, name: str, default: Decimal | None = None) -> Decimal:
        value = self._values.pop(name, default)
        return to_decimal(name, value)

    def take_like(self, name: str, default: Any) -> Any:
        """A value of the default's type: a boolean, a decimal, or a whole number (also in a string), not negative."""
        if isinstance(default, bool):
            return self.take(name, bool, default)
        number = self.take_decimal(name, default)
        if isinstance(default, Decimal):
            return number
        if number != int(number):
            raise ControlError(f"{name} must be a whole number")
        return int(number)

    def take_amounts(self, name: str) -> dict[str, Decimal] | None:
        """An object of amounts by asset, or None when it was not sent."""
        if name not in self._values:
            return None
        amounts = self.take(name, dict)
        return {asset: to_decimal(f"{name}.{asset}", amount) for asset, amount in amounts.items()}

    def has(self, name: str) -> bool:
        return name in self._values

    def finish(self) -> None:
        """Nothing else may have been sent."""
        if self._values:
            raise ControlError(f"unknown: {', '.join(sorted(self._values))}")


def to_decimal(name: str, value: Any, least: Decimal = Decimal(0)) -> Decimal:
    """A number or a string with one; not below `least`."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ControlError(f"{name} must be a decimal in a string")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ControlError(f"{name} must be a decimal in a string") from None
    if not number.is_finite() or number < least or number > Decimal(10) ** 15:
        raise ControlError(f"{name} is out of range")
    return number


def query_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.query))


def query_integer(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ControlError(f"{name} must be a whole number")
    return int(text)
