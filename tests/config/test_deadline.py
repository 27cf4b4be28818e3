"""A request that cannot be answered in time is answered 503 in its place (promise 1)."""

import asyncio
from typing import Any

from config.deadline import DEADLINE, answer_in_time, is_too_late

START = {"type": "http.response.start", "status": 202, "headers": []}
BODY = {"type": "http.response.body", "body": b"stored"}


async def nothing() -> dict[str, Any]:
    return {"type": "http.request"}


def answered_by(application: Any, *, seconds: float, linger: float = 0) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        await answer_in_time(application, {}, nothing, send, seconds=seconds)
        await asyncio.sleep(linger)

    asyncio.run(run())
    return sent


def test_an_answer_in_time_passes_as_it_is():
    async def quick(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(BODY)

    assert answered_by(quick, seconds=1) == [START, BODY]


def test_a_request_that_hangs_is_answered_503_and_heard_no_more():
    ended: list[bool] = []

    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.1)
        await send(START)
        await send(BODY)
        ended.append(is_too_late({"asgi.scope": scope}))

    sent = answered_by(hanging, seconds=0.02, linger=0.2)

    assert [message.get("status") for message in sent] == [503, None]
    assert b"nothing was stored" in sent[1]["body"]
    assert ended == [True]


def test_an_answer_that_has_begun_is_never_cut():
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await asyncio.sleep(0.05)
        await send(BODY)

    assert answered_by(slow, seconds=0.02) == [START, BODY]


def test_without_a_deadline_nothing_is_late():
    assert not is_too_late({})
    assert is_too_late({"asgi.scope": {DEADLINE: 0.0}})
