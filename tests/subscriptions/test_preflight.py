"""B13: what is known beforehand of an account and its subscriptions, judged. Each fault is named, what is unknown is said to be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from exchanges.health import ExchangeState, Standing
from exchanges.market_cache import Minimum
from front.templatetags.readiness import readiness_words
from subscriptions.preflight import AccountFacts, FollowingFacts, judge_account, judge_following
from subscriptions.preflight_texts import NAMES, TEXTS, fix_of, headline_of, headline_of_account, sentence_of
from subscriptions.readiness import ORDER, Check, CheckState, Readiness
from subscriptions.terms import Terms

D = Decimal
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BTC = Minimum("BTCUSDT", D("0.001"), D("100"), 50, quantity_step=D("0.001"))
TERMS = Terms(leverage=10, margin_usd=D("50"), stop_loss_pct=D("1"), take_profit_pct=None, margin_mode="isolated")
DOOR = ExchangeState("x", "a", Standing.RUNNING, None, "", None, None, 0, 0, clock_skew_ms=12)
ACCOUNT = AccountFacts(
    is_active=True, status="verified", status_code="", checked_at=NOW - timedelta(hours=3), is_paper=False, has_futures=True,
    position_mode="one_way", can_withdraw=False, ip_restricted=True, can_trade={"spot": None, "futures": True},
    free_usd={"futures": {"USD": D("120")}, "spot": {"USD": D("0")}}, balances_read_at=NOW - timedelta(minutes=4), doors=[DOOR],
    paused_markets=frozenset(),
)  # fmt: skip
FOLLOWING = FollowingFacts(
    bot_status="active", status="active", market_type="futures", terms=TERMS, daily_loss_usd=D("12.5"),
    max_daily_loss_usd=D("200"), open_positions=1, max_concurrent_positions=3, symbols=["BTCUSDT"], minimums={"BTCUSDT": BTC},
    prices={"BTCUSDT": D("95000")}, accepted_leverage={}, markets_known=True,
)  # fmt: skip


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def look(account: dict[str, Any] | None = None, **following: Any) -> Readiness:
    return judge_following(replace(ACCOUNT, **account or {}), replace(FOLLOWING, **following), now=NOW)


def found(readiness: Readiness, state: CheckState) -> list[str]:
    return [check.finding for check in readiness.checks if check.state is state]


def test_all_well() -> None:
    readiness = look()

    assert {check.state for check in readiness.checks} == {CheckState.OK}
    assert (readiness.is_ready, readiness.passed, readiness.total) == (True, 18, 18)
    assert headline_of(readiness) == "The next signal will be traded."


def shut(state: Standing, **fields: Any) -> list[ExchangeState]:
    return [replace(DOOR, state=state, retry_at=NOW + timedelta(minutes=2), **fields)]


@pytest.mark.parametrize(
    ("account", "following", "finding"),
    [
        ({}, {"bot_status": "paused"}, "bot_paused"),
        ({}, {"bot_status": "archived"}, "bot_archived"),
        ({}, {"status": "paused"}, "subscription_paused"),
        ({"is_active": False}, {}, "account_off"),
        ({"status": "checking"}, {}, "keys_checking"),
        ({"status": "invalid", "status_code": "keys_refused"}, {}, "keys_refused"),
        ({"status": "needs_attention", "is_paper": True}, {}, "paper_lost"),
        ({"paused_markets": frozenset({"futures"})}, {}, "entries_paused"),
        ({}, {"daily_loss_usd": D("200")}, "daily_loss_reached"),
        ({"doors": shut(Standing.BANNED)}, {}, "exchange_banned"),
        ({"doors": shut(Standing.DOWN)}, {}, "exchange_down"),
        ({"doors": [replace(DOOR, clock_skew_ms=-5200)]}, {}, "clock_wrong"),
        ({}, {"terms": replace(TERMS, leverage=60)}, "leverage_too_high"),
        ({}, {"terms": replace(TERMS, leverage=50, stop_loss_pct=D("2"))}, "stop_beyond_liquidation"),
        ({}, {"minimums": {}}, "symbols_not_traded"),
        ({}, {"terms": replace(TERMS, leverage=1)}, "below_minimum"),
        ({"can_trade": {"futures": False}}, {}, "may_not_trade"),
        ({"untraded_markets": frozenset({"futures"})}, {}, "kind_does_not_trade"),
        ({"can_withdraw": True}, {}, "can_withdraw"),
        ({"free_usd": {"futures": {"USD": D("49.99")}, "spot": {"USD": D("500")}}}, {}, "balance_too_small"),
    ],
)
def test_each_fault_turns_it_red_and_is_named(account: dict[str, Any], following: dict[str, Any], finding: str) -> None:
    readiness = look(account, **following)

    assert (readiness.state, readiness.is_ready) == (CheckState.FAILED, False)
    assert found(readiness, CheckState.FAILED) == [finding]
    assert readiness.reason is not None
    assert sentence_of(readiness.reason) in headline_of(readiness)
    assert fix_of(readiness.reason)


@pytest.mark.parametrize(
    ("account", "following", "finding"),
    [
        ({"ip_restricted": False}, {}, "addresses_open"),
        ({"checked_at": NOW - timedelta(days=3)}, {}, "keys_not_checked_lately"),
        ({"doors": [DOOR, *shut(Standing.BANNED)]}, {}, "exchange_partly_shut"),
        ({"doors": shut(Standing.LIMITED)}, {}, "exchange_limited"),
        ({"doors": [replace(DOOR, clock_skew_ms=900)]}, {}, "clock_off"),
        ({"balances_read_at": NOW - timedelta(hours=2)}, {}, "balance_old"),
        ({}, {"symbols": ["BTCUSDT", "XUSDT"]}, "symbols_not_traded_in_part"),
        ({}, {"symbols": ["BTCUSDT", "XUSDT"], "minimums": {"BTCUSDT": BTC, "XUSDT": replace(BTC, symbol_key="XUSDT", max_leverage=5)},
              "prices": {"BTCUSDT": D(95000), "XUSDT": D(10)}}, "leverage_too_high_in_part"),
        ({}, {"symbols": ["BTCUSDT", "XUSDT"], "minimums": {"BTCUSDT": BTC, "XUSDT": replace(BTC, symbol_key="XUSDT", min_notional=D(900))},
              "prices": {"BTCUSDT": D(95000), "XUSDT": D(10)}}, "below_minimum_in_part"),
    ],
)  # fmt: skip
def test_what_does_not_keep_every_signal_away_only_warns(
    account: dict[str, Any], following: dict[str, Any], finding: str
) -> None:
    readiness = look(account, **following)

    assert found(readiness, CheckState.WARNING) == [finding]
    remark = next(check for check in readiness.checks if check.finding == finding)
    assert headline_of(readiness) == f"The next signal will be traded. {sentence_of(remark)}"


def test_several_remarks_are_counted() -> None:
    doors = [replace(DOOR, clock_skew_ms=900)]
    readiness = look({"balances_read_at": NOW - timedelta(hours=2), "ip_restricted": False, "doors": doors})

    assert headline_of(readiness).startswith("The next signal will be traded. ")
    assert headline_of(readiness).endswith("And 2 more remarks.")


FULL = "2 of 2 positions are open: a further entry is skipped until one is closed."


@pytest.mark.parametrize(
    ("account", "following", "more"),
    [
        ({}, {}, ""),
        ({"checked_at": NOW - timedelta(days=3)}, {}, " And 1 more remark."),  # it comes first in the order of checks
        ({"ip_restricted": False, "doors": [replace(DOOR, clock_skew_ms=900)]}, {}, " And 2 more remarks."),
        ({}, {"prices": {}}, ""),  # not known whether it is large enough: it is skipped in any case
    ],
)
def test_with_all_positions_open_no_trade_is_promised(
    account: dict[str, Any], following: dict[str, Any], more: str
) -> None:
    readiness = look(account, open_positions=2, max_concurrent_positions=2, **following)

    assert (readiness.state, readiness.is_ready) == (CheckState.WARNING, True)
    assert headline_of(readiness) == f"{FULL} Closes still pass.{more}"
    assert readiness_words(readiness) == "Positions full"


def test_what_keeps_every_signal_away_is_told_before_full_positions() -> None:
    readiness = look(status="paused", open_positions=3)

    assert headline_of(readiness) == "The next signal will be skipped: You paused this subscription."
    assert readiness_words(readiness) == "Not ready"


def test_an_account_names_the_bot_that_has_no_room() -> None:
    account, full = judge_account(ACCOUNT, now=NOW), look(open_positions=2, max_concurrent_positions=2)

    assert headline_of_account(account, [("A", full)]) == f"{FULL} Closes still pass."
    assert headline_of_account(account, [("A", look()), ("B", full)]) == (
        f"1 of 2 bots will trade their next signal. B: {FULL}"
    )


@pytest.mark.parametrize(
    ("account", "following", "finding", "headline"),
    [
        ({"free_usd": {"futures": {"USD": None}}}, {}, "balance_not_read", "not known: Free balance."),
        ({}, {"minimums": {}, "markets_known": False}, "symbols_not_known", "not known: Symbols, Smallest order."),
        ({}, {"prices": {}}, "minimum_not_known", "not known: Smallest order."),
        ({}, {"symbols": []}, "no_signal_yet", "not known: Symbols, Smallest order."),
        ({}, {"minimums": {"BTCUSDT": replace(BTC, max_leverage=None)}}, "leverage_not_known", "will be traded."),
        ({"can_trade": {}}, {}, "permission_not_told", "will be traded."),
        ({"can_withdraw": None}, {}, "withdrawals_not_told", "will be traded."),
        ({"ip_restricted": None}, {}, "addresses_not_told", "will be traded."),
        ({"position_mode": ""}, {}, "position_mode_not_told", "will be traded."),
        ({"doors": []}, {}, "exchange_not_asked", "will be traded."),
    ],
)
def test_what_nobody_told_is_neither_good_nor_bad(
    account: dict[str, Any], following: dict[str, Any], finding: str, headline: str
) -> None:
    readiness = look(account, **following)

    assert finding in found(readiness, CheckState.UNKNOWN)
    assert readiness.is_ready
    assert headline_of(readiness).endswith(headline)


def test_a_minimum_in_another_currency_is_not_compared_with_dollars() -> None:
    reais = replace(BTC, symbol_key="BTCBRL", min_notional=D("9000"))

    readiness = look(symbols=["BTCBRL"], minimums={"BTCBRL": reais}, prices={"BTCBRL": D("500000")})

    assert "minimum_not_known" in found(readiness, CheckState.UNKNOWN)


def test_a_minimum_in_another_currency_is_compared_at_what_that_is_worth() -> None:
    reais = replace(BTC, symbol_key="BTCBRL", min_notional=D("9000"), min_quantity=D(0), quantity_step=D("0.00000001"))
    told = {"symbols": ["BTCBRL"], "minimums": {"BTCBRL": reais}, "prices": {"BTCBRL": D("500000")}}

    too_small = look({"usd_values": {"BRL": D("0.2")}}, **told)
    enough = look({"usd_values": {"BRL": D("0.05")}}, **told)

    assert too_small.reason is not None
    assert (too_small.reason.finding, too_small.reason.params["limit"]) == ("below_minimum", D(1800))
    assert too_small.reason.params["margin"] == D("180.00")
    assert "above_minimum" in found(enough, CheckState.OK)


IN_TWO = {
    "symbols": ["BTCUSDT", "BTCBRL"],
    "minimums": {"BTCUSDT": BTC, "BTCBRL": replace(BTC, symbol_key="BTCBRL", min_notional=D(1))},
}


def purse(**free: str) -> dict[str, Any]:
    return {"free_usd": {"futures": {currency: D(text) for currency, text in free.items()}}}


def balance(account: dict[str, Any], **following: Any) -> tuple[str, str]:
    (check,) = [check for check in look(account, **following).checks if check.code == "balance"]
    return check.state, check.finding


def test_only_symbols_that_this_exchange_trades_decide_what_must_be_free() -> None:
    only_reais = {**IN_TWO, "minimums": {"BTCBRL": IN_TWO["minimums"]["BTCBRL"]}}  # type: ignore[index]

    assert balance(purse(USD="0", BRL="9260"), **only_reais) == ("ok", "balance_enough")
    assert balance(purse(USD="9260", BRL="0"), **only_reais) == ("failed", "balance_too_small")


def test_each_quote_currency_counts_for_its_own_symbols() -> None:
    assert balance(purse(USD="0", BRL="9260"), **IN_TWO) == ("warning", "balance_too_small_in_part")
    assert balance(purse(USD="70", BRL="60"), **IN_TWO) == ("ok", "balance_enough")
    assert balance(purse(USD="0", BRL="20"), **IN_TWO) == ("failed", "balance_too_small")
    assert balance(purse(USD="0", BRL="9260"), **IN_TWO, markets_known=False) == ("unknown", "balance_not_read")


def test_a_leverage_that_the_account_was_set_to_already_is_allowed() -> None:
    untold = {"BTCUSDT": replace(BTC, max_leverage=None)}

    assert "leverage_allowed" in found(look(minimums=untold, accepted_leverage={"BTCUSDT": 10}), CheckState.OK)
    assert "leverage_not_known" in found(look(minimums=untold, accepted_leverage={"BTCUSDT": 9}), CheckState.UNKNOWN)


def test_the_first_reason_in_the_pipelines_order_is_the_headline() -> None:
    readiness = look({"free_usd": {"futures": {"USD": D(0)}}, "is_active": False}, status="paused")

    assert found(readiness, CheckState.FAILED) == ["subscription_paused", "account_off", "balance_too_small"]
    assert headline_of(readiness) == "The next signal will be skipped: You paused this subscription."


def test_sentences_carry_figures_and_the_fix_does_too() -> None:
    small, short = look(terms=replace(TERMS, margin_usd=D("8"))), look({"free_usd": {"futures": {"USD": D("20")}}})
    assert small.reason is not None
    assert short.reason is not None

    assert sentence_of(small.reason) == (
        "Too small for BTCUSDT: these terms trade $0.00 of BTCUSDT, the exchange's minimum is $100.00."
    )
    assert fix_of(small.reason) == "Raise the margin to at least $19.00."  # 0.002 BTC are worth 190 at 95,000
    assert headline_of(short).startswith(
        "The exchange will refuse the next signal: $20.00 free for futures, one trade needs"
    )
    assert fix_of(short.reason).startswith("Deposit or transfer $30.00")


def test_two_bots_may_need_more_together_than_there_is() -> None:
    half = replace(FOLLOWING, terms=replace(TERMS, margin_usd=D("70")))

    def together(*rows: FollowingFacts) -> list[str]:
        return found(judge_account(ACCOUNT, rows, now=NOW), CheckState.WARNING)

    assert together(half, half) == ["not_enough_for_all"]
    assert together(half) == []
    assert together(half, replace(half, status="paused")) == []
    assert together(half, replace(half, market_type="spot")) == []


def test_an_accounts_headline_counts_its_bots() -> None:
    account, well, paused = judge_account(ACCOUNT, now=NOW), look(), look(status="paused")
    off = judge_account(replace(ACCOUNT, is_active=False), now=NOW)

    assert headline_of_account(account, []) == "The account can trade. No bot trades on it yet."
    assert headline_of_account(off, []) == "Nothing can be traded on this account: The account is switched off."
    assert headline_of_account(account, [("A", well), ("B", well)]) == "The next signal will be traded."
    assert headline_of_account(account, [("A", well), ("B", paused)]) == (
        "1 of 2 bots will trade their next signal. B: You paused this subscription."
    )
    assert headline_of_account(off, [("A", look({"is_active": False})), ("B", look({"is_active": False}))]) == (
        "The next signal will be skipped: The account is switched off."
    )


def test_paper_accounts_are_not_asked_about_keys_and_addresses() -> None:
    checks = judge_account(replace(ACCOUNT, is_paper=True, checked_at=None), now=NOW).checks

    assert [check.code for check in checks] == ["account", "keys", "exchange", "clock", "position_mode"]


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_every_finding_has_a_sentence_in_both_languages(language: str) -> None:
    params = dict.fromkeys(("at", "until", "value", "limit", "market", "symbols", "symbol", "margin", "missing"), "x")

    with translation.override(language):
        for finding in TEXTS:
            check = Check("keys", CheckState.OK, finding, params | {"market": "futures"})
            assert "%(" not in sentence_of(check) + fix_of(check)
    assert set(NAMES) == set(ORDER)
