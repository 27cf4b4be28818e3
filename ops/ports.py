"""Loopback ports: is one free, which is the next free one, and whose is it until its process has bound it."""

import errno
import socket

TRIES = 50


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether `host:port` can be listened on now. A port just left by us counts as free (SO_REUSEADDR, as uvicorn sets)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise SystemExit(f"{host}:{port} cannot be listened on: {error.strerror}") from error
        return True


def next_free_port(first: int, host: str = "127.0.0.1", *, before: int | None = None) -> int:
    """`first`, or the nearest port above it that is free; below `before`, by default 50 further."""
    end = min(before or first + TRIES, 65536)
    for port in range(first, end):
        if port_is_free(port, host):
            return port
    raise SystemExit(f"Ports up to {end - 1} are all taken: name a free one with --port")


class PortClaims:
    """Ports that this start will give to its processes: until `release` no other start takes them, bound or not.

    A claim is the UDP socket of the same number on loopback: the whole machine sees it, it ends with its holder, and
    nothing here speaks UDP.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def claim(self, port: int) -> bool:
        """Whether it is ours now; False where another start (or any program's UDP) holds it."""
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            return False
        self._held.append(claim)
        return True

    def next_free(self, first: int, host: str = "127.0.0.1") -> int:
        """`first`, or the nearest port above it that is free and unclaimed; it is ours from here on."""
        port = first
        while True:
            port = next_free_port(port, host, before=first + TRIES)
            if self.claim(port):
                return port
            port += 1

    def release(self) -> None:
        while self._held:
            self._held.pop().close()
