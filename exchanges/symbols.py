"""What a ticker means, read from its letters alone (D15). Pure: the web process runs this, no market table is at hand."""

import re
from typing import NamedTuple

from exchanges.types import MarketType

_RUBBISH = re.compile(r"[^A-Za-z0-9:/._-]")
_PERPETUAL_SUFFIXES = (".P", "-PERPETUAL", "-PERP", "_PERP", "PERP", "-SWAP", "_SWAP")
_CURRENCY = re.compile(r"[A-Z0-9]{1,25}")
_SYMBOL = re.compile(r"[A-Z0-9]{2,50}")
MAX_LENGTH = 50


class SymbolKey(NamedTuple):
    """`key` is base+quote ("BTCUSDT"); `market_type` is what the ticker itself says, None where it says nothing."""

    key: str
    market_type: MarketType | None


def normalize_ticker(ticker: str) -> SymbolKey:
    """The key of a ticker as TradingView, ccxt and exchanges write it (D15).

    Understands `BTCUSDT`, `BTCUSDT.P`, `BINANCE:BTCUSDT.P`, `BTCUSDTPERP`, `BTC/USDT`, `BTC/USDT:USDT`, `BTC-USDT-SWAP`
    and the same in lower case. Raises ValueError for rubbish: empty, longer than 50 characters, other characters than
    letters, digits and `: / . _ -`, or a form that is none of these.
    """
    text = ticker.strip()
    if not text or len(text) > MAX_LENGTH or _RUBBISH.search(text) or not text.isascii():
        raise ValueError("not a ticker")
    text, market_type = _strip_settlement(text.upper())
    text = text.rpartition(":")[2]
    for suffix in _PERPETUAL_SUFFIXES:
        if text.endswith(suffix):
            text, market_type = text[: -len(suffix)], MarketType.FUTURES
            break
    return SymbolKey(_join(text), market_type)


def forms_of(base: str, quote: str, market_type: MarketType) -> list[str]:
    """The ways to write a symbol that `normalize_ticker` reads as this one and this kind of market, TradingView's first (D15)."""
    key = base + quote
    if market_type is MarketType.FUTURES:
        return [f"{key}.P", f"{key}PERP", f"{base}/{quote}:{quote}", f"{base}-{quote}-SWAP"]
    return [key, f"{base}/{quote}", f"{base}-{quote}", f"{base}_{quote}"]


def _strip_settlement(text: str) -> tuple[str, MarketType | None]:
    """`BTC/USDT:USDT` → `BTC/USDT`, futures. A colon before the slash is an exchange's name and stays."""
    pair, colon, settle = text.rpartition(":")
    if not colon or "/" not in pair or "/" in settle:
        return text, None
    quote = pair.rpartition("/")[2]
    if settle != quote:  # inverse or dated contracts: never one of ours
        raise ValueError("not a linear perpetual")
    return pair, MarketType.FUTURES


def _join(text: str) -> str:
    """Base and quote without what stands between them."""
    for separator in "/-_":
        if separator in text:
            parts = text.split(separator)
            if len(parts) != 2 or not all(_CURRENCY.fullmatch(part) for part in parts):
                raise ValueError("not base and quote")
            return "".join(parts)
    if not _SYMBOL.fullmatch(text):
        raise ValueError("not a symbol")
    return text
