"""The lean HTTP client against real servers on loopback: what counts as sent, as unknown, as answered."""

import asyncio
import gzip
import socket
import ssl
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from exchanges.errors import NotSent, OutcomeUnknown
from exchanges.http import HttpPool, NoAnswer

pytestmark = pytest.mark.servers  # its time is spent waiting for them

Start = Callable[..., Awaitable["Exchange"]]
Handler = Callable[["Exchange", int, bytes, StreamWriter], Awaitable[None]]


class Exchange:
    """A server whose answers are written by the test; remembers what it was sent, and over how many connections."""

    def __init__(self, handler: Handler) -> None:
        self.handler, self.connections, self.base = handler, 0, ""
        self.requests: list[bytes] = []
        self.writers: list[StreamWriter] = []

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
                )
                request = head + await reader.readexactly(length)
                self.requests.append(request)
                await self.handler(self, number, request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def answer_ok(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Number: %d\r\n\r\nok" % number)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    servers: list[tuple[asyncio.Server, Exchange]] = []

    async def start_exchange(handler: Handler = answer_ok, tls: ssl.SSLContext | None = None) -> Exchange:
        exchange = Exchange(handler)
        server = await asyncio.start_server(exchange.serve, "127.0.0.1", 0, ssl=tls)
        scheme, port = "https" if tls else "http", server.sockets[0].getsockname()[1]
        exchange.base = f"{scheme}://127.0.0.1:{port}"
        servers.append((server, exchange))
        return exchange

    yield start_exchange
    for server, exchange in servers:
        server.close()
        for writer in exchange.writers:
            writer.transport.abort()
    await asyncio.sleep(0.01)


@pytest.fixture
async def pool() -> AsyncIterator[HttpPool]:
    one = HttpPool()
    yield one
    await one.close()


def raw(data: bytes, *, then: str = "keep") -> Handler:
    """Answers every request with these bytes, then keeps, closes or resets the connection."""

    async def handler(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then == "close":
            writer.close()
        elif then == "reset":
            await asyncio.sleep(0.02)
            linger = b"\x01\0\0\0\0\0\0\0"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    return handler


# --- what is sent and understood


async def test_request_line_headers_and_body_are_sent_as_given(start: Start, pool: HttpPool) -> None:
    exchange = await start()

    status, headers, body = await pool.request("POST", exchange.base + "/fapi/v1/order?a=1#x", {"X-Key": "k"}, "b=2")

    host = exchange.base.removeprefix("http://")
    assert (status, headers["x-number"], body) == (200, "1", b"ok")
    assert exchange.requests == [
        f"POST /fapi/v1/order?a=1 HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip, deflate\r\nX-Key: k\r\n"
        "Content-Length: 3\r\n\r\nb=2".encode()
    ]


async def test_get_has_no_length_and_post_without_body_has_length_zero(start: Start, pool: HttpPool) -> None:
    exchange = await start()

    await pool.request("GET", exchange.base)
    await pool.request("POST", exchange.base)

    assert [request.count(b"Content-Length: 0") for request in exchange.requests] == [0, 1]
    assert exchange.requests[0].startswith(b"GET / HTTP/1.1\r\n")


async def test_headers_of_ours_are_not_doubled(start: Start, pool: HttpPool) -> None:
    exchange = await start()

    await pool.request("POST", exchange.base, {"host": "evil", "Content-Length": "99", "Connection": "close"}, b"x")

    assert exchange.requests[0].lower().count(b"host:") == 1
    assert b"Content-Length: 1\r\n" in exchange.requests[0]
    assert b"Connection" not in exchange.requests[0]


@pytest.mark.parametrize("status", [400, 404, 429, 503])
async def test_error_status_is_an_answer(start: Start, pool: HttpPool, status: int) -> None:
    exchange = await start(raw(b'HTTP/1.1 %d No\r\nContent-Length: 11\r\n\r\n{"code":-1}' % status))

    assert (await pool.request("GET", exchange.base))[::2] == (status, b'{"code":-1}')


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
ZIPPED = gzip.compress(b"hello world")
BARE = zlib.compress(b"hello world")[2:-4]


@pytest.mark.parametrize(
    "data",
    [
        CHUNKED,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(ZIPPED), ZIPPED),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        % (len(ZIPPED), ZIPPED),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n%b" % (len(BARE), BARE),
        b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
    ],
)
async def test_chunked_compressed_and_interim_answers_are_read(start: Start, pool: HttpPool, data: bytes) -> None:
    exchange = await start(raw(data))

    for _ in range(2):
        assert (await pool.request("GET", exchange.base))[::2] == (200, b"hello world")

    assert exchange.connections == 1


async def test_answer_in_single_bytes_is_read(start: Start, pool: HttpPool) -> None:
    async def drip(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        for byte in CHUNKED:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    exchange = await start(drip)

    assert (await pool.request("GET", exchange.base))[2] == b"hello world"


async def test_answer_that_ends_with_its_connection_is_read(start: Start, pool: HttpPool) -> None:
    exchange = await start(raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", then="close"))

    assert (await pool.request("GET", exchange.base))[2] == b"hello"


async def test_no_content_has_no_body(start: Start, pool: HttpPool) -> None:
    exchange = await start(raw(b"HTTP/1.1 204 No Content\r\n\r\n"))

    assert [(await pool.request("DELETE", exchange.base))[0] for _ in range(2)] == [204, 204]


# --- redirects


async def test_hosts_are_redirected_by_suffix_with_path_query_and_original_host(start: Start) -> None:
    exchange = await start()
    pool = HttpPool(redirects={"binance.com": exchange.base, "binance.vision": exchange.base + "/vision/"})

    await pool.request("GET", "https://fapi.binance.com/fapi/v1/time?x=1")
    await pool.request("GET", "https://binance.com")
    await pool.request("GET", "https://testnet.binance.vision/api/v3/time")
    await pool.close()

    lines = [
        (request.split(b"\r\n")[0], request.split(b"X-Exchange-Host: ")[1].split(b"\r\n")[0])
        for request in exchange.requests
    ]
    assert lines == [
        (b"GET /fapi/v1/time?x=1 HTTP/1.1", b"fapi.binance.com"),
        (b"GET / HTTP/1.1", b"binance.com"),
        (b"GET /vision/api/v3/time HTTP/1.1", b"testnet.binance.vision"),
    ]
    assert exchange.connections == 1


async def test_host_that_only_ends_alike_is_not_redirected(start: Start) -> None:
    exchange = await start()
    pool = HttpPool(redirects={"127.0.0.1": "http://unreachable.invalid"})

    with pytest.raises(NotSent):
        await pool.request("GET", "http://127.0.0.1:1/")
    own = HttpPool(redirects={"7.0.0.1": "http://127.0.0.1:1"})
    assert (await own.request("GET", exchange.base))[0] == 200

    assert b"X-Exchange-Host" not in exchange.requests[0]
    await own.close()


# --- keep-alive


async def test_connection_is_used_again_and_the_last_used_serves_first(start: Start, pool: HttpPool) -> None:
    gate = asyncio.Event()

    async def wait_at_gate(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        if b"/held" in request:
            await gate.wait()
        await answer_ok(exchange, number, request, writer)

    exchange = await start(wait_at_gate)
    held = asyncio.create_task(pool.request("GET", exchange.base + "/held"))
    await asyncio.sleep(0.05)
    await pool.request("GET", exchange.base + "/second")
    gate.set()
    await held

    numbers = [(await pool.request("GET", exchange.base))[1]["x-number"] for _ in range(3)]

    assert numbers == ["1", "1", "1"]
    assert exchange.connections == pool.open_connections == 2


async def test_connection_closed_by_the_peer_while_idle_is_replaced(start: Start, pool: HttpPool) -> None:
    exchange = await start()
    await pool.request("GET", exchange.base)

    exchange.writers[0].close()
    await asyncio.sleep(0.05)

    assert (await pool.request("POST", exchange.base, body="x"))[1]["x-number"] == "2"
    assert pool.open_connections == 1


async def test_hang_up_that_the_loop_has_not_seen_yet_is_noticed_before_writing(start: Start, pool: HttpPool) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    accepted: list[socket.socket] = []

    def answer_once() -> None:
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        accepted.append(connection)

    loop = asyncio.get_running_loop()
    await asyncio.gather(pool.request("GET", url), loop.run_in_executor(None, answer_once))
    accepted[0].close()  # and no turn of the loop between this and the next request
    again = asyncio.gather(pool.request("POST", url, body="x"), loop.run_in_executor(None, answer_once))

    assert (await again)[0][0] == 200
    accepted[1].close()
    listener.close()


async def test_answer_with_connection_close_is_not_kept(start: Start, pool: HttpPool) -> None:
    exchange = await start(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))

    for _ in range(2):
        await pool.request("GET", exchange.base)

    assert exchange.connections == 2


async def test_idle_connection_is_given_up_after_its_time_or_the_servers(start: Start) -> None:
    short, pool = HttpPool(idle_seconds=0.01), HttpPool()
    exchange = await start()
    hurried = await start(raw(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1, max=9\r\nContent-Length: 0\r\n\r\n"))

    for one, server in ((short, exchange), (pool, hurried)):
        for _ in range(2):
            await one.request("GET", server.base)
            await asyncio.sleep(0.05)

    assert (exchange.connections, hurried.connections) == (2, 2)
    await short.close()
    await pool.close()


async def test_unasked_bytes_end_a_connection(start: Start, pool: HttpPool) -> None:
    exchange = await start(
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    )

    answers = [(await pool.request("GET", exchange.base))[::2] for _ in range(3)]

    assert answers == [(200, b"ok")] * 3
    assert exchange.connections == 3


async def test_connections_are_bounded(start: Start) -> None:
    most = now = 0

    async def slow(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        await answer_ok(exchange, number, request, writer)

    exchange, pool = await start(slow), HttpPool(limit=3)

    await asyncio.gather(*(pool.request("GET", f"{exchange.base}/{n}") for n in range(30)))

    assert (most, exchange.connections, len(exchange.requests)) == (3, 3, 30)
    await pool.close()


async def test_who_waits_longest_is_served_first(start: Start) -> None:
    exchange, pool = await start(), HttpPool(limit=1)

    await asyncio.gather(*(pool.request("GET", f"{exchange.base}/{n}") for n in range(30)))

    assert [request.split()[1] for request in exchange.requests] == [b"/%d" % n for n in range(30)]
    await pool.close()


async def test_warm_opens_connections_before_they_are_needed(start: Start, pool: HttpPool) -> None:
    exchange = await start()

    assert await pool.warm(exchange.base, 5) == 5
    await pool.request("GET", exchange.base)
    assert await pool.warm(exchange.base, 5) == 5

    assert exchange.connections == 5


# --- not sent


async def test_refused_connection_is_not_sent(pool: HttpPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(NotSent):
        await pool.request("POST", f"http://127.0.0.1:{port}", body="x")
    assert pool.open_connections == 0


async def test_unknown_host_is_not_sent(pool: HttpPool) -> None:
    with pytest.raises(NotSent):
        await pool.request("GET", "http://no-such-host.invalid/")


async def test_connect_timeout_is_not_sent(pool: HttpPool) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        blocking = [socket.socket() for _ in range(4)]
        for one in blocking:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))

        with pytest.raises(NotSent):
            await pool.request("POST", f"http://127.0.0.1:{port}", body="x", timeout=0.2)
        for one in blocking:
            one.close()


async def test_no_free_connection_in_time_is_not_sent_and_the_next_one_is_served(start: Start) -> None:
    async def slow(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await answer_ok(exchange, number, request, writer)

    exchange, pool = await start(slow), HttpPool(limit=1)
    first = asyncio.create_task(pool.request("GET", exchange.base + "/first"))
    await asyncio.sleep(0.05)

    with pytest.raises(NotSent):
        await pool.request("POST", exchange.base + "/late", body="x", timeout=0.1)
    third = await pool.request("GET", exchange.base + "/third")

    assert (await first)[0] == third[0] == 200
    assert [request.split()[1] for request in exchange.requests] == [b"/first", b"/third"]
    await pool.close()


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:1/a b", {}),
        ("http://127.0.0.1:1/a\r\nX: y", {}),
        ("http://127.0.0.1:1/", {"X": "a\r\nY: b"}),
        ("http://127.0.0.1:1/", {"X": "№"}),
        ("ftp://127.0.0.1/", {}),
        ("http://user:secret@127.0.0.1/", {}),
        ("nonsense", {}),
    ],
)
async def test_what_http_cannot_say_is_not_sent(pool: HttpPool, url: str, headers: dict[str, str]) -> None:
    with pytest.raises(NotSent):
        await pool.request("GET", url, headers)


# --- no answer


@pytest.mark.parametrize(
    ("data", "then"),
    [
        (b"", "close"),
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "close"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "close"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "close"),
        (b"not http at all\r\n\r\n", "keep"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", "keep"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + ZIPPED[:20], "keep"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nabcd", "keep"),
    ],
)
async def test_truncated_reset_or_unreadable_answer_is_unknown_and_sent_once(
    start: Start, pool: HttpPool, data: bytes, then: str
) -> None:
    exchange = await start(raw(data, then=then))

    with pytest.raises(NoAnswer) as caught:
        await pool.request("POST", exchange.base + "/order", body="x", timeout=2)

    assert isinstance(caught.value, OutcomeUnknown)
    assert len(exchange.requests) == 1


async def test_reset_on_a_kept_connection_after_writing_is_unknown_and_sent_once(start: Start, pool: HttpPool) -> None:
    async def second_is_lost(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        if len(exchange.requests) == 1:
            await answer_ok(exchange, number, request, writer)
        else:
            writer.transport.abort()

    exchange = await start(second_is_lost)
    await pool.request("GET", exchange.base)

    with pytest.raises(NoAnswer):
        await pool.request("POST", exchange.base, body="x")

    assert len(exchange.requests) == 2


async def test_timeout_is_unknown_and_the_late_answer_is_not_taken_for_the_next(start: Start, pool: HttpPool) -> None:
    async def late(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        if b"/late" in request:
            await asyncio.sleep(0.3)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
        else:
            await answer_ok(exchange, number, request, writer)

    exchange = await start(late)

    with pytest.raises(NoAnswer):
        await pool.request("POST", exchange.base + "/late", body="x", timeout=0.1)
    second = await pool.request("GET", exchange.base)
    await asyncio.sleep(0.3)

    assert second[2] == b"ok"
    assert (await pool.request("GET", exchange.base))[2] == b"ok"


async def test_cancelled_caller_gives_its_connection_up(start: Start) -> None:
    async def slow(exchange: Exchange, number: int, request: bytes, writer: StreamWriter) -> None:
        if b"/slow" in request:
            await asyncio.sleep(1)
        await answer_ok(exchange, number, request, writer)

    exchange, pool = await start(slow), HttpPool(limit=1)
    caller = asyncio.create_task(pool.request("GET", exchange.base + "/slow"))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(pool.request("GET", exchange.base + "/cancelled-waiter"))
    await asyncio.sleep(0)
    waiting.cancel()
    caller.cancel()

    assert (await pool.request("GET", exchange.base, timeout=0.5))[1]["x-number"] == "2"
    assert pool.open_connections == 1
    await pool.close()


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    from ipaddress import ip_address

    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_tls_with_a_known_certificate_works_and_is_kept(
    start: Start, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    exchange = await start(tls=server_tls)
    pool = HttpPool(tls=ssl.create_default_context(cafile=str(certificate)))

    for _ in range(3):
        assert (await pool.request("GET", exchange.base))[2] == b"ok"

    assert exchange.connections == 1
    exchange.writers[0].close()
    await asyncio.sleep(0.05)
    assert (await pool.request("GET", exchange.base))[1]["x-number"] == "2"
    await pool.close()
    await asyncio.sleep(0.05)


async def test_unknown_certificate_is_not_sent(start: Start, pool: HttpPool, server_tls: ssl.SSLContext) -> None:
    exchange = await start(tls=server_tls)

    with pytest.raises(NotSent):
        await pool.request("POST", exchange.base, body="secret")

    assert exchange.requests == []
    await asyncio.sleep(0.05)


async def test_tls_to_a_server_that_speaks_none_is_not_sent(start: Start, pool: HttpPool) -> None:
    exchange = await start()

    with pytest.raises(NotSent):
        await pool.request("POST", exchange.base.replace("http:", "https:"), body="secret", timeout=0.5)
