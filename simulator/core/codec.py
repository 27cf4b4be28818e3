"""Dataclasses to JSON and back, exactly: Decimals travel as strings, derived fields stay at home."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from simulator.core.events import CHANGES, Event

Reader = Callable[[Any], Any]


@cache
def stored_fields(kind: Any) -> tuple[str, ...]:
    """Names of the fields that are written down."""
    return tuple(f.name for f in fields(kind) if not f.metadata.get("derived"))


def to_plain(value: Any) -> Any:
    """What json.dumps asks for when it meets a Decimal or a dataclass."""
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value):
        return {name: getattr(value, name) for name in stored_fields(value.__class__)}
    raise TypeError(f"{type(value).__name__} is not stored")


_encode = json.JSONEncoder(default=to_plain, separators=(",", ":")).encode


def dump(value: Any) -> str:
    return _encode(value)


def dump_event(event: Event) -> str:
    """One line of the log."""
    head = f'{{"sequence":{event.sequence},"time":{event.time},"account":{event.account},'
    return f'{head}"type":"{type(event.change).__name__}","data":{_encode(event.change)}}}'


def load_event(line: str | bytes) -> Event:
    """The event of one line of the log."""
    raw = json.loads(line)
    kind: Any = CHANGES[raw["type"]]
    change = reader(kind)(raw["data"])
    return Event(raw["sequence"], raw["time"], raw["account"], change)


@cache
def reader(kind: Any) -> Reader:
    """A function that turns parsed JSON into a value of this type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        read_key, read_value = _key_reader(arguments[0]), reader(arguments[1])
        return lambda raw: {read_key(k): read_value(v) for k, v in raw.items()}
    if origin is UnionType:
        read_present = reader(next(kind for kind in arguments if kind is not NoneType))
        return lambda raw: None if raw is None else read_present(raw)
    if origin is list:
        read_item = reader(arguments[0])
        return lambda raw: [read_item(item) for item in raw]
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if kind is Decimal or issubclass(kind, StrEnum):
        return kind
    return lambda raw: raw


def _key_reader(kind: type) -> Reader:
    return int if kind is int else lambda raw: raw


def _dataclass_reader(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = {name: reader(hints[name]) for name in stored_fields(kind)}
    return lambda raw: kind(**{name: readers[name](value) for name, value in raw.items() if name in readers})
