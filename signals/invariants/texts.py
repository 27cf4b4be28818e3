"""The sentences of violations and of what could not be judged, by their stable codes."""

from collections import defaultdict
from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

TEXTS: dict[str, str] = {
    # I1
    "double_entry": _("%(count)s entry orders were filled for one signal and subscription (%(symbol)s)"),
    "entered_not_recorded": _("An entry was filled at the exchange, and our record says %(state)s (%(symbol)s)"),
    "recorded_not_entered": _("Our record says entered, and the exchange knows no filled entry order (%(symbol)s)"),
    "entry_without_record": _("An entry order of ours was filled that no execution names: %(order)s (%(symbol)s)"),
    # I2
    "signal_missing": _("The webhook accepted a signal that is not stored"),
    "execution_missing": _("%(count)s executions stand for a signal that concerned %(expected)s subscriptions"),
    "subscriber_left_out": _("An active subscription has no execution of this signal"),
    "not_settled": _("The execution is still %(state)s after %(seconds)s s"),
    "ended_without_reason": _("The execution ended as %(state)s without a reason"),
    # I3
    "gap_too_long": _("The position in %(symbol)s stood %(seconds)s s without its stop loss; %(limit)s s are allowed"),
    "open_without_stop": _("The position in %(symbol)s is open without a stop loss for %(quantity)s of it"),
    # I4
    "stop_quantity": _("Stop losses for %(stops)s stand against a position of %(position)s in %(symbol)s"),
    "order_where_flat": _("A stop loss or take profit stands in %(symbol)s without a position: %(order)s"),
    "more_than_one_stop": _("%(count)s stop losses stand for one position in %(symbol)s"),
    # I5
    "sign_changed": _("The position in %(symbol)s went from %(before)s to %(after)s by an order that is no such entry: %(order)s"),
    # I6
    "position_differs": _("In %(symbol)s our books hold %(ours)s and the exchange %(theirs)s"),
    "price_differs": _("The average price in %(symbol)s is %(ours)s in our books and %(theirs)s at the exchange"),
    "order_gone": _("Our books call the order %(order)s %(state)s, and it does not stand at the exchange (%(symbol)s)"),
    "order_stands": _("The order %(order)s stands at the exchange, and our books call it %(state)s (%(symbol)s)"),
    "drift_found_late": _("A position in %(symbol)s that was gone at the exchange was noticed after %(seconds)s s"),
    # I7
    "signal_counters": _("The signal's counters say %(stored)s, its executions %(derived)s (success, failed, skipped)"),
    "realized_pnl": _("The position in %(symbol)s has a result of %(stored)s, its fills make %(derived)s"),
    # I8
    "no_row_for_order": _("An order of ours reached the exchange without a row: %(order)s (%(symbol)s)"),
    "row_after_order": _("The order %(order)s stood at the exchange %(seconds)s s before its row was written (%(symbol)s)"),
    "secret_in_row": _("The row of the order %(order)s seems to hold a secret"),
    # I9
    "too_many_positions": _("%(count)s positions were open at once; the subscription allows %(limit)s"),
    "entered_over_loss": _("It entered %(symbol)s with a daily loss of $%(loss)s; the limit is $%(limit)s"),
    # I10
    "entered_after_stop": _("It entered %(symbol)s %(seconds)s s after entries were stopped (%(why)s)"),
    # I11
    "over_budget": _("Requests used %(share)s %% of what %(source)s allows; %(limit)s %% are ours"),
    "sent_while_banned": _("%(count)s requests were sent to %(source)s during a ban"),
    # I12
    "entered_too_old": _("The entry in %(symbol)s was placed %(seconds)s s after its signal; %(limit)s s are allowed"),
    # why something was not judged
    "needs_history": _("What happened when is not known here: only what the account shows now"),
    "needs_client_ids": _("The exchange's list of fills does not name our order ids"),
    "requests_unknown": _("The exchange does not tell which requests reached it"),
    "not_at_rest": _("Work was in flight on every symbol: this holds at rest only"),
    "no_account_read": _("No account could be read"),
}  # fmt: skip


def sentence(code: str, figures: Mapping[str, str] | None = None) -> str:
    """The sentence in the active language; the code itself for one that has none."""
    text = TEXTS.get(code)
    return gettext(text) % defaultdict(str, figures or {}) if text else code
