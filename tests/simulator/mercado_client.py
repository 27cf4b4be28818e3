"""A client of Mercado Bitcoin's API v4 by its documentation and nothing else: the exchange has no SDK."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

Answer = tuple[int, Any]


class MercadoClient:
    """One account. `token` and `account_id` may be spoiled."""

    def __init__(self, sim: Any, keys: dict[str, Any]) -> None:
        self._address, self.keys = sim.url.removeprefix("http://"), keys
        self.token = self.account_id = ""

    def send(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        connection = HTTPConnection(self._address, timeout=5)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def ask_token(self, **changes: str) -> Answer:
        """POST /oauth2/token, a form."""
        form = {
            "grant_type": "client_credentials", "scope": "global", "client_id": self.keys["api_key"],
            "client_secret": self.keys["secret"],
        }  # fmt: skip
        return self.send(
            "POST", "/oauth2/token", urlencode(form | changes), content_type="application/x-www-form-urlencoded"
        )

    def log_in(self) -> "MercadoClient":
        self.token = self.ask_token()[1]["access_token"]
        self.account_id = self.get("/api/v4/accounts")[1][0]["id"]
        return self

    def get(self, path: str, **query: str) -> Answer:
        asked = f"{path}?{urlencode(query)}" if query else path
        return self.send("GET", asked, authorization=f"Bearer {self.token}")

    def mine(self, path: str, **query: str) -> Answer:
        return self.get(f"/api/v4/accounts/{self.account_id}{path}", **query)

    def place(self, symbol: str = "BTC-BRL", **order: Any) -> Answer:
        path = f"/api/v4/accounts/{self.account_id}/{symbol}/orders"
        return self.send(
            "POST", path, json.dumps(order), authorization=f"Bearer {self.token}", content_type="application/json"
        )

    def cancel(self, order_id: str, symbol: str = "BTC-BRL", query: str = "") -> Answer:
        path = f"/api/v4/accounts/{self.account_id}/{symbol}/orders/{order_id}{query}"
        return self.send("DELETE", path, authorization=f"Bearer {self.token}")
