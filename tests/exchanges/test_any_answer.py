"""Whatever an exchange answers, the client knows two things: an order, or an error of ours."""

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.dialect import Dialect, read_answer
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.registry import all_venues
from exchanges.types import MarketType, OrderAnswer
from exchanges.venue import Venue
from tests.exchanges.markets import any_market

MARKETS = [(venue, market_type) for venue in all_venues() for market_type in venue.market_types]


def samples_of(venue: Venue, market_type: MarketType) -> list[Any]:
    """Documented answers to orders: `ORDER_ANSWERS` in this folder's module of samples. A venue without one fails here."""
    name = "binance" if venue.features.is_paper else venue.id
    found: list[Any] = import_module(f"tests.exchanges.{name}_samples").ORDER_ANSWERS[market_type]
    return found


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0", "NaN", "-1", "1e999"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def broken(sample: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The sample with some fields gone and some with anything in them."""
    return st.dictionaries(st.sampled_from(sorted(sample)), values, max_size=4).flatmap(
        lambda changed: st.sets(st.sampled_from(sorted(sample)), max_size=2).map(
            lambda gone: {name: value for name, value in (sample | changed).items() if name not in gone}
        )
    )


@pytest.mark.parametrize(("venue", "market_type"), MARKETS, ids=lambda it: getattr(it, "id", it))
@settings(max_examples=30)
@given(data=st.data())
def test_an_answer_is_an_order_or_unknown(venue: Venue, market_type: MarketType, data: st.DataObject) -> None:
    dialect: Dialect = venue.dialects[market_type]
    market = any_market(market_type)
    raw = data.draw(values | st.one_of([broken(sample) for sample in samples_of(venue, market_type)]))

    for read in (dialect.read_order, dialect.read_protection_order):
        try:
            answer = read_answer(raw, lambda told, read=read: read(told, market))  # type: ignore[misc]
        except OutcomeUnknown:
            continue
        except Refused as refusal:  # "there is none", said with an empty list
            if refusal.kind is not RefusalKind.NOT_FOUND:
                raise
            continue
        assert isinstance(answer, OrderAnswer)
        assert answer.exchange_order_id
        assert answer.filled_quantity.is_finite()


@pytest.mark.parametrize("market_type", list(MarketType))
@given(status=st.integers(100, 599), body=values | st.fixed_dictionaries({"code": scalars, "msg": scalars}))
def test_a_status_and_a_body_are_good_or_an_error_of_ours(market_type: MarketType, status: int, body: Any) -> None:
    for venue in all_venues():
        error = venue.judge(status, {"retry-after": "soon"}, body, market_type=market_type, hint=None)

        assert error is None or isinstance(error, ExchangeError)
        if error is None:
            assert 200 <= status < 300
