"""The HTTP protocol itself: keep-alive, pipelining, torn and hostile requests."""

import socket

import pytest


@pytest.fixture
def connect(sim):
    host, port = sim.url.removeprefix("http://").split(":")
    opened = []

    def make():
        opened.append(socket.create_connection((host, int(port)), timeout=5))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


PING = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"


def read_until(connection, count, mark=b"HTTP/1.1 "):
    data = b""
    while data.count(mark) < count or not data.endswith((b"}", b"]")):
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


def test_many_requests_on_one_connection(connect):
    connection = connect()
    for _ in range(3):
        connection.sendall(PING)
        assert read_until(connection, 1).startswith(b"HTTP/1.1 200 OK\r\n")


def test_pipelined_requests_are_answered_in_order(connect):
    connection = connect()
    connection.sendall(PING + b"GET /fapi/v1/nope HTTP/1.1\r\n\r\n" + PING)

    data = read_until(connection, 3)

    assert [data.split(b"HTTP/1.1 ")[n][:3] for n in (1, 2, 3)] == [b"200", b"404", b"200"]


def test_requests_may_arrive_byte_by_byte(connect):
    connection = connect()
    for byte in PING:
        connection.sendall(bytes([byte]))
    assert read_until(connection, 1).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/3\r\n\r\n", b"505"),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"GET /" + b"x" * 40_000, b"431"),
        (b"\xff\xfe / HTTP/1.1\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_answered_and_closed(connect, request_bytes, status):
    connection = connect()
    connection.sendall(request_bytes)

    data = b""
    while piece := connection.recv(65536):
        data += piece

    assert data[9:12] == status


def test_close_is_obeyed(connect):
    connection = connect()
    connection.sendall(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")

    assert read_until(connection, 1).endswith(b'{"status":"ok"}')
    assert connection.recv(10) == b""


def test_odd_parameters_do_not_break_anything(connect):
    connection = connect()
    for path in (
        b"/fapi/v1/klines?symbol=%00&interval=%ff",
        b"/fapi/v1/ticker/price?&&&=&symbol",
        b"/api/v3/depth?symbol=\x7f",
    ):
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\n\r\n")
        assert read_until(connection, 1)[9:12] in (b"400", b"200")


def test_control_bodies_that_are_hostile(connect):
    for body in (b"[" * 100_000, b"{", b"[]", b"NaN", b'{"prices":{"BTCUSDT":NaN}}', b'{"prices":{"BTCUSDT":1e400}}'):
        connection = connect()
        head = b"POST /_control/prices HTTP/1.1\r\nAuthorization: Bearer test-token\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(body) + body)
        assert read_until(connection, 1)[9:12] == b"400"
