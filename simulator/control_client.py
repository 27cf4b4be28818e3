"""Steer a running simulator: its control API as methods. Amounts and prices are strings (Decimals also work)."""

import json
from collections.abc import Mapping
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode

Amount = str | Decimal


class ControlFailed(Exception):
    """The control API refused; `status` and the text say why."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"{status}: {text}")


class ControlClient:
    """The control API of a running simulator, at `url` with `token`. Safe to use from several threads."""

    def __init__(self, url: str, token: str, timeout: float = 10) -> None:
        self.url, self._token, self._timeout = url, token, timeout

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Any:
        """One call of `/_control/<path>`; the parsed answer."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        connection = HTTPConnection(host, int(port), timeout=timeout or self._timeout)
        try:
            text = None if body is None else json.dumps(body, default=str)
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            connection.request(method, f"/_control/{path}", text, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ControlFailed(answer.status, content.decode())
        return json.loads(content)

    def create_account(
        self,
        *,
        api_key: str = "",
        secret: str = "",
        passphrase: str = "",
        wallet: Mapping[str, Amount] | None = None,
        coins: Mapping[str, Amount] | None = None,
        environment: str = "live",
        permissions: Mapping[str, bool] | None = None,
        label: str = "",
        unique_ids: bool = False,
    ) -> dict[str, Any]:
        """A new account; key and secret are made when not given; 10,000 USDT in futures wallet and spot each by default."""
        body: dict[str, Any] = {"api_key": api_key, "secret": secret, "environment": environment, "label": label}
        body |= {"unique_ids": unique_ids, "passphrase": passphrase}
        for name, value in (("wallet", wallet), ("coins", coins), ("permissions", permissions)):
            if value is not None:
                body[name] = dict(value)
        return self.request("POST", "accounts", body)

    def accounts(self) -> list[dict[str, Any]]:
        return self.request("GET", "accounts")["accounts"]

    def account(self, api_key: str) -> dict[str, Any]:
        """Balances, positions and open orders as they stand."""
        return self.request("GET", f"accounts/{quote(api_key, safe='')}")

    def delete_account(self, api_key: str) -> None:
        self.request("DELETE", f"accounts/{quote(api_key, safe='')}")

    def reset_account(
        self, api_key: str, *, wallet: Mapping[str, Amount] | None = None, coins: Mapping[str, Amount] | None = None
    ) -> dict[str, Any]:
        """Back to the start balances, or these: no positions, orders or history."""
        body = {name: dict(value) for name, value in (("wallet", wallet), ("coins", coins)) if value is not None}
        return self.request("POST", f"accounts/{quote(api_key, safe='')}/reset", body)

    def trade_by_hand(self, api_key: str, symbol: str, side: str, quantity: Amount, **values: Any) -> dict[str, Any]:
        """A market order as the owner sends it at the exchange; `kind`, `position_side`, `reduce_only` may be given."""
        body = {"symbol": symbol, "side": side, "quantity": str(quantity), **values}
        return self.request("POST", f"accounts/{quote(api_key, safe='')}/trade", body)

    def close_by_hand(self, api_key: str, symbol: str = "") -> list[dict[str, Any]]:
        """The owner closes the futures positions (of the symbol) at the exchange; the orders that did it."""
        return self.request("POST", f"accounts/{quote(api_key, safe='')}/close", {"symbol": symbol})["orders"]

    def cancel_by_hand(self, api_key: str, symbol: str = "") -> int:
        """The owner cancels every order (of the symbol) at the exchange; how many."""
        return self.request("POST", f"accounts/{quote(api_key, safe='')}/cancel", {"symbol": symbol})["cancelled"]

    def prices(self) -> dict[str, str]:
        return self.request("GET", "prices")["prices"]

    def set_price(self, symbol: str, price: Amount) -> None:
        """A jump (gap): whatever it triggers fills at this price, and has happened when this returns."""
        self.request("POST", "prices", {"prices": {symbol: str(price)}})

    def move_price(self, symbol: str, price: Amount) -> None:
        """A continuous move: each stop and target on the way fills at its own trigger price."""
        self.request("POST", "prices", {"prices": {symbol: str(price)}, "continuous": True})

    def set_mark(self, symbol: str, price: Amount | None) -> None:
        """Set the mark price apart from the last price; None: it follows the last price again."""
        body: dict[str, Any] = {"unmark": [symbol]} if price is None else {"marks": {symbol: str(price)}}
        self.request("POST", "prices", body)

    def funding(self, rates: Mapping[str, Amount] | None = None, *, settle: bool = False) -> dict[str, Any]:
        """Set funding rates (may be negative), and settle them now if asked; rates, next_time and what was settled."""
        values = {symbol: str(rate) for symbol, rate in (rates or {}).items()}
        return self.request("POST", "funding", {"rates": values, "settle": settle})

    def run_path(self, symbol: str, points: list[Amount], seconds: Amount = "0") -> None:
        """Continuous moves through the points; with `seconds` in the background, spread over that time."""
        self.request("POST", "path", {"symbol": symbol, "points": [str(p) for p in points], "seconds": str(seconds)})

    def markets(self) -> list[dict[str, Any]]:
        """Terms of every market: kind, symbol, tick, step, min_quantity, min_notional, status."""
        return self.request("GET", "markets")["markets"]

    def change_market(self, symbol: str, **values: Any) -> dict[str, Any]:
        """New terms from now on: kind ("futures"), tick, step, min_quantity, min_notional, status."""
        return self.request("POST", f"markets/{symbol}", values)

    def rename_market(self, symbol: str, to: str, kind: str = "futures") -> None:
        """Delist the symbol (positions are settled) and list it under another name."""
        self.request("POST", f"markets/{symbol}/rename", {"to": to, "kind": kind})

    def feed(self, **changes: Any) -> dict[str, Any]:
        """Read or change the feed: speed, running, attach=[symbols]."""
        return self.request("POST" if changes else "GET", "feed", changes or None)

    def add_fault(self, effect: str, **values: Any) -> int:
        """A rule; its id. Effects, match and figures: simulator/README.md, "Faults"."""
        return self.request("POST", "faults", {"effect": effect, **values})["id"]

    def wait_held(self, fault_id: int, count: int = 1, seconds: float = 10) -> list[dict[str, Any]]:
        """The requests that a hold_… rule has parked, once there are `count`; ControlFailed 408 when there never are."""
        path = f"faults/{fault_id}/held?count={count}&wait_ms={int(seconds * 1000)}"
        return self.request("GET", path, timeout=seconds + 5)["held"]

    def release(self, fault_id: int, *, count: int = -1, drop: bool = False) -> int:
        """Let parked requests go on (or end without an answer: held before acceptance, they are never carried out)."""
        return self.request("POST", f"faults/{fault_id}/release", {"count": count, "drop": drop})["released"]

    def ban(self, seconds: Amount, peer: str = "") -> int:
        """Answer everything (of the address) 418 with Retry-After for so long; the rule's id."""
        return self.request("POST", "ban", {"seconds": str(seconds), "peer": peer})["id"]

    def maintain(self, seconds: Amount, **values: Any) -> int:
        """Answer everything 503 for so long; `status`, `body` and `kind` (futures, spot) may be given; the rule's id."""
        return self.request("POST", "maintenance", {"seconds": str(seconds), **values})["id"]

    def requests(
        self, *, api_key: str = "", since: int = 0, leg: str = "", limit: int = 100_000
    ) -> list[dict[str, Any]]:
        """Every request that reached the exchange after number `since`, with what became of it."""
        query = urlencode({"api_key": api_key, "since": since, "leg": leg, "limit": limit})
        return self.request("GET", f"requests?{query}")["requests"]

    def last_request(self) -> int:
        """Number of the newest request, to be given as `since` later."""
        return self.request("GET", "requests?limit=1")["last"]

    def change_account(
        self,
        api_key: str,
        *,
        permissions: Mapping[str, bool] | None = None,
        unique_ids: bool | None = None,
        is_hedged: bool | None = None,
    ) -> dict[str, Any]:
        """From now on: permissions of the key (a revoked key: reading, spot and futures False), id rule, position mode."""
        values = {"permissions": permissions and dict(permissions), "unique_ids": unique_ids, "is_hedged": is_hedged}
        body = {name: value for name, value in values.items() if value is not None}
        return self.request("POST", f"accounts/{quote(api_key, safe='')}/settings", body)

    def faults(self) -> list[dict[str, Any]]:
        """The rules with how often each has fired."""
        return self.request("GET", "faults")["faults"]

    def remove_fault(self, fault_id: int) -> None:
        self.request("DELETE", f"faults/{fault_id}")

    def clear_faults(self) -> None:
        self.request("DELETE", "faults")

    def ledger(
        self, *, api_key: str = "", since: int = 0, kind: str = "", limit: int = 100_000
    ) -> list[dict[str, Any]]:
        """Events `{sequence, time, account, type, data}` after `since`; `kind`: one type only (a class name of core/events.py)."""
        query = urlencode({"api_key": api_key, "since": since, "type": kind, "limit": limit})
        return self.request("GET", f"ledger?{query}")["events"]

    def wait_event(self, kind: str, *, api_key: str = "", since: int = 0, seconds: float = 10) -> dict[str, Any]:
        """The first event of this type after `since`, once it is there; ControlFailed 408 when it does not come."""
        wait_ms = int(seconds * 1000)
        query = urlencode({"api_key": api_key, "since": since, "type": kind, "limit": 1, "wait_ms": wait_ms})
        return self.request("GET", f"ledger?{query}", timeout=seconds + 5)["events"][0]

    def last_sequence(self) -> int:
        """Sequence number of the newest event, to be given as `since` later."""
        return self.request("GET", "ledger?limit=1")["last"]

    def set_clock(self, offset_ms: int) -> None:
        """Let the exchange's clock differ from this machine's."""
        self.request("POST", "clock", {"offset_ms": offset_ms})

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Read or change: latency_ms, spread_bp, slippage_bp, unique_ids, oco, conditionals, weight_limit, order_limit,
        ban_after, ban_seconds."""
        return self.request("POST" if changes else "GET", "settings", changes or None)
