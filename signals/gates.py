"""Every reason not to trade, in the order in which they are asked. Pure: facts in, decision out, `now` passed in.

Risk comes before configuration and before any call to an exchange (RSK-03). A close passes all of them (D1).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bots.models import BotStatus, OppositePolicy, SameSidePolicy
from exchanges.models import AccountStatus
from exchanges.types import PositionSide
from signals.facts import Facts
from signals.sizing import deviation_pct
from signals.states import CLOSES, Action
from subscriptions.models import SubscriptionStatus

# How long a signal that may no longer enter waits to see whether what is being sent stands against it.
PATIENCE_S = 60
DEFAULT_DEVIATION_PCT = Decimal("0.50")  # P5


class Work(StrEnum):
    """What a claimed execution goes on to do."""

    ENTER = "enter"
    ADD = "add"
    REVERSE = "reverse"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Skip:
    """We decided not to trade: a stable code and what it was measured against (P6)."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: another execution holds the symbol, or an older signal goes first (D9)."""


@dataclass(frozen=True, slots=True)
class Go:
    """Trade. `refusal`: for a reversal whose opening half was refused, the reason; the close still happens (D10)."""

    work: Work
    refusal: Skip | None = None


Decision = Skip | Wait | Go


def wanted_side(action: str) -> PositionSide:
    """The direction that an opening action asks for (D14)."""
    return PositionSide.LONG if action == Action.BUY else PositionSide.SHORT


def is_reduction(facts: Facts) -> bool:
    """True for closes, and for a spot sell, which sells what this bot bought (D14, D27)."""
    return facts.action in CLOSES or (not facts.is_futures and facts.action == Action.SELL)


def decide(facts: Facts, *, now: datetime) -> Decision:
    """The one answer to "may this execution trade now?"."""
    return _decide_reduction(facts) if is_reduction(facts) else _decide_open(facts, now)


def _decide_reduction(facts: Facts) -> Decision:
    if facts.busy:
        return Wait()
    if facts.action == Action.CLOSE_ALL:
        return Go(Work.CLOSE) if facts.positions else Skip("no_position")
    if facts.position is None:
        return Skip("nothing_to_sell" if facts.action == Action.SELL else "no_position")
    if facts.position.effective_at > facts.effective_at and facts.source != "client":  # who saw it means it
        return Skip("superseded")  # the position was opened by a newer signal than this close (D9)
    return Go(Work.CLOSE)


def _decide_open(facts: Facts, now: datetime) -> Decision:
    if facts.superseded_by is not None:
        return Skip("superseded")
    if refusal := switched_off(facts):
        return refusal
    if refusal := _needs_attention(facts) or _stale(facts, now):
        return _without_entry(facts, refusal, now)
    if facts.busy or facts.waits_for_older or facts.unwatched:
        return Wait()
    held = facts.position
    if held is None:
        return _paused(facts) or _risk(facts) or _foreign(facts) or Go(Work.ENTER)
    if held.side is wanted_side(facts.action):
        if facts.same_side_policy == SameSidePolicy.IGNORE:
            return Skip("same_side_ignored")
        return _paused(facts) or _daily_loss(facts) or Go(Work.ADD)
    if facts.opposite_policy == OppositePolicy.IGNORE:
        return Skip("opposite_ignored")
    if facts.opposite_policy == OppositePolicy.CLOSE_ONLY:
        return Go(Work.REVERSE, Skip("close_only_done"))
    return Go(Work.REVERSE, _paused(facts) or _risk(facts, closing=1) or _foreign(facts))


def refuse_opening(facts: Facts, *, now: datetime, lost_usd: Decimal = Decimal(0)) -> Skip | None:
    """Why a reversal may not open the other side now; None: it may. Asked again when its closing half is through, by whoever goes
    on with it: time has passed, and what the close lost (`lost_usd`, where the facts are older) counts as well (D10, RSK-02)."""
    if facts.opposite_policy == OppositePolicy.CLOSE_ONLY:
        return Skip("close_only_done")
    if facts.superseded_by is not None:
        return Skip("superseded")
    facts = replace(facts, daily_loss_usd=facts.daily_loss_usd + lost_usd)
    closing = 0 if facts.position is None else 1
    refusal = switched_off(facts) or _needs_attention(facts) or _stale(facts, now) or _paused(facts)
    return refusal or _risk(facts, closing=closing) or _foreign(facts)


def _without_entry(facts: Facts, refusal: Skip, now: datetime) -> Decision:
    """A signal that may no longer enter still closes what stands against it, as a close would (D10, D1)."""
    if facts.opposite_policy == OppositePolicy.IGNORE:
        return refusal
    if facts.busy:  # what is being sent may be what stands against it
        patient = (now - facts.signalled_at).total_seconds() <= facts.max_signal_age_s + PATIENCE_S
        return Wait() if patient else refusal
    held = facts.position
    if held is None or held.side is wanted_side(facts.action) or held.effective_at > facts.effective_at:
        return refusal
    return Go(Work.REVERSE, Skip("close_only_done") if facts.opposite_policy == OppositePolicy.CLOSE_ONLY else refusal)


def switched_off(facts: Facts) -> Skip | None:
    """By the manager or the client, who were asked what becomes of open positions: an entry signal does nothing any more."""
    if facts.bot_status != BotStatus.ACTIVE:
        return Skip("bot_paused" if facts.bot_status == BotStatus.PAUSED else "bot_archived")
    if facts.subscription_status != SubscriptionStatus.ACTIVE:
        return Skip("subscription_inactive", {"status": facts.subscription_status})
    if facts.account_left:
        return Skip("account_changed")  # a position here would be under an account that nobody looks at for this bot
    if not facts.account_active:
        return Skip("account_inactive")
    return None


def refuse_resending(facts: Facts, now: datetime) -> Skip | None:
    """Why an entry that the exchange positively does not know is not sent again: what has come since (D4, D5, D9). Limits aside, it
    counts among them already."""
    if facts.superseded_by is not None:
        return Skip("superseded")
    return switched_off(facts) or _needs_attention(facts) or _stale(facts, now) or _paused(facts)


def _needs_attention(facts: Facts) -> Skip | None:
    if facts.account_status != AccountStatus.VERIFIED:
        return Skip("account_needs_attention", {"status": facts.account_status})
    return None


def _paused(facts: Facts) -> Skip | None:
    """The exchange takes no new entries for now; what is open is closed all the same, by a reversal too (B14, D10)."""
    return Skip("entries_paused") if facts.entries_paused else None


def _stale(facts: Facts, now: datetime) -> Skip | None:
    """D5: measured from the alert's own time where it carries one, else from receipt."""
    age = (now - facts.signalled_at).total_seconds()
    if age <= facts.max_signal_age_s:
        return None
    return Skip("stale_signal", {"value": round(age, 1), "limit": facts.max_signal_age_s})


def _risk(facts: Facts, *, closing: int = 0) -> Skip | None:
    """RSK-01, RSK-02; `closing` positions are about to be closed and do not count. Entries in flight count (D13)."""
    refusal = _daily_loss(facts)
    if refusal:
        return refusal
    current = len(facts.positions) + facts.entries_in_flight - closing
    if current >= facts.max_concurrent_positions:
        return Skip("max_positions", {"value": current, "limit": facts.max_concurrent_positions})
    return None


def _daily_loss(facts: Facts) -> Skip | None:
    if max(facts.daily_loss_usd, Decimal(0)) < facts.max_daily_loss_usd:
        return None
    return Skip("daily_loss", {"value": f"{facts.daily_loss_usd:.2f}", "limit": f"{facts.max_daily_loss_usd:.2f}"})


def _foreign(facts: Facts) -> Skip | None:
    """D25: on a one-way account a symbol has one direction; what other bots hold there decides it.

    What the client opened by hand is checked against the exchange (`foreign_conflict`): our memory of it may be old.
    """
    if not is_one_way(facts) or not _against(facts, facts.others_quantity):
        return None
    return Skip("symbol_in_use", {"holder": facts.others_holder, "quantity": f"{facts.others_quantity.normalize():f}"})


def is_one_way(facts: Facts) -> bool:
    """True where an account's symbol has one direction only."""
    return facts.is_futures and facts.position_mode != "hedge"


def foreign_conflict(facts: Facts, net: Decimal) -> Skip | None:
    """D25: `net` is what the account holds on the symbol beside this subscription, long positive, read just now."""
    if not _against(facts, net):
        return None
    return Skip("symbol_in_use", {"holder": "", "quantity": f"{net.normalize():f}"})


def _against(facts: Facts, net: Decimal) -> bool:
    return net != 0 and (net > 0) != (wanted_side(facts.action) is PositionSide.LONG)


def price_guard(facts: Facts, price: Decimal, *, is_paper: bool) -> Skip | None:
    """P5: skip when the exchange's price is further from the alert's than the subscription allows (percent)."""
    if facts.signal_price is None:
        return None
    limit = facts.max_price_deviation_pct
    if limit is None:
        if is_paper:
            return None
        limit = DEFAULT_DEVIATION_PCT
    deviation = deviation_pct(price, facts.signal_price)
    if deviation <= limit:
        return None
    return Skip(
        "price_deviation",
        {
            "value": f"{deviation:.2f}",
            "limit": f"{limit:.2f}",
            "price": f"{price:f}",
            "signal_price": f"{facts.signal_price:f}",
        },
    )
