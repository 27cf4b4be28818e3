"""The floor: the least that Python needs to place entry, stop and target for N accounts at once.

Sign and send raw HTTP over kept connections on uvloop: no framework, no queue, no database, no parsing of JSON. Prints one
line of JSON with the moment it began; the exchange knows when each order was acknowledged.
"""

import argparse
import asyncio
import gc
import hmac
import json
import resource
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.books import SYMBOL, key_of, secret_of

ENTRY = f"symbol={SYMBOL}&side=BUY&type=MARKET&quantity=0.010&newOrderRespType=RESULT&recvWindow=5000&newClientOrderId="
LEG = f"algoType=CONDITIONAL&symbol={SYMBOL}&side=SELL&quantity=0.010&reduceOnly=true&recvWindow=5000"
STOP = f"{LEG}&type=STOP_MARKET&triggerPrice=48750.0&clientAlgoId="
TARGET = f"{LEG}&type=TAKE_PROFIT_MARKET&triggerPrice=52500.0&clientAlgoId="


class Line(asyncio.Protocol):
    """A connection that carries one request at a time; the answers all have a length and fit one packet or a few."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] | None = None
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if separator and len(body) >= int(head[head.index(b"Content-Length: ") + 16 :].split(b"\r\n", 1)[0]):
            self.received = b""
            if self.answer is not None:
                self.answer.set_result(head)

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionResetError("the exchange hung up"))


class Floor:
    """N accounts over a pool of lines; the line used last serves first."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.idle: list[Line] = []
        self.macs: dict[int, Any] = {}

    async def send(self, account: int, path: str, params: str) -> None:
        mac = self.macs.get(account)
        if mac is None:
            mac = self.macs[account] = hmac.new(secret_of(key_of(account, "floor")).encode(), digestmod=sha256)
        signed = f"{params}&timestamp={time.time_ns() // 1_000_000}"
        mac = mac.copy()
        mac.update(signed.encode())
        body = f"{signed}&signature={mac.hexdigest()}"
        loop = asyncio.get_running_loop()
        line = self.idle.pop() if self.idle else (await loop.create_connection(Line, self.host, self.port))[1]
        line.answer = loop.create_future()
        line.transport.write(
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nX-MBX-APIKEY: {key_of(account, 'floor')}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = await line.answer
        self.idle.append(line)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path} was refused: {head[:80]!r}")

    async def trade(self, account: int, tag: str) -> None:
        await self.send(account, "/fapi/v1/order", f"{ENTRY}{tag}{account}e")
        await asyncio.gather(
            self.send(account, "/fapi/v1/algoOrder", f"{STOP}{tag}{account}s"),
            self.send(account, "/fapi/v1/algoOrder", f"{TARGET}{tag}{account}t"),
        )

    async def fan_out(self, accounts: int, tag: str) -> float:
        """Trade for all accounts at once; return when it began (seconds, monotonic)."""
        began = time.monotonic()
        await asyncio.gather(*(self.trade(account, tag) for account in range(accounts)))
        return began


async def run(url: str, subscribers: int) -> None:
    parts = urlsplit(url)
    floor = Floor(parts.hostname or "", parts.port or 80)
    await floor.fan_out(subscribers, "w")  # opens the connections, as the product's warm-up signal does
    await floor.send(0, "/fapi/v1/leverage", f"symbol={SYMBOL}&leverage=10")
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, input)
    began, cpu = time.monotonic(), time.process_time()
    await floor.fan_out(subscribers, "m")
    cpu_ms = (time.process_time() - cpu) * 1000
    print(
        json.dumps(
            {"began": began, "cpu_ms": cpu_ms, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchange", required=True)
    parser.add_argument("--subscribers", type=int, required=True)
    options = parser.parse_args()
    uvloop.run(run(options.exchange, options.subscribers))


if __name__ == "__main__":
    main()
