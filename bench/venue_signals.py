"""Send a group's signals over processes of their own and tell what came of them, at each exchange. Needs Django."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import close_old_connections
from django.db.models import Count

from bench.processes import Fleet, running_fleet
from bench.product import QUIET_SECONDS, BenchFailed, post_alert, wait_until_settled, wait_while_busy
from bench.venue_figures import is_guarded, latest, venue_moments
from bench.venue_people import Group
from signals.models import Execution
from simulator.testing import ControlClient

Controls = Mapping[str, ControlClient]
ASKED_SHOWN = 8
SUMS = ("accounts", "protected", "guarded")


def measure(controls: Controls, group: Group, *, each_alone: bool = False) -> dict[str, Any]:
    """Figures of one signal after another that only warmed up. `each_alone`: also each venue's CPU, by a signal to it only.

    Raises BenchFailed when an alert is not accepted or does not come to an end.
    """
    with running_fleet({venue_id: control.url for venue_id, control in controls.items()}) as fleet:
        try:
            before = fleet.memory()
            _send(fleet, group, "buy")
            _close(fleet, controls, group)
            figures = _measure_once(fleet, controls, group)
            figures["memory"] = {"before": before, "after": fleet.memory()}
            _close(fleet, controls, group)
            for venue_id, own in figures["venues"].items() if each_alone else ():
                share = group.at(venue_id)
                own["cpu_ms_per_account"] = _cpu_of(fleet, share)
                _close(fleet, controls, share)
        except BenchFailed as error:
            raise BenchFailed(f"{error}\n{fleet.logs()}") from error
        return figures


def _measure_once(fleet: Fleet, controls: Controls, group: Group) -> dict[str, Any]:
    marks = {venue_id: controls[venue_id].last_request() for venue_id in group.keys}
    cpu = fleet.cpu_ms()
    posted = post_alert(fleet, "buy", group.path)
    began_ms = (time.time() - (time.monotonic() - posted.began)) * 1000
    wait_until_settled("buy")
    cpu = fleet.cpu_ms() - cpu
    asked = {venue_id: _signed(controls[venue_id], mark) for venue_id, mark in marks.items()}
    ends = _ends(posted.signal_id)
    venues = {
        venue_id: {
            "accounts": len(keys),
            "protected": ends.get(venue_id, {}).pop("PROTECTED", 0),
            "failed": ends.get(venue_id, {}),
            "guarded": sum(is_guarded(controls[venue_id].account(key)) for key in keys),
            **venue_moments(asked[venue_id], began_ms),
            "requests_per_account": round(len(asked[venue_id]) / len(keys), 2),
        }
        for venue_id, keys in group.keys.items()
    }
    return {
        **{name: sum(one[name] for one in venues.values()) for name in SUMS},
        "webhook_ms": round(posted.webhook_ms, 1),
        **{name: latest(venues, name) for name in ("entry_last_ms", "protection_last_ms")},
        "cpu_ms_per_account": round(cpu / group.size, 2),
        "venues": venues,
    }


def _send(fleet: Fleet, group: Group, action: str) -> None:
    post_alert(fleet, action, group.path)
    wait_until_settled(action)


def _close(fleet: Fleet, controls: Controls, group: Group) -> None:
    """Close what the last signal opened, and wait until all its accounts have been looked after."""
    _wait_until_quiet(controls, group)
    _send(fleet, group, "close")
    _wait_until_quiet(controls, group)


def _cpu_of(fleet: Fleet, group: Group) -> float:
    cpu = fleet.cpu_ms()
    _send(fleet, group, "buy")
    return round((fleet.cpu_ms() - cpu) / group.size, 2)


def _wait_until_quiet(controls: Controls, group: Group) -> None:
    asked: Counter[str] = Counter()  # for an account: prices and clocks are asked all the time, by every process

    def requests() -> int:
        marks = {venue_id: control.last_request() for venue_id, control in controls.items()}
        time.sleep(QUIET_SECONDS)
        asked.clear()
        for venue_id, mark in marks.items():
            asked.update(f"{venue_id} {one['method']} {one['path']}" for one in _signed(controls[venue_id], mark))
        return asked.total()

    try:
        wait_while_busy(requests, group.size)
    except BenchFailed as error:
        raise BenchFailed(f"{error}: {dict(asked.most_common(ASKED_SHOWN))}") from error


def _signed(control: ControlClient, since: int) -> list[dict[str, Any]]:
    """The requests for accounts since that one."""
    return [one for one in control.requests(since=since) if one["api_key"]]


def _ends(signal_id: str) -> dict[str, dict[str, int]]:
    """How many executions of the signal ended in which way, by venue; a state's reason follows it."""
    rows = Execution.objects.filter(signal=UUID(signal_id)).values_list("account__exchange", "state", "reason_code")
    found: dict[str, dict[str, int]] = {}
    for venue_id, state, reason, count in rows.annotate(count=Count("id")).order_by():
        found.setdefault(venue_id, {})[f"{state} {reason}".strip()] = count
    close_old_connections()
    return found
