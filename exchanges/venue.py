"""What we know of an exchange before talking to it: what its form asks, what it can do and why we think so. No ccxt, no Django.

A venue is data, plus one `Dialect` for each kind of market (`exchanges/dialect.py`): how a request is said and an answer read.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from exchanges.dialect import Dialect
from exchanges.errors import ExchangeError, RefusalKind, Unsupported
from exchanges.limits import RateLimits
from exchanges.types import MarketType


def gettext_noop(text: str) -> str:
    """Marks a text for translation; the page that shows it translates it (this half knows no Django)."""
    return text


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the form for keys; `name` is a field of `exchanges.types.Credentials`."""

    name: str
    label: str
    secret: bool
    help_text: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()  # value, label; the first is the default
    multiline: bool = False  # a private key in PEM form

    def accepts(self, text: str) -> bool:
        """Whether this can be such a key at all: letters, digits and signs without blanks, PEM lines, or one of the choices."""
        if self.choices:
            return text in dict(self.choices)
        if self.multiline:
            return text.isascii() and all(line.isprintable() for line in text.splitlines())
        return text.isascii() and text.isprintable() and " " not in text


class DemoKind(StrEnum):
    """What an account marked testnet talks to."""

    NONE = "none"
    DEMO_HOSTS = "demo_hosts"  # hosts and keys of their own, the same market's prices (ccxt: enable_demo_trading)
    SANDBOX = "sandbox"  # a header at the live host, or a host of its own (ccxt: set_sandbox_mode)


@dataclass(frozen=True, slots=True)
class Flag:
    """A difference between exchanges and the reason or link for it; true or false by itself."""

    value: bool
    reason: str

    def __bool__(self) -> bool:
        return self.value


@dataclass(frozen=True, slots=True)
class Features:
    """What the pipeline must know of an exchange; never asked by the exchange's name."""

    attached_stops: Flag  # stop and target travel in the entry call
    hedge_mode: Flag  # accounts may hold both directions of a symbol
    answers_fills: Flag  # the entry's answer carries quantity and average price
    oco: Flag  # spot stop and target are one order list at the exchange
    client_id_reusable: Flag  # a used client order id is accepted again: it does not guard against a double order
    # A request that has not arrived by then is refused as stale. Counted from the moment its outcome became unknown: a client
    # may have sent it a second time, after a positive refusal.
    resend_after_s: float
    demo: DemoKind = DemoKind.NONE
    # Margin mode is set for the whole account, not for a symbol.
    margin_mode_of_account: bool = False
    # Spot stops become limit orders, so far beyond their trigger (a fraction); None: market orders. A price that falls
    # through both at once leaves the coins in an order that waits.
    stop_limit_reach: Decimal | None = None
    # All stops of a position together may not exceed it: a stop of another size can only follow when the old one is gone.
    stops_fit_position: bool = False
    tells_rights: Flag = Flag(True, "the exchange says whether a key may withdraw")
    is_paper: bool = False  # no real money; its traffic must be redirected to a simulator

    def holds_both_legs(self, market_type: MarketType) -> bool:
        """Whether stop and target can stand at the exchange at once: on spot both would lock the coins, unless they are one list."""
        return market_type is not MarketType.SPOT or bool(self.oco)


class Venue(ABC):
    """An exchange. Subclasses fill the attributes; one instance each, in the registry."""

    id: str
    label: str
    market_types: tuple[MarketType, ...]
    credential_fields: tuple[CredentialField, ...]
    features: Features
    dialects: Mapping[MarketType, Dialect]
    limits: Mapping[
        MarketType, RateLimits
    ] = {}  # where none are declared, only the exchange's own "too many requests" counts
    signup_url: str = ""
    docs_url: str = ""
    keys_url: str = ""  # where a client makes a key
    client_id_pattern: str = r"[a-z0-9]{1,36}"
    # Kinds of account or regions that are spoken to in another way, by `Credentials.variant`; what is missing in a
    # variant is as in `dialects`. The client chooses one (a field "variant" with choices).
    variants: Mapping[str, Mapping[MarketType, Dialect]] = {}
    # What accounts of a variant do not trade here, though the exchange's others do.
    untraded: Mapping[str, frozenset[MarketType]] = {}

    def dialect(self, market_type: MarketType, variant: str = "") -> Dialect:
        """Raises Unsupported for a market type that we do not trade here, and for a variant that there is not."""
        if variant and variant not in self.variants and not self._offers(variant):
            raise Unsupported(f"{self.label} has no accounts of the kind {variant}", code="unknown_variant")
        found = self.variants.get(variant, {}).get(market_type) or self.dialects.get(market_type)
        if found is None:
            raise Unsupported(f"{self.label} has no {market_type} here")
        return found

    def trades(self, market_type: str, variant: str = "") -> bool:
        """Whether accounts of that kind can be entered on such markets here."""
        return market_type in self.market_types and market_type not in self.untraded.get(variant, ())

    def variant_label(self, variant: str) -> str:
        """What the form calls that kind of account or region, "" where it asks for none; the page that shows it translates it."""
        choices = [dict(asked.choices) for asked in self.credential_fields if asked.name == "variant"]
        return choices[0].get(variant, "") if choices else ""

    def _offers(self, variant: str) -> bool:
        return any(variant in dict(asked.choices) for asked in self.credential_fields if asked.name == "variant")

    @abstractmethod
    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        """The error in an HTTP answer, None for a good one. `body` is parsed JSON, None when it was none; `hint` as in `error_codes`."""
