"""EXC-19, EXC-21, P15: what the exchange's word about a key means for its account."""

import pytest
from django.utils import translation

from exchanges.error_codes import judge
from exchanges.errors import NotSent, RefusalKind, Refused
from exchanges.reasons import text_of
from exchanges.types import KeyReport, PositionMode
from exchanges.venues.bitget_codes import judge_answer
from exchanges.venues.bitget_keys import is_classic, is_unified
from exchanges.venues.bybit_codes import CODES as BYBIT
from exchanges.verdicts import Outcome, judge_error, judge_report


def report(**told: bool | None) -> KeyReport:
    known: dict[str, bool | None] = {
        "can_read": True, "can_trade_spot": True, "can_trade_futures": True, "can_withdraw": False, "ip_restricted": True,
    }  # fmt: skip
    return KeyReport(**{**known, **told}, position_mode=PositionMode.ONE_WAY)  # type: ignore[arg-type]


def test_what_a_good_key_may_is_kept() -> None:
    verdict = judge_report(report(can_trade_spot=False, ip_restricted=None))

    assert (verdict.outcome, verdict.position_mode) == (Outcome.VERIFIED, PositionMode.ONE_WAY)
    assert (verdict.can_trade_spot, verdict.can_trade_futures) == (False, True)
    assert (verdict.can_withdraw, verdict.ip_restricted) == (False, None)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"can_withdraw": True}, "withdrawals_enabled"),
        ({"can_read": False}, "cannot_read"),
        ({"can_trade_spot": False, "can_trade_futures": False}, "cannot_trade"),
        ({"can_trade_spot": False, "can_trade_futures": None}, "cannot_trade"),
    ],
)
def test_a_key_that_may_too_much_or_too_little_is_refused(told: dict[str, bool | None], code: str) -> None:
    verdict = judge_report(report(**told))

    assert (verdict.outcome, verdict.code) == (Outcome.REFUSED, code)


def test_only_a_refusal_of_the_keys_counts_against_them() -> None:
    refused = Refused("no such key", kind=RefusalKind.CREDENTIALS)

    assert judge_error(refused).outcome is Outcome.REFUSED
    assert judge_error(NotSent("no way there")).outcome is Outcome.UNKNOWN


def test_a_key_that_lacks_a_permission_is_not_called_wrong() -> None:
    denied = judge(
        BYBIT, code="10005", message="Permission denied, please check your API key permissions.", proven=True
    )
    unknown = judge(BYBIT, code="10003", message="API key is invalid.", proven=True)

    verdicts = [judge_error(error) for error in (denied, unknown)]

    assert [verdict.code for verdict in verdicts] == ["permission_denied", "keys_refused"]
    with translation.override("en"):
        assert "lacks a permission" in text_of("permission_denied")
    assert verdicts[0].detail == "Permission denied, please check your API key permissions."


@pytest.mark.parametrize("error", [is_unified(), is_classic()])
def test_our_own_words_are_not_told_as_the_exchanges(error: Refused) -> None:
    verdict = judge_error(error)

    assert (verdict.outcome, verdict.code, verdict.detail) == (Outcome.REFUSED, "wrong_variant", "")


def test_what_bitget_says_of_the_other_kind_of_account_stays_its_own_words() -> None:
    said = "You are in Classic Account mode, and the Unified Account API is not supported at this time"

    error = judge_answer(400, {}, {"code": "40084", "msg": said}, None)

    assert isinstance(error, Refused)
    assert (error.kind, error.message) == (RefusalKind.CREDENTIALS, said)
