"""A witness that nobody here wrote: python-kucoin sends what we send and signs it the same way (its passphrase goes unsigned: it
speaks to keys of version 1)."""

import asyncio
import json
from decimal import Decimal

import pytest
from kucoin.client import Client  # type: ignore[import-untyped]

from exchanges.types import Leg, PositionSide, ProtectionLeg, Side
from tests.exchanges.kucoin_desk import (
    KEYS,
    ORDERS,
    SPOT_ORDERS,
    SPOT_STOPS,
    TERMS,
    connected,
    echoing,
    is_well_signed,
    pair,
    scripted,
    swap,
)
from tests.exchanges.kucoin_samples import ENTRY, STOP, STOP_PLACED, told


async def test_a_client_of_others_sends_the_same_and_signs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(monkeypatch) as kucoin:
        kucoin.answer("POST", ORDERS, echoing())
        kucoin.answer("POST", SPOT_ORDERS, echoing())
        kucoin.answer("POST", SPOT_STOPS, told(STOP_PLACED))
        account = connected()
        futures, spot = await swap(account), await pair(account)
        leg = ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))
        kucoin.asked.clear()
        await account.enter(futures, Side.BUY, Decimal("0.031"), ENTRY, terms=TERMS)
        await account.place_protection(futures, PositionSide.LONG, Decimal("0.031"), [leg])
        await account.enter_with_cost(spot, Decimal(100), ENTRY)
        await account.place_protection(spot, PositionSide.LONG, Decimal("0.00105"), [leg])

        def witness() -> None:
            monkeypatch.setattr(Client, "REST_API_URL", kucoin.url)
            monkeypatch.setattr(Client, "REST_FUTURES_API_URL", kucoin.url)
            them = Client(KEYS.api_key, KEYS.secret_key, KEYS.passphrase)
            them.futures_create_order(
                "XBTUSDTM", type="market", side="buy", size=31, leverage=20, client_oid=ENTRY, margin_mode="ISOLATED"
            )
            them.futures_create_order(
                "XBTUSDTM", type="market", side="sell", size=31, leverage=1, client_oid=STOP, margin_mode="ISOLATED",
                reduce_only=True, stop="down", stop_price="93805.9", stop_price_type="MP",
            )  # fmt: skip
            them.hf_create_market_order("BTC-USDT", "buy", funds="100", client_oid=ENTRY)
            them.create_stop_order(
                "BTC-USDT",
                "market",
                "sell",
                "93805.9",
                size="0.00105",
                client_oid=STOP,
                stop="loss",
                trade_type="TRADE",
            )
            them.session.close()

        await asyncio.to_thread(witness)

        bodies = [json.loads(asked.body) for asked in kucoin.asked]
        assert bodies[4:] == bodies[:4]
        assert [asked.path for asked in kucoin.asked] == [ORDERS, ORDERS, SPOT_ORDERS, SPOT_STOPS] * 2
        assert [is_well_signed(asked) for asked in kucoin.asked] == [True] * 8
