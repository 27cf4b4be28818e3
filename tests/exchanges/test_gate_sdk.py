"""A witness that nobody here wrote: gate-api, Gate's own client, sends what we send and signs it the same way."""

import asyncio
import warnings
from decimal import Decimal

import pytest

from exchanges.types import Leg, PositionSide, ProtectionLeg
from tests.exchanges.gate_desk import (
    API,
    KEYS,
    ORDERS,
    TRIGGERS,
    connected,
    echoing,
    is_well_signed,
    scripted,
    sent,
    swap,
)
from tests.exchanges.gate_samples import ENTRY, ORDER, STOP, TRIGGER_PLACED

with warnings.catch_warnings():  # its regular expressions are no raw strings, which Python 3.12 warns of
    warnings.simplefilter("ignore")
    import gate_api  # type: ignore[import-untyped]


async def test_gates_own_client_sends_the_same_and_signs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(monkeypatch) as gate:
        gate.answer("POST", ORDERS, echoing(ORDER))
        gate.answer("POST", TRIGGERS, (201, TRIGGER_PLACED))
        account = connected()
        market, leg = await swap(account), ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))
        await account.reduce(market, PositionSide.LONG, Decimal("0.031"), ENTRY)
        await account.place_protection(market, PositionSide.LONG, Decimal("0.031"), [leg])
        order, triggered = (body for _, _, body in sent(gate))

        def witness() -> None:
            configuration = gate_api.Configuration(host=gate.url + API, key=KEYS.api_key, secret=KEYS.secret_key)
            with gate_api.ApiClient(configuration) as connection:
                api = gate_api.FuturesApi(connection)
                api.create_futures_order("usdt", gate_api.FuturesOrder(**order))
                initial = gate_api.FuturesInitialOrder(**triggered["initial"])
                trigger = gate_api.FuturesPriceTrigger(**triggered["trigger"])
                both = gate_api.FuturesPriceTriggeredOrder(initial=initial, trigger=trigger)
                api.create_price_triggered_order("usdt", both)

        await asyncio.to_thread(witness)

        their_order, their_triggered = (body for _, _, body in sent(gate)[2:])
        assert their_order == order | {"close": False}  # which it says by itself
        assert their_triggered["trigger"] == triggered["trigger"]
        assert their_triggered["initial"] == triggered["initial"] | {"close": False}
        assert [is_well_signed(asked) for asked in gate.asked[1:]] == [True] * 4
        assert [asked.path for asked in gate.asked[1:]] == [ORDERS, TRIGGERS] * 2
