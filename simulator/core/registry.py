"""Opening, resetting and closing accounts, and their trading settings."""

from collections.abc import Mapping
from decimal import Decimal

from simulator.core.accounts import Account, Environment, Permissions
from simulator.core.events import (
    AccountClosed,
    AccountOpened,
    AccountReset,
    IdRuleSet,
    LeverageSet,
    MarginModeSet,
    PermissionsSet,
    PositionModeSet,
)
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.core.refusals import AccountExists, Reason, Refused, UnknownAccount

START_WALLET = {"USDT": Decimal(10_000)}


def open_account(
    exchange: Exchange,
    *,
    api_key: str,
    secret: str,
    passphrase: str = "",
    wallet: Mapping[str, Decimal] | None = None,
    coins: Mapping[str, Decimal] | None = None,
    label: str = "",
    environment: Environment = Environment.LIVE,
    permissions: Permissions | None = None,
    unique_ids: bool = False,
) -> Account:
    """An account with these balances (futures `wallet`, spot `coins`; 10,000 USDT in each by default).

    Raises AccountExists when the API key is taken.
    """
    if api_key in exchange.state.by_key:
        raise AccountExists(api_key)
    start_wallet = dict(START_WALLET if wallet is None else wallet)
    start_coins = dict(START_WALLET if coins is None else coins)
    account = Account(
        id=exchange.state.last_account + 1,
        api_key=api_key,
        secret=secret,
        passphrase=passphrase,
        label=label,
        environment=environment,
        permissions=permissions or Permissions(),
        unique_ids=unique_ids,
        created=exchange.clock(),
        updated=exchange.clock(),
        start_wallet=start_wallet,
        start_coins=start_coins,
        wallet=dict(start_wallet),
        coins=dict(start_coins),
    )
    exchange.record(account, AccountOpened(account))
    return account


def find_account(exchange: Exchange, api_key: str) -> Account:
    """The account of this key; raises UnknownAccount."""
    account = exchange.state.by_key.get(api_key)
    if account is None:
        raise UnknownAccount(api_key)
    return account


def reset_account(
    exchange: Exchange,
    account: Account,
    *,
    wallet: Mapping[str, Decimal] | None = None,
    coins: Mapping[str, Decimal] | None = None,
) -> None:
    """Back to the start balances (or the given ones): no positions, no orders, no history; key and settings stay."""
    new_wallet = dict(account.start_wallet if wallet is None else wallet)
    new_coins = dict(account.start_coins if coins is None else coins)
    exchange.record(account, AccountReset(new_wallet, new_coins))


def close_account(exchange: Exchange, account: Account) -> None:
    """The key stops working; everything of the account is gone."""
    exchange.record(account, AccountClosed(account.api_key))


def set_permissions(exchange: Exchange, account: Account, permissions: Permissions) -> None:
    """From now on the API key may do this, and no more."""
    exchange.record(account, PermissionsSet(permissions))


def set_id_rule(exchange: Exchange, account: Account, *, unique_ids: bool) -> None:
    """Whether a client id of this account is taken for ever."""
    exchange.record(account, IdRuleSet(unique_ids))


def set_leverage(exchange: Exchange, account: Account, symbol: str, leverage: int) -> int:
    """Sets it and returns the largest notional it allows.

    Refused LEVERAGE outside 1 … the symbol's maximum, LEVERAGE_POSITION when the open position is too large for it,
    LEVERAGE_REDUCTION when lowered with an isolated position open.
    """
    market = exchange.market(Kind.FUTURES, symbol)
    if not 1 <= leverage <= market.max_leverage:
        raise Refused(Reason.LEVERAGE, leverage=leverage)
    cap = market.notional_cap(leverage)
    for position in account.positions.values():
        if position.symbol != symbol:
            continue
        if abs(position.quantity) * exchange.price(symbol) > cap:
            raise Refused(Reason.LEVERAGE_POSITION, leverage=leverage)
        if account.is_isolated(symbol) and leverage < account.leverage(symbol):
            raise Refused(Reason.LEVERAGE_REDUCTION)
    if account.leverages.get(symbol) != leverage:
        exchange.record(account, LeverageSet(symbol, leverage))
    return cap


def set_margin_mode(exchange: Exchange, account: Account, symbol: str, *, isolated: bool) -> None:
    """Refused when unchanged, or while the symbol has an order or a position."""
    exchange.market(Kind.FUTURES, symbol)
    if account.is_isolated(symbol) == isolated:
        raise Refused(Reason.MARGIN_MODE_UNCHANGED)
    if _has_orders(account, symbol):
        raise Refused(Reason.MARGIN_MODE_ORDERS)
    if any(position.symbol == symbol for position in account.positions.values()):
        raise Refused(Reason.MARGIN_MODE_POSITION)
    exchange.record(account, MarginModeSet(symbol, isolated))


def set_position_mode(exchange: Exchange, account: Account, *, is_hedged: bool) -> None:
    """Refused when unchanged, or while there is an order or a position on any symbol."""
    if account.is_hedged == is_hedged:
        raise Refused(Reason.POSITION_MODE_UNCHANGED)
    if _has_orders(account, None):
        raise Refused(Reason.POSITION_MODE_ORDERS)
    if account.positions:
        raise Refused(Reason.POSITION_MODE_POSITION)
    exchange.record(account, PositionModeSet(is_hedged))


def _has_orders(account: Account, symbol: str | None) -> bool:
    orders = [o.symbol for o in account.open_orders.values() if o.kind is Kind.FUTURES]
    orders += [c.symbol for c in account.open_conditionals.values()]
    return symbol in orders if symbol else bool(orders)
