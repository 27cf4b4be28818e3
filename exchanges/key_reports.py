"""What an exchange says of a key, put together from what each of its markets says (EXC-19, EXC-21)."""

from dataclasses import replace

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import KeyReport, MarketType

# The code of a refusal of keys that belong to another kind of account than the client chose (`Credentials.variant`): whatever
# another market of the exchange says of them, they are not what was asked for.
WRONG_VARIANT = "wrong_variant"


def merge_reports(told: dict[MarketType, KeyReport | ExchangeError]) -> KeyReport:
    """One report from the markets' answers. A market that refuses the key while another takes it is one the key may not trade.

    Raises Refused(CREDENTIALS) when all refuse it or one says WRONG_VARIANT, and any other error as it is.
    """
    for outcome in told.values():
        if isinstance(outcome, ExchangeError) and (not refuses_key(outcome) or outcome.code == WRONG_VARIANT):
            raise outcome
    refusals = [outcome for outcome in told.values() if isinstance(outcome, ExchangeError)]
    if len(refusals) == len(told):
        raise refusals[0]
    spot, futures = _usable(told.get(MarketType.SPOT)), _usable(told.get(MarketType.FUTURES))
    known = spot or futures
    assert known is not None  # noqa: S101 -- not all refused, so one answered
    return replace(
        known,
        can_trade_spot=known.can_trade_spot if spot or MarketType.SPOT not in told else False,
        can_trade_futures=bool(futures) and known.can_trade_futures is not False
        if MarketType.FUTURES in told
        else None,
        position_mode=futures.position_mode if futures else None,
    )


def refuses_key(error: ExchangeError) -> bool:
    """Whether this is the exchange's word about the key, not about us or the way there."""
    return isinstance(error, Refused) and error.kind is RefusalKind.CREDENTIALS


def worth_another_call(error: ExchangeError) -> bool:
    """Whether the next, less telling call may answer where this one did not (an endpoint that this host does not have)."""
    if isinstance(error, NotSent) or error.code == WRONG_VARIANT:
        return False
    return not (isinstance(error, OutcomeUnknown) and error.code == "no_answer")


def _usable(outcome: KeyReport | ExchangeError | None) -> KeyReport | None:
    return outcome if isinstance(outcome, KeyReport) else None
