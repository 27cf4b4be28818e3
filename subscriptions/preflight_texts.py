"""A sentence for each finding of `subscriptions.preflight`, what mends it, and the one headline. In the reader's language."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from accounts.readable import exact, money
from exchanges.reasons import text_of
from subscriptions.readiness import REFUSED_THERE, Check, CheckState, Readiness

MOST_SYMBOLS = 4
MONEY = frozenset({"daily_loss", "balance", "balance_together", "minimum"})
MARKETS = {"futures": _("futures"), "spot": _("spot")}
NAMES: dict[str, str] = {
    "bot": _("Bot"),
    "subscription": _("Subscription"),
    "account": _("Account"),
    "keys": _("Keys"),
    "entries": _("New entries"),
    "daily_loss": _("Daily loss limit"),
    "positions": _("Open positions"),
    "exchange": _("Exchange"),
    "clock": _("Clock"),
    "symbols": _("Symbols"),
    "leverage": _("Leverage"),
    "stop": _("Stop loss"),
    "minimum": _("Smallest order"),
    "permission": _("Permission to trade"),
    "balance": _("Free balance"),
    "balance_together": _("All bots together"),
    "withdrawals": _("Withdrawals"),
    "addresses": _("Addresses"),
    "position_mode": _("Position mode"),
}

# finding → what is so, what mends it ("" where nothing is to be done)
TEXTS: dict[str, tuple[str, str]] = {
    "bot_active": (_("The bot is active"), ""),
    "bot_paused": (_("The bot's manager paused it"), _("Wait until the manager resumes it; stops and closes go on.")),
    "bot_archived": (_("The bot's manager archived it"), _("It sends no more signals: follow another bot.")),
    "subscription_active": (_("The subscription is active"), ""),
    "subscription_paused": (_("You paused this subscription"), _("Resume it on its page.")),
    "subscription_cancelled": (_("This subscription is cancelled"), _("Subscribe to the bot again.")),
    "account_on": (_("The account is switched on"), ""),
    "account_off": (_("The account is switched off"), _("Switch it on, on the account's page.")),
    "keys_checking": (
        _("The exchange has not confirmed the keys yet"),
        _("Wait a moment: it is asked again by itself."),
    ),
    "keys_refused": (
        _("The exchange refuses the keys, last asked: %(at)s"),
        _("Mend the key at the exchange and have it checked here, or replace the keys."),
    ),
    "paper_lost": (
        _("The paper exchange does not know this account any more"),
        _("Start it again, on the account's page: its play money is set back."),
    ),
    "keys_of_paper": (_("Play money: its keys are ours"), ""),
    "keys_not_checked_lately": (
        _("The exchange accepted the keys, but was not asked for two days; last asked: %(at)s"),
        _("Have the keys checked, on the account's page."),
    ),
    "keys_accepted": (_("The exchange accepts the keys, last asked: %(at)s"), ""),
    "withdrawals_not_told": (
        _("The exchange does not say whether the key can withdraw"),
        _("Look at the exchange that withdrawals are off for this key."),
    ),
    "can_withdraw": (_("The key can withdraw money"), _("Make a key that can only read and trade, and replace this one.")),
    "cannot_withdraw": (_("The key cannot withdraw"), ""),
    "addresses_not_told": (_("The exchange does not say whether the key is restricted to addresses"), ""),
    "addresses_restricted": (_("The key is restricted to addresses"), ""),
    "addresses_open": (
        _("The key works from every address"),
        _("Restrict it, at the exchange, to this server's addresses."),
    ),
    "position_mode_not_told": (_("The position mode is not known yet"), _("Have the keys checked, on the account's page.")),
    "position_mode_one_way": (_("One-way: one direction per symbol"), ""),
    "position_mode_hedge": (_("Hedge: both directions of a symbol at once"), ""),
    "exchange_not_asked": (_("Nobody has asked this exchange for a day"), ""),
    "exchange_answers": (_("The exchange answers"), ""),
    "exchange_banned": (
        _("The exchange has shut our address out until %(until)s"),
        _("It ends by itself; stops that stand at the exchange stay."),
    ),
    "exchange_down": (
        _("The exchange does not answer"),
        _("It is asked again and again by itself; stops that stand at the exchange stay."),
    ),
    "exchange_partly_shut": (
        _("The exchange does not answer at one of our addresses"),
        _("It ends by itself; the other addresses trade."),
    ),
    "exchange_limited": (_("The exchange asks us to send less for a moment"), _("It ends by itself.")),
    "clock_not_measured": (_("The exchange's clock was not measured lately"), ""),
    "clock_right": (_("Our clock and the exchange's agree"), ""),
    "clock_off": (
        _("Our clock and the exchange's are %(value)s s apart"),
        _("Trading goes on; the operator should set this server's clock."),
    ),
    "clock_wrong": (
        _("Our clock and the exchange's are %(value)s s apart; beyond %(limit)s s nothing is entered"),
        _("The operator has to set this server's clock."),
    ),
    "entries_open": (_("New entries are open at this exchange"), ""),
    "entries_paused": (
        _("New entries at this exchange (%(market)s) are paused for now"),
        _("Wait until the operator lifts it; stops and closes go on."),
    ),
    "permission_not_told": (_("The exchange does not say whether the key may trade %(market)s"), ""),
    "may_trade": (_("The key may trade %(market)s"), ""),
    "may_not_trade": (
        _("The key may not trade %(market)s"),
        _("Enable %(market)s trading for the key at the exchange, then have it checked here."),
    ),
    "kind_does_not_trade": (
        _("Accounts of this kind do not trade %(market)s here, whatever the key may do"),
        _("Follow this bot with an account of another kind, or at another exchange."),
    ),
    "daily_loss_below": (_("Lost today: %(value)s of %(limit)s"), ""),
    "daily_loss_reached": (
        _("The daily loss limit is reached: %(value)s of %(limit)s"),
        _("It begins anew at midnight in your time zone; the limit is in the subscription's settings."),
    ),
    "positions_free": (_("%(value)s of %(limit)s positions are open"), ""),
    "positions_full": (
        _("%(value)s of %(limit)s positions are open: a further entry is skipped until one is closed"),
        _("Close one, or raise the limit in the subscription's settings."),
    ),
    "balance_not_read": (
        _("The free balance for %(market)s is not known; one trade needs %(limit)s"),
        _("It is read every few minutes while the exchange answers."),
    ),
    "balance_enough": (_("%(value)s free for %(market)s, one trade needs %(limit)s (read %(at)s)"), ""),
    "balance_old": (
        _("%(value)s free for %(market)s when it was last read, %(at)s; one trade needs %(limit)s"),
        _("Have the keys checked, on the account's page: the balance is read with them."),
    ),
    "balance_too_small": (
        _("%(value)s free for %(market)s, one trade needs %(limit)s (read %(at)s)"),
        _("Deposit or transfer %(missing)s to the account's %(market)s balance, or lower the margin."),
    ),
    "balance_too_small_in_part": (
        _("Too little in one of the currencies that its symbols are paid in: %(value)s free for %(market)s, a trade needs %(limit)s"),
        _("Symbols paid in the account's other currency are traded."),
    ),
    "not_enough_for_all": (
        _("Enough for each bot alone, not for all at once: %(value)s free for %(market)s, together they need %(limit)s"),
        _("Deposit, or lower the margins: whichever signal comes first takes what is there."),
    ),
    "no_signal_yet": (_("The bot has sent no signal lately, so nobody knows which symbol comes"), ""),
    "symbols_not_known": (_("Nobody knows just now whether this exchange trades %(symbols)s"), ""),
    "symbols_traded": (_("The exchange trades %(symbols)s"), ""),
    "symbols_not_traded": (
        _("The exchange does not trade %(symbols)s, which the bot trades"),
        _("Follow this bot with an account at an exchange that does."),
    ),
    "symbols_not_traded_in_part": (
        _("Signals for %(symbols)s are skipped: the exchange does not trade that"),
        _("The bot's other symbols are traded."),
    ),
    "stop_off": (_("No stop loss, as you chose"), ""),
    "stop_works": (_("A stop loss %(value)s %% away works with this leverage"), ""),
    "stop_beyond_liquidation": (
        _("With %(limit)s× leverage the position would be liquidated before a stop loss %(value)s %% away"),
        _("Lower the leverage or set the stop loss closer, in the subscription's settings."),
    ),
    "minimum_not_known": (_("The smallest order at this exchange is not known just now for %(symbols)s"), ""),
    "above_minimum": (_("Large enough for what the bot traded lately: %(symbols)s"), ""),
    "below_minimum": (
        _("Too small for %(symbols)s: these terms trade %(value)s of %(symbol)s, the exchange's minimum is %(limit)s"),
        _("Raise the margin to at least %(margin)s."),
    ),
    "below_minimum_in_part": (
        _("Signals for %(symbols)s are too small: these terms trade %(value)s of %(symbol)s, the minimum is %(limit)s"),
        _("Raise the margin to at least %(margin)s."),
    ),
    "leverage_not_known": (_("The highest leverage at this exchange is not known for %(symbols)s"), ""),
    "leverage_allowed": (_("%(value)s× is allowed for %(symbols)s"), ""),
    "leverage_too_high": (
        _("The exchange allows %(limit)s× on %(symbol)s, these terms ask for %(value)s×"),
        _("Lower the leverage to %(limit)s× or less."),
    ),
    "leverage_too_high_in_part": (
        _("Signals for %(symbols)s are skipped: the exchange allows %(limit)s× on %(symbol)s, these terms ask for %(value)s×"),
        _("Lower the leverage to %(limit)s× or less."),
    ),
}  # fmt: skip


def name_of(check: Check) -> str:
    """What was looked at."""
    return gettext(NAMES[check.code])


def sentence_of(check: Check) -> str:
    """What was found; with the exchange's reason where the keys were refused."""
    text = gettext(TEXTS[check.finding][0]) % _readable(check)
    reason = text_of(check.params.get("reason", "")) if check.finding == "keys_refused" else ""
    return f"{text}. {reason}" if reason else f"{text}."


def fix_of(check: Check) -> str:
    """What mends it; empty where nothing is to be done."""
    text = TEXTS[check.finding][1]
    return gettext(text) % _readable(check) if text else ""


def headline_of(readiness: Readiness) -> str:
    """Will the next signal be traded? One sentence."""
    reason = readiness.reason
    if reason is not None:
        if reason.code in REFUSED_THERE:
            return gettext("The exchange will refuse the next signal: %(reason)s") % {"reason": sentence_of(reason)}
        return gettext("The next signal will be skipped: %(reason)s") % {"reason": sentence_of(reason)}
    if full := readiness.full:
        return " ".join([sentence_of(full), gettext("Closes still pass."), *_counted(len(_warnings(readiness)) - 1)])
    if missing := readiness.not_known:
        names = ", ".join(name_of(check) for check in missing)
        return gettext("Nothing known speaks against the next signal; not known: %(names)s.") % {"names": names}
    return " ".join([gettext("The next signal will be traded."), *_remarks(readiness)])


def _remarks(readiness: Readiness) -> list[str]:
    """The first remark in full, the others by number: their place is the list of all checks."""
    remarks = _warnings(readiness)
    return [sentence_of(remarks[0]), *_counted(len(remarks) - 1)] if remarks else []


def _warnings(readiness: Readiness) -> list[Check]:
    return [check for check in readiness.checks if check.state is CheckState.WARNING]


def _counted(more: int) -> list[str]:
    return [ngettext("And %(n)s more remark.", "And %(n)s more remarks.", more) % {"n": more}] if more else []


def headline_of_account(account: Readiness, following: Sequence[tuple[str, Readiness]]) -> str:
    """The same for an account; `following`: the names of the bots that trade on it, with their readiness."""
    if not following:
        if account.reason is not None:
            return gettext("Nothing can be traded on this account: %(reason)s") % {
                "reason": sentence_of(account.reason)
            }
        return gettext("The account can trade. No bot trades on it yet.")
    stuck = [(name, readiness) for name, readiness in following if not readiness.is_ready or readiness.full]
    if len(following) == 1 or not stuck or account.reason is not None:
        return headline_of(
            stuck[0][1] if stuck else max((one for _, one in following), key=lambda one: len(one.not_known))
        )
    name, first = stuck[0]
    words = {"ready": len(following) - len(stuck), "all": len(following), "bot": name, "reason": _why(first)}
    return gettext("%(ready)s of %(all)s bots will trade their next signal. %(bot)s: %(reason)s") % words


def _why(readiness: Readiness) -> str:
    reason = readiness.reason or readiness.full
    return sentence_of(reason) if reason else ""


def _readable(check: Check) -> dict[str, str]:
    return {name: _shown(name, value, check) for name, value in check.params.items()} | {
        name: gettext("never") for name in ("at", "until") if name in check.params and check.params[name] is None
    }


def _shown(name: str, value: Any, check: Check) -> str:
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, Decimal):
        return money(value) if check.code in MONEY else exact(value)
    if isinstance(value, list):
        more = len(value) - MOST_SYMBOLS
        return ", ".join(value[:MOST_SYMBOLS]) + (f" (+{more})" if more > 0 else "")
    return gettext(MARKETS[value]) if name == "market" else str(value)
