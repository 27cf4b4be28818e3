"""The sentences of a notice, for a client and for a bot's manager, in the reader's language: what happened and what to do."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from bots.models import MarketType
from exchanges.paper import is_paper
from notifications.models import Notice, NoticeKind
from signals.workflow_figures import workflow_label
from subscriptions.pseudonyms import pseudonym


@dataclass(frozen=True, slots=True)
class Words:
    """`title` says what happened, `advice` what to do."""

    title: str
    advice: str


CLIENT: dict[str, Words] = {
    NoticeKind.CLOSED_UNPROTECTED: Words(
        _("Your %(symbol)s position was closed because its stop loss could not be placed"),
        _("The exchange did not take the stop loss in time, so the position was closed at market. Nothing is open without a stop."
          " The execution shows what was tried."),
    ),
    NoticeKind.ACCOUNT_ATTENTION: Words(
        _("%(account)s needs attention: the exchange refuses its keys"),
        _("Nothing can be opened or closed on it by Batuta until the keys work again. Look at the open positions at the exchange,"
          " check whether the key or its allowed addresses were changed there, and enter the keys again."),
    ),
    NoticeKind.FOREIGN_POSITION: Words(
        _("%(account)s holds %(quantity)s %(symbol)s that Batuta did not open"),
        _("Batuta leaves it alone and places no stop for it. While it stands, entries in the other direction are skipped. If it is"
          " not yours, check who else uses the account's keys."),
    ),
    NoticeKind.FOREIGN_ORDERS: Words(
        _("Orders stand on %(account)s for %(symbol)s that Batuta did not place"),
        _("Batuta leaves them alone. They may change positions that a bot holds: cancel them at the exchange if you do not"
          " know them."),
    ),
    NoticeKind.NET_STANDS: Words(
        _("On %(account)s a safety stop for %(symbol)s stands that could not be taken away"),
        _("It was sent with an entry, and was to go when the stop loss stood. Where it fires, it closes everything on this symbol,"
          " other bots' and your own positions too: remove it at the exchange (the stop of the whole position, not Batuta's orders)."),
    ),
}  # fmt: skip
# A paper account's keys are ours: nobody can enter them again.
PAPER_ATTENTION = Words(
    _("%(account)s needs attention: the paper exchange no longer knows it"),
    _("Nothing can be opened or closed on it until it is started again, with its play money set back to the start. What was"
      " traded on it stays recorded here."),
)  # fmt: skip
MANAGER: dict[str, Words] = {
    NoticeKind.CLOSED_UNPROTECTED: Words(
        _("%(symbol)s of %(client)s was closed because its stop loss could not be placed"),
        _("The client was told. If it happens to several, the exchange may refuse this stop: look at the signal's executions."),
    ),
    NoticeKind.ACCOUNT_ATTENTION: Words(
        _("An account of %(client)s needs attention: the exchange refuses its keys"),
        _("The client was told. Signals are skipped on this account until new keys are entered."),
    ),
    NoticeKind.FOREIGN_POSITION: Words(
        _("The account of %(client)s holds %(symbol)s beside this bot's positions"),
        _("Entries in the other direction are skipped there while it stands. Only the client can change that."),
    ),
    NoticeKind.FOREIGN_ORDERS: Words(
        _("Unknown orders stand on the account of %(client)s for %(symbol)s"),
        _("They may change what this bot holds there. Only the client can cancel them."),
    ),
    NoticeKind.NET_STANDS: Words(
        _("On the account of %(client)s a safety stop for %(symbol)s could not be taken away"),
        _("Where it fires, it closes everything on that symbol there. Only the client can remove it, at the exchange."),
    ),
}  # fmt: skip
OPERATORS: dict[str, Words] = {
    NoticeKind.WORKFLOW_FAILING: Words(
        _("%(label)s failed %(failures)s times in a row"),
        _("It is tried again by itself. The last error: %(error)s"),
    ),
    NoticeKind.WORKFLOW_RECOVERED: Words(
        _("%(label)s works again"),
        _("A run has succeeded. What was left undone meanwhile is made up for by the next runs."),
    ),
    NoticeKind.ENTRIES_PAUSED: Words(
        _("New entries at %(exchange)s (%(market)s) are paused"),
        _("The daily test trade found that a stop loss does not stand there. Open positions keep their stops and are closed as"
          " always. It ends by itself when a test trade passes, or when an administrator lifts it."),
    ),
    NoticeKind.SIGNALS_MISSED: Words(
        _("Nothing was running for a while: %(entries)s entries of %(signals)s signals were skipped as too old"),
        _(
            "Closes that had waited were carried out: %(closes)s. Each execution says why it was skipped; nothing is entered late."
        ),
    ),
    NoticeKind.EXECUTION_GIVEN_UP: Words(
        _("An entry on %(symbol)s was given up after %(attempts)s workers had ended in the middle of it"),
        _("Nothing of it was sent to the exchange, and the others go on. Look at the workers' logs of that moment."),
    ),
}  # fmt: skip

PAUSED_BY_HAND = _(
    "An administrator paused them. Open positions keep their stops and are closed as always. It ends when an administrator lifts it."
)
PAUSE_NOTE = _("The administrator's note: %(detail)s")
PAUSE_FINDING = _("What the test trade met: %(detail)s")


def words_of(notice: Notice) -> Words:
    """The notice in the active language. A manager reads a pseudonym and neither the account's name nor quantities."""
    if notice.account is None:
        return _words_for_operators(notice)
    words = PAPER_ATTENTION if must_start_again(notice) else (MANAGER if notice.bot_id else CLIENT)[notice.kind]
    figures = {"symbol": "", "quantity": "", **notice.figures}
    if notice.bot_id:
        figures = {"symbol": figures["symbol"], "client": pseudonym(notice.account.user_id)}
    else:
        figures["account"] = notice.account.name
    return Words(gettext(words.title) % figures, gettext(words.advice))


def _words_for_operators(notice: Notice) -> Words:
    words = OPERATORS[notice.kind]
    figures = {"failures": "", "error": "", **notice.figures}
    if notice.kind == NoticeKind.ENTRIES_PAUSED:
        place = {"exchange": gettext(figures["exchange"]), "market": MarketType(figures["market_type"]).label}
        return _words_of_pause(words, {**figures, **place})
    if "workflow" in notice.figures:
        figures["label"] = workflow_label(notice.figures["workflow"])
    return Words(gettext(words.title) % figures, gettext(words.advice) % figures)


def _words_of_pause(words: Words, figures: dict[str, Any]) -> Words:
    """Who paused it, when it ends, and what they wrote or the test trade met."""
    by_hand, detail = not figures.get("by_canary", True), figures.get("detail", "")
    advice = gettext(PAUSED_BY_HAND if by_hand else words.advice)
    if detail:
        advice = f"{advice} {gettext(PAUSE_NOTE if by_hand else PAUSE_FINDING) % {'detail': detail}}"
    return Words(gettext(words.title) % figures, advice)


def must_start_again(notice: Notice) -> bool:
    """Whether the reader's own paper account is refused: it is set back, its keys cannot be replaced."""
    if notice.bot_id or notice.account is None or notice.kind != NoticeKind.ACCOUNT_ATTENTION:
        return False
    return is_paper(notice.account)
