"""Reads the simulator's ledger over its control API, at the address and with the token that paper accounts use."""

import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from exchanges.candidates import fingerprint_of
from exchanges.models import ExchangeAccount
from exchanges.paper import is_paper, paper_venue_id
from signals.invariants.simulator_events import snapshot_of, truth_of
from signals.invariants.simulator_requests import requests_of
from signals.invariants.truth import AccountTruth, Truth

TIMEOUT_S = 30.0
PAGE = 20_000
NOT_THERE = gettext_noop("The simulator knows no such account")


class SimulatorUnreadable(Exception):
    """The control API did not answer, or refused."""


def read_simulator(accounts: list[ExchangeAccount], now: datetime) -> Truth:
    """The truth about those of `accounts` that the simulator has; paper accounts that it has not are `unread`.

    An account is recognised by its label (our id) or by its key's fingerprint, so the vault stays closed.
    """
    there = _ask("accounts")["accounts"]
    known = _Known(accounts)
    found = {opened["id"]: account for opened in there if (account := known.find(opened)) is not None}
    history = truth_of(_events(), lambda opened: found[opened["id"]].pk if opened["id"] in found else None)
    read = {account.account_id: account for account in history.accounts if account.account_id in _ids(found)}
    for opened in there:
        account = found.get(opened["id"])
        if account is not None and account.pk not in read:
            read[account.pk] = _snapshot(account, opened["api_key"], now)
    unread = {row.pk: NOT_THERE for row in accounts if row.pk not in read and is_paper(row)}
    return Truth(tuple(read.values()), _requests(), history.steps, unread)


def _ids(found: Mapping[int, ExchangeAccount]) -> set[UUID]:
    return {account.pk for account in found.values()}


class _Known:
    """Our accounts by what the simulator shows of them."""

    def __init__(self, accounts: list[ExchangeAccount]) -> None:
        self._by_label = {str(account.pk): account for account in accounts}
        self._by_print = {account.key_fingerprint: account for account in accounts if account.key_fingerprint}
        self._kinds = {(account.exchange, account.testnet): account for account in accounts}

    def find(self, opened: Mapping[str, Any]) -> ExchangeAccount | None:
        if opened["label"] in self._by_label:
            return self._by_label[opened["label"]]
        prints = (fingerprint_of(any_of_kind, opened["api_key"]) for any_of_kind in self._kinds.values())
        return next((self._by_print[mark] for mark in prints if mark in self._by_print), None)


def _snapshot(account: ExchangeAccount, api_key: str, now: datetime) -> AccountTruth:
    return snapshot_of(account.pk, _ask(f"accounts/{quote(api_key, safe='')}"), now)


def _events() -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while True:
        page = _ask(f"ledger?since={events[-1]['sequence'] if events else 0}&limit={PAGE}")["events"]
        events += page
        if len(page) < PAGE:
            return events


def _requests() -> Any:
    """None from a simulator that keeps no list of requests."""
    found: list[dict[str, Any]] = []
    while True:
        answer = _ask(f"requests?since={found[-1]['number'] if found else 0}&limit={PAGE}", missing=None)
        if answer is None:
            return None
        found += answer["requests"]
        if len(answer["requests"]) < PAGE:
            return requests_of(found, weight_limit=int(_ask("settings").get("weight_limit", 0)))


def _ask(path: str, **missing: Any) -> Any:
    """One call of the control API; `missing` where a 404 is an answer. Raises SimulatorUnreadable."""
    url = urlsplit(settings.EXCHANGE_URLS[paper_venue_id()])
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_S)
    try:
        headers = {"Authorization": f"Bearer {settings.SIMULATOR_TOKEN}"}
        connection.request("GET", f"{url.path.rstrip('/')}/_control/{path}", headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, HTTPException) as error:
        raise SimulatorUnreadable(str(error)) from error
    finally:
        connection.close()
    if answer.status == 404 and "missing" in missing:
        return missing["missing"]
    if answer.status != 200:
        raise SimulatorUnreadable(f"{answer.status}: {content[:200].decode(errors='replace')}")
    return json.loads(content)
