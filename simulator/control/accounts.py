"""Accounts, for the control API."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.control.body import Body, ControlError
from simulator.core import registry
from simulator.core.accounts import Account, Environment, Permissions
from simulator.core.exchange import Exchange
from simulator.core.margin import summarize
from simulator.core.refusals import AccountExists, UnknownAccount
from simulator.core.spot import locked_balances
from simulator.web import Request

PERMISSIONS = ("reading", "spot", "futures", "withdrawals", "ip_restrict")


class AccountPaths:
    """GET, POST accounts · GET, DELETE accounts/<api_key> · POST accounts/<api_key>/reset, …/settings."""

    def __init__(self, exchange: Exchange, make_secret: Callable[[int], str] = secrets.token_hex) -> None:
        self._exchange, self._make_secret = exchange, make_secret
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("GET", "accounts"): self.list_accounts,
            ("POST", "accounts"): self.create,
            ("GET", "accounts/*"): self.show,
            ("DELETE", "accounts/*"): self.delete,
            ("POST", "accounts/*/reset"): self.reset,
            ("POST", "accounts/*/settings"): self.change_settings,
        }

    def create(self, request: Request, _item: str) -> Any:
        """Body, all optional: api_key, secret, passphrase (empty), wallet and coins (amounts by asset), label, environment, permissions,
        unique_ids.

        409 when the key is taken. The answer shows secret and passphrase, this once.
        """
        body = Body(request)
        values: dict[str, Any] = {
            "api_key": body.take("api_key", str, "") or self._make_secret(32),
            "secret": body.take("secret", str, "") or self._make_secret(32),
            "passphrase": body.take("passphrase", str, ""),
            "wallet": body.take_amounts("wallet"),
            "coins": body.take_amounts("coins"),
            "label": body.take("label", str, ""),
            "environment": body.take_choice("environment", Environment, Environment.LIVE),
            "permissions": _read_permissions(body, Permissions()),
            "unique_ids": body.take("unique_ids", bool, False),
        }
        body.finish()
        try:
            account = registry.open_account(self._exchange, **values)
        except AccountExists:
            raise ControlError("this api_key is taken", 409) from None
        return self._describe(account) | {"secret": account.secret, "passphrase": account.passphrase}

    def list_accounts(self, _request: Request, _item: str) -> Any:
        accounts = self._exchange.state.accounts.values()
        return {"accounts": [{"id": a.id, "api_key": a.api_key, "label": a.label} for a in accounts]}

    def show(self, _request: Request, item: str) -> Any:
        return self._describe(find_account(self._exchange, item))

    def delete(self, _request: Request, item: str) -> Any:
        registry.close_account(self._exchange, find_account(self._exchange, item))
        return {}

    def reset(self, request: Request, item: str) -> Any:
        """Body, optional: wallet, coins (amounts by asset) instead of the start balances."""
        body, account = Body(request), find_account(self._exchange, item)
        wallet, coins = body.take_amounts("wallet"), body.take_amounts("coins")
        body.finish()
        registry.reset_account(self._exchange, account, wallet=wallet, coins=coins)
        return self._describe(account)

    def change_settings(self, request: Request, item: str) -> Any:
        """Body, optional: permissions (those named change), unique_ids, is_hedged (400 with positions or orders open).

        In force from the next request on.
        """
        body, account = Body(request), find_account(self._exchange, item)
        permissions = _read_permissions(body, account.permissions)
        unique_ids = body.take("unique_ids", bool, account.unique_ids)
        is_hedged = body.take("is_hedged", bool, account.is_hedged)
        body.finish()
        if is_hedged != account.is_hedged:
            registry.set_position_mode(self._exchange, account, is_hedged=is_hedged)
        if permissions != account.permissions:
            registry.set_permissions(self._exchange, account, permissions)
        if unique_ids != account.unique_ids:
            registry.set_id_rule(self._exchange, account, unique_ids=unique_ids)
        return self._describe(account)

    def _describe(self, account: Account) -> dict[str, Any]:
        """Everything but the secret and the history."""
        summary = summarize(self._exchange, account)
        return {
            "id": account.id,
            "api_key": account.api_key,
            "label": account.label,
            "environment": account.environment,
            "permissions": account.permissions,
            "created": account.created,
            "wallet": account.wallet,
            "available": summary.available,
            "unrealized_pnl": summary.unrealized_pnl,
            "coins": account.coins,
            "locked": locked_balances(account),
            "is_hedged": account.is_hedged,
            "unique_ids": account.unique_ids,
            "leverages": account.leverages,
            "positions": list(account.positions.values()),
            "open_orders": list(account.open_orders.values()),
            "open_conditionals": list(account.open_conditionals.values()),
        }


def find_account(exchange: Exchange, api_key: str) -> Account:
    """The account of this key; ControlError 404."""
    try:
        return registry.find_account(exchange, api_key)
    except UnknownAccount:
        raise ControlError("no such account", 404) from None


def _read_permissions(body: Body, present: Permissions) -> Permissions:
    rights = body.take("permissions", dict, {})
    if not set(rights) <= set(PERMISSIONS) or not all(isinstance(value, bool) for value in rights.values()):
        raise ControlError(f"permissions are booleans: {', '.join(PERMISSIONS)}")
    return replace(present, **rights)
