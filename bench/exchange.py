"""The bench's exchange, a process of its own: Binance's futures dialect as far as a trading client needs it.

It checks every signature and timestamp, matches nothing, waits the injected latency before each answer, and notes the
moment (monotonic clock, shared by all processes of a machine) at which each order's acknowledgement leaves. Its own CPU
is part of what it tells, under `/_bench/acks`. Run alone: `python -m bench.exchange --latency-ms 80`.
"""

import argparse
import asyncio
import gc
import hmac
import json
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

import httptools
import orjson
import uvloop

from bench.books import PRICE, SYMBOL, Account, Answer, Params, exchange_info, milliseconds, secret_of

BACKLOG = 4096  # said twice below: a server that is made of a socket listens anew, with 100 unless told
REASONS = {200: b"OK", 400: b"Bad Request", 401: b"Unauthorized", 404: b"Not Found"}
LEGS = {"STOP_MARKET": "stop", "TAKE_PROFIT_MARKET": "target"}


def params_of(query: str) -> Params:
    """The parameters of a query or form; the standard library's own costs ten times as much."""
    if "%" in query or "+" in query:
        query = unquote_plus(query)
    return dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)


class Exchange:
    """All accounts, and the acknowledgements since the last reset."""

    def __init__(self, latency_ms: float) -> None:
        self.latency = latency_ms / 1000
        self.accounts: dict[str, tuple[Account, Any]] = {}
        self.info = orjson.dumps(exchange_info())
        self.ticker = {"symbol": SYMBOL, "price": PRICE, "time": milliseconds()}
        self.public: dict[str, Callable[[Params], Any]] = {
            "/fapi/v1/ping": lambda _: {},
            "/fapi/v1/time": lambda _: {"serverTime": milliseconds()},
            "/fapi/v1/exchangeInfo": lambda _: orjson.Fragment(self.info),
            "/fapi/v1/ticker/price": self._one_or_all,
            "/fapi/v2/ticker/price": self._one_or_all,
            "/fapi/v1/premiumIndex": lambda _: {"symbol": SYMBOL, "markPrice": PRICE, "indexPrice": PRICE, "time": 0},
            "/fapi/v1/ticker/bookTicker": lambda _: {
                "symbol": SYMBOL, "bidPrice": "49999.90", "bidQty": "10", "askPrice": "50000.10", "askQty": "10",
            },
            "/api/v3/time": lambda _: {"serverTime": milliseconds()},
            "/api/v3/exchangeInfo": lambda _: {"timezone": "UTC", "symbols": []},
            "/api/v3/ticker/price": lambda _: [],
        }  # fmt: skip
        self.private: dict[tuple[str, str], Callable[[Account, Params], Answer]] = {
            ("POST", "/fapi/v1/order"): Account.market_order,
            ("GET", "/fapi/v1/order"): Account.find_order,
            ("POST", "/fapi/v1/algoOrder"): Account.algo_order,
            ("GET", "/fapi/v1/algoOrder"): Account.find_algo,
            ("DELETE", "/fapi/v1/algoOrder"): Account.cancel_algo,
            ("GET", "/fapi/v1/openAlgoOrders"): Account.open_algos,
            ("GET", "/fapi/v1/userTrades"): Account.user_trades,
            ("GET", "/fapi/v3/positionRisk"): Account.positions,
            ("GET", "/fapi/v2/positionRisk"): Account.positions,
            ("GET", "/fapi/v3/account"): Account.balances,
            ("GET", "/fapi/v2/account"): Account.balances,
            ("GET", "/fapi/v1/positionSide/dual"): lambda *_: (200, {"dualSidePosition": False}),
            ("POST", "/fapi/v1/marginType"): lambda *_: (200, {"code": 200, "msg": "success"}),
            ("POST", "/fapi/v1/leverage"): lambda _, params: (
                200, {"symbol": SYMBOL, "leverage": int(params["leverage"]), "maxNotionalValue": "1000000"},
            ),
        }  # fmt: skip
        # The latency is the same for all, so the answers leave in the order in which they were made: one timer is enough.
        self.due: deque[tuple[float, Connection, str, int, bytes]] = deque()
        self.reset()

    def post(self, connection: "Connection", leg: str, status: int, body: bytes) -> None:
        """Send this answer when the latency has passed."""
        loop = asyncio.get_running_loop()
        if not self.due:
            loop.call_later(self.latency, self._send_due)
        self.due.append((loop.time() + self.latency, connection, leg, status, body))

    def _send_due(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self.due and self.due[0][0] <= now:
            _, connection, leg, status, body = self.due.popleft()
            connection.send(leg, status, body)
        if self.due:
            loop.call_later(max(0.0005, self.due[0][0] - now), self._send_due)

    def reset(self) -> None:
        self.acks: dict[str, list[float]] = {"entry": [], "stop": [], "target": [], "exit": []}
        self.refused: dict[str, int] = {}
        self.requests = 0
        self.cpu = time.process_time()

    def told(self) -> dict[str, Any]:
        """What happened since the last reset. Times in seconds of the monotonic clock, CPU in milliseconds."""
        cpu_ms = (time.process_time() - self.cpu) * 1000
        return {"acks": self.acks, "refused": self.refused, "requests": self.requests, "cpu_ms": cpu_ms}

    def answer(self, method: str, path: str, signed: str, api_key: str) -> tuple[Answer, str]:
        """The answer to one request, and the leg that it acknowledges (or nothing)."""
        if path in self.public and method == "GET":
            return (200, self.public[path](params_of(signed))), ""
        handle = self.private.get((method, path))
        if handle is None:
            return (404, {"code": -5000, "msg": f"Path {path}, Method {method} is invalid"}), ""
        account, mac = self._account(api_key)
        payload, _, signature = signed.rpartition("signature=")
        check = mac.copy()
        check.update(payload.rstrip("&").encode())
        if not api_key or not hmac.compare_digest(check.hexdigest(), signature):
            return (400, {"code": -1022, "msg": "Signature for this request is not valid."}), ""
        params = params_of(payload)
        if abs(milliseconds() - int(params["timestamp"])) > int(params.get("recvWindow", 5000)):
            return (400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}), ""
        answer = handle(account, params)
        if method != "POST" or answer[0] != 200:
            return answer, ""
        if path == "/fapi/v1/order":
            return answer, "exit" if answer[1]["reduceOnly"] else "entry"
        return answer, LEGS[params["type"]] if path == "/fapi/v1/algoOrder" else ""

    def _account(self, api_key: str) -> tuple[Account, Any]:
        found = self.accounts.get(api_key)
        if found is None:
            found = self.accounts[api_key] = Account(), hmac.new(secret_of(api_key).encode(), digestmod=sha256)
        return found

    def _one_or_all(self, params: Params) -> Any:
        return self.ticker if "symbol" in params else [self.ticker]


class Connection(asyncio.Protocol):
    """One client's connection: parse, answer after the latency, note the moment."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.parser = httptools.HttpRequestParser(self)
        self.url, self.body, self.api_key = b"", b"", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.abort()

    def on_url(self, url: bytes) -> None:
        self.url, self.body, self.api_key = url, b"", ""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-mbx-apikey":
            self.api_key = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        exchange = self.exchange
        path, _, query = self.url.decode().partition("?")
        if path == "/_bench/acks":
            return self.send("", 200, orjson.dumps(exchange.told()))
        if path == "/_bench/reset":
            exchange.reset()
            return self.send("", 200, b"{}")
        exchange.requests += 1
        try:
            (status, told), leg = exchange.answer(
                self.parser.get_method().decode(), path, query + self.body.decode(), self.api_key
            )
        except (KeyError, ValueError) as error:
            status, told, leg = (
                400,
                {"code": -1102, "msg": f"Mandatory parameter was not sent or malformed: {error}"},
                "",
            )
        if status != 200:
            code = str(told["code"])
            exchange.refused[code] = exchange.refused.get(code, 0) + 1
        exchange.post(self, leg, status, orjson.dumps(told))
        return None

    def send(self, leg: str, status: int, body: bytes) -> None:
        if self.transport.is_closing():
            return
        if leg:
            self.exchange.acks[leg].append(time.monotonic())
        head = b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % (status, REASONS[status], len(body)) + body)


async def serve(latency_ms: float, port: int) -> None:
    exchange = Exchange(latency_ms)
    # thousands connect at once: the queue of a default socket would drop them into a retry of a second
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(exchange), sock=listener, backlog=BACKLOG
        )
        print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=80)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    gc.disable()  # it keeps every order and makes no cycles: collections would only add to the measured times
    try:
        uvloop.run(serve(options.latency_ms, options.port))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
