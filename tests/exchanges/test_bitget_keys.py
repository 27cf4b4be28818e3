"""The check of a key at Bitget: what it may do, and whether the account is of the kind that the client chose. EXC-19, EXC-21"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.key_reports import WRONG_VARIANT
from exchanges.types import KeyReport, PositionMode
from exchanges.venues.bitget_keys import IS_CLASSIC
from tests.exchanges.bitget_desk import MIX, SETTINGS, SPOT, V3, connected, scripted, sent
from tests.exchanges.bitget_samples import (
    MIX_ACCOUNT,
    ON_CLASSIC,
    ON_UNIFIED,
    SPOT_KEY,
    UTA_KEY,
    UTA_SETTINGS,
    ok,
    refused,
)
from tests.exchanges.loopback import Loopback

ACCOUNT, INFO, UTA_INFO = f"{MIX}account/account", f"{SPOT}account/info", f"{V3}account/info"


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


def classic(loopback: Loopback, *, key: dict[str, Any] | None = None, account: dict[str, Any] | None = None) -> None:
    """Answers as it does for a classic account."""
    loopback.answer("GET", SETTINGS, ON_CLASSIC)
    loopback.answer("GET", UTA_INFO, ON_CLASSIC)
    loopback.answer("GET", ACCOUNT, ok(MIX_ACCOUNT | (account or {})))
    loopback.answer("GET", INFO, ok(SPOT_KEY | (key or {})))


def unified(loopback: Loopback, *, key: dict[str, Any] | None = None, settings: dict[str, Any] | None = None) -> None:
    """Answers as it does for a unified account."""
    loopback.answer("GET", ACCOUNT, ON_UNIFIED)
    loopback.answer("GET", INFO, ON_UNIFIED)
    loopback.answer("GET", SETTINGS, ok(UTA_SETTINGS | (settings or {})))
    loopback.answer("GET", UTA_INFO, ok(UTA_KEY | (key or {})))


def facts(report: KeyReport) -> tuple[Any, ...]:
    return (
        report.can_trade_spot, report.can_trade_futures, report.can_withdraw, report.ip_restricted, report.position_mode,
    )  # fmt: skip


@pytest.mark.parametrize("variant", ["", "classic"])
@pytest.mark.parametrize(
    ("key", "account", "expected"),
    [
        ({}, {}, (True, True, False, True, PositionMode.ONE_WAY)),
        ({"authorities": ["coow", "stor"], "ips": ""}, {"posMode": "hedge_mode"}, (False, True, False, False, PositionMode.HEDGE)),
        ({"authorities": ["stow", "wwow"]}, {}, (True, False, True, True, PositionMode.ONE_WAY)),
        ({"authorities": ["trade", "readonly"]}, {}, (None, True, None, True, PositionMode.ONE_WAY)),
    ],
)  # fmt: skip
async def test_what_the_exchange_says_of_a_classic_accounts_key(
    bitget: Loopback, variant: str, key: dict[str, Any], account: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    """Older keys tell no single rights; that futures are served, their endpoint shows."""
    classic(bitget, key=key, account=account)

    report = await connected(variant=variant).key_report()

    assert facts(report) == expected
    assert {path for _, path, _ in sent(bitget)} == {SETTINGS, ACCOUNT, INFO}


@pytest.mark.parametrize(
    ("key", "settings", "expected"),
    [
        ({}, {}, (False, True, False, True, PositionMode.ONE_WAY)),
        ({"permissions": ["uta_trade", "withdraw"], "ips": ""}, {"accountMode": "unified", "holdMode": "hedge_mode"},
         (False, True, True, False, PositionMode.HEDGE)),
        ({"permType": "read-only"}, {}, (False, False, False, True, PositionMode.ONE_WAY)),
        ({"permissions": ["uta_mgt"]}, {}, (False, False, False, True, PositionMode.ONE_WAY)),
    ],
)  # fmt: skip
async def test_what_the_exchange_says_of_a_unified_accounts_key(
    bitget: Loopback, key: dict[str, Any], settings: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    unified(bitget, key=key, settings=settings)

    report = await connected(variant="unified").key_report()

    assert facts(report) == expected
    assert {path for _, path, _ in sent(bitget)} == {SETTINGS, UTA_INFO}


@pytest.mark.parametrize("variant", ["", "classic"])
async def test_a_unified_accounts_key_is_no_classic_one(bitget: Loopback, variant: str) -> None:
    unified(bitget)

    with pytest.raises(Refused) as caught:
        await connected(variant=variant).key_report()

    assert (caught.value.kind, caught.value.code) == (RefusalKind.CREDENTIALS, WRONG_VARIANT)


@pytest.mark.parametrize("answers", [ACCOUNT, INFO])
async def test_nor_is_it_where_one_classic_endpoint_answers(bitget: Loopback, answers: str) -> None:
    """Some of the old endpoints serve unified accounts too: what the unified one says counts."""
    unified(bitget)
    bitget.answer("GET", answers, ok(MIX_ACCOUNT if answers == ACCOUNT else SPOT_KEY))

    with pytest.raises(Refused) as caught:
        await connected().key_report()

    assert caught.value.code == WRONG_VARIANT


async def test_a_classic_accounts_key_is_no_unified_one(bitget: Loopback) -> None:
    classic(bitget)

    with pytest.raises(Refused) as caught:
        await connected(variant="unified").key_report()

    assert (caught.value.kind, caught.value.message) == (RefusalKind.CREDENTIALS, IS_CLASSIC)


async def test_an_account_that_is_being_changed_is_asked_again_later(bitget: Loopback) -> None:
    unified(bitget, settings={"accountMode": "switching"})

    with pytest.raises(OutcomeUnknown):
        await connected(variant="unified").key_report()


@pytest.mark.parametrize("variant", ["", "unified"])
async def test_a_wrong_passphrase_is_told_in_the_exchanges_words(bitget: Loopback, variant: str) -> None:
    for path in (SETTINGS, ACCOUNT, INFO, UTA_INFO):
        bitget.answer("GET", path, refused("40012", "apikey/password is incorrect"))

    with pytest.raises(Refused) as caught:
        await connected(variant=variant).key_report()

    assert (caught.value.kind, caught.value.code, caught.value.message) == (
        RefusalKind.CREDENTIALS, "40012", "apikey/password is incorrect",
    )  # fmt: skip
