"""D15: every form of a ticker that TradingView, ccxt and exchanges write means the same key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.symbols import SymbolKey, normalize_ticker
from exchanges.types import MarketType

FUTURES = MarketType.FUTURES


@pytest.mark.parametrize(
    ("ticker", "market_type"),
    [
        ("BTCUSDT", None),
        ("BTCUSDT.P", FUTURES),
        ("BINANCE:BTCUSDT", None),
        ("BINANCE:BTCUSDT.P", FUTURES),
        ("BTCUSDTPERP", FUTURES),
        ("BTC/USDT", None),
        ("BTC/USDT:USDT", FUTURES),
        ("BINANCE:BTC/USDT:USDT", FUTURES),
        ("BTC-USDT-SWAP", FUTURES),
        ("BTC-USDT", None),
        ("BTC_USDT", None),
        ("BTC-USDT-PERP", FUTURES),
        ("btcusdt.p", FUTURES),
        (" binance:btcusdt ", None),
    ],
)
def test_every_form_names_the_same_key(ticker: str, market_type: MarketType | None) -> None:
    assert normalize_ticker(ticker) == SymbolKey("BTCUSDT", market_type)


@pytest.mark.parametrize("ticker", ["1000PEPEUSDT.P", "1000PEPE/USDT:USDT"])
def test_coins_with_a_multiplier_keep_it(ticker: str) -> None:
    assert normalize_ticker(ticker) == SymbolKey("1000PEPEUSDT", FUTURES)


def test_a_coin_named_perp_is_not_a_suffix() -> None:
    assert normalize_ticker("PERPUSDT") == SymbolKey("PERPUSDT", None)


@pytest.mark.parametrize(
    "ticker",
    ["", "   ", ":", "/", ".P", "BTC USDT", "BTC/USDT/X", "BTC-USD-251226", "BTC/USD:BTC", "BTCUSDT'--", "BTC\x00USDT", "ВТСUSDT",
     "BTCUSDT.", "B" * 51, "A:B:", "\ud800"],
)  # fmt: skip
def test_rubbish_is_refused(ticker: str) -> None:
    with pytest.raises(ValueError, match="not"):
        normalize_ticker(ticker)


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_a_value_error(text: str) -> None:
    try:
        key, _ = normalize_ticker(text)
    except ValueError:
        return
    assert key == key.upper()
    assert key.isalnum()
    assert 2 <= len(key) <= 50
