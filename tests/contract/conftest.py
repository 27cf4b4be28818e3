"""One simulated exchange per venue, and a trader with an account there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from exchanges import addresses, client, doors, market_loading, shared_prices
from exchanges.client import ExchangeClient
from exchanges.client_ids import client_order_id
from exchanges.types import Credentials, Leg, Market, MarketType, OrderAnswer, PositionMode, PositionSide, ProtectionLeg
from exchanges.venue import Venue
from simulator.testing import RunningSimulator, run_simulator
from tests.contract.stages import Stage, playing, stage_of

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT


@dataclass(frozen=True)
class Standing:
    """A conditional order as the exchange itself holds it; quantity in base units."""

    client_id: str
    trigger: Decimal
    quantity: Decimal


@dataclass
class Actor:
    """An account at a simulated exchange, our client for it, and the exchange's own view of it."""

    venue: Venue
    stage: Stage
    sim: RunningSimulator
    client: ExchangeClient
    keys: Credentials
    market: Market
    execution: UUID

    def id(self, leg: Leg, attempt: int = 1) -> str:
        return client_order_id(self.execution, leg, attempt)

    def legs(self, stop: Decimal | None = None, target: Decimal | None = None, attempt: int = 1) -> list[ProtectionLeg]:
        prices = ((Leg.STOP, stop or self.stage.stop), (Leg.TARGET, target or self.stage.target))
        return [ProtectionLeg(leg, self.id(leg, attempt), price) for leg, price in prices]

    @property
    def symbol(self) -> str:
        return self.stage.symbol(self.market.market_type, self.market.key)

    # the exchange's own view
    @property
    def there(self) -> dict[str, Any]:
        return self.sim.control.account(self.keys.api_key)

    def positions(self) -> dict[str, Decimal]:
        """Signed quantity by the exchange's own word for the side (BOTH on a one-way account)."""
        return {
            held["side"]: Decimal(held["quantity"])
            for held in self.there["positions"]
            if held["symbol"] == self.symbol and Decimal(held["quantity"])
        }

    def standing(self) -> set[Standing]:
        """Conditional orders with an id of ours. (A net that came with the entry has none.)"""
        told = self.there
        orders = [*told["open_conditionals"], *(one for one in told["open_orders"] if Decimal(one["stop_price"] or 0))]
        ours = {self.id(leg, attempt) for leg in (Leg.STOP, Leg.TARGET) for attempt in range(1, 5)}
        return {
            Standing(
                one["client_id"], Decimal(one.get("trigger_price") or one.get("stop_price")), Decimal(one["quantity"])
            )
            for one in orders
            if one["client_id"] in ours
        }

    def expected(self, *legs: Leg, quantity: Decimal, attempt: int = 1) -> set[Standing]:
        prices = {Leg.STOP: self.stage.stop, Leg.TARGET: self.stage.target}
        return {Standing(self.id(leg, attempt), prices[leg], quantity) for leg in legs}

    async def protect(self, quantity: Decimal, side: PositionSide = PositionSide.LONG) -> dict[Leg, Any]:
        placed = await self.client.place_protection(self.market, side, quantity, self.legs())
        assert all(isinstance(answer, OrderAnswer) for answer in placed.values()), placed
        return placed

    async def settled(self, answer: OrderAnswer, leg: Leg = Leg.ENTRY) -> OrderAnswer:
        """The order with its fill: where the exchange answers with an id only, it is asked, as the pipeline does."""
        if answer.average_price is not None and answer.filled_quantity:
            return answer
        found = await self.client.find_order(self.market, self.id(leg))
        assert found is not None
        return found


@pytest.fixture(scope="session")
def simulators() -> Iterator[dict[str, RunningSimulator]]:
    """Simulators by dialect, started when first asked for."""
    with ExitStack() as stack:

        class Started(dict[str, RunningSimulator]):
            def __missing__(self, exchange: str) -> RunningSimulator:
                self[exchange] = stack.enter_context(run_simulator(exchange=exchange))
                return self[exchange]

        yield Started()


def open_account(sim: RunningSimulator, venue: Venue, variant: str, **wanted: Any) -> Credentials:
    asks = {asked.name for asked in venue.credential_fields}
    quote = stage_of(venue).quote
    values: dict[str, Any] = {"wallet": {quote: "1000"}, "coins": {quote: "1000"}, "environment": "live"} | wanted
    if "passphrase" in asks:
        values["passphrase"] = "a-pass-Phrase1"
    made = sim.control.create_account(**values)
    return Credentials(made["api_key"], made["secret"], made.get("passphrase", ""), variant)


@pytest.fixture
async def actor(
    request: pytest.FixtureRequest, simulators: dict[str, RunningSimulator], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Actor]:
    """For `pytest.mark.parametrize("actor", [(venue, variant, market type)], indirect=True)`."""
    venue, variant, market_type = request.param
    stage = stage_of(venue)
    if reason := stage.absent.get(request.function.__name__):
        pytest.skip(f"{venue.label}: {reason}")
    sim = simulators[stage.exchange or venue.id]
    monkeypatch.setattr(addresses, "_addresses", {venue.id: sim.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(doors, "_doors", {})
    sim.control.clear_faults()
    sim.control.set_clock(0)
    sim.control.settings(slippage_bp="0", spread_bp="0")
    sim.control.set_price(stage.symbol(market_type, stage.key), str(stage.price))
    keys = open_account(sim, venue, variant)
    mode = PositionMode.ONE_WAY if market_type is FUTURES else None
    connected = client.connect(venue.id, keys, testnet=False, position_mode=mode)
    market = await connected.market(market_type, stage.key)
    yield Actor(venue, stage, sim, connected, keys, market, uuid4())
    sim.control.clear_faults()
    sim.control.set_clock(0)
    await client.close_all()


def on(market_type: MarketType) -> pytest.MarkDecorator:
    """Runs a scenario for every venue and variant that trades this kind of market."""
    played = [(venue, variant, market_type) for venue, variant in playing(market_type)]
    names = ["-".join(filter(None, (venue.id, variant))) for venue, variant, _ in played]
    return pytest.mark.parametrize("actor", played, indirect=True, ids=names)


def other_account(actor: Actor, **wanted: Any) -> Actor:
    """Another account at the same exchange."""
    keys = open_account(actor.sim, actor.venue, actor.keys.variant, **wanted)
    connected = client.connect(actor.venue.id, keys, testnet=False, position_mode=actor.client.position_mode)
    return replace(actor, client=connected, keys=keys, execution=uuid4())
