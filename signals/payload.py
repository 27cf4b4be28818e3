"""An alert's body → values. Pure: bytes in, `Alert` out; every way to be wrong has a field, a code and a sentence (D28).

The body is parsed whatever its content type: TradingView sends text/plain unless the whole message is JSON.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from signals.states import Action

MAX_BODY_BYTES = 16 * 1024
MAX_DEPTH = 8
MAX_KEYS = 50
MAX_NUMBER_DIGITS = 40
REQUIRED = ("ticker", "action", "secret")
SECRET_WORDS = re.compile(r"secret|password|passphrase|api_?key|token", re.IGNORECASE)
HIDDEN = "•••"
SMALLEST_PRICE = Decimal("1e-8")
MAX_PRICE = Decimal("9999999999")  # what decimal(18,8) holds (WHK-09)
TICKER_FORM = re.compile(r"^(?=.*[A-Za-z0-9]{2})[A-Za-z0-9:/._-]{1,50}$")


class PayloadError(ValueError):
    """The alert was refused; `errors` names each field with a code and a sentence."""

    def __init__(self, detail: str, errors: list[dict[str, str]]) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Alert:
    """A parsed alert. `price` in quote currency, `alert_time` aware UTC, `duplicate_key` per D28, `body` without secrets."""

    ticker: str
    action: Action
    price: Decimal | None
    alert_time: datetime | None
    is_test: bool
    duplicate_key: str
    duplicate_for_ever: bool
    body: dict[str, Any]


def read_body(raw: bytes) -> dict[str, Any]:
    """Parse the JSON object of an alert: at most 8 deep and 50 keys, no duplicate key, no NaN, no NUL, no lone surrogate."""
    try:
        text = raw.decode("utf-8-sig")  # some senders put a byte order mark first: one is dropped
    except UnicodeDecodeError as error:
        raise _malformed("The body was not valid UTF-8.") from error
    if _depth(text) > MAX_DEPTH:
        raise _malformed(f"The body was nested more than {MAX_DEPTH} levels deep.")
    counter = _KeyCounter()
    try:
        body = json.loads(
            text,
            object_pairs_hook=counter.collect,
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_number,
        )
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise _malformed(str(error) if isinstance(error, _BadJson) else "The body was not valid JSON.") from error
    if not isinstance(body, dict):
        raise _malformed("The body was not a JSON object.")
    missing = [name for name in REQUIRED if body.get(name) in (None, "")]
    if missing:
        errors = [{"field": name, "code": "required", "message": "This field is required."} for name in missing]
        raise PayloadError("Missing required fields", errors)  # WHK-02
    return body


def parse_alert(body: dict[str, Any]) -> Alert:
    """Turn a body that `read_body` gave into values; raises PayloadError naming every malformed field at once."""
    errors: list[dict[str, str]] = []

    def refuse(field: str, code: str, message: str) -> None:
        errors.append({"field": field, "code": code, "message": message})

    ticker = body["ticker"]
    if not isinstance(ticker, str) or not TICKER_FORM.match(ticker.strip()):
        refuse("ticker", "invalid", "The ticker must be 1 to 50 letters, digits or : / . _ -")
    action = _action(body["action"])
    if action is None:
        refuse("action", "invalid", "The action must be buy, sell, close or close_all.")  # WHK-06
    price, alert_time = None, None
    try:
        price = _price(body.get("price"))
    except ValueError as error:
        refuse("price", "invalid", str(error))
    try:
        alert_time = _moment(body.get("timestamp"))
    except (ValueError, OverflowError, OSError):
        refuse("timestamp", "invalid", "The timestamp must be ISO 8601, or epoch seconds or milliseconds.")
    is_test = _flag(body.get("test"))
    if is_test is None:
        refuse("test", "invalid", "The test mark must be true or false.")
    identifier = body.get("id")
    if identifier is not None and (not isinstance(identifier, (str, Decimal)) or len(str(identifier)) > 200):
        refuse("id", "invalid", "The id must be text or a number of at most 200 characters.")
    if errors or action is None or is_test is None:
        raise PayloadError("Some fields were malformed", errors)
    public = {name: value for name, value in body.items() if name != "secret"}
    has_id = identifier not in (None, "")
    return Alert(
        ticker=ticker.strip(),
        action=action,
        price=price,
        alert_time=alert_time,
        is_test=is_test,
        duplicate_key=_digest({"id": identifier} if has_id else public),
        duplicate_for_ever=has_id or alert_time is not None,
        body=redact(public),
    )


def redact(value: Any) -> Any:
    """Hide whatever looks like a secret, at any depth, and turn numbers into plain JSON values for storage (D17)."""
    if isinstance(value, dict):
        return {name: HIDDEN if SECRET_WORDS.search(name) else redact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def _flag(value: Any) -> bool | None:
    """True or false, also as text (TradingView's templates quote); None where it is neither: a test must not trade by mistake."""
    if value is None or value == "":
        return False
    return {"true": True, "false": False}.get(str(value).strip().lower()) if isinstance(value, (bool, str)) else None


class _BadJson(ValueError):
    """The body was JSON that we refuse."""


class _KeyCounter:
    def __init__(self) -> None:
        self.keys = 0

    def collect(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.keys += len(pairs)
        if self.keys > MAX_KEYS:
            raise _BadJson(f"The body had more than {MAX_KEYS} keys.")
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _BadJson("The body had the same key twice.")
        for text in (*found, *(item for item in found.values() if isinstance(item, str))):
            _check_text(text)
        for items in found.values():
            for item in items if isinstance(items, list) else ():
                if isinstance(item, str):
                    _check_text(item)
        return found


def _check_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise _BadJson("The body had characters that cannot be stored.")


def _refuse_constant(name: str) -> None:
    raise _BadJson(f"The body had the number {name}.")


def _number(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_DIGITS:
        raise _BadJson("The body had a number that was too long.")
    number = Decimal(text)
    if number and abs(number.adjusted()) > MAX_NUMBER_DIGITS:
        raise _BadJson("The body had a number that was too large or too small.")
    return number


def _depth(text: str) -> int:
    """The deepest nesting, found without recursion, so that 200,000 brackets cost a scan and not a stack."""
    depth = deepest = 0
    in_text = escaped = False
    for char in text:
        if in_text:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_text = False
        elif char == '"':
            in_text = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _action(value: Any) -> Action | None:
    try:
        return Action(value.strip().lower()) if isinstance(value, str) else None
    except ValueError:
        return None


def _written(text: str) -> Decimal:
    """A number in quotes, as TradingView writes it: not what Decimal takes besides (underscores, other scripts' digits)."""
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text.strip()):
        raise ValueError(text[:20])
    return _number(text.strip())


def _price(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        price = value if isinstance(value, Decimal) else _written(value) if isinstance(value, str) else None
    except (ValueError, InvalidOperation):
        price = None
    if price is None or not price.is_finite() or not SMALLEST_PRICE <= price <= MAX_PRICE:
        raise ValueError("The price must be a number from 0.00000001 to 9,999,999,999.")
    return price.quantize(SMALLEST_PRICE)


def _moment(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, Decimal) or (isinstance(value, str) and re.fullmatch(r"\d{9,14}(\.\d{1,6})?", value.strip())):
        seconds = Decimal(value)
        if seconds >= Decimal("1e11"):  # milliseconds
            seconds /= 1000
        if not Decimal("9e8") <= seconds < Decimal("1e10"):
            raise ValueError(value)
        whole = int(seconds)
        return datetime.fromtimestamp(whole, UTC).replace(microsecond=int((seconds - whole) * 1_000_000))
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError(value)
    moment = datetime.fromisoformat(value.strip())
    if not 2000 <= moment.year < 2200:
        raise ValueError(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _digest(value: Any) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _malformed(message: str) -> PayloadError:
    return PayloadError(message, [{"field": "", "code": "malformed", "message": message}])
