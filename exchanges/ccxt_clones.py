"""ccxt, made lean: one template per venue, market type and demo, cloned per account in microseconds.

ccxt signs and knows hosts and paths; our pool carries the bytes, our tables judge the answers. Only `exchanges.client` and what
it alone imports may import this: ccxt costs 45 MB even so (`ccxt_importing`).
"""

import binascii
import time
from collections.abc import Callable, Mapping
from copy import copy
from decimal import Decimal
from hashlib import blake2s
from typing import Any

import orjson

from exchanges import addresses
from exchanges.budgets import Door
from exchanges.ccxt_importing import load_class, load_entry_class, load_errors
from exchanges.dialect import Call, Dialect
from exchanges.doors import door_of
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.http import NoAnswer
from exchanges.limits import Priority, of_read
from exchanges.pools import pool
from exchanges.types import Credentials, MarketType
from exchanges.venue import DemoKind, Venue

ccxt_errors, Entry = load_errors(), load_entry_class()

# What ccxt's class suggests about a refusal that is already proven; the order matters (subclasses first).
_HINTS: tuple[tuple[type[Exception], RefusalKind], ...] = (
    (ccxt_errors.AuthenticationError, RefusalKind.CREDENTIALS),
    (ccxt_errors.InsufficientFunds, RefusalKind.INSUFFICIENT_MARGIN),
    (ccxt_errors.BadSymbol, RefusalKind.UNKNOWN_SYMBOL),
    (ccxt_errors.DuplicateOrderId, RefusalKind.DUPLICATE),
    (ccxt_errors.OrderNotFound, RefusalKind.NOT_FOUND),
    (ccxt_errors.OrderImmediatelyFillable, RefusalKind.WOULD_TRIGGER),
    (ccxt_errors.InvalidNonce, RefusalKind.CLOCK),
    (ccxt_errors.DDoSProtection, RefusalKind.RATE_LIMIT),
)


class Clock:
    """How far the exchange's clock is ahead of ours; one for all clones of a template."""

    def __init__(self) -> None:
        self.ahead_ms = 0


class Lean:
    """Mixed in before a ccxt class: our transport, our errors, no throttling, no retries."""

    venue: Venue
    market_type: MarketType
    clock: "Clock"
    goes_to_demo: bool
    account: str  # a digest of the keys, "" for the template
    may_write: Callable[[], bool]  # asked right before an order is signed
    _endpoints: dict[str, tuple[str, list[str], str]]
    _last_nonce = 0

    def nonce(self) -> int:
        """The timestamp of a request, in milliseconds of the exchange's clock."""
        return time.time_ns() // 1_000_000 + self.clock.ahead_ms

    def seconds(self) -> int:
        """The same for the exchanges that count whole seconds."""
        return self.nonce() // 1000

    def incrementing_nonce(self) -> int:
        """For exchanges that want each number greater than the last one of the key, whoever sends it: microseconds, each once
        in this process, and none that the exchange's clock could set back."""
        Lean._last_nonce = max(time.time_ns() // 1_000, Lean._last_nonce + 1)
        return Lean._last_nonce

    def __del__(self) -> None:
        """ccxt warns of sessions left open; a clone has none."""

    def address(self, call: Call) -> str:
        """Where this call goes in the end, redirects included."""
        path, api, method = self._endpoint(call.endpoint)
        url = self.sign(path, api, method, copy(call.params))["url"]  # type: ignore[attr-defined]
        return addresses.redirect(self.venue.id, url, {})

    async def call(self, call: Call, seconds: float, priority: Priority = Priority.QUERY) -> Any:
        """One request through ccxt's implicit method, without its plumbing: what it signs is byte for byte the same.

        Raises errors of `exchanges.errors` only. A client of our own may need something else first, a token (`prepared`).
        """
        prepared = getattr(self, "prepared", None)
        if prepared is not None:
            return await prepared(call, seconds, priority)
        return await self.call_now(call, seconds, priority)

    async def call_now(self, call: Call, seconds: float, priority: Priority) -> Any:
        """The request as it is. It waits for its turn before it is signed: a signature grows old."""
        path, api, method = self._endpoint(call.endpoint)
        door = door_of(self.venue, testnet=self.goes_to_demo)
        limits = door.limits(self.market_type)
        seconds = await door.admit(
            self.market_type, self.account, weight=limits.weight_of(call.endpoint, call.params),
            is_order=call.endpoint in limits.order_endpoints, priority=priority, seconds=seconds,
        )  # fmt: skip
        if method != "GET" and not self.may_write():
            raise NotSent("Someone else is in charge by now", code="not_ours")
        try:
            params = copy(call.params)
            if call.params_at is not None and isinstance(params, dict):
                params |= call.params_at(self.nonce())
            request = self.sign(path, api, method, params)  # type: ignore[attr-defined]
        except ccxt_errors.AuthenticationError:
            raise Refused("The keys are incomplete", code="no_credentials", kind=RefusalKind.CREDENTIALS) from None
        except binascii.Error:
            raise Refused("The secret key is not in base64", code="unsigned", kind=RefusalKind.CREDENTIALS) from None
        except ccxt_errors.NotSupported:
            raise Unsupported("The exchange has no such call here", code=call.endpoint) from None
        except Exception:  # noqa: BLE001 -- nothing has left us; the cause is dropped: its text may carry the secret
            if "PRIVATE KEY" in self.secret:  # type: ignore[attr-defined]  # looks like a PEM key and is none
                kind = RefusalKind.CREDENTIALS
                raise Refused("The secret key is not a valid private key", code="unsigned", kind=kind) from None
            raise NotSent("The request could not be signed", code="unsigned") from None
        headers = request["headers"]
        if call.headers_at is not None:
            headers = {**(headers or {}), **call.headers_at(self.nonce())}
        return await self._exchange(door, request["url"], method, headers, request["body"], seconds)

    def _endpoint(self, name: str) -> tuple[str, list[str], str]:
        found = self._endpoints.get(name)
        if found is None:
            # ccxt hides some of its own declarations behind functions of the same name when it is constructed
            declared = (cls.__dict__.get(name) for cls in type(self).__mro__)
            entry = next(one for one in declared if isinstance(one, Entry))
            found = self._endpoints[name] = (entry.path, entry.api, entry.method)
        return found

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """ccxt's own seam: its unified calls (loading of markets) come through here."""
        door = door_of(self.venue, testnet=self.goes_to_demo)
        weight = door.limits(self.market_type).markets_weight
        seconds = await door.admit(
            self.market_type, "", weight=weight, is_order=False, priority=of_read(Priority.ENTRY),
            seconds=self.timeout / 1000,  # type: ignore[attr-defined]
        )  # fmt: skip
        return await self._exchange(door, url, method, headers, body, seconds)

    async def _exchange(self, door: Door, url: str, method: str, headers: Any, body: Any, seconds: float) -> Any:
        """Send, judge, and let the door learn from it."""
        error: ExchangeError | None = None
        try:
            return await self._send(door, url, method, headers, body, seconds)
        except ExchangeError as e:
            error = e
            raise
        except BaseException:
            error = OutcomeUnknown("given up while it was on its way")
            raise
        finally:
            door.note_outcome(self.market_type, self.account, error)

    async def _send(self, door: Door, url: str, method: str, headers: Any, body: Any, seconds: float) -> Any:
        # a demo account's mark is in the first; ccxt writes None for an option that is empty
        sent_headers = {**self.headers, **{name: value for name, value in (headers or {}).items() if value is not None}}  # type: ignore[attr-defined]
        target = addresses.redirect(self.venue.id, url, sent_headers)
        if self.venue.features.is_paper and target == url:
            raise NotSent("No simulator address is set for paper accounts", code="no_simulator")
        sent_at = time.monotonic()
        try:
            status, answer_headers, raw = await pool().request(
                method, target, sent_headers, body.encode() if body else None, seconds
            )
        except NoAnswer as e:
            raise OutcomeUnknown(str(e) or "No answer", code="no_answer") from None
        door.note_answer(self.market_type, self.account, answer_headers, sent_at)
        try:
            answer = orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError:
            answer = None
        if status == 200 and answer is None:
            raise OutcomeUnknown("The exchange's answer is empty or not JSON", code="not_json")
        error = self._judge(status, answer_headers, answer)
        if error is None:
            return answer
        raise self._with_hint(error, status, answer_headers, answer, url, method, raw)

    def _with_hint(
        self,
        error: ExchangeError,
        status: int,
        headers: Mapping[str, str],
        answer: Any,
        url: str,
        method: str,
        raw: bytes,
    ) -> ExchangeError:
        """A proven refusal whose code our table does not know: ccxt's class may name its kind."""
        if not isinstance(error, Refused) or error.kind is not RefusalKind.OTHER:
            return error
        hint = None
        try:
            self.handle_errors(status, "", url, method, headers, raw.decode(errors="replace"), answer, None, None)  # type: ignore[attr-defined]
        except Exception as e:  # noqa: BLE001 -- only a hint: whatever ccxt makes of it, the refusal stands
            hint = next((kind for cls, kind in _HINTS if isinstance(e, cls)), None)
        if hint is None:
            return error
        return self._judge(status, headers, answer, hint) or error

    def _judge(
        self, status: int, headers: Mapping[str, str], answer: Any, hint: RefusalKind | None = None
    ) -> ExchangeError | None:
        try:
            return self.venue.judge(status, headers, answer, market_type=self.market_type, hint=hint)
        except Exception:  # noqa: BLE001 -- the request has left: an answer that trips us up leaves its outcome open
            return OutcomeUnknown("The exchange's answer could not be judged", code="unreadable")


def _always() -> bool:
    return True


_templates: dict[tuple[str, MarketType, bool, str], Any] = {}


def template(venue: Venue, market_type: MarketType, *, testnet: bool, variant: str = "") -> Any:
    """The keyless original of all clones of this venue, market type, demo and variant. 2 ms once, then a look-up."""
    key = (venue.id, market_type, testnet, variant)
    made = _templates.get(key)
    if made is None:
        dialect = venue.dialect(market_type, variant)
        made = _templates[key] = _make_template(venue, market_type, dialect, testnet)
    return made


def _make_template(venue: Venue, market_type: MarketType, dialect: Dialect, testnet: bool) -> Any:
    features = venue.features
    if testnet and features.demo is DemoKind.NONE and not features.is_paper:
        raise Unsupported(f"{venue.label} has no demo accounts")  # never the live hosts instead
    base = load_class(dialect.ccxt_id)
    endpoints = {**getattr(base, "ENDPOINTS", {}), **dialect.endpoints}
    lean = type(f"Lean_{dialect.ccxt_id}", (Lean, base), {"_endpoints": endpoints})
    made: Any = lean({"enableRateLimit": False, "options": {**dialect.market_options, "maxRetriesOnFailure": 0}})
    made.number = Decimal
    made.has["fetchCurrencies"] = False
    made.timeout = 10_000
    made.venue, made.market_type, made.clock = venue, market_type, Clock()
    made.goes_to_demo, made.account, made.may_write = testnet, "", _always
    if testnet and features.demo is DemoKind.DEMO_HOSTS:
        made.enable_demo_trading(True)
    elif testnet and features.demo is DemoKind.SANDBOX:
        made.set_sandbox_mode(True)
    made.headers = dict(made.headers or {})
    return made


def clone(venue: Venue, market_type: MarketType, credentials: Credentials, *, testnet: bool) -> Any:
    """A ccxt instance for one account, sharing everything with the template but keys, options and headers.

    Raises Refused(CREDENTIALS) for keys that cannot be sent at all (control characters, other alphabets).
    """
    if not _sendable(credentials.api_key):
        raise Refused(
            "The API key is empty or has characters that no key has", code="key_format", kind=RefusalKind.CREDENTIALS
        )
    if not (credentials.passphrase.isascii() and credentials.passphrase.isprintable()):  # it travels in a header
        raise Refused(
            "The passphrase has characters that cannot be sent", code="key_format", kind=RefusalKind.CREDENTIALS
        )
    if not credentials.secret_key:
        raise Refused("The secret key is empty", code="key_format", kind=RefusalKind.CREDENTIALS)
    original = template(venue, market_type, testnet=testnet, variant=credentials.variant)
    made = object.__new__(type(original))
    made.__dict__.update(original.__dict__)
    made.apiKey, made.secret, made.password = credentials.api_key, credentials.secret_key, credentials.passphrase
    if "PRIVATE KEY" in made.secret:  # out of a JSON file, with its line breaks spelt out
        made.secret = made.secret.replace("\\n", "\n")
    made.options, made.headers = dict(original.options), dict(original.headers)
    made.account = _digest(credentials)
    return made


def _digest(credentials: Credentials) -> str:
    """Tells accounts apart where keys must not be: in memory that is shared, and in Redis."""
    keys = f"{credentials.api_key}\0{credentials.secret_key}"
    return blake2s(keys.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def _sendable(key: str) -> bool:
    return bool(key) and key.isascii() and key.isprintable() and " " not in key
