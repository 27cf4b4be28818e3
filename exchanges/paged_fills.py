"""Reading an account's trades to the last page, through windows of time and pages of ids."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from exchanges.types import ExchangeFill

DEFAULT_REACH = timedelta(days=7)


class Page(Protocol):
    """One request for trades: a window of time (milliseconds), or from a trade id on."""

    async def __call__(
        self, *, since_ms: int | None, until_ms: int | None, from_id: str | None
    ) -> list[ExchangeFill]: ...


async def read_all_fills(
    page: Page, *, window: timedelta, page_size: int, since: datetime | None
) -> list[ExchangeFill]:
    """All trades since then, oldest first, each once.

    Windows are walked until one has trades that fill a page; from there on ids lead to the newest trade.
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
            await _follow_ids(page, page_size, fills)
            break
        if last_window:
            break
        start += window
    return sorted(fills.values(), key=lambda fill: (fill.filled_at, int(fill.trade_id)))


async def _follow_ids(page: Page, page_size: int, fills: dict[str, ExchangeFill]) -> None:
    while True:
        got = await page(since_ms=None, until_ms=None, from_id=str(max(int(trade_id) for trade_id in fills) + 1))
        fills.update((fill.trade_id, fill) for fill in got)
        if len(got) < page_size:
            return


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
