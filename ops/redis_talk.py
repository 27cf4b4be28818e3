"""Just enough of the Redis protocol for the doctor: connect by URL, authenticate, list keys. Standard library only."""

import socket
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 2.0


class RedisTalk:
    """A connection to `unix://…?db=0`, `redis://user:password@host:port/0` or `rediss://…`; OSError when it fails."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(TIMEOUT_SECONDS)
            self._socket.connect(unquote(parts.path))
            database = parse_qs(parts.query).get("db", ["0"])[0]
        else:
            self._socket = socket.create_connection(
                (parts.hostname or "127.0.0.1", parts.port or 6379), TIMEOUT_SECONDS
            )
            database = parts.path.strip("/") or "0"
        if parts.scheme == "rediss":
            import ssl  # noqa: PLC0415 -- a slow import that few need

            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=parts.hostname)
        self._file: BinaryIO = self._socket.makefile("rb")
        if parts.password:
            self.ask("AUTH", *([parts.username] if parts.username else []), unquote(parts.password))
        self.ask("SELECT", database)

    def keys(self, pattern: str) -> list[str]:
        """All keys that match, by SCAN: a big server is not held up."""
        cursor, found = "0", []
        while True:
            answer = self.ask("SCAN", cursor, "MATCH", pattern, "COUNT", "1000")
            assert isinstance(answer, list)  # noqa: S101 -- SCAN answers [cursor, keys]
            cursor, page = answer
            found += page
            if cursor == "0":
                return found

    def ask(self, *words: str) -> object:
        encoded = [word.encode() for word in words]
        parts = [b"*%d\r\n" % len(encoded), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)]
        self._socket.sendall(b"".join(parts))
        return self._answer()

    def _answer(self) -> object:
        line = self._file.readline().rstrip(b"\r\n").decode()
        kind, rest = line[:1], line[1:]
        if kind == "-":
            raise ConnectionError(rest)
        if kind == "$":
            return self._file.read(int(rest) + 2)[:-2].decode() if rest != "-1" else None
        if kind == "*":
            return [self._answer() for _ in range(int(rest))]
        if not kind:
            raise ConnectionError("the connection was closed")
        return rest

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()
