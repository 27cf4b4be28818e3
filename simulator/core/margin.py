"""What a futures account is worth and what it can still open, from wallet, positions, orders and prices."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.core.accounts import Account, Position
from simulator.core.amounts import ZERO
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind


@dataclass(frozen=True, slots=True)
class PositionMargin:
    """Figures of one position in quote units; `notional` and `unrealized_pnl` are signed."""

    position: Position
    price: Decimal
    notional: Decimal
    unrealized_pnl: Decimal
    initial: Decimal
    maintenance: Decimal
    liquidation_price: Decimal
    leverage: int
    isolated: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of the whole account in USDT."""

    wallet: Decimal
    unrealized_pnl: Decimal
    cross_wallet: Decimal
    cross_unrealized_pnl: Decimal
    position_initial: Decimal
    order_initial: Decimal
    maintenance: Decimal
    available: Decimal
    positions: tuple[PositionMargin, ...]


def measure_position(exchange: Exchange, account: Account, position: Position) -> PositionMargin:
    """The position at the mark price."""
    symbol = position.symbol
    market, price = exchange.market(Kind.FUTURES, symbol), exchange.mark(symbol)
    notional = position.quantity * price
    leverage, isolated = account.leverage(symbol), account.is_isolated(symbol)
    bracket = market.bracket_of(abs(notional))
    collateral = position.margin if isolated else _cross_collateral(exchange, account, position)
    return PositionMargin(
        position=position,
        price=price,
        notional=notional,
        unrealized_pnl=position.quantity * (price - position.entry_price),
        initial=position.margin if isolated else abs(notional) / leverage,
        maintenance=abs(notional) * bracket.maintenance_fraction - bracket.deduction,
        liquidation_price=_liquidation_price(position, collateral, bracket.maintenance_fraction, bracket.deduction),
        leverage=leverage,
        isolated=isolated,
    )


def _cross_collateral(exchange: Exchange, account: Account, position: Position) -> Decimal:
    """What a cross position can lose: the wallet without isolated margins, and what the other cross positions leave."""
    collateral = account.wallet.get("USDT", ZERO)
    for other in account.positions.values():
        if account.is_isolated(other.symbol):
            collateral -= other.margin
        elif (other.symbol, other.side) != (position.symbol, position.side):
            market, mark = exchange.market(Kind.FUTURES, other.symbol), exchange.mark(other.symbol)
            notional = abs(other.quantity) * mark
            bracket = market.bracket_of(notional)
            collateral += other.quantity * (mark - other.entry_price)
            collateral -= notional * bracket.maintenance_fraction - bracket.deduction
    return collateral


def _liquidation_price(position: Position, collateral: Decimal, fraction: Decimal, deduction: Decimal) -> Decimal:
    """Where collateral + unrealized PnL = maintenance margin; zero when there is no such price."""
    quantity = position.quantity
    if not quantity:
        return ZERO
    price = (collateral + deduction - quantity * position.entry_price) / (abs(quantity) * fraction - quantity)
    return max(price, ZERO)


def summarize(exchange: Exchange, account: Account, asset: str = "USDT") -> Summary:
    """The account's figures in this margin asset."""
    measured = tuple(measure_position(exchange, account, p) for p in account.positions.values())
    cross = [m for m in measured if not m.isolated]
    wallet = account.wallet.get(asset, ZERO)
    cross_wallet = wallet - sum((m.position.margin for m in measured if m.isolated), ZERO)
    cross_pnl = sum((m.unrealized_pnl for m in cross), ZERO)
    order_initial = open_order_margin(account)
    available = cross_wallet + cross_pnl - sum((m.initial for m in cross), ZERO) - order_initial
    return Summary(
        wallet=wallet,
        unrealized_pnl=sum((m.unrealized_pnl for m in measured), ZERO),
        cross_wallet=cross_wallet,
        cross_unrealized_pnl=cross_pnl,
        position_initial=sum((m.initial for m in measured), ZERO),
        order_initial=order_initial,
        maintenance=sum((m.maintenance for m in measured), ZERO),
        available=max(available, ZERO),
        positions=measured,
    )


def open_order_margin(account: Account) -> Decimal:
    """Margin that resting limit orders hold back."""
    return sum(
        (
            order.remaining * order.price / account.leverage(order.symbol)
            for order in account.open_orders.values()
            if order.kind is Kind.FUTURES and not order.reduce_only
        ),
        ZERO,
    )
