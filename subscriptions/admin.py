"""Who follows which bot, to look at: subscriptions are changed by their clients only."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from bots.backoffice import ManagedFacts, link_to, link_to_list
from subscriptions.models import Subscription
from subscriptions.pseudonyms import pseudonym
from subscriptions.terms import effective_terms


@admin.register(Subscription)
class SubscriptionAdmin(ManagedFacts):
    list_display = (
        "show_subscriber",
        "show_bot",
        "show_status",
        "show_terms",
        "show_account",
        "created_at",
        "cancelled_at",
    )
    list_filter = ("status", ("bot", admin.RelatedOnlyFieldListFilter), "created_at")
    search_fields = ("user__email", "bot__name")
    list_select_related = ("bot", "user", "exchange_account")
    identifying = ("show_account", "user__email", "exchange_account")
    fields = (
        "show_subscriber", "show_bot", "show_account", "status", "show_terms", "custom_leverage", "custom_margin_usd",
        "custom_stop_loss_pct", "custom_take_profit_pct", "custom_margin_mode", "stop_loss_enabled", "take_profit_enabled",
        "max_daily_loss_usd", "max_concurrent_positions", "max_price_deviation_pct", "created_at", "updated_at",
        "cancelled_at", "show_neighbours",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("subscriber"))
    def show_subscriber(self, subscription: Subscription) -> str:
        return subscription.user.email if shows_name(subscription) else pseudonym(subscription.user_id)

    @display(description=_("bot"), ordering="bot__name")
    def show_bot(self, subscription: Subscription) -> SafeString | str:
        return link_to("bots_bot", subscription.bot_id, subscription.bot.name)

    @display(description=_("account"))
    def show_account(self, subscription: Subscription) -> SafeString | str:
        account = subscription.exchange_account
        return link_to("exchanges_exchangeaccount", account.pk, account.name)

    @display(
        description=_("status"),
        label={"active": "success", "paused": "warning", "cancelled": "danger"},
        ordering="status",
    )
    def show_status(self, subscription: Subscription) -> tuple[str, str]:
        return subscription.status, subscription.get_status_display()

    @display(description=_("effective terms"))
    def show_terms(self, subscription: Subscription) -> str:
        terms = effective_terms(subscription.bot, subscription)
        stop, target = (f"{pct} %" if pct is not None else "–" for pct in (terms.stop_loss_pct, terms.take_profit_pct))
        return f"{terms.leverage}x · ${terms.margin_usd} · SL {stop} · TP {target}"

    @display(description=_("see also"))
    def show_neighbours(self, subscription: Subscription) -> SafeString:
        return link_to_list("signals_execution", _("Executions"), subscription__id__exact=subscription.pk)


def shows_name(row: object) -> bool:
    """Whether the list or page that reads this row may name its subscriber (set by ManagedFacts)."""
    return bool(getattr(row, "names_shown", False))
