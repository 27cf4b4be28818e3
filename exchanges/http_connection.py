"""One keep-alive HTTP/1.1 connection: write a request, collect its answer, say whether the connection may serve again.

Pure asyncio (made for uvloop), parsed by httptools. It never sends anything twice.
"""

import asyncio
import select
import zlib
from collections.abc import Callable

import httptools

from exchanges.errors import NotSent, OutcomeUnknown

Answer = tuple[int, dict[str, str], bytes]

MAX_BODY_BYTES = 64 * 1024 * 1024
_GONE = getattr(select, "POLLRDHUP", select.POLLIN) | select.POLLHUP | select.POLLERR


class NoAnswer(OutcomeUnknown):
    """The request left us, and no whole answer came back: a time-out, a reset or a truncated answer."""


class HttpConnection(asyncio.Protocol):
    """A connection to one origin. `on_free` is called when it may serve again, `on_lost` once when it is gone."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_free: "Callable[[HttpConnection], None]",
        on_lost: "Callable[[HttpConnection], None]",
    ) -> None:
        self._loop, self._on_free, self._on_lost = loop, on_free, on_lost
        self._answer: asyncio.Future[Answer] | None = None
        self._poll = select.poll()
        self.transport: asyncio.Transport | None = None
        self.lost = False
        self.free_since = 0.0
        # How long the server keeps an idle connection, where its Keep-Alive header says so.
        self.kept_seconds = float("inf")
        self._parser = httptools.HttpResponseParser(self)
        self._reset()

    def _reset(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._has_length = False
        self._has_head = False

    # --- asking ------------------------------------------------------------------------------------------------------

    async def ask(self, request: bytes, deadline: float) -> Answer:
        """Send the request and return its answer.

        Raises NoAnswer when none comes whole before `deadline` (loop time), NotSent when nothing could be written.
        """
        if self.transport is None or self.lost or self.transport.is_closing():
            raise NotSent("the connection was closed before the request was written")
        self._answer = answer = self._loop.create_future()
        timer = self._loop.call_at(deadline, self._fail, "no answer in time")
        self.transport.write(request)
        try:
            return await answer
        except BaseException:  # time-out, loss, or the caller was cancelled: what may still come belongs to nobody
            self.close()
            raise
        finally:
            timer.cancel()

    def is_stale(self) -> bool:
        """Whether the peer has closed this idle connection, even if the loop has not been told yet."""
        if self.lost or self.transport is None or self.transport.is_closing():
            return True
        return bool(self._poll.poll(0))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswer(reason))
        self._answer = None
        self.close()

    # --- asyncio.Protocol --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        handle = transport.get_extra_info("socket")
        # A TLS session ticket makes an idle socket readable without closing it, so only a hang-up counts where the
        # system tells it apart.
        self._poll.register(handle.fileno(), _GONE)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nobody asked: the stream can no longer be trusted
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"the answer was not HTTP: {error}")

    def eof_received(self) -> bool:
        if self._answer is not None and self._has_head and not self._has_length:
            self._complete(reusable=False)  # an answer that ends with its connection
        elif self._answer is not None:
            self._fail("the connection was closed before the answer was whole")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._answer is not None:
            self._fail(f"the connection was lost before the answer was whole: {error or 'closed'}")
        self._on_lost(self)

    # --- httptools callbacks -----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._answer is None:  # more than the one answer that was asked for
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        for name, value in self._headers:
            lowered = name.lower()
            if lowered in (b"content-length", b"transfer-encoding"):
                self._has_length = True
            elif lowered == b"keep-alive":
                self._read_keep_alive(value)
        self._has_head = self._parser.get_status_code() >= 200

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > MAX_BODY_BYTES:
            self._fail(f"the answer was longer than {MAX_BODY_BYTES} bytes")
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._answer is None:
            return
        if self._parser.get_status_code() < 200:  # an interim answer; the real one follows
            self._headers.clear()
            return
        self._complete(reusable=self._parser.should_keep_alive())

    def _read_keep_alive(self, value: bytes) -> None:
        for part in value.split(b","):
            word, _, seconds = part.strip().partition(b"=")
            if word.lower() == b"timeout" and seconds.isdigit():
                self.kept_seconds = int(seconds) - 1

    def _complete(self, *, reusable: bool) -> None:
        future, self._answer = self._answer, None
        if future is None or future.done():
            self.close()
            return
        status = self._parser.get_status_code()
        headers: dict[str, str] = {}
        for raw_name, raw_value in self._headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = b"".join(self._body)
        try:
            future.set_result((status, headers, _decode(body, headers.get("content-encoding", ""))))
        except (zlib.error, ValueError) as error:
            future.set_exception(NoAnswer(f"the answer could not be decoded: {error}"))
        self._reset()
        if reusable and not self.lost:
            self.free_since = self._loop.time()
            self._on_free(self)
        else:
            self.close()


def _decode(body: bytes, encoding: str) -> bytes:
    """Undo gzip or deflate; ValueError for any other encoding, a truncated stream or too large a result."""
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "deflate"):
        raise ValueError(f"content encoding {encoding!r}")
    # 47: gzip or zlib header, whichever is there; -15: the bare deflate that some servers send
    window = -15 if encoding == "deflate" and body[0] & 0x0F != 8 else 47
    decoder = zlib.decompressobj(window)
    decoded = decoder.decompress(body, MAX_BODY_BYTES)
    if decoder.unconsumed_tail or not decoder.eof:
        raise ValueError("the compressed answer was truncated or too long")
    return decoded
