"""DSH-01: what an account is worth in dollars, also at an exchange whose markets are in reais."""

from decimal import Decimal

from exchanges.balances import add_up
from exchanges.types import Balance, MarketType

PRICES = {"BTCBRL": Decimal(500_000), "USDTBRL": Decimal(5)}


def held(**amounts: str) -> dict[MarketType, list[Balance]]:
    rows = [Balance(coin, Decimal(total), Decimal(0), Decimal(total)) for coin, total in amounts.items()]
    return {MarketType.SPOT: rows}


def test_reais_and_coins_with_a_price_in_reais_are_worth_dollars() -> None:
    worth = add_up(held(BRL="1000", BTC="0.01", USDT="7"), PRICES)

    assert worth.equity == Decimal(200) + Decimal(1000) + Decimal(7)


def test_a_price_in_dollars_goes_first() -> None:
    assert add_up(held(BTC="0.01"), PRICES | {"BTCUSDT": Decimal(90_000)}).equity == Decimal(900)


def test_a_coin_that_nobody_prices_says_so() -> None:
    worth = add_up(held(XYZ="5"), PRICES)

    assert (worth.equity, worth.rows[0]["usd_value"]) == (Decimal(0), None)
