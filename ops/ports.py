"""Loopback ports: is one free, which is the next free one."""

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


def next_free_port(first: int, host: str = "127.0.0.1", *, taken: frozenset[int] = frozenset()) -> int:
    """`first`, or the nearest port above it that is free and not in `taken`."""
    for port in range(first, min(first + TRIES, 65536)):
        if port not in taken and port_is_free(port, host):
            return port
    raise SystemExit(f"Ports {first} to {first + TRIES - 1} are all taken: name a free one with --port")
