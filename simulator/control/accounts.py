"""Accounts and the ledger, for the control API."""

import secrets
from collections.abc import Callable
from typing import Any

from simulator.control.body import Body, ControlError, query_integer, query_of
from simulator.core import registry
from simulator.core.accounts import Account, Environment, Permissions
from simulator.core.exchange import Exchange
from simulator.core.margin import summarize
from simulator.core.refusals import AccountExists, UnknownAccount
from simulator.core.spot import locked_balances
from simulator.ledger import Ledger
from simulator.web import Request

PERMISSIONS = ("reading", "spot", "futures", "withdrawals", "ip_restrict")


class AccountPaths:
    """GET, POST accounts · GET, DELETE accounts/<api_key> · POST accounts/<api_key>/reset · GET ledger."""

    def __init__(
        self, exchange: Exchange, ledger: Ledger, make_secret: Callable[[int], str] = secrets.token_hex
    ) -> None:
        self._exchange, self._ledger, self._make_secret = exchange, ledger, make_secret
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("GET", "accounts"): self.list_accounts,
            ("POST", "accounts"): self.create,
            ("GET", "accounts/*"): self.show,
            ("DELETE", "accounts/*"): self.delete,
            ("POST", "accounts/*/reset"): self.reset,
            ("GET", "ledger"): self.read_ledger,
        }

    def create(self, request: Request, _item: str) -> Any:
        """Body, all optional: api_key, secret, wallet and coins (amounts by asset), label, environment, permissions.

        409 when the key is taken. The answer shows the secret, this once.
        """
        body = Body(request)
        rights = body.take("permissions", dict, {})
        if not set(rights) <= set(PERMISSIONS) or not all(isinstance(value, bool) for value in rights.values()):
            raise ControlError(f"permissions are booleans: {', '.join(PERMISSIONS)}")
        values: dict[str, Any] = {
            "api_key": body.take("api_key", str, "") or self._make_secret(32),
            "secret": body.take("secret", str, "") or self._make_secret(32),
            "wallet": body.take_amounts("wallet"),
            "coins": body.take_amounts("coins"),
            "label": body.take("label", str, ""),
            "environment": _environment(body.take("environment", str, "live")),
            "permissions": Permissions(**rights),
        }
        body.finish()
        try:
            account = registry.open_account(self._exchange, **values)
        except AccountExists:
            raise ControlError("this api_key is taken", 409) from None
        return self._describe(account) | {"secret": account.secret}

    def list_accounts(self, _request: Request, _item: str) -> Any:
        accounts = self._exchange.state.accounts.values()
        return {"accounts": [{"id": a.id, "api_key": a.api_key, "label": a.label} for a in accounts]}

    def show(self, _request: Request, item: str) -> Any:
        return self._describe(self._find(item))

    def delete(self, _request: Request, item: str) -> Any:
        registry.close_account(self._exchange, self._find(item))
        return {}

    def reset(self, request: Request, item: str) -> Any:
        """Body, optional: wallet, coins (amounts by asset) instead of the start balances."""
        body, account = Body(request), self._find(item)
        wallet, coins = body.take_amounts("wallet"), body.take_amounts("coins")
        body.finish()
        registry.reset_account(self._exchange, account, wallet=wallet, coins=coins)
        return self._describe(account)

    def read_ledger(self, request: Request, _item: str) -> Any:
        """Query: api_key, since (sequence number), type, limit (1000). `last` is the newest sequence number of all."""
        query = query_of(request)
        account = self._find(query["api_key"]).id if query.get("api_key") else None
        events = self._ledger.read(
            account=account,
            since=query_integer(query, "since", 0),
            kind=query.get("type", ""),
            limit=query_integer(query, "limit", 1000),
        )
        return {"events": events, "last": self._exchange.state.sequence}

    def _find(self, api_key: str) -> Account:
        try:
            return registry.find_account(self._exchange, api_key)
        except UnknownAccount:
            raise ControlError("no such account", 404) from None

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
            "leverages": account.leverages,
            "positions": list(account.positions.values()),
            "open_orders": list(account.open_orders.values()),
            "open_conditionals": list(account.open_conditionals.values()),
        }


def _environment(text: str) -> Environment:
    try:
        return Environment(text)
    except ValueError:
        raise ControlError("environment is live, demo or any") from None
