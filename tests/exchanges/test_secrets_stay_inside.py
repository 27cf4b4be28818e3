"""EXC-20, D17: a canary secret appears in no repr, no exception, no traceback, no log."""

import logging
import traceback
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.errors import ExchangeError
from exchanges.types import Credentials, MarketType, PositionMode, Side
from tests.exchanges.binance_samples import MARKET_ORDER
from tests.exchanges.loopback import CLOSE, Loopback

KEY, SECRET, PHRASE = "canary-key-" + "a" * 40, "canary-secret-" + "b" * 40, "canary-phrase"
PEM = "-----BEGIN PRIVATE KEY-----canary-secret-" + "b" * 140

ANSWERS: list[Any] = [
    MARKET_ORDER, CLOSE, (200, ""), (200, "<html>"), (400, {"code": -2019, "msg": "Margin is insufficient."}),
    (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}), (400, {"code": -9876, "msg": "?"}),
    (400, {"code": -1022, "msg": "Signature for this request is not valid."}), (503, ""), (429, ""), (200, {"orderId": 1}),
]  # fmt: skip


def leaks(text: str) -> bool:
    return "canary" in text


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
async def test_no_error_and_no_log_carries_a_secret(
    loopback: Loopback, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], answer: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    account = client.connect(
        "binance", Credentials(KEY, SECRET, PHRASE), testnet=False, position_mode=PositionMode.ONE_WAY
    )
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", "/fapi/v1/order", answer)

    told = ""
    try:
        await account.enter(market, Side.BUY, Decimal("0.031"), "b6ep2hxkqxqkcqsle")
    except ExchangeError as e:
        told = "".join(traceback.format_exception(e)) + repr(e) + str(e) + repr(e.__dict__)

    assert not leaks(told)
    assert not leaks(caplog.text)
    assert not leaks("".join(capsys.readouterr()))
    # it was there to leak
    assert loopback.to("/fapi/v1/order")[0].headers["x-mbx-apikey"] == KEY


async def test_a_malformed_pem_secret_is_not_told(loopback: Loopback) -> None:
    account = client.connect("binance", Credentials(KEY, PEM), testnet=False, position_mode=PositionMode.ONE_WAY)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), "b6ep2hxkqxqkcqsle")

    assert not leaks("".join(traceback.format_exception(caught.value)))


def test_nothing_prints_its_keys() -> None:
    keys = Credentials(KEY, SECRET, PHRASE)
    account = client.connect("binance", keys, testnet=False, position_mode=None)

    for thing in (keys, account, account._clones, client.connect):
        assert not leaks(repr(thing) + str(thing))
    with pytest.raises(ExchangeError) as caught:
        client.connect("binance", Credentials(KEY + "\r\n", SECRET), testnet=False, position_mode=None)
    assert not leaks("".join(traceback.format_exception(caught.value)) + repr(caught.value))
