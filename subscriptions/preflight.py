"""Will the next signal be traded? Everything that would keep it from that, looked at beforehand (B13). Pure: values in, checks out.

The pipeline's own gates decide when a signal comes; this asks the same questions in the same order with what is known now.
`subscriptions.preflight_texts` has a sentence and a way to mend it for each finding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bots.models import BotStatus
from bots.preview import stop_is_beyond_liquidation
from exchanges.clock_setting import SKEW_REFUSES_MS, SKEW_WARNS_MS
from exchanges.free_balances import Purse, free_by_quote
from exchanges.health import ExchangeState, Standing
from exchanges.market_cache import Minimum
from exchanges.models import AccountStatus
from subscriptions.models import SubscriptionStatus
from subscriptions.preflight_sizes import SizeFinding, judge_leverage, judge_minimum, judge_symbols
from subscriptions.readiness import ORDER, Check, CheckState, Readiness, failed, ok, unknown, warning
from subscriptions.terms import Terms

KEYS_OLD_AFTER = timedelta(days=2)  # they are checked every day (EXC-19)
BALANCES_OLD_AFTER = timedelta(hours=1)  # they are read every five minutes
SHUT = (Standing.BANNED, Standing.DOWN)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is known of an account. `free_usd` by market type; `doors` one per egress address.

    `usd_values`: what one of a quote currency is worth in dollars. `untraded_markets`: what this kind of account does not trade
    here, whatever its key may do.
    """

    is_active: bool
    status: str
    status_code: str
    checked_at: datetime | None
    is_paper: bool
    has_futures: bool
    position_mode: str
    can_withdraw: bool | None
    ip_restricted: bool | None
    can_trade: Mapping[str, bool | None]
    free_usd: Mapping[str, Purse]
    balances_read_at: datetime | None
    doors: Sequence[ExchangeState]
    paused_markets: frozenset[str]
    usd_values: Mapping[str, Decimal] = field(default_factory=dict)
    untraded_markets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FollowingFacts:
    """What is known of one subscription. `symbols`: what the bot traded lately; of some neither limits nor price may be known.

    `accepted_leverage` by symbol: what the account was last set to at the exchange. `markets_known`: the exchange's list is
    there, so that a symbol without limits is not traded there.
    """

    bot_status: str
    status: str
    market_type: str
    terms: Terms
    daily_loss_usd: Decimal
    max_daily_loss_usd: Decimal
    open_positions: int
    max_concurrent_positions: int
    symbols: Sequence[str]
    minimums: Mapping[str, Minimum]
    prices: Mapping[str, Decimal]
    accepted_leverage: Mapping[str, int]
    markets_known: bool

    @property
    def traded(self) -> list[str]:
        """Those of the symbols that this exchange trades; all of them while that is not known."""
        return [key for key in self.symbols if key in self.minimums or not self.markets_known]


def judge_account(account: AccountFacts, following: Sequence[FollowingFacts] = (), *, now: datetime) -> Readiness:
    """The account by itself, whatever trades on it; `following`, all that do, for what they need together."""
    checks = [_switch(account), _keys(account, now), *_exchange(account)]
    if not account.is_paper:
        checks += [_withdrawals(account), _addresses(account)]
    if account.has_futures:
        checks.append(_position_mode(account))
    return _in_order([*checks, *_together(account, following)])


def judge_following(account: AccountFacts, following: FollowingFacts, *, now: datetime) -> Readiness:
    """One subscription on its account: every reason for which its next signal would not be traded."""
    terms, symbols, minimums = following.terms, following.symbols, following.minimums
    own = [
        _bot(following),
        _subscription(following),
        _entries(account, following),
        _permission(account, following),
        _daily_loss(following),
        _positions(following),
        _balance(account, following, now),
        _stop(following),
        _sized("symbols", judge_symbols(symbols, minimums, following.markets_known)),
        _sized("minimum", judge_minimum(terms, symbols, minimums, following.prices, account.usd_values)),
    ]
    if following.market_type == "futures":
        own.append(_sized("leverage", judge_leverage(terms, symbols, minimums, following.accepted_leverage)))
    return _in_order([*judge_account(account, now=now).checks, *own])


def _in_order(checks: Sequence[Check]) -> Readiness:
    return Readiness(tuple(sorted(checks, key=lambda check: ORDER.index(check.code))))


def _switch(account: AccountFacts) -> Check:
    return ok("account", "account_on") if account.is_active else failed("account", "account_off")


def _keys(account: AccountFacts, now: datetime) -> Check:
    if account.status == AccountStatus.CHECKING:
        return failed("keys", "keys_checking")
    if account.status != AccountStatus.VERIFIED:
        finding = "paper_lost" if account.is_paper else "keys_refused"
        return failed("keys", finding, reason=account.status_code, at=account.checked_at)
    if account.is_paper:
        return ok("keys", "keys_of_paper")
    if account.checked_at is None or now - account.checked_at > KEYS_OLD_AFTER:
        return warning("keys", "keys_not_checked_lately", at=account.checked_at)
    return ok("keys", "keys_accepted", at=account.checked_at)


def _exchange(account: AccountFacts) -> list[Check]:
    """Whether requests leave for the exchange, and by which clock."""
    if not account.doors:
        return [unknown("exchange", "exchange_not_asked"), unknown("clock", "clock_not_measured")]
    shut = [door for door in account.doors if door.state in SHUT]
    first = shut[0] if shut else None
    if first is not None and len(shut) == len(account.doors):
        check = failed("exchange", f"exchange_{first.state}", until=first.retry_at, reason=first.reason)
    elif first is not None:
        check = warning("exchange", "exchange_partly_shut", until=first.retry_at, reason=first.reason)
    elif any(door.state is Standing.LIMITED for door in account.doors):
        check = warning("exchange", "exchange_limited")
    else:
        check = ok("exchange", "exchange_answers")
    skews = [door.clock_skew_ms for door in account.doors if door.clock_skew_ms is not None]
    return [check, _clock(max(skews, key=abs)) if skews else unknown("clock", "clock_not_measured")]


def _clock(skew_ms: int) -> Check:
    seconds = (Decimal(abs(skew_ms)) / 1000).quantize(Decimal("0.1"))
    if abs(skew_ms) > SKEW_REFUSES_MS:
        return failed("clock", "clock_wrong", value=seconds, limit=Decimal(SKEW_REFUSES_MS) / 1000)
    if abs(skew_ms) > SKEW_WARNS_MS:
        return warning("clock", "clock_off", value=seconds)
    return ok("clock", "clock_right")


def _withdrawals(account: AccountFacts) -> Check:
    if account.can_withdraw is None:
        return unknown("withdrawals", "withdrawals_not_told")
    return failed("withdrawals", "can_withdraw") if account.can_withdraw else ok("withdrawals", "cannot_withdraw")


def _addresses(account: AccountFacts) -> Check:
    if account.ip_restricted is None:
        return unknown("addresses", "addresses_not_told")
    if account.ip_restricted:
        return ok("addresses", "addresses_restricted")
    return warning("addresses", "addresses_open")


def _position_mode(account: AccountFacts) -> Check:
    if not account.position_mode:
        return unknown("position_mode", "position_mode_not_told")
    return ok("position_mode", f"position_mode_{account.position_mode}")


def _bot(following: FollowingFacts) -> Check:
    if following.bot_status == BotStatus.ACTIVE:
        return ok("bot", "bot_active")
    return failed("bot", "bot_paused" if following.bot_status == BotStatus.PAUSED else "bot_archived")


def _subscription(following: FollowingFacts) -> Check:
    if following.status == SubscriptionStatus.ACTIVE:
        return ok("subscription", "subscription_active")
    paused = following.status == SubscriptionStatus.PAUSED
    return failed("subscription", "subscription_paused" if paused else "subscription_cancelled")


def _entries(account: AccountFacts, following: FollowingFacts) -> Check:
    if following.market_type in account.paused_markets:
        return failed("entries", "entries_paused", market=following.market_type)
    return ok("entries", "entries_open")


def _permission(account: AccountFacts, following: FollowingFacts) -> Check:
    if following.market_type in account.untraded_markets:
        return failed("permission", "kind_does_not_trade", market=following.market_type)
    allowed = account.can_trade.get(following.market_type)
    if allowed is None:
        return unknown("permission", "permission_not_told", market=following.market_type)
    if allowed:
        return ok("permission", "may_trade", market=following.market_type)
    return failed("permission", "may_not_trade", market=following.market_type)


def _daily_loss(following: FollowingFacts) -> Check:
    figures = {"value": following.daily_loss_usd, "limit": following.max_daily_loss_usd}
    if following.daily_loss_usd >= following.max_daily_loss_usd:
        return failed("daily_loss", "daily_loss_reached", **figures)
    return ok("daily_loss", "daily_loss_below", **figures)


def _positions(following: FollowingFacts) -> Check:
    """A warning only: signals for what is open are traded all the same, and a close makes room."""
    figures = {"value": following.open_positions, "limit": following.max_concurrent_positions}
    if following.open_positions >= following.max_concurrent_positions:
        return warning("positions", "positions_full", **figures)
    return ok("positions", "positions_free", **figures)


def _stop(following: FollowingFacts) -> Check:
    """D26: a bot's new default may not fit an own leverage."""
    stop, leverage = following.terms.stop_loss_pct, following.terms.leverage
    if stop_is_beyond_liquidation(following.market_type, leverage, stop):
        return failed("stop", "stop_beyond_liquidation", value=stop, limit=leverage)
    return ok("stop", "stop_off") if stop is None else ok("stop", "stop_works", value=stop)


def _balance(account: AccountFacts, following: FollowingFacts, now: datetime) -> Check:
    """By quote currency: what is short in one of several keeps only its own symbols from being traded."""
    margin, market = following.terms.margin_usd, following.market_type
    pots = free_by_quote(account.free_usd.get(market, {}), following.traded)
    known = [free for free in pots.values() if free is not None]
    short = [free for free in known if free < margin]
    in_doubt = bool(short) and len(pots) > 1 and not following.markets_known
    if not known or in_doubt or account.balances_read_at is None or (len(known) < len(pots) and not short):
        return unknown("balance", "balance_not_read", limit=margin, market=market)
    figures = {
        "value": max(short) if short else min(known),
        "limit": margin,
        "market": market,
        "at": account.balances_read_at,
    }
    if len(short) == len(pots):
        return failed("balance", "balance_too_small", missing=margin - max(short), **figures)
    if short:
        return warning("balance", "balance_too_small_in_part", **figures)
    if now - account.balances_read_at > BALANCES_OLD_AFTER:
        return warning("balance", "balance_old", **figures)
    return ok("balance", "balance_enough", **figures)


def _together(account: AccountFacts, following: Sequence[FollowingFacts]) -> list[Check]:
    """Two bots that each find enough, and do not when both trade."""
    asked: dict[tuple[str, str], list[Decimal]] = {}
    there: dict[tuple[str, str], Decimal] = {}
    for one in following:
        for currency, free in free_by_quote(account.free_usd.get(one.market_type, {}), one.traded).items():
            if free is not None and _trades(one):
                purse = (one.market_type, currency)
                there[purse] = free
                asked.setdefault(purse, []).append(one.terms.margin_usd)
    return [
        warning("balance_together", "not_enough_for_all", value=there[purse], limit=sum(margins), market=purse[0])
        for purse, margins in asked.items()
        if len(margins) > 1 and max(margins) <= there[purse] < sum(margins)
    ]


def _trades(following: FollowingFacts) -> bool:
    return following.status == SubscriptionStatus.ACTIVE and following.bot_status == BotStatus.ACTIVE


def _sized(code: str, found: SizeFinding) -> Check:
    return Check(code, CheckState(found.state), found.finding, found.params)
