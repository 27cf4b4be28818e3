"""D4: client order ids are derived, so that a task that runs twice names the same order twice."""

import re
from uuid import UUID

from exchanges.client_ids import client_order_id, order_list_id
from exchanges.registry import all_venues
from exchanges.types import Leg

EXECUTION = UUID("0193509a-3d5c-7c60-9c6e-0f6f4b1f2a31")


def test_an_id_is_the_same_every_time_it_is_derived() -> None:
    assert client_order_id(EXECUTION, Leg.ENTRY, 1) == "bx7z3ul6hwijhbwdle"


def test_leg_and_attempt_make_another_id() -> None:
    ids = {client_order_id(EXECUTION, leg, attempt) for leg in Leg for attempt in range(50)}

    assert len(ids) == len(Leg) * 50


def test_an_id_fits_every_venue() -> None:
    for leg in Leg:
        made = client_order_id(EXECUTION, leg, 1)
        assert re.fullmatch(r"b[a-z2-7]{16}[estxo]", made)
        assert made[-1] == leg.value
        assert all(re.fullmatch(venue.client_id_pattern, made) for venue in all_venues())


def test_an_order_list_is_named_after_its_stop() -> None:
    assert order_list_id("b" + "a" * 16 + "s") == "b" + "a" * 16 + "o"
