"""Trades are read to the last page, each once, oldest first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchanges.dialect import FillsOrder
from exchanges.errors import OutcomeUnknown
from exchanges.paged_fills import read_all_fills
from exchanges.types import ExchangeFill, Side

WINDOW, PAGE = timedelta(days=1), 3


class Exchange:
    """Answers like the documentation says: windows of at most a day, or from an id on; at most PAGE trades."""

    def __init__(self, *times: datetime) -> None:
        self.fills = [
            ExchangeFill(
                str(number), "1", "BTCUSDT", Side.BUY, Decimal(1), Decimal(1), Decimal(0), "USDT", Decimal(0), time
            )
            for number, time in enumerate(sorted(times), 98)
        ]
        self.asked = 0

    async def page(self, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> list[ExchangeFill]:
        self.asked += 1
        if from_id is not None:
            assert since_ms is None
            return [fill for fill in self.fills if int(fill.trade_id) >= int(from_id)][:PAGE]
        assert since_ms is not None
        until = until_ms if until_ms is not None else since_ms + 86_400_000
        assert until - since_ms <= 86_400_000
        return [fill for fill in self.fills if since_ms <= fill.filled_at.timestamp() * 1000 <= until][:PAGE]


def ago(**distance: float) -> datetime:
    return (datetime.now(UTC) - timedelta(**distance)).replace(microsecond=0)


async def test_one_short_page_is_one_request() -> None:
    exchange = Exchange(ago(hours=2), ago(hours=1))

    fills = await read_all_fills(exchange.page, window=WINDOW, page_size=PAGE, since=ago(hours=3))

    assert (fills, exchange.asked) == (exchange.fills, 1)


async def test_pages_follow_ids_from_two_to_three_digits() -> None:
    exchange = Exchange(*(ago(minutes=minute) for minute in range(1, 11)))

    fills = await read_all_fills(exchange.page, window=WINDOW, page_size=PAGE, since=ago(hours=3))

    assert [fill.trade_id for fill in fills] == [str(number) for number in range(98, 108)]


async def test_older_windows_are_walked_through() -> None:
    exchange = Exchange(ago(days=6), ago(days=3, hours=1), ago(minutes=5))

    fills = await read_all_fills(exchange.page, window=WINDOW, page_size=PAGE, since=None)

    assert fills == exchange.fills
    assert exchange.asked == 7


async def test_a_full_page_in_an_old_window_leads_on_by_ids() -> None:
    exchange = Exchange(*(ago(days=5, minutes=minute) for minute in range(4)), ago(days=1), ago(minutes=1))

    fills = await read_all_fills(exchange.page, window=WINDOW, page_size=PAGE, since=ago(days=6))

    assert fills == exchange.fills


async def test_exactly_one_page_is_no_endless_loop() -> None:
    exchange = Exchange(ago(minutes=3), ago(minutes=2), ago(minutes=1))

    assert await read_all_fills(exchange.page, window=WINDOW, page_size=PAGE, since=ago(hours=1)) == exchange.fills


class ExchangeOfTimes(Exchange):
    """Has no ids to ask by: within a window at most PAGE trades, from one end or the other; its ids are no numbers."""

    def __init__(self, *times: datetime, newest_first: bool) -> None:
        super().__init__(*times)
        self.fills = [replace(fill, trade_id=f"trade-{fill.trade_id}") for fill in self.fills]
        self.newest_first = newest_first

    async def page(self, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> list[ExchangeFill]:
        assert (from_id, since_ms is None) == (None, False)
        self.asked += 1
        until = until_ms if until_ms is not None else since_ms + 86_400_000
        found = [fill for fill in self.fills if since_ms <= fill.filled_at.timestamp() * 1000 <= until]
        return found[::-1][:PAGE] if self.newest_first else found[:PAGE]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_times_lead_through_a_window_where_there_are_no_ids(newest_first: bool) -> None:
    exchange = ExchangeOfTimes(*(ago(minutes=minute) for minute in range(1, 9)), newest_first=newest_first)
    order = FillsOrder.NEWEST_FIRST if newest_first else FillsOrder.OLDEST_FIRST

    fills = await read_all_fills(exchange.page, window=WINDOW, page_size=PAGE, since=ago(hours=3), order=order)

    assert fills == exchange.fills


async def test_more_trades_of_one_moment_than_a_page_holds_are_not_passed_over_silently() -> None:
    exchange = ExchangeOfTimes(*[ago(minutes=5)] * (PAGE + 1), newest_first=True)

    with pytest.raises(OutcomeUnknown) as error:
        await read_all_fills(
            exchange.page, window=WINDOW, page_size=PAGE, since=ago(hours=3), order=FillsOrder.NEWEST_FIRST
        )

    assert error.value.code == "too_many_fills"


async def test_what_is_no_trade_takes_room_on_a_page_and_is_left_out() -> None:
    """Some exchanges tell funding among the trades: a page full of both is not the last one."""
    exchange = Exchange(*(ago(minutes=minute) for minute in range(1, 8)))
    exchange.fills = [
        replace(fill, quantity=Decimal(0)) if number % 2 else fill for number, fill in enumerate(exchange.fills)
    ]

    fills = await read_all_fills(
        exchange.page, window=WINDOW, page_size=PAGE, since=ago(hours=3), order=FillsOrder.OLDEST_FIRST
    )

    assert [fill.trade_id for fill in fills] == ["98", "100", "102", "104"]
