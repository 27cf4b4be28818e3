"""Whether a request may leave for an exchange now: rate budgets, bans, a breaker, accounts whose keys are refused (P17, EXC-18).

One `Door` per (exchange, egress address) in each process, passed by every request, whoever sends it. What a door knows it
shares through Redis; it never waits for Redis longer than 50 ms, and goes on alone without it. A request that may not leave
is NotSent, with `retry_after_s`: nothing was placed. Pure: no Django, no ccxt.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress

from exchanges.account_gate import CALLS, SPAN_S, AccountGate
from exchanges.allowances import Allowance
from exchanges.asking_once import start_once, under_way
from exchanges.breaker import Breaker
from exchanges.budget_store import Counter, Store, StoreAway, door_key
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.limits import UNKNOWN_LIMITS, Priority, RateLimits
from exchanges.types import MarketType

# What we know of the other processes' bans: asked again behind a request after this long, before it after that long.
RENEW_S, STALE_S = 0.025, 0.1
FLUSH_S = 1.0
# When a door opens, those behind leave so much later than exits and stops (seconds by priority).
STAGGER_S = (0.0, 0.1, 0.3, 0.6)
MOST_ACCOUNTS = 10_000
BANNED, LIMITED, DOWN, SHORT = "banned", "limited", "down", "rate_budget"
WORDS = {
    BANNED: "has shut us out for a time",
    LIMITED: "said that its rate limit is used up",
    DOWN: "does not answer",
    SHORT: "has no more requests to spare for this minute",
}


class Door:
    """The way out to one exchange from one egress address, as this process sees it."""

    def __init__(
        self,
        exchange: str,
        egress: str,
        limits: Mapping[MarketType, RateLimits],
        store: Store,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.exchange, self.egress, self._limits = exchange, egress, limits
        self._store, self._clock = store, clock
        self.key = door_key(exchange, egress)
        self._asking = ("door", id(self))
        self.accounts = AccountGate(clock)
        self._breaker = Breaker()
        self._state, self._reason, self._closed_until = "", "", 0.0
        self._weights: dict[MarketType, Allowance] = {}
        self._orders: dict[tuple[MarketType, str], tuple[Allowance, ...]] = {}
        self._too_many = MOST_ACCOUNTS
        # what could not be taken here, to be asked for: the allowance, its key and field, for whom
        self._short: dict[int, tuple[Allowance, str, str, Priority]] = {}
        self._known_at = float("-inf")
        self._left_down = False  # the shared record still says down although its retry has passed: see `_opened`
        self._renewing = 0
        self._requests = self._errors = 0
        self._ahead_ms = 0
        self._flush_at = float("-inf")

    def limits(self, market: MarketType) -> RateLimits:
        return self._limits.get(market, UNKNOWN_LIMITS)

    # --- before a request --------------------------------------------------------------------------------------------

    async def admit(
        self, market: MarketType, account: str, *, weight: int, is_order: bool, priority: Priority, seconds: float
    ) -> float:
        """Wait for leave to send, at most half of `seconds`; the seconds that are left for the request itself.

        Raises NotSent with `retry_after_s`, Refused(CREDENTIALS) for an account whose keys were refused again and again.
        """
        began = now = self._clock()
        while True:
            if now - self._known_at > RENEW_S and not self._store.is_away:
                asked = start_once(self._asking, self._renew)
                if now - self._known_at > STALE_S and not self._store.is_doubted:
                    await asyncio.shield(asked)
                    now = self._clock()
            self.accounts.check(account)
            wait, code = self._closed(priority, now)
            if not wait:
                short = self._take(market, account, weight, is_order, priority, now)
                for _ in range(2 if self._renewing else 1):  # a question already under way does not ask for us
                    if short is None or self._alone:
                        break
                    await asyncio.shield(start_once(self._asking, self._renew))
                    short = self._take(market, account, weight, is_order, priority, self._clock())
                if short is None:
                    self._requests += 1
                    return seconds - (now - began)
                wait, code = short.wait(now), SHORT
            wait += STAGGER_S[priority]
            if now - began + wait > seconds / 2:
                raise NotSent(f"{self.exchange} {WORDS[code]}; nothing was sent", code=code, retry_after_s=wait)
            await asyncio.sleep(wait)
            now = self._clock()

    @property
    def _alone(self) -> bool:
        return self._store.is_away or self._store.is_doubted

    def _closed(self, priority: Priority, now: float) -> tuple[float, str]:
        if self._closed_until > now:
            return self._closed_until - now, self._state
        return self._breaker.wait(now, urgent=priority is Priority.CLOSE), DOWN

    def _take(
        self, market: MarketType, account: str, weight: int, is_order: bool, priority: Priority, now: float
    ) -> Allowance | None:
        """Take what a request needs; the allowance that has not enough, None when all of it was taken."""
        limits, alone = self.limits(market), self._alone
        if weight and limits.weight.limit:
            allowance = self._weight(market)
            if not allowance.take(weight, priority, now, alone=alone):
                self._short[id(allowance)] = (allowance, self.key, market.value, priority)
                return allowance
        if is_order and limits.orders:
            for allowance in self._orders_of(market, account):
                if not allowance.take(1, priority, now, alone=alone):
                    field = f"orders_{allowance.window.seconds}s"
                    self._short[id(allowance)] = (allowance, f"{self.key}:{market.value}:{account}", field, priority)
                    return allowance
        return None

    def _weight(self, market: MarketType) -> Allowance:
        allowance = self._weights.get(market)
        if allowance is None:
            allowance = self._weights[market] = Allowance(self.limits(market).weight, wall=self._wall)
        return allowance

    def _orders_of(self, market: MarketType, account: str) -> tuple[Allowance, ...]:
        windows = self._orders.get((market, account))
        if windows is None:
            if len(self._orders) >= self._too_many:
                now = self._clock()
                self._orders = {key: held for key, held in self._orders.items() if any(one.ends > now for one in held)}
                self._too_many = max(MOST_ACCOUNTS, 2 * len(self._orders))
            windows = tuple(Allowance(one, is_free=True, wall=self._wall) for one in self.limits(market).orders)
            self._orders[market, account] = windows
        return windows

    def _wall(self) -> float:
        return time.time() + self._ahead_ms / 1000

    # --- after its answer --------------------------------------------------------------------------------------------

    def note_answer(self, market: MarketType, account: str, headers: Mapping[str, str], sent_at: float) -> None:
        """Read what the exchange's own headers say of the budgets."""
        limits = self.limits(market)
        used = headers.get(limits.weight.header, "") if limits.weight.limit else ""
        if used.isdecimal():
            self._weight(market).note(int(used), sent_at)
        if limits.orders and limits.orders[0].header in headers:
            for one in self._orders_of(market, account):
                used = headers.get(one.window.header, "")
                if used.isdecimal():
                    one.note(int(used), sent_at)

    def note_outcome(self, market: MarketType, account: str, error: ExchangeError | None) -> None:
        """Learn from an outcome: bans, failures in a row, refused keys."""
        if isinstance(error, Refused) and error.kind is RefusalKind.RATE_LIMIT:
            self._errors += 1
            self._limited(market, account, error)
        elif isinstance(error, OutcomeUnknown | NotSent):
            self._errors += 1
            pause, reason = self._breaker.failed(account, self._clock()), error.message[:200]
            if pause is not None:
                self._tell(lambda: self._store.close_door(self.key, DOWN, reason, pause))
        else:
            self._opened()
            if account:
                self._note_keys(account, error)
        self._arm_flush()

    def _opened(self) -> None:
        """It answered. Told where the others may think otherwise: those who closed the door may be gone since (a restart)."""
        was_open, left_down, self._left_down = self._breaker.succeeded(), self._left_down, False
        if was_open or left_down:
            self._tell(lambda: self._store.open_door(self.key, DOWN, only_left=not was_open))

    def _limited(self, market: MarketType, account: str, error: Refused) -> None:
        if error.code in self.limits(market).account_codes:
            for one in self._orders_of(market, account):
                if one.window.seconds <= 60:
                    one.exhaust(self._clock())
            return
        seconds, state = error.retry_after_s or 1.0, BANNED if error.is_ban else LIMITED
        until = self._clock() + seconds
        if until <= self._closed_until + 0.5:
            return  # told already, by the answer to another request of the same moment
        self._state, self._reason, self._closed_until = state, error.message[:200], until
        self._tell(lambda: self._store.close_door(self.key, state, self._reason, seconds))

    def _note_keys(self, account: str, error: ExchangeError | None) -> None:
        if isinstance(error, Refused) and error.kind is RefusalKind.CREDENTIALS:
            self.accounts.refused(account)
            self._tell(lambda: self._store.note_refused(self.key, account, calls=CALLS, seconds=SPAN_S))
        elif error is None and self.accounts.accepted(account):
            self._tell(lambda: self._store.note_accepted(self.key, account))

    def note_clock(self, ahead_ms: int) -> None:
        """The exchange's clock was asked: its windows turn by it."""
        self._ahead_ms = ahead_ms
        self._tell(lambda: self._store.note_clock(self.key, ahead_ms))

    # --- what all processes know -------------------------------------------------------------------------------------

    async def _renew(self) -> None:
        """One question for all who wait for it. Without an answer everyone goes on with what is known here."""
        self._renewing += 1
        try:
            await self._ask_store()
        finally:
            self._renewing -= 1

    async def _ask_store(self) -> None:
        short, self._short = list(self._short.values()), {}
        requests, self._requests = self._requests, 0
        errors, self._errors = self._errors, 0
        counters = [
            Counter(key, field, one.window.seconds * 1000, one.window.limit, one.ask(), one.ceiling(who), one.reported)
            for one, key, field, who in short
        ]
        try:
            shared = await self._store.sync(
                self.key, f"{self.exchange}|{self.egress}", requests=requests, errors=errors, ahead_ms=self._ahead_ms,
                version=self.accounts.version, counters=counters,
            )  # fmt: skip
        except StoreAway:
            self._requests, self._errors = self._requests + requests, self._errors + errors
            return
        now = self._known_at = self._clock()
        for (one, *_), grant in zip(short, shared.grants, strict=True):
            one.receive(grant.granted, grant.used, grant.remaining_s, now)
        if shared.refused is not None:
            self.accounts.learn(shared.refused_version, shared.refused)
        self._left_down = shared.state == DOWN and not shared.closed_s
        if shared.state == DOWN:
            if shared.closed_s:
                self._breaker.open_elsewhere(shared.closed_s, now)
        elif self._breaker.is_elsewhere:
            self._breaker.succeeded()
        if shared.state != DOWN and now + shared.closed_s > max(now, self._closed_until):
            self._state, self._reason, self._closed_until = shared.state, shared.reason, now + shared.closed_s
        left = self._closed_until - now
        if left > shared.closed_s + 1 or (
            left > 0 and shared.state == DOWN
        ):  # Redis was away then, or has forgotten it
            self._tell(lambda: self._store.close_door(self.key, self._state, self._reason, left))

    @staticmethod
    def _tell(say: Callable[[], Coroutine[None, None, None]]) -> None:
        """Tell the others, behind the caller's back; what cannot be told now is known here all the same."""

        async def told() -> None:
            with suppress(StoreAway):
                await say()

        task = asyncio.get_running_loop().create_task(told())
        _telling.add(task)
        task.add_done_callback(_telling.discard)

    def _arm_flush(self) -> None:
        """The last counts of a burst are told a second later, when nobody asks any more."""
        now = self._clock()
        if now >= self._flush_at:
            self._flush_at = now + FLUSH_S
            asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    def _flush(self) -> None:
        if (self._requests or self._errors) and not self._store.is_away:
            start_once(self._asking, self._renew)

    async def settle(self) -> None:
        """End what this loop is asking, and tell what was counted, before the loop ends."""
        asked = under_way(self._asking)
        if asked is not None:
            await asked
        if self._requests or self._errors:
            await start_once(self._asking, self._renew)


_telling: set["asyncio.Task[None]"] = set()


async def settle_telling() -> None:
    """Wait until everything is told that this loop has to tell the other processes."""
    loop = asyncio.get_running_loop()
    mine = [task for task in _telling if task.get_loop() is loop]
    await asyncio.gather(*mine, return_exceptions=True)
