"""What a kind of market can trade with, out of a snapshot of an account's balances."""

from decimal import Decimal
from typing import Any

from exchanges.free_balances import free_by_market, free_by_quote, usd_values
from exchanges.registry import get_venue

D = Decimal


def coin(currency: str, usd: str | None = None, **free: str) -> dict[str, Any]:
    total = sum(Decimal(text) for text in free.values())
    return {
        "currency": currency, "total": str(total), "usd_value": usd,
        "markets": {market: {"free": text} for market, text in free.items()},
    }  # fmt: skip


def free(venue: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(purse) for name, purse in free_by_market(get_venue(venue), rows, D(7)).items()}


def test_each_market_has_its_own_wallet() -> None:
    found = free(
        "binance", coin("USDT", futures="70", spot="5"), coin("USDC", futures="1.5"), coin("BTC", "190000", spot="2")
    )

    assert found == {"futures": {"USD": D("71.5")}, "spot": {"USD": D("5"), "BTC": D("190000")}}


def test_a_wallet_without_coins_holds_nothing() -> None:
    assert free("binance", coin("USDT", spot="5")) == {"futures": {"USD": D(0)}, "spot": {"USD": D(5)}}


def test_where_markets_draw_on_one_wallet_what_one_tells_counts_for_both() -> None:
    assert free("bitget", coin("USDT", futures="70")) == {"futures": {"USD": D(70)}, "spot": {"USD": D(70)}}


def test_a_snapshot_that_tells_no_markets_counts_as_a_whole() -> None:
    assert free("binance", {"currency": "USDT"}) == {"futures": {"USD": D(7)}, "spot": {"USD": D(7)}}


def test_symbols_are_paid_for_in_their_quote() -> None:
    rows = [coin("BRL", "900", spot="5000"), coin("XYZ", None, spot="3")]
    purse = free("mercado", *rows)["spot"]

    assert free_by_quote(purse, ["BTCBRL"]) == {"BRL": D(900)}
    assert free_by_quote(purse, ["BTCUSDT", "BTCBRL", "ETHBRL"]) == {"USD": D(0), "BRL": D(900)}
    assert free_by_quote(purse, ["BTCXYZ"]) == {"XYZ": None}
    assert free_by_quote(purse, ["BTCEUR"]) == {"": D(0)}
    assert free_by_quote(purse, []) == {"USD": None}
    assert free_by_quote({"USD": D(0)}, []) == {"USD": D(0)}
    assert usd_values(rows) == {"USD": D(1), "BRL": D("0.18")}
