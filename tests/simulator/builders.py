"""An exchange in memory, and short words for what tests do with it."""

from decimal import Decimal

from simulator.core import conditionals, futures, registry, spot
from simulator.core.accounts import Account
from simulator.core.events import Event
from simulator.core.exchange import Exchange, Settings
from simulator.core.orders import ConditionalOrder, Order, OrderType, Side

BTC = "BTCUSDT"


class Bench:
    """One exchange with a clock that only tests move, every event kept."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.now = 1_700_000_000_000
        self.exchange = Exchange(clock=lambda: self.now, settings=settings)
        self.events: list[Event] = []
        self.exchange.listeners.append(self.events.append)
        self.accounts = 0

    def account(self, wallet: str = "10000", **coins: str) -> Account:
        self.accounts += 1
        key = f"key{self.accounts}"
        return registry.open_account(
            self.exchange,
            api_key=key,
            secret="secret",
            wallet={"USDT": Decimal(wallet)},
            coins={asset: Decimal(amount) for asset, amount in coins.items()},
        )

    def market(self, account: Account, side: str, quantity: str, symbol: str = BTC, **more: object) -> Order:
        new = futures.NewOrder(symbol, Side(side), OrderType.MARKET, Decimal(quantity), **more)
        return futures.place_order(self.exchange, account, new)

    def limit(self, account: Account, side: str, quantity: str, price: str, symbol: str = BTC, **more: object) -> Order:
        new = futures.NewOrder(symbol, Side(side), OrderType.LIMIT, Decimal(quantity), Decimal(price), **more)
        return futures.place_order(self.exchange, account, new)

    def conditional(
        self,
        account: Account,
        kind: str,
        side: str,
        trigger: str,
        quantity: str = "0",
        symbol: str = BTC,
        **more: object,
    ) -> ConditionalOrder:
        new = conditionals.NewConditional(
            symbol, Side(side), OrderType(kind), Decimal(trigger), Decimal(quantity), **more
        )
        return conditionals.place_conditional(self.exchange, account, new)

    def spot(self, account: Account, kind: str, side: str, symbol: str = BTC, **amounts: str) -> Order:
        values = {name: value if name == "client_id" else Decimal(value) for name, value in amounts.items()}
        new = spot.NewSpotOrder(symbol, Side(side), OrderType(kind), **values)
        return spot.place_order(self.exchange, account, new)
