"""`/events/`: one's own messages, at once, for signed-in people only (NOT-01, D31, P22)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client

from accounts.models import User
from config.asgi import application
from front import events
from front.event_hub import Hub
from tests.trading_world import make_user

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGE = {"type": "bot_execution", "subscription_id": "1", "status": "success", "ticker": "BTCUSDT", "action": "buy"}


@pytest.fixture(autouse=True)
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    hub = Hub()
    monkeypatch.setattr(events, "hub", hub)
    yield hub
    await hub.close()


class Stream:
    """One browser's EventSource, without a network in between."""

    def __init__(self, session: str = "", method: str = "GET") -> None:
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
        self.scope = {
            "type": "http",
            "method": method,
            "path": "/events/",
            "query_string": b"",
            "headers": [(b"cookie", cookie), (b"host", b"testserver")],
        }
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()

    async def run(self) -> None:
        async def receive() -> dict[str, Any]:
            await self.gone.wait()
            return {"type": "http.disconnect"}

        await application(self.scope, receive, self.sent.put)

    async def status(self) -> int:
        start = await asyncio.wait_for(self.sent.get(), 5)
        return int(start["status"])

    async def line(self) -> bytes:
        body: bytes = (await asyncio.wait_for(self.sent.get(), 5))["body"]
        return body


@asynccontextmanager
async def opened(stream: Stream) -> AsyncIterator[Stream]:
    task = asyncio.create_task(stream.run())
    try:
        yield stream
    finally:
        stream.gone.set()
        await asyncio.wait_for(task, 5)


def log_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def ana() -> tuple[User, str]:
    """Somebody and the cookie of their session; made here, so that no thread keeps a database connection."""
    user = make_user()
    return user, log_in(user)


@pytest.fixture
def bob() -> tuple[User, str]:
    user = make_user()
    return user, log_in(user)


@pytest.fixture
def blocked(ana: tuple[User, str]) -> str:
    User.objects.filter(pk=ana[0].pk).update(is_active=False)
    return ana[1]


@pytest.fixture
def outdated(ana: tuple[User, str]) -> str:
    ana[0].set_password("another-long-password")
    ana[0].save()
    return ana[1]


def publish(user: User, message: dict[str, str]) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.publish(f"user.{user.pk}", json.dumps(message))


async def test_a_message_reaches_its_owners_page_and_nobody_elses(ana: tuple[User, str], bob: tuple[User, str]) -> None:
    (owner, hers), (_, his) = ana, bob

    async with opened(Stream(hers)) as her_page, opened(Stream(his)) as his_page:
        assert [await her_page.status(), await his_page.status()] == [200, 200]
        assert [await her_page.line(), await his_page.line()] == [b"retry: 2000\n\n"] * 2
        await asyncio.to_thread(publish, owner, MESSAGE)
        line = await her_page.line()

        assert line.startswith(b"event: update\ndata: ")
        assert json.loads(line.split(b"data: ", 1)[1]) == MESSAGE
        assert his_page.sent.empty()


@pytest.mark.parametrize("session", ["", "nonsense", "\x00"])
async def test_without_a_login_there_is_no_stream(session: str) -> None:
    async with opened(Stream(session)) as page:
        assert await page.status() == 401


async def test_a_blocked_person_is_not_let_in(blocked: str) -> None:
    async with opened(Stream(blocked)) as page:
        assert await page.status() == 401


async def test_a_session_from_before_a_new_password_is_not_let_in(outdated: str) -> None:
    async with opened(Stream(outdated)) as page:
        assert await page.status() == 401


async def test_only_get_is_answered() -> None:
    async with opened(Stream(method="POST")) as page:
        assert await page.status() == 405


async def test_a_person_has_three_streams_at_most(ana: tuple[User, str]) -> None:
    session = ana[1]

    async with opened(Stream(session)) as one, opened(Stream(session)) as two, opened(Stream(session)) as three:
        assert [await page.status() for page in (one, two, three)] == [200, 200, 200]
        async with opened(Stream(session)) as four:
            assert await four.status() == 429
    async with opened(Stream(session)) as again:
        assert await again.status() == 200


async def test_a_stream_ends_after_some_minutes(monkeypatch: pytest.MonkeyPatch, ana: tuple[User, str]) -> None:
    monkeypatch.setattr(events, "STREAM_LASTS_S", 0.05)
    async with opened(Stream(ana[1])) as page:
        assert await page.status() == 200
        await page.line()
        end = await asyncio.wait_for(page.sent.get(), 5)

    assert end["more_body"] is False


async def test_a_silent_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch, ana: tuple[User, str]) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.05)
    async with opened(Stream(ana[1])) as page:
        await page.status()
        await page.line()

        assert await page.line() == b": keep-alive\n\n"


async def test_a_slow_browser_loses_the_oldest_messages_and_holds_up_nobody(hub: Hub) -> None:
    async with hub.subscribe("user.x") as queue:
        for number in range(70):
            hub._hand_out("user.x", str(number).encode())

        assert queue.qsize() == 64
        assert queue.get_nowait() == b"6"
