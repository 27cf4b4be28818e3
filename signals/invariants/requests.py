"""The rule of the exchange's limits (I11): four fifths of them at most, and nothing during a ban. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from signals.invariants.case import Case
from signals.invariants.truth import TrueRequest

BANNED, SLOWED = 418, 429
Ban = tuple[datetime, datetime]


def check_budgets(case: Case) -> None:
    """I11: per limit the worst minute over the budget, and per address every ban during which requests were sent."""
    requests = sorted(case.truth.requests or (), key=lambda request: request.at)
    by_limit: dict[str, list[TrueRequest]] = defaultdict(list)
    bans: dict[str, list[Ban]] = defaultdict(list)
    for request in requests:
        by_limit[request.source].append(request)
        if request.banned_until is not None and request.status in (BANNED, SLOWED):
            whom = request.address if request.status == BANNED else request.source
            bans[whom].append((request.answered_at or request.at, request.banned_until))
    for source, found in by_limit.items():
        _check_share(case, source, found)
        _check_bans(case, source, found, [*bans[source], *bans[found[0].address]])


def _check_share(case: Case, source: str, requests: list[TrueRequest]) -> None:
    told = [(request.used_share, request.at) for request in requests if request.used_share is not None]
    share, at = max(told, default=(None, None))
    if share is not None and float(share) > case.limits.budget_share and case.is_judged(at):
        case.report("over_budget", "I11", at=at, source=source, share=f"{share * 100:.0f}",
                    limit=f"{case.limits.budget_share * 100:.0f}")  # fmt: skip


def _check_bans(case: Case, source: str, requests: list[TrueRequest], bans: Iterable[Ban]) -> None:
    """From one second after the answer that told the ban. Until then requests may arrive that nobody can call back: those that
    were under way, and those of processes that had not heard of it yet (they ask each other every 25 to 100 ms)."""
    for told_at, until in sorted(bans):
        sent = [r.at for r in requests if r.at < until and (r.at - told_at).total_seconds() > case.limits.stop_grace_s]
        if sent and case.is_judged(sent[-1]):
            case.report("sent_while_banned", "I11", at=sent[0], source=source, count=len(sent))
            return  # one ban that was not kept says it; every further request renews it
