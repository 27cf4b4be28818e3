"""The simulator's requests as truth: shares of its limit, and who asked during a ban (I11)."""

from decimal import Decimal
from typing import Any

from signals.invariants.simulator_requests import requests_of

MINUTE = 1_772_452_800_000  # a whole minute of the clock


def arrival(number: int, at_ms: int, status: int = 200, **fields: Any) -> dict[str, Any]:
    values = {"peer": "127.0.0.1", "path": "/fapi/v1/order", "weight": 10, **fields}
    return {"number": number, "time": MINUTE + at_ms, "status": status, **values}


def test_weights_add_up_within_a_minute_and_a_part_of_the_api():
    found = requests_of(
        [arrival(1, 0), arrival(2, 59_999), arrival(3, 60_000), arrival(4, 60_001, path="/api/v3/order")],
        weight_limit=100,
    )

    assert [request.used_share for request in found] == [Decimal("0.1"), Decimal("0.2"), Decimal("0.1"), Decimal("0.1")]


def test_without_a_limit_no_share_is_known():
    assert [request.used_share for request in requests_of([arrival(1, 0)])] == [None]


def test_a_ban_lasts_as_long_as_the_answer_said():
    (request,) = requests_of([arrival(1, 0, 418, retry_after=120)])

    assert request.banned_until is not None
    assert (request.banned_until - request.at).total_seconds() == 120


def test_who_is_told_418_again_was_banned_until_then():
    first, second, free = requests_of([arrival(1, 0, 418), arrival(2, 5000, 418), arrival(3, 9000)])

    assert first.banned_until is not None
    assert first.banned_until > second.at
    assert (second.banned_until, free.banned_until) == (None, None)


def test_two_bans_with_an_answer_between_are_two():
    found = requests_of([arrival(1, 0, 418), arrival(2, 5000), arrival(3, 9000, 418)])

    assert [request.banned_until is not None and request.banned_until > found[2].at for request in found] == [
        False,
        False,
        True,
    ]


def test_a_rate_limit_begins_anew_with_the_minute():
    first, second = requests_of([arrival(1, 58_000, 429), arrival(2, 61_000, 429)])

    assert first.banned_until is not None
    assert first.banned_until < second.at
