"""Reading an account's trades to the last page, through windows of time and pages of ids or times."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from exchanges.dialect import FillsOrder
from exchanges.errors import OutcomeUnknown
from exchanges.types import ExchangeFill

DEFAULT_REACH = timedelta(days=7)


class Page(Protocol):
    """One request for trades: a window of time (milliseconds), or from a trade id on."""

    async def __call__(
        self, *, since_ms: int | None, until_ms: int | None, from_id: str | None
    ) -> list[ExchangeFill]: ...


async def read_all_fills(
    page: Page,
    *,
    window: timedelta,
    page_size: int,
    since: datetime | None,
    order: FillsOrder = FillsOrder.BY_ID,
) -> list[ExchangeFill]:
    """All trades since then, oldest first, each once. Raises OutcomeUnknown when more trades than a page holds bear one time.

    Windows are walked. Where one has trades that fill a page, ids lead from there to the newest trade, or times through
    the rest of the window. A row of quantity zero is no trade and only takes room on its page (funding, at some exchanges).
    """
    now = datetime.now(UTC)
    start = since or now - DEFAULT_REACH
    fills: dict[str, ExchangeFill] = {}
    while True:
        last_window = start + window >= now
        # the last one is left open: the exchange's clock may be ahead of ours
        until = None if last_window else _ms(start + window) - 1
        got = await page(since_ms=_ms(start), until_ms=until, from_id=None)
        fills.update((fill.trade_id, fill) for fill in got)
        if len(got) >= page_size:
            if order is FillsOrder.BY_ID:
                await _follow_ids(page, page_size, fills)
                break
            await _follow_times(page, page_size, fills, got, order, (_ms(start), until))
        if last_window:
            break
        start += window
    trades = (fill for fill in fills.values() if fill.quantity)
    return sorted(trades, key=lambda fill: (fill.filled_at, len(fill.trade_id), fill.trade_id))


async def _follow_ids(page: Page, page_size: int, fills: dict[str, ExchangeFill]) -> None:
    while True:
        got = await page(since_ms=None, until_ms=None, from_id=str(max(int(trade_id) for trade_id in fills) + 1))
        fills.update((fill.trade_id, fill) for fill in got)
        if len(got) < page_size:
            return


async def _follow_times(
    page: Page,
    page_size: int,
    fills: dict[str, ExchangeFill],
    got: list[ExchangeFill],
    order: FillsOrder,
    reach: tuple[int, int | None],
) -> None:
    """The rest of one window. The edge is asked for again, since trades before and after it may bear the same time."""
    since, until = reach
    while len(got) >= page_size:
        edge = (since, until)
        if order is FillsOrder.OLDEST_FIRST:
            since = max(_ms(fill.filled_at) for fill in got)
        else:
            until = min(_ms(fill.filled_at) for fill in got)
        if edge == (since, until):
            raise OutcomeUnknown("More trades bear one time than the exchange tells", code="too_many_fills")
        got = await page(since_ms=since, until_ms=until, from_id=None)
        fills.update((fill.trade_id, fill) for fill in got)


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
