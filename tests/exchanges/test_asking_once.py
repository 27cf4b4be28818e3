"""One request answers all who ask at the same moment; one asker's end is not the others'."""

import asyncio

import pytest

from exchanges.asking_once import ask_once, start_once


async def test_all_askers_share_one_answer() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return asked

    assert await asyncio.gather(*(ask_once("a", ask) for _ in range(10))) == [1] * 10
    assert await ask_once("a", ask) == 2


async def test_different_questions_are_asked_apart() -> None:
    async def ask() -> object:
        return object()

    one, other = await asyncio.gather(ask_once("a", ask), ask_once("b", ask))

    assert one is not other


async def test_an_asker_who_gives_up_leaves_the_answer_to_the_others() -> None:
    async def ask() -> str:
        await asyncio.sleep(0.02)
        return "answer"

    impatient = asyncio.create_task(ask_once("a", ask))
    patient = asyncio.create_task(ask_once("a", ask))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await patient == "answer"


async def test_a_failure_reaches_all_askers_and_is_asked_again() -> None:
    async def fail() -> str:
        await asyncio.sleep(0)
        raise OSError("no")

    for outcome in await asyncio.gather(*(ask_once("a", fail) for _ in range(3)), return_exceptions=True):
        assert isinstance(outcome, OSError)
    with pytest.raises(OSError, match="no"):
        await ask_once("a", fail)


async def test_a_failure_that_nobody_waits_for_is_not_reported() -> None:
    """asyncio's "exception was never retrieved" would be an error in the worker's log for a price that nobody needed."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))

    async def fail() -> None:
        raise OSError("no")

    task = start_once("a", fail)
    await asyncio.sleep(0.01)
    del task
    import gc

    gc.collect()

    assert reported == []
