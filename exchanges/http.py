"""The lean HTTP client of the trading path: keep-alive pools on asyncio, and outcomes that say whether bytes left us.

`NotSent`: nothing left us, so nothing was placed. `NoAnswer`: the request (or part of it) was written and its outcome is
unknown. Nothing is ever sent twice: whoever may retry is decided above, by asking the exchange.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from socket import SOCK_STREAM
from urllib.parse import urlsplit

import certifi

from exchanges.errors import NotSent
from exchanges.http_connection import Answer, HttpConnection, NoAnswer

__all__ = ["Answer", "HttpPool", "NoAnswer", "NotSent"]

MAX_CONNECTIONS = 1000
IDLE_SECONDS = 30.0
DNS_SECONDS = 30.0
_OURS = frozenset(("host", "content-length", "connection", "transfer-encoding", "accept-encoding"))
_BAD_TARGET = re.compile(r"[^\x21-\x7e]")
_BAD_HEADER = re.compile(r"[\r\n\0]")


@dataclass(slots=True, eq=False)
class _Origin:
    """One server: its open connections, the idle ones (the last used serves first) and who waits for one."""

    host: str
    port: int
    tls: bool
    open: int = 0
    connections: set[HttpConnection] = field(default_factory=set)
    idle: list[HttpConnection] = field(default_factory=list)
    waiting: "deque[asyncio.Future[HttpConnection | None]]" = field(default_factory=deque)
    addresses: "asyncio.Task[list[str]] | None" = None
    resolved_at: float = 0.0


@dataclass(slots=True, frozen=True)
class _Route:
    """Where requests for one scheme and host go, and the header lines that this implies."""

    origin: _Origin
    prefix: str
    lines: str


class HttpPool:
    """A pool of keep-alive connections, for one event loop.

    `redirects` sends hosts elsewhere: `{"binance.com": "http://127.0.0.1:9000"}` takes binance.com and its subdomains
    there, path and query kept, the original host in the header `X-Exchange-Host`. `limit` bounds the connections to each
    server; further requests wait their turn, first come, first served. An idle connection older than `idle_seconds` (or
    than the server's Keep-Alive header says) is not used again: it might be closed while we write.
    """

    def __init__(
        self,
        *,
        redirects: Mapping[str, str] | None = None,
        limit: int = MAX_CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._redirects = sorted((redirects or {}).items(), key=lambda item: -len(item[0]))
        self._limit, self._idle_seconds, self._tls = limit, idle_seconds, tls
        self._routes: dict[str, _Route] = {}
        self._origins: dict[tuple[str, int, bool], _Origin] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def open_connections(self) -> int:
        return sum(origin.open for origin in self._origins.values())

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        timeout: float = 10.0,
    ) -> Answer:
        """Send one request; return status, headers (names in lower case) and the decoded body.

        `timeout` in seconds covers everything: waiting for a connection, opening it, and the answer. Raises NotSent or
        NoAnswer; an HTTP error status is an answer.
        """
        loop = self._running_loop()
        deadline = loop.time() + timeout
        route, target = self._route(url)
        data = _render(method, route.prefix + target, route.lines, headers or {}, body)
        connection = self._take_idle(route.origin) or await self._obtain(route.origin, deadline)
        return await connection.ask(data, deadline)

    async def warm(self, url: str, count: int, seconds: float = 5.0) -> int:
        """Have up to `count` connections to the server of `url` open and idle; return how many are."""
        loop = self._running_loop()
        origin = self._route(url)[0].origin
        self._drop_stale(origin)
        missing = min(count, self._limit) - origin.open
        deadline = loop.time() + seconds
        attempts = [self._connect(origin, deadline) for _ in range(missing)]
        for result in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(result, HttpConnection):
                result.free_since = loop.time()
                self._hand_over(origin, result)
        return len(origin.idle)

    async def close(self) -> None:
        """Close every connection; requests that still wait end with NoAnswer."""
        for origin in self._origins.values():
            for connection in list(origin.connections):
                connection.close()
        await asyncio.sleep(0)

    # --- where to ----------------------------------------------------------------------------------------------------

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError("a pool belongs to one event loop")
        return loop

    def _route(self, url: str) -> tuple[_Route, str]:
        scheme, separator, rest = url.partition("://")
        end = next((i for i, letter in enumerate(rest) if letter in "/?#"), len(rest))
        base, target = scheme + separator + rest[:end], rest[end:].partition("#")[0]
        route = self._routes.get(base)
        if route is None:
            route = self._routes[base] = self._new_route(base)
        return route, target if target.startswith("/") else "/" + target

    def _new_route(self, base: str) -> _Route:
        parts = urlsplit(base)
        host, extra = parts.hostname or "", ""
        for suffix, address in self._redirects:
            if host == suffix or host.endswith("." + suffix):
                extra, parts = f"X-Exchange-Host: {parts.netloc}\r\n", urlsplit(address)
                break
        tls = parts.scheme == "https"
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise NotSent(f"not an address to send to: {base}")
        key = (parts.hostname, parts.port or (443 if tls else 80), tls)
        origin = self._origins.setdefault(key, _Origin(*key))
        lines = f"Host: {parts.netloc}\r\n{extra}Accept-Encoding: gzip, deflate\r\n"
        return _Route(origin, parts.path.rstrip("/"), lines)

    # --- connections -------------------------------------------------------------------------------------------------

    def _take_idle(self, origin: _Origin) -> HttpConnection | None:
        while origin.idle:
            connection = origin.idle.pop()
            age = (self._loop.time() if self._loop else 0.0) - connection.free_since
            if age < min(self._idle_seconds, connection.kept_seconds) and not connection.is_stale():
                return connection
            connection.close()
        return None

    def _drop_stale(self, origin: _Origin) -> None:
        fresh: list[HttpConnection] = []
        while connection := self._take_idle(origin):
            fresh.insert(0, connection)
        origin.idle = fresh

    async def _obtain(self, origin: _Origin, deadline: float) -> HttpConnection:
        while True:
            if origin.open < self._limit:
                return await self._connect(origin, deadline)
            handed = await self._wait(origin, deadline)
            if handed is not None and not handed.is_stale():
                return handed

    async def _wait(self, origin: _Origin, deadline: float) -> HttpConnection | None:
        """A freed connection, or None when there is room for a new one."""
        turn: asyncio.Future[HttpConnection | None] = self._running_loop().create_future()
        origin.waiting.append(turn)
        try:
            async with asyncio.timeout_at(deadline):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it was handed over all the same: pass it on
                self._hand_over(origin, turn.result())
            if isinstance(error, TimeoutError):
                raise NotSent("no connection was free in time") from error
            raise

    async def _connect(self, origin: _Origin, deadline: float) -> HttpConnection:
        loop = self._running_loop()
        origin.open += 1
        connection = HttpConnection(
            loop, lambda freed: self._hand_over(origin, freed), lambda lost: self._forget(origin, lost)
        )
        try:
            async with asyncio.timeout_at(deadline):
                await self._open(origin, connection)
        except BaseException as error:
            connection.close()
            self._leave(origin)
            if isinstance(error, OSError):  # TimeoutError and ssl.SSLError are its children
                raise NotSent(f"{origin.host}:{origin.port} could not be reached: {error or 'timed out'}") from error
            raise
        return connection

    async def _open(self, origin: _Origin, connection: HttpConnection) -> None:
        loop, failure = self._running_loop(), OSError("no address")
        try:
            addresses = await self._resolve(origin)
        except OSError:
            origin.addresses = None
            raise
        for address in addresses:
            try:
                await loop.create_connection(
                    lambda: connection,
                    address,
                    origin.port,
                    ssl=self._context() if origin.tls else None,
                    server_hostname=origin.host if origin.tls else None,
                )
            except OSError as error:
                failure = error
                continue
            if connection.lost:
                failure = ConnectionResetError("closed at once")
                break
            origin.connections.add(connection)
            return
        origin.addresses = None
        raise failure

    async def _resolve(self, origin: _Origin) -> list[str]:
        loop = self._running_loop()
        if origin.addresses is None or loop.time() - origin.resolved_at > DNS_SECONDS:
            origin.resolved_at = loop.time()
            origin.addresses = loop.create_task(_look_up(origin.host, origin.port))
        return await asyncio.shield(origin.addresses)  # shared: one caller's time-out must not cancel the others

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:  # 12 ms and one file: once for all connections
            self._tls = ssl.create_default_context(cafile=certifi.where())
        return self._tls

    def _hand_over(self, origin: _Origin, connection: HttpConnection | None) -> None:
        """Give a free connection, or with None the room for a new one, to whoever has waited longest."""
        while origin.waiting:
            turn = origin.waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is not None:
            origin.idle.append(connection)

    def _forget(self, origin: _Origin, connection: HttpConnection) -> None:
        if connection not in origin.connections:
            return  # never handed out: `_connect` accounts for it
        origin.connections.discard(connection)
        if connection in origin.idle:
            origin.idle.remove(connection)
        self._leave(origin)

    def _leave(self, origin: _Origin) -> None:
        origin.open -= 1
        self._hand_over(origin, None)


async def _look_up(host: str, port: int) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _render(method: str, target: str, lines: str, headers: Mapping[str, str], body: bytes | str | None) -> bytes:
    """The request's bytes; NotSent where it cannot be said in HTTP."""
    payload = body.encode() if isinstance(body, str) else body or b""
    head = [f"{method} {target} HTTP/1.1\r\n{lines}"]
    if _BAD_TARGET.search(target) or not method.isalpha() or method == "HEAD":
        raise NotSent(f"not a request that can be sent: {method} {target!r}")
    for name, value in headers.items():
        if _BAD_HEADER.search(name) or _BAD_HEADER.search(value):
            raise NotSent(f"the header {name!r} holds a line break")
        if name.lower() not in _OURS:
            head.append(f"{name}: {value}\r\n")
    if payload or method not in ("GET", "DELETE"):
        head.append(f"Content-Length: {len(payload)}\r\n")
    try:
        return "".join((*head, "\r\n")).encode("latin-1") + payload
    except UnicodeEncodeError as error:
        raise NotSent("a header holds a letter that HTTP cannot carry") from error
