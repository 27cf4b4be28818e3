"""A machine that finds nothing might be blind: with a guard taken away it says what breaks."""

import pytest

from exchanges.client import ExchangeClient
from exchanges.types import ExchangeFill
from signals.ledger import claiming
from tests.machine.search import Walk, codes, draw_walk, walk_along
from tests.machine.town import Town

WALKS = 60
ANSWER_LOST: Walk = [
    ("trade", {"action": "buy", "symbol": "BTCUSDT", "age_s": 0.0, "trouble": ("entry", "answer lost"), "place": 0,
               "points": None, "wait": 60.0}),
]  # fmt: skip
RUNG_TWICE: Walk = [
    ("alert_nobody_hears", {"action": "buy", "symbol": "BTCUSDT", "age_s": 0.0}),
    ("alert_and_message_come_again", {"which": 0, "wait": 60.0}),
]

FILLS = ExchangeClient.fills


@pytest.fixture
def nothing_is_ever_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order is asked for by its client order id, and the exchange knows none; nor does it tell of fills, the second witness."""

    async def find_nothing(*_args: object) -> None:
        return None

    async def no_fills(*_args: object, **_named: object) -> list[ExchangeFill]:
        return []

    monkeypatch.setattr(ExchangeClient, "find_order", find_nothing)
    monkeypatch.setattr(ExchangeClient, "fills", no_fills)


@pytest.mark.usefixtures("nothing_is_ever_found")
def test_with_the_second_witness_alone_a_lost_answer_enters_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExchangeClient, "fills", FILLS)

    assert "I1 double_entry" not in codes(walk_along(town, ANSWER_LOST))


@pytest.mark.usefixtures("nothing_is_ever_found")
def test_without_the_question_by_client_order_id_a_lost_answer_enters_twice(town: Town) -> None:
    assert "I1 double_entry" in codes(walk_along(town, ANSWER_LOST))


def test_with_the_question_it_enters_once(town: Town) -> None:
    assert walk_along(town, ANSWER_LOST) == ""


def test_without_one_owner_per_claim_a_message_that_came_twice_enters_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_firsts", lambda ids: [(key, True) for key in ids])

    assert "I1 double_entry" in codes(walk_along(town, RUNG_TWICE))


def test_with_one_owner_it_enters_once(town: Town) -> None:
    assert walk_along(town, RUNG_TWICE) == ""


@pytest.mark.usefixtures("nothing_is_ever_found")
def test_random_walks_find_the_way_by_themselves(town: Town) -> None:
    walks = (draw_walk(seed, 4) for seed in range(WALKS))

    assert any("I1 double_entry" in codes(walk_along(town, walk)) for walk in walks)
