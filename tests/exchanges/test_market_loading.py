"""Markets: exact filters, only what is tradable, one load however many ask."""

import asyncio
import time
from copy import deepcopy
from decimal import Decimal

import pytest

from exchanges import client, market_loading
from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.registry import get_venue
from exchanges.types import Market, MarketType
from tests.exchanges.binance_samples import FUTURES_INFO
from tests.exchanges.loopback import Loopback

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
KEY = ("binance", FUTURES, False, "")


async def test_a_futures_market_carries_the_exchanges_filters_exactly(loopback: Loopback) -> None:
    market = await client.public("binance").market(FUTURES, "BTCUSDT")

    assert market == Market(
        symbol="BTC/USDT:USDT", id="BTCUSDT", key="BTCUSDT", market_type=FUTURES, base="BTC", quote="USDT",
        price_step=Decimal("0.1"), quantity_step=Decimal("0.001"), min_quantity=Decimal("0.001"),
        max_market_quantity=Decimal("120"), min_notional=Decimal("100"), contract_size=Decimal("1"), max_leverage=None,
    )  # fmt: skip
    # quantize() by a step must leave the step's digits, no more
    assert market.price_step.as_tuple().exponent == -1


async def test_a_spot_market_carries_the_exchanges_filters_exactly(loopback: Loopback) -> None:
    market = await client.public("binance").market(SPOT, "BTCUSDT")

    assert (market.symbol, market.price_step, market.quantity_step) == ("BTC/USDT", Decimal("0.01"), Decimal("0.00001"))
    assert (market.min_quantity, market.max_market_quantity) == (Decimal("0.00001"), Decimal("78.115"))
    assert market.min_notional == Decimal("5")


@pytest.mark.parametrize("key", ["OLDUSDT", "NOPEUSDT", "BTCUSDT_261225"])
async def test_what_is_not_an_active_perpetual_is_an_unknown_symbol(loopback: Loopback, key: str) -> None:
    with pytest.raises(Refused) as caught:
        await client.public("binance").market(FUTURES, key)

    assert caught.value.kind is RefusalKind.UNKNOWN_SYMBOL


def test_a_key_that_names_two_markets_is_left_out() -> None:
    """D15: ambiguous is unknown."""
    raw = {
        "symbol": "A/BC:BC", "id": "ABC", "base": "A", "quote": "BC", "settle": "BC", "swap": True, "linear": True, "active": True,
        "precision": {"price": Decimal("0.1"), "amount": Decimal("1")}, "contractSize": Decimal(1),
        "limits": {"amount": {"min": Decimal(1), "max": Decimal(9)}, "cost": {"min": None}, "leverage": {"max": None}},
    }  # fmt: skip
    other = raw | {"symbol": "AB/C:C", "id": "AB_C", "base": "AB", "quote": "C", "settle": "C"}
    inverse = raw | {"symbol": "X/Y:X", "id": "XY", "base": "X", "quote": "Y", "settle": "X", "linear": False}

    book = market_loading.make_book([raw, other, inverse], FUTURES, loaded_at=0)

    assert book.by_key == {}


async def test_one_unsigned_request_loads_the_list_however_many_ask(loopback: Loopback) -> None:
    loopback.delay = 0.05
    public = client.public("binance")

    await asyncio.gather(*(public.market(FUTURES, "BTCUSDT") for _ in range(50)))
    await client.public("binance").market(FUTURES, "BTCUSDT")

    assert [(asked.method, asked.path, asked.params) for asked in loopback.asked] == [
        ("GET", "/fapi/v1/exchangeInfo", {})
    ]
    assert "x-mbx-apikey" not in loopback.asked[0].headers
    assert loopback.asked[0].headers["x-exchange-host"] == "fapi.binance.com"


async def test_each_market_type_has_its_own_list(loopback: Loopback) -> None:
    public = client.public("binance")

    await public.market(FUTURES, "BTCUSDT")
    await public.market(SPOT, "BTCUSDT")

    assert [asked.path for asked in loopback.asked] == ["/fapi/v1/exchangeInfo", "/api/v3/exchangeInfo"]


async def test_an_hour_old_list_serves_while_the_new_one_is_loaded(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = client.public("binance")
    await public.market(FUTURES, "BTCUSDT")
    changed = deepcopy(FUTURES_INFO)
    changed["symbols"][0]["filters"][3]["notional"] = "50"
    loopback.answer("GET", "/fapi/v1/exchangeInfo", changed)
    book = market_loading._books[KEY]
    market_loading._books[KEY] = market_loading.MarketBook(book.by_key, book.by_id, time.monotonic() - 3601)

    first = await public.market(FUTURES, "BTCUSDT")
    await _until(lambda: market_loading._books[KEY].loaded_at > book.loaded_at)

    assert first.min_notional == Decimal("100")
    assert (await public.market(FUTURES, "BTCUSDT")).min_notional == Decimal("50")


async def test_a_symbol_the_exchange_refuses_renews_the_list_at_most_once_a_minute(loopback: Loopback) -> None:
    loopback.answer("GET", "/fapi/v2/ticker/price", (400, {"code": -1121, "msg": "Invalid symbol."}))
    public = client.public("binance")
    market = await public.market(FUTURES, "BTCUSDT")
    book = market_loading._books[KEY]

    for age in (30, 61):
        market_loading._books[KEY] = market_loading.MarketBook(book.by_key, book.by_id, time.monotonic() - age)
        with pytest.raises(Refused):
            await public.price(market)
    await _until(lambda: len(loopback.to("/fapi/v1/exchangeInfo")) > 1)

    assert len(loopback.to("/fapi/v1/exchangeInfo")) == 2


async def test_a_symbol_that_is_new_is_found_within_a_minute(loopback: Loopback) -> None:
    public = client.public("binance")
    await public.market(FUTURES, "BTCUSDT")
    book = market_loading._books[KEY]
    changed = deepcopy(FUTURES_INFO)
    changed["symbols"].append(changed["symbols"][0] | {"symbol": "NEWUSDT", "pair": "NEWUSDT", "baseAsset": "NEW"})
    loopback.answer("GET", "/fapi/v1/exchangeInfo", changed)

    with pytest.raises(Refused):  # a list of a moment ago is believed
        await public.market(FUTURES, "NEWUSDT")
    market_loading._books[KEY] = market_loading.MarketBook(book.by_key, book.by_id, time.monotonic() - 61)

    assert (await public.market(FUTURES, "NEWUSDT")).base == "NEW"
    assert len(loopback.to("/fapi/v1/exchangeInfo")) == 2


async def test_a_list_that_cannot_be_loaded_is_asked_again(loopback: Loopback) -> None:
    loopback.answer("GET", "/fapi/v1/exchangeInfo", (502, "<html>"), FUTURES_INFO)
    public = client.public("binance")

    with pytest.raises(OutcomeUnknown):
        await public.market(FUTURES, "BTCUSDT")

    assert (await public.market(FUTURES, "BTCUSDT")).id == "BTCUSDT"


async def test_a_list_that_is_not_as_documented_is_an_exchange_error(loopback: Loopback) -> None:
    loopback.answer("GET", "/fapi/v1/exchangeInfo", {"symbols": [{"status": "TRADING"}]})

    with pytest.raises(OutcomeUnknown):
        await client.public("binance").market(FUTURES, "BTCUSDT")


async def test_a_symbol_without_filters_is_left_out(loopback: Loopback) -> None:
    bare = {name: value for name, value in FUTURES_INFO["symbols"][0].items() if "Precision" not in name} | {
        "filters": []
    }
    loopback.answer("GET", "/fapi/v1/exchangeInfo", {"symbols": [bare]})

    with pytest.raises(Refused):
        await client.public("binance").market(FUTURES, "BTCUSDT")


async def test_paper_without_an_address_sends_nothing_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """`paper` inherits a real exchange's hosts: without a simulator they must never be asked."""
    monkeypatch.setattr("exchanges.addresses._addresses", {})
    monkeypatch.setattr(market_loading, "_books", {})

    with pytest.raises(NotSent, match="No simulator address"):
        await market_loading.market_book(get_venue("paper"), FUTURES, testnet=False)


async def _until(condition: object) -> None:
    async with asyncio.timeout(5):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 -- what happens behind has no event
            await asyncio.sleep(0.01)
