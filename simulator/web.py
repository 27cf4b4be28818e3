"""A lean HTTP/1.1 server protocol: keep-alive, one request at a time per connection, bodies with a Content-Length."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

MAX_HEAD, MAX_BODY = 32_768, 1_048_576
REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


@dataclass(slots=True)
class Request:
    """`headers` have lower-case names; `query` and `body` are as they were sent, still encoded."""

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body: bytes
    peer: str

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


@dataclass(slots=True)
class Answer:
    """A body with its status and further headers. `code` is the dialect's error code in it, for the request log."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    code: int | str = 0

    def encode(self) -> bytes:
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (
            self.status,
            REASONS.get(self.status, b"Status"),
            b"text/html" if self.body.startswith(b"<") else b"application/json;charset=UTF-8",
            len(self.body),
            extra.encode("latin-1"),
            self.body,
        )


class BadRequest(Exception):
    """What was sent is not a request we read; the connection is closed after the answer."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Connection(asyncio.Protocol):
    """Reads requests and hands each to `serve`, which must end in `reply` or `drop`, at once or later."""

    def __init__(self, serve: Callable[[Request, "Connection"], None], open_connections: set["Connection"]) -> None:
        self._serve, self._open = serve, open_connections
        self._buffer = b""
        self._busy = self._ends = False
        self._transport: asyncio.Transport | None = None
        self._peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        address = transport.get_extra_info("peername")
        self._peer = address[0] if address else ""
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._advance()
        elif len(self._buffer) > MAX_HEAD + MAX_BODY:
            self.drop()

    @property
    def is_open(self) -> bool:
        """Whether the client is still there, as far as we know."""
        return self._transport is not None

    def reply(self, answer: Answer) -> None:
        """Send the answer and go on to the next request."""
        if self._transport is None:
            return
        self._transport.write(answer.encode())
        self._busy = False
        if self._ends:
            self._transport.close()
        elif self._buffer:
            self._advance()

    def cut(self, answer: Answer) -> None:
        """Send the head and half of the body, then close."""
        if self._transport is not None:
            encoded = answer.encode()
            self._transport.write(encoded[: len(encoded) - len(answer.body) + len(answer.body) // 2])
            self._transport.close()

    def drop(self) -> None:
        """Close without an answer."""
        if self._transport is not None:
            self._transport.abort()

    def _advance(self) -> None:
        try:
            request = self._take_request()
        except BadRequest as error:
            self._ends = True
            self.reply(Answer(b"{}", error.status))
            return
        if request is not None:
            self._busy = True
            self._serve(request, self)

    def _take_request(self) -> Request | None:
        """The next whole request of the buffer; None while it is incomplete."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise BadRequest(431)
            return None
        first, *lines = self._buffer[:end].split(b"\r\n")
        headers: dict[bytes, bytes] = {}
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon:
                raise BadRequest(400)
            headers[name.strip().lower()] = value.strip()
        length = _body_length(headers)
        if len(self._buffer) < end + 4 + length:
            return None
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = self._buffer[end + 4 + length :]
        self._ends = headers.get(b"connection", b"").lower() == b"close"
        return self._make_request(first, headers, body)

    def _make_request(self, first: bytes, headers: dict[bytes, bytes], body: bytes) -> Request:
        try:
            method, target, version = first.decode("ascii").split(" ")
        except ValueError:
            raise BadRequest(400) from None
        if not version.startswith("HTTP/1."):
            raise BadRequest(505)
        self._ends = self._ends or version == "HTTP/1.0"
        path, _, query = target.partition("?")
        return Request(method, path, query, headers, body, self._peer)


def _body_length(headers: dict[bytes, bytes]) -> int:
    if b"transfer-encoding" in headers:
        raise BadRequest(411)
    text = headers.get(b"content-length", b"0")
    if not text.isdigit():
        raise BadRequest(400)
    length = int(text) if len(text) <= 10 else MAX_BODY + 1
    if length > MAX_BODY:
        raise BadRequest(413)
    return length
