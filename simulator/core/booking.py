"""What a fill does to wallets and positions."""

from decimal import Decimal

from simulator.core.accounts import Account, Income, Position, position_key
from simulator.core.amounts import ZERO
from simulator.core.events import Event
from simulator.core.markets import split_pair
from simulator.core.orders import Fill, Side

KEPT_ORDERS = 500  # closed orders that an account can still ask for, as many conditional ones, twice as many fills


def book_futures(account: Account, fill: Fill) -> None:
    account.wallet[fill.fee_asset] = account.wallet.get(fill.fee_asset, ZERO) + fill.realized_pnl - fill.fee
    key = position_key(fill.symbol, fill.position_side)
    account.positions[key] = position = position_after(account, fill)
    if not position.quantity:
        del account.positions[key]


def position_after(account: Account, fill: Fill) -> Position:
    """The position with the fill netted into it: average entry when it grows, own margin when isolated."""
    symbol, side = fill.symbol, fill.position_side
    position = account.positions.get(position_key(symbol, side)) or Position(symbol, side)
    before, entry_price = position.quantity, position.entry_price
    after = before + fill.side.sign * fill.quantity
    if before * after < 0 or before == 0:
        entry_price, opened, kept = fill.price, abs(after), ZERO
    elif abs(after) > abs(before):
        opened, kept = fill.quantity, position.margin
        entry_price = (abs(before) * entry_price + fill.quote_quantity) / abs(after)
    else:
        opened, kept = ZERO, position.margin * abs(after) / abs(before)
    margin = kept + opened * fill.price / account.leverage(symbol) if account.is_isolated(symbol) else ZERO
    return Position(symbol, side, after, entry_price, margin, fill.time)


def book_spot(account: Account, fill: Fill) -> None:
    base, quote = split_pair(fill.symbol)
    sign = 1 if fill.side is Side.BUY else -1
    coins = account.coins
    coins[base] = coins.get(base, ZERO) + sign * fill.quantity
    coins[quote] = coins.get(quote, ZERO) - sign * fill.quote_quantity
    coins[fill.fee_asset] -= fill.fee


def book_income(account: Account, event: Event, kind: str, symbol: str, amount: Decimal) -> None:
    account.wallet["USDT"] = account.wallet.get("USDT", ZERO) + amount
    account.incomes.append(Income(event.sequence, kind, symbol, amount, "USDT", event.time))
    del account.incomes[:-KEPT_ORDERS]
