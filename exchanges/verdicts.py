"""What the exchange's word about keys means for an account. Pure: report or error in, verdict out (EXC-19, P15)."""

from dataclasses import dataclass
from enum import StrEnum

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.key_reports import WRONG_VARIANT
from exchanges.types import KeyReport, PositionMode


class Outcome(StrEnum):
    VERIFIED = "verified"
    REFUSED = "refused"  # the exchange has spoken against these keys
    UNKNOWN = "unknown"  # nobody could be asked: try again


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is stable (`exchanges.reasons` has its sentence), `detail` the exchange's own words."""

    outcome: Outcome
    code: str = ""
    detail: str = ""
    position_mode: PositionMode | None = None
    can_withdraw: bool | None = None
    ip_restricted: bool | None = None
    can_trade_spot: bool | None = None
    can_trade_futures: bool | None = None
    variant: str | None = None  # the kind of account that the keys were asked as


_REFUSALS = {RefusalKind.CREDENTIALS: "keys_refused", RefusalKind.REGION: "region_refused"}


def judge_report(report: KeyReport) -> Verdict:
    """Keys that can withdraw are refused, and keys that cannot read or trade anything are no use."""
    if report.can_withdraw:
        return Verdict(Outcome.REFUSED, "withdrawals_enabled", can_withdraw=True)
    if not report.can_read:
        return Verdict(Outcome.REFUSED, "cannot_read")
    if report.can_trade_spot is False and report.can_trade_futures in (False, None):
        return Verdict(Outcome.REFUSED, "cannot_trade")
    return Verdict(
        Outcome.VERIFIED,
        position_mode=report.position_mode,
        can_withdraw=report.can_withdraw,
        ip_restricted=report.ip_restricted,
        can_trade_spot=report.can_trade_spot,
        can_trade_futures=report.can_trade_futures,
    )


def judge_error(error: ExchangeError) -> Verdict:
    """Only a refusal of the keys themselves counts against them; everything else says nothing about them."""
    detail = error.message[:500]
    if isinstance(error, Refused) and error.kind in _REFUSALS:
        if error.code == WRONG_VARIANT:  # our own finding, which has its sentence: the exchange said nothing beside it
            return Verdict(Outcome.REFUSED, WRONG_VARIANT)
        return Verdict(
            Outcome.REFUSED, "permission_denied" if error.lacks_permission else _REFUSALS[error.kind], detail
        )
    return Verdict(Outcome.UNKNOWN, "exchange_unavailable", detail)
