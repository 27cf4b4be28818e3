"""A loopback HTTP server that records what is asked and answers what it was told to, faults included."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# What a script may hold instead of (status, body): do this to the connection.
CLOSE, HANG, TRUNCATE = "close", "hang", "truncate"
PORTS_GIVEN: set[int] = set()


@dataclass
class Asked:
    method: str
    path: str
    params: dict[str, str]  # query and form together
    headers: dict[str, str]
    query: str
    body: str

    @property
    def unsigned(self) -> dict[str, str]:
        """The parameters without what changes with time and key."""
        return {name: value for name, value in self.params.items() if name not in ("timestamp", "signature")}


@dataclass
class Loopback:
    """`script[(method, path)]` is one answer for ever, or a list of answers one after the other."""

    script: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    delay: float = 0.0

    async def start(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()
        self._server = await self._bind()
        port = self._server.sockets[0].getsockname()[1]
        PORTS_GIVEN.add(port)
        self.url = f"http://127.0.0.1:{port}"

    async def _bind(self) -> asyncio.Server:
        """Never on an earlier one's port: what was learnt of an exchange (a ban) is remembered under its address."""
        refused: list[asyncio.Server] = []
        while True:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            if server.sockets[0].getsockname()[1] not in PORTS_GIVEN:
                break
            refused.append(server)
        for other in refused:
            other.close()
        return server

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)

    def answer(self, method: str, path: str, *answers: Any) -> None:
        """One answer stays for ever; several are given in turn, the last one stays."""
        self.script[method, path] = list(answers)

    def to(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(parse_qsl(body, keep_blank_values=True))
        asked = Asked(method, parts.path, params, headers, parts.query, body)
        self.asked.append(asked)
        if self.delay:
            await asyncio.sleep(self.delay)
        return await self._respond(writer, self._next(asked), asked)

    def _next(self, asked: Asked) -> Any:
        answers = self.script.get((asked.method, asked.path), [(404, "<html>no such page</html>")])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _respond(self, writer: asyncio.StreamWriter, answer: Any, asked: Asked) -> bool:
        if callable(answer):
            answer = answer(asked)
        if answer == HANG:
            await asyncio.sleep(30)
            return False
        if answer == CLOSE:
            return False
        status, body, *rest = answer if isinstance(answer, tuple) else (200, answer)
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        extra = "".join(f"{name}: {value}\r\n" for name, value in (rest[0] if rest else {}).items())
        length = len(raw) + (50 if answer == TRUNCATE else 0)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{extra}\r\n".encode() + raw)
        await writer.drain()
        return answer != TRUNCATE
