"""What an ordeal does and when, drawn from its seed alone: alerts, blows against the processes, faults of the exchange. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

SIGNALS_PER_SECOND = 150 / 40
KILL_EVERY_S = 4.0
FROZEN_S = 10.0
DUPLICATES = 0.10
SAME_SYMBOL_S = 3.0  # at the least between two alerts of a bot for one symbol
TRADERS = ("trade-1", "trade-2")
WORKERS = (*TRADERS, "reconcile")
BTC, ETH, SOL, XRP, DOGE, PEPE = (
    f"{name}USDT.P" for name in ("BTC", "ETH", "SOL", "XRP", "DOGE", "1000PEPE")
)  # fmt: skip
EVERYTHING = (BTC, ETH, SOL, XRP, DOGE, PEPE)
# The first two bots trade on the same accounts, and both trade BTC there; each of the others has its followers' own.
BOTS: tuple[tuple[str, ...], ...] = ((BTC, ETH, SOL, XRP), (BTC, DOGE, PEPE), *(EVERYTHING for _ in range(6)))
ACCOUNT_OF_BOT = (0, *range(len(BOTS) - 1))  # which of a client's accounts a bot trades on
CLIENTS = 5
ACCOUNTS = CLIENTS * len(set(ACCOUNT_OF_BOT))


class Strike(StrEnum):
    """What happens to a process or a server."""

    KILL = "kill"  # SIGKILL to a trading worker, which is started again as its supervisor would
    FREEZE = "freeze"  # SIGSTOP, and SIGCONT ten seconds later
    FLUSH = "flush"  # FLUSHALL
    BROKER = "broker"  # kill -9, and started again
    DATABASE = "database"  # immediate shutdown, and started again


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, to be sent `at` seconds from the beginning; `copies` at once, `again` five seconds after its answer."""

    key: str
    at: float
    bot: int
    ticker: str
    action: str
    copies: int = 1
    again: bool = False

    @property
    def opens(self) -> bool:
        return self.action in ("buy", "sell")


@dataclass(frozen=True, slots=True)
class Blow:
    """`seconds`: how long it lasts; `target`: the process it meets."""

    at: float
    strike: Strike
    target: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule of the simulator (simulator/README.md, "Faults"), the name under which its firings are counted, and for whom: an
    account's place among all, or everybody."""

    name: str
    rule: dict[str, str | int]
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    seed: int
    seconds: float
    alerts: tuple[Alert, ...]
    blows: tuple[Blow, ...] = field(default=())
    faults: tuple[Fault, ...] = field(default=())


def draw_schedule(seed: int, seconds: float, *, signals: int | None = None, faults: bool = True) -> Schedule:
    """The same for the same arguments, on every machine."""
    count = signals or max(1, round(seconds * SIGNALS_PER_SECOND))
    alerts = tuple(_draw_alerts(_dice(seed, "alerts"), count, seconds))
    if not faults:
        return Schedule(seed, seconds, alerts)
    blows = sorted(_draw_blows(_dice(seed, "blows"), seconds), key=lambda blow: blow.at)
    return Schedule(seed, seconds, alerts, tuple(blows), tuple(draw_faults(_dice(seed, "faults"))))


def _dice(seed: int, part: str) -> Random:
    return Random(f"ordeal {part} {seed}")


def _draw_alerts(dice: Random, count: int, seconds: float) -> Iterator[Alert]:
    """Each bot's symbol goes from flat to long or short, and back or over; now and then it is told what it does already."""
    held: dict[tuple[int, str], str] = {}
    last: dict[tuple[int, str], float] = {}
    pairs = [(bot, ticker) for bot, tickers in enumerate(BOTS) for ticker in tickers]
    for number, at in enumerate(sorted(dice.uniform(0, seconds) for _ in range(count))):
        rested = [pair for pair in pairs if at - last.get(pair, -SAME_SYMBOL_S) >= SAME_SYMBOL_S]
        pair = dice.choice(rested or pairs)
        action = _next_action(dice, held.get(pair, ""))
        held[pair], last[pair] = ("" if action == "close" else action), at
        copies, again = _draw_duplicates(dice)
        yield Alert(f"ordeal-{number:04d}", round(at, 3), *pair, action, copies, again)


def _next_action(dice: Random, held: str) -> str:
    if not held:
        return dice.choice(("buy", "sell"))
    other = "sell" if held == "buy" else "buy"
    return dice.choices(("close", other, held), (70, 20, 10))[0]


def _draw_duplicates(dice: Random) -> tuple[int, bool]:
    if dice.random() >= DUPLICATES:
        return 1, False
    return (dice.randint(2, 4), False) if dice.random() < 0.5 else (1, True)


def _draw_blows(dice: Random, seconds: float) -> Iterator[Blow]:
    """Kills all the way, in turn: a worker that has just been killed is still coming up. The others once each, in quarters
    of their own."""
    at, turn = dice.uniform(1, KILL_EVERY_S), dice.randrange(len(TRADERS))
    while at < seconds:
        yield Blow(round(at, 3), Strike.KILL, TRADERS[turn % len(TRADERS)])
        at, turn = at + dice.uniform(0.75, 1.25) * KILL_EVERY_S, turn + 1
    quarters = [0, 1, 2, 3]
    dice.shuffle(quarters)
    others = (
        (Strike.FREEZE, dice.choice(WORKERS), min(FROZEN_S, seconds / 3)),
        (Strike.FLUSH, "", 0.0),
        (Strike.BROKER, "", round(dice.uniform(0.01, 0.05) * seconds, 3)),
        (Strike.DATABASE, "", round(dice.uniform(0.005, 0.025) * seconds, 3)),
    )
    for quarter, (strike, target, lasting) in zip(quarters, others, strict=True):
        yield Blow(round((quarter + dice.uniform(0.2, 0.8)) * seconds / 4, 3), strike, target, lasting)


WRITES = "entry,close,stop,target"
HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
LIES = (
    "/fapi/v1/order",
    "/fapi/v1/algoOrder",
    "/fapi/v1/openAlgoOrders",
    "/fapi/v3/positionRisk",
    "/fapi/v1/userTrades",
)
# To be refused in four ways that a client may or may not know; one per cent each.
STOP_REFUSALS: tuple[dict[str, str | int], ...] = (
    {"code": -2021, "message": "Order would immediately trigger."},
    {"code": -4120, "message": "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."},
    {"code": -9876, "message": "An error that nobody has heard of."},
    {"status": 400, "body": HTML},
)  # fmt: skip


def draw_faults(dice: Random) -> Iterator[Fault]:
    """Shares as in the README; of each stage the first that meets a request is the one."""
    for refusal in STOP_REFUSALS:
        yield _fault("stop_refused", "answer_before", leg="stop", probability="0.01", **refusal)
    for status in (502, 503, 504):
        yield _fault("error_before", "answer_before", leg=WRITES, probability="0.01", status=status, body=HTML)
    # Half are late but still in the exchange's window, half arrive when it is over and are refused then.
    for least, most in ((1500, 2800), (5500, 7000)):
        delay = dice.randint(least, most)
        yield _fault("late_packet", "delay_before", leg="entry", probability="0.025", delay_ms=delay)
    delay = dice.randint(6000, 8000)  # longer than any request of ours waits
    yield _fault("timeout_after", "delay_after", leg=WRITES, probability="0.04", delay_ms=delay)
    yield _fault("error_after", "answer_after", leg=WRITES, probability="0.015", status=503, body=HTML)
    unknown = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
    yield _fault(
        "error_after", "answer_after", leg=WRITES, probability="0.015", code=-1007, message=unknown, status=408
    )
    yield _fault("flaky_read", "drop_before", leg="read,query", probability="0.025")
    yield _fault("flaky_read", "answer_before", leg="read,query", probability="0.025", status=502, body=HTML)
    for number in range(6):
        yield _fault("rate_limited", "answer_before", leg="entry,query", count=1, after=40 * number + dice.randrange(40),
                     status=429, body='{"code":-1003,"msg":"Too many requests."}', retry_after=1)  # fmt: skip
    # A lie is told once to each: two in a row about one thing nobody could tell from the truth.
    for path in LIES:
        for account in dice.sample(range(ACCOUNTS), 3):
            rule: dict[str, str | int] = {"effect": "hide", "method": "GET", "path": path, "count": 1}
            rule["after"] = dice.randrange(8)
            yield Fault("lie", rule, account)


def _fault(name: str, effect: str, **figures: str | int) -> Fault:
    return Fault(name, {"effect": effect, **figures})
