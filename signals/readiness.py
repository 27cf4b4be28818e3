"""Gathers what is known beforehand of accounts and of who trades on them, for `subscriptions.preflight` (B13, EXC-19).

A handful of queries and questions to Redis, however many subscriptions; no exchange is asked, nothing is written.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from exchanges.doors import door_name
from exchanges.free_balances import free_by_market, usd_values
from exchanges.health import ExchangeState, exchange_states
from exchanges.market_cache import Minimum, markets_are_known, read_minimums, read_prices
from exchanges.models import BalanceSnapshot, ExchangeAccount, SymbolSetting
from exchanges.pausing import standing_pauses
from exchanges.registry import UnknownVenue, get_venue
from exchanges.types import MarketType
from signals.figures import SubscriptionFigures, figures_of_subscriptions
from signals.models import Position, Signal
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.preflight import AccountFacts, FollowingFacts, judge_account, judge_following
from subscriptions.preflight_texts import headline_of_account
from subscriptions.queries import RECENT, SYMBOLS_CHECKED, own_subscriptions
from subscriptions.readiness import Readiness
from subscriptions.terms import effective_terms

Prices = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """An account by itself, and each subscription that is not cancelled on it with everything that decides over its next signal."""

    account: Readiness
    following: list[tuple[Subscription, Readiness]]

    @property
    def headline(self) -> str:
        """One sentence in the reader's language."""
        return headline_of_account(self.account, [(row.bot.name, readiness) for row, readiness in self.following])

    @property
    def worst(self) -> Readiness:
        """What the account is judged by: the worst of itself and of all that trades on it."""
        return max((self.account, *(readiness for _, readiness in self.following)), key=lambda one: one.severity)


def health_of_account(account: ExchangeAccount, *, user: User, now: datetime) -> AccountHealth:
    """Will the next signals be traded on this account of `user`?"""
    rows = list(own_subscriptions(user).filter(exchange_account=account).exclude(status=SubscriptionStatus.CANCELLED))
    figures = figures_of_subscriptions(rows, now=now, time_zone=user.time_zone)
    facts = facts_of_accounts([account])[account.pk]
    following = facts_of_following(rows, figures=figures, now=now)
    return AccountHealth(
        judge_account(facts, list(following.values()), now=now),
        [(row, judge_following(facts, following[row.pk], now=now)) for row in rows],
    )


def readiness_of(
    subscriptions: Iterable[Subscription], *, figures: Mapping[UUID, SubscriptionFigures], now: datetime
) -> dict[UUID, Readiness]:
    """The readiness of each of these that is not cancelled; rows come with bot and account, `figures` as pages have them anyway."""
    rows = [row for row in subscriptions if row.status != SubscriptionStatus.CANCELLED]
    accounts = facts_of_accounts({row.exchange_account_id: row.exchange_account for row in rows}.values())
    following = facts_of_following(rows, figures=figures, now=now)
    return {row.pk: judge_following(accounts[row.exchange_account_id], following[row.pk], now=now) for row in rows}


def facts_of_accounts(accounts: Iterable[ExchangeAccount]) -> dict[UUID, AccountFacts]:
    """What is known of accounts, by their id: two queries and one look into Redis."""
    rows = list(accounts)
    if not rows:
        return {}
    newest = BalanceSnapshot.objects.filter(account__in=rows).order_by("account_id", "-taken_at").distinct("account_id")
    snapshots = {snapshot.account_id: snapshot for snapshot in newest}
    paused = defaultdict(set)
    for pause in standing_pauses():
        paused[pause.exchange].add(pause.market_type)
    doors = defaultdict(list)
    for state in exchange_states():
        doors[state.exchange].append(state)
    return {
        row.pk: _account_facts(
            row,
            snapshots.get(row.pk),
            doors=doors[door_name(row.exchange, testnet=row.testnet)],
            paused_markets=frozenset(paused[row.exchange]),
        )
        for row in rows
    }


def _account_facts(
    row: ExchangeAccount,
    snapshot: BalanceSnapshot | None,
    *,
    doors: Sequence[ExchangeState],
    paused_markets: frozenset[str],
) -> AccountFacts:
    try:
        venue = get_venue(row.exchange)
    except UnknownVenue:
        venue = None  # what was an exchange here once: its accounts are still shown
    return AccountFacts(
        is_active=row.is_active and row.deleted_at is None,
        status=row.status,
        status_code=row.status_code,
        checked_at=row.checked_at,
        is_paper=venue is not None and venue.features.is_paper,
        has_futures=venue is not None and MarketType.FUTURES in venue.market_types,
        position_mode=row.position_mode,
        can_withdraw=row.can_withdraw,
        ip_restricted=row.ip_restricted,
        can_trade={"spot": row.can_trade_spot, "futures": row.can_trade_futures},
        free_usd=free_by_market(venue, snapshot.balances, snapshot.free) if snapshot and venue else {},
        balances_read_at=snapshot.taken_at if snapshot else None,
        doors=doors,
        paused_markets=paused_markets,
        untraded_markets=frozenset(venue.untraded.get(row.variant, ())) if venue else frozenset(),
        usd_values=usd_values(snapshot.balances) if snapshot else {},
    )


def facts_of_following(
    rows: Sequence[Subscription], *, figures: Mapping[UUID, SubscriptionFigures], now: datetime
) -> dict[UUID, FollowingFacts]:
    """What is known of subscriptions, by their id: three queries, and three questions to Redis per exchange and kind of market."""
    last_prices = _last_signals({row.bot_id for row in rows}, since=now - RECENT)
    markets = _markets(rows, last_prices)
    leverages = _accepted_leverages(rows)
    found = {}
    for row in rows:
        signalled, (minimums, prices, known) = last_prices.get(row.bot_id, {}), markets[_place(row)]
        found[row.pk] = FollowingFacts(
            bot_status=row.bot.status,
            status=row.status,
            market_type=row.bot.market_type,
            terms=effective_terms(row.bot, row),
            daily_loss_usd=figures[row.pk].current_daily_loss_usd,
            max_daily_loss_usd=row.max_daily_loss_usd,
            open_positions=figures[row.pk].current_positions,
            max_concurrent_positions=row.max_concurrent_positions,
            symbols=list(signalled),
            minimums={key: minimums[key] for key in signalled if key in minimums},
            prices={key: price for key, told in signalled.items() if (price := prices.get(key) or told)},
            accepted_leverage=leverages.get((row.exchange_account_id, row.bot.market_type), {}),
            markets_known=known,
        )
    return found


def _last_signals(bot_ids: set[UUID], *, since: datetime) -> dict[UUID, Prices]:
    """The symbols of each bot's latest alerts, newest first, with the last price: the alert's own, else that of the bot's newest
    position (0: none is known)."""
    alerts = Signal.objects.filter(status="accepted").exclude(symbol_key__in=("", "*"))
    told = _newest_per_symbol(alerts, bot_ids, "created_at", since).values_list(
        "created_at", "bot_id", "symbol_key", "price"
    )
    entered = _newest_per_symbol(Position.objects.all(), bot_ids, "opened_at", since)
    entries = {(bot, key): price for bot, key, price in entered.values_list("bot_id", "symbol_key", "entry_price")}
    found: dict[UUID, Prices] = defaultdict(dict)
    for _, bot_id, key, price in sorted(told, key=lambda row: row[0], reverse=True):
        if len(found[bot_id]) < SYMBOLS_CHECKED:
            found[bot_id][key] = price or entries.get((bot_id, key), Decimal(0))
    return found


def _newest_per_symbol(rows: QuerySet[Any], bot_ids: set[UUID], moment: str, since: datetime) -> QuerySet[Any]:
    recent = rows.filter(bot__in=bot_ids, **{f"{moment}__gte": since})
    return recent.order_by("bot_id", "symbol_key", f"-{moment}").distinct("bot_id", "symbol_key")


def _accepted_leverages(rows: Sequence[Subscription]) -> dict[tuple[UUID, str], dict[str, int]]:
    """What each account is set to, by account and kind of market."""
    found: dict[tuple[UUID, str], dict[str, int]] = defaultdict(dict)
    accounts = {row.exchange_account_id for row in rows}
    rows_set = SymbolSetting.objects.filter(account__in=accounts, leverage__isnull=False)
    for account_id, market, key, leverage in rows_set.values_list(
        "account_id", "market_type", "symbol_key", "leverage"
    ):
        found[(account_id, market)][key] = leverage or 0
    return found


Place = tuple[str, str, bool]


def _place(row: Subscription) -> Place:
    return row.exchange_account.exchange, row.bot.market_type, row.exchange_account.testnet


def _markets(
    rows: Sequence[Subscription], signalled: Mapping[UUID, Prices]
) -> dict[Place, tuple[dict[str, Minimum], Prices, bool]]:
    wanted: dict[Place, set[str]] = defaultdict(set)
    for row in rows:
        wanted[_place(row)] |= set(signalled.get(row.bot_id, {}))
    return {
        (venue, market, testnet): (
            read_minimums(venue, market, keys, testnet=testnet) if keys else {},
            read_prices(venue, market, keys, testnet=testnet) if keys else {},
            bool(keys) and markets_are_known(venue, market, testnet=testnet),
        )
        for (venue, market, testnet), keys in wanted.items()
    }
