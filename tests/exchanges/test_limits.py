"""Who goes first, and what a request weighs (P17)."""

import pytest

from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused, seconds_to_wait
from exchanges.limits import Priority, at_most, of_read, urgent
from exchanges.types import MarketType
from exchanges.venues.binance_limits import LIMITS


def test_reads_take_the_priority_of_the_work_around_them() -> None:
    outside = of_read(Priority.CLOSE)
    with at_most(Priority.QUERY):
        inside = of_read(Priority.CLOSE)
        with at_most(Priority.ENTRY):
            never_raised = of_read(Priority.CLOSE)
        with urgent():
            repairing = of_read(Priority.CLOSE)

    assert (outside, inside, never_raised, repairing) == (
        Priority.CLOSE,
        Priority.QUERY,
        Priority.QUERY,
        Priority.CLOSE,
    )
    assert of_read(Priority.CLOSE) is Priority.CLOSE


@pytest.mark.parametrize(
    ("market", "endpoint", "params", "weight"),
    [
        (MarketType.FUTURES, "fapiPrivatePostOrder", {"symbol": "BTCUSDT"}, 0),
        (MarketType.FUTURES, "fapiPrivateGetOrder", {"symbol": "BTCUSDT"}, 1),
        (MarketType.FUTURES, "fapiPublicV2GetTickerPrice", {"symbol": "BTCUSDT"}, 1),
        (MarketType.FUTURES, "fapiPublicV2GetTickerPrice", {}, 2),
        (MarketType.SPOT, "publicGetTickerPrice", {"symbol": "BTCUSDT"}, 2),
        (MarketType.SPOT, "publicGetTickerPrice", {}, 4),
        (MarketType.SPOT, "privateGetAccount", {"omitZeroBalances": "true"}, 20),
    ],
)
def test_binances_weights_are_those_of_its_documentation(
    market: MarketType, endpoint: str, params: dict[str, str], weight: int
) -> None:
    assert LIMITS[market].weight_of(endpoint, params) == weight


def test_only_what_was_not_placed_says_how_long_to_wait() -> None:
    outcomes = [
        NotSent("closed", retry_after_s=7),
        NotSent("unreachable"),
        Refused("429", kind=RefusalKind.RATE_LIMIT, retry_after_s=9),
        Refused("keys", kind=RefusalKind.CREDENTIALS, retry_after_s=9),
        OutcomeUnknown("no answer"),
        None,
    ]

    assert [seconds_to_wait(outcome) for outcome in outcomes] == [7, 0, 9, 0, 0, 0]
