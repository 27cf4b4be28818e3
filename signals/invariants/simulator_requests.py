"""The simulator's list of requests read as truth: shares of its limit, and bans. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from signals.invariants.truth import TrueRequest

MINUTE_MS = 60_000
SHUT_OUT = (418, 429)
MOMENT = timedelta(milliseconds=1)


def requests_of(arrivals: Iterable[Mapping[str, Any]], *, weight_limit: int = 0) -> tuple[TrueRequest, ...]:
    """Weights count per address, part of the API and minute of the exchange's clock; without a `weight_limit` shares are unknown.

    A ban lasts as long as an answer said (`retry_after`, where the list tells it); else as long as the same answer was given
    again and again: who was told 418 twice has asked during the ban.
    """
    arrivals = list(arrivals)
    used: dict[tuple[str, int], int] = {}
    ends = _ends_of_bans(arrivals)
    found: list[TrueRequest] = []
    for arrival in arrivals:
        source = _source(arrival)
        window = (source, arrival["time"] // MINUTE_MS)
        used[window] = used.get(window, 0) + arrival["weight"]
        found.append(
            TrueRequest(
                source=source,
                address=arrival["peer"],
                at=_time(arrival["time"]),
                status=arrival["status"],
                used_share=Decimal(used[window]) / weight_limit if weight_limit else None,
                banned_until=ends.get(arrival["number"]),
                answered_at=_time(arrival["answered"]) if arrival.get("answered") else None,
            )
        )
    return tuple(found)


def _ends_of_bans(arrivals: list[Mapping[str, Any]]) -> dict[int, datetime]:
    """Until when each refusal's sender was shut out, by the number of the request."""
    ends: dict[int, datetime] = {}
    first: dict[tuple[str, int], tuple[int, int]] = {}
    for arrival in arrivals:
        number, at, status = arrival["number"], arrival["time"], arrival["status"]
        for refusal in SHUT_OUT:
            whom = (arrival["peer"] if refusal == SHUT_OUT[0] else _source(arrival), refusal)
            if status and status != refusal:
                first.pop(whom, None)
        if status not in SHUT_OUT:
            continue
        whom = (arrival["peer"] if status == SHUT_OUT[0] else _source(arrival), status)
        if wait := arrival.get("retry_after"):
            ends[number] = _time(at + wait * 1000)
            continue
        began, minute = first.setdefault(whom, (number, at // MINUTE_MS))
        if status == SHUT_OUT[1] and minute != at // MINUTE_MS:  # a rate limit begins anew with the minute
            began, _ = first[whom] = (number, at // MINUTE_MS)
        ends[began] = _time(at) + MOMENT
    return ends


def _source(arrival: Mapping[str, Any]) -> str:
    return f"{arrival['peer']} /{arrival['path'].split('/')[1]}"


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
