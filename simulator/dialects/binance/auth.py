"""Who is asking: API key, timestamp and signature, checked as Binance does (REST API docs, "SIGNED endpoint security")."""

import re
from collections.abc import Mapping

from simulator.core.accounts import Account, Environment
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects import signing
from simulator.dialects.binance.errors import BinanceError, bad_key, malformed, missing

KEY_FORMAT = re.compile(r"[A-Za-z0-9_.-]{1,128}")
DEFAULT_WINDOW_MS, MAX_WINDOW_MS, AHEAD_MS = 5000, 60_000, 1000
DEMO_MARKS = ("demo-", "testnet.", ".vision")


def identify(exchange: Exchange, api_key: str, host: str) -> Account:
    """The account of the key at the host that the client meant; -2014 for a malformed key, -2015 for an unknown one."""
    if not KEY_FORMAT.fullmatch(api_key):
        raise BinanceError(-2014, "API-key format invalid.", 401)
    account = exchange.state.by_key.get(api_key)
    if account is None or not works_at(account.environment, host):
        raise bad_key()
    return account


def works_at(environment: Environment, host: str) -> bool:
    """Demo keys work at demo and test hosts, live keys at Binance's own; any key works elsewhere or without a host."""
    if environment is Environment.ANY:
        return True
    if any(mark in host for mark in DEMO_MARKS):
        return environment is Environment.DEMO
    return environment is Environment.LIVE or not host.endswith("binance.com")


def split_signature(text: str) -> tuple[str, str]:
    """The text without its `signature` parameter, and the signature."""
    start = text.rfind("signature=")
    if start < 0 or (start > 0 and text[start - 1] != "&"):
        return text, ""
    end = text.find("&", start)
    rest = text[end:] if end >= 0 else ""
    return (text[: max(start - 1, 0)] + rest).lstrip("&"), text[start + 10 : end if end >= 0 else None]


def check_signature(account: Account, query: str, body: str) -> None:
    """HMAC SHA256 over query and body, concatenated; -1102 when missing, -1022 when wrong."""
    plain_query, in_query = split_signature(query)
    plain_body, in_body = split_signature(body)
    given = in_query or in_body
    if not given:
        raise missing("signature")
    if not signing.is_same(signing.hex_signature(account.secret, plain_query + plain_body), given.lower()):
        raise BinanceError(-1022, "Signature for this request is not valid.")


def check_timestamp(parameters: Mapping[str, str], now: int) -> None:
    """-1021 when older than the recvWindow or more than a second ahead."""
    if not parameters.get("timestamp"):
        raise missing("timestamp")
    stamp = _integer(parameters, "timestamp")
    window = _integer(parameters, "recvWindow") if parameters.get("recvWindow") else DEFAULT_WINDOW_MS
    if not 0 < window <= MAX_WINDOW_MS:
        raise BinanceError(-1131, "recvWindow must be less than 60000.")
    if stamp >= now + AHEAD_MS:
        raise BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now - stamp > window:
        raise BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _integer(parameters: Mapping[str, str], name: str) -> int:
    text = parameters[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise malformed(name)
    return int(text)


def check_permission(account: Account, kind: Kind, *, trades: bool) -> None:
    """-2015 when the key may not read, or not trade this kind."""
    permissions = account.permissions
    may_trade = permissions.futures if kind is Kind.FUTURES else permissions.spot
    if not (may_trade if trades else permissions.reading):
        raise bad_key()
