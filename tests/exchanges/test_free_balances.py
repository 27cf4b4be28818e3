"""What a kind of market can trade with, out of a snapshot of an account's balances."""

from decimal import Decimal
from typing import Any

from exchanges.free_balances import free_by_market
from exchanges.registry import get_venue

D = Decimal


def coin(currency: str, usd: str | None = "1", **free: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "usd_value": usd,
        "markets": {market: {"free": text} for market, text in free.items()},
    }


def test_each_market_has_its_own_wallet() -> None:
    rows = [coin("USDT", futures="70", spot="5"), coin("USDC", futures="1.5"), coin("BTC", spot="2")]

    assert free_by_market(get_venue("binance"), rows, D("99999")) == {"futures": D("71.5"), "spot": D("5")}


def test_a_wallet_without_coins_holds_nothing() -> None:
    assert free_by_market(get_venue("binance"), [coin("USDT", spot="5")], D(5)) == {"futures": D(0), "spot": D(5)}


def test_where_markets_draw_on_one_wallet_what_one_tells_counts_for_both() -> None:
    rows = [coin("USDT", futures="70")]

    assert free_by_market(get_venue("bitget"), rows, D(70)) == {"futures": D(70), "spot": D(70)}


def test_coins_without_a_price_in_dollars_say_nothing() -> None:
    assert free_by_market(get_venue("mercado"), [coin("BRL", None, spot="5000")], D(0)) == {}


def test_a_snapshot_that_tells_no_markets_counts_as_a_whole() -> None:
    assert free_by_market(get_venue("binance"), [{"currency": "USDT"}], D(7)) == {"futures": D(7), "spot": D(7)}
