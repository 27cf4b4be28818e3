"""Asking for an order whose outcome nobody knows, until the exchange has said what became of it (D4)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Market, OrderAnswer, OrderState
from signals.desk import Job
from signals.ledger.group_commit import LedgerUnavailable

Resend = Callable[[], Awaitable[OrderAnswer]]

KNOWN_ORDERS = """
    SELECT DISTINCT told.id AS exchange_order_id FROM signals_order o
    CROSS JOIN LATERAL unnest(ARRAY[o.exchange_order_id, o.triggered_order_id]) AS told (id)
    WHERE o.account_id = %s AND told.id = ANY(%s)
"""
DEAD = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUSED)

# After that the exchange has said "not found" often enough, and what was traded was somebody else's.
WITNESS_COUNTS_FOR = timedelta(seconds=60)
EXCHANGE_CLOCK_MAY_LAG = timedelta(seconds=2)
# Close together at first: while an entry that was filled is not known, nothing protects it.
ASK_UNKNOWN_AFTER_S = (0.3, 0.5, 0.8, 1.0, 1.2, 1.2, 1.2)
ASK_AGAIN_S = 1.2
A_LITTLE_LATER = timedelta(milliseconds=50)
# A question may wait at a shut door and ask twice: so much of the lease has to be left when it begins.
LEASE_LEFT = timedelta(seconds=5)
RENEWED_WITHIN_S = 0.5
ASK_ACKNOWLEDGED_AFTER_S = (0.0, 0.1, 0.3, 0.7, 1.0, 2.2)


async def settle_order(
    job: Job,
    market: Market,
    key: str,
    unknown_since: datetime,
    *,
    resend: Resend | None,
    may_be_gone: bool = False,
    acknowledged: bool = False,
) -> OrderAnswer | ExchangeError:
    """Ask for an order whose outcome nobody knows (D4). Adopts what is found; `resend` is called once the exchange has
    positively said "not found" twice and the first request's recvWindow has passed. With `may_be_gone` that is the answer
    then: NotSent. `acknowledged`: the exchange has answered with the order's id and nothing more, so it is asked at once."""
    # The first request's recvWindow must have passed for certain: it may still arrive until then (D4).
    unknown_since = job.last_signed(unknown_since)
    patience = timedelta(seconds=job.client.venue.features.resend_after_s)
    not_found = 0
    last: ExchangeError = OutcomeUnknown("the exchange did not answer")
    pauses = deque(ASK_ACKNOWLEDGED_AFTER_S if acknowledged else ASK_UNKNOWN_AFTER_S)
    while pauses:
        await job.desk.sleep(pauses.popleft())
        await _keep_lease(job)
        try:
            answer = await job.client.find_order(market, key)
        except ExchangeError as error:  # of the question: not sent, or refused, it says nothing of the order
            last = OutcomeUnknown(error.message, code=error.code)
            continue
        if answer is not None:
            if answer.filled_quantity and answer.average_price is not None:
                return answer
            if answer.state in DEAD:
                return Refused(f"the exchange ended the order unfilled: {answer.state.value}", code=answer.state.value)
            last = OutcomeUnknown("the order stands and is not filled yet")
            continue
        not_found += 1
        left = unknown_since + patience - job.desk.now()
        if not_found < 2 or left >= timedelta(0):
            await _ask_on(job, pauses, left, wanted=not_found >= 2 and (may_be_gone or resend is not None))
            continue
        if may_be_gone:
            return NotSent("the exchange does not know the order", code="not_found")
        if resend is not None:
            if await _something_was_filled(job, market, unknown_since):
                last = OutcomeUnknown("not told, but something was traded on the symbol meanwhile", code="traded")
                continue
            return await _resent(job, market, key, resend)
    return last


async def _ask_on(job: Job, pauses: "deque[float]", left: timedelta, *, wanted: bool) -> None:
    """The exchange knows no such order, and its window is open for `left`: ask until it has passed, under a renewed lease.
    Another worker would have to wait as long again, counted from its own takeover. Raises LeaseLost."""
    if pauses or not wanted:
        return
    await _renew(job)
    pauses.append(min(ASK_AGAIN_S, max(left + A_LITTLE_LATER, A_LITTLE_LATER).total_seconds()))


async def _keep_lease(job: Job) -> None:
    """A slow database keeps no question from being asked: what it finds may have to be protected."""
    if job.lease_ends is not None and job.lease_ends - job.desk.now() < LEASE_LEFT:
        with suppress(TimeoutError, LedgerUnavailable):
            async with asyncio.timeout(RENEWED_WITHIN_S):
                await _renew(job)


async def _renew(job: Job) -> None:
    """Else another worker takes over in the middle, and begins all its questions anew. Raises LeaseLost."""
    asked_at = job.desk.now()
    await job.desk.ledger.record(job.step("renew"))
    job.renewed(asked_at)


async def _something_was_filled(job: Job, market: Market, unknown_since: datetime) -> bool:
    """A second witness before an order leaves us again, where the exchange would take its id a second time: did the account
    trade on the symbol since it was sent? (A look-up that says "not found" for so long may be wrong.) No answer counts as yes."""
    if not job.client.venue.features.client_id_reusable or job.desk.now() - unknown_since > WITNESS_COUNTS_FOR:
        return False
    sent_at = min(job.facts.sent_at or unknown_since, unknown_since) - EXCHANGE_CLOCK_MAY_LAG
    try:
        fills = await job.client.fills(market, since=sent_at)
    except ExchangeError:
        return True
    strange = [fill.exchange_order_id for fill in fills if fill.filled_at >= sent_at]
    known = await job.desk.ledger.query(KNOWN_ORDERS, [job.facts.account_id, strange]) if strange else []
    return len({row["exchange_order_id"] for row in known}) < len(set(strange))


async def _resent(job: Job, market: Market, key: str, resend: Resend) -> OrderAnswer | ExchangeError:
    """The order as it was filled: an exchange that answers with an id only is asked for the rest."""
    try:
        sent = await resend()
    except Refused as error:
        if error.kind is not RefusalKind.DUPLICATE:
            return error
        # the first one stood after all: whoever said "not found" was late
        return await settle_order(job, market, key, job.desk.now(), resend=None)
    except OutcomeUnknown:
        return await settle_order(job, market, key, job.desk.now(), resend=None)
    except ExchangeError as error:
        return error
    if sent.average_price is not None and sent.filled_quantity:
        return sent
    return await settle_order(job, market, key, job.desk.now(), resend=None, acknowledged=True)


def has_not_ended(answer: OrderAnswer) -> bool:
    """Whether an order may still fill: its rest must not be sold a second time."""
    return answer.state in (OrderState.OPEN, OrderState.PARTIAL)
