"""Bots in the admin: managers look after their own, administrators after all, support looks (BOT-15…18, issue's item 4)."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from accounts.backoffice import staff_of
from accounts.models import User
from accounts.readable import number
from bots import lifecycle
from bots.admin_pages import BotPages, person_of, preview_of
from bots.backoffice import link_to_list
from bots.forms import PREVIEWED, BotForm, NewBotForm
from bots.models import Bot, BotStatus
from bots.queries import managed_bots
from bots.secrets import generate_secret
from bots.webhook_message import alert_message, webhook_url

STATUS_LABELS = {"active": "success", "paused": "warning", "archived": "danger"}


@admin.register(Bot)
class BotAdmin(BotPages):
    """A card per bot above the list; saving, pausing, a new secret and archiving go through `bots.lifecycle`."""

    form = BotForm
    list_display = (
        "name", "show_status", "market_type", "total_subscribers", "total_signals_sent", "show_win_rate", "show_pnl",
        "manager", "updated_at",
    )  # fmt: skip
    list_filter = ("status", "market_type", "created_at")
    search_fields = ("name", "master_webhook_path", "description")
    list_select_related = ("manager",)
    list_before_template = "admin/bots/cards.html"
    change_form_before_template = "admin/bots/head.html"
    change_form_after_template = "admin/bots/preview_panel.html"
    actions = ("pause", "resume")
    readonly_fields = ("show_figures", "show_neighbours")
    fieldsets = (
        (None, {"fields": ("name", "description", "manager", "market_type")}),
        (
            _("Webhook"),
            {"fields": ("master_webhook_path", "quota_per_minute", "duplicate_window_s", "max_signal_age_s")},
        ),
        (
            _("What clients trade by default"),
            {"fields": (*PREVIEWED[1:], "default_margin_mode", "allow_no_stop", "opposite_policy", "same_side_policy")},
        ),
    )

    class Media:
        js = ("django_htmx/htmx-2.min.js",)

    # --- who ---------------------------------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = staff_of(request)
        return user is not None and (user.is_manager or user.is_support)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = staff_of(request)
        archived = isinstance(obj, Bot) and obj.status == BotStatus.ARCHIVED
        return user is not None and user.is_manager and not archived

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        by_manager = ("manager", admin.RelatedOnlyFieldListFilter)
        return (*self.list_filter, by_manager) if person_of(request).is_admin else self.list_filter

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bot]:
        return managed_bots(person_of(request))

    # --- the form ----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **{**kwargs, "form": BotForm if obj else NewBotForm})
        for name in PREVIEWED:
            if field := form.base_fields.get(name):
                field.widget.attrs |= _live_preview()
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Bot | None = None) -> Any:
        (first, about), (second, webhook), terms = self.fieldsets
        own = tuple(name for name in about["fields"] if name != "manager" or person_of(request).is_admin)
        if obj is None:
            secret = ("master_webhook_path", "master_secret", *webhook["fields"][1:])
            return (first, {"fields": own}), (second, {"fields": secret}), terms
        figures = (_("Figures"), {"fields": self.readonly_fields})
        return (first, {"fields": own}), (second, webhook), terms, figures

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "manager":
            kwargs["queryset"] = User.objects.filter(role__in=("manager", "admin"), is_active=True)
            kwargs["initial"] = request.user.pk
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Bot, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "master_secret"}
        if change:
            lifecycle.change_bot(bot=obj, user=person_of(request), request=request, **values)
            return
        values.setdefault("manager", person_of(request))
        secret = form.cleaned_data.get("master_secret") or generate_secret()
        made = lifecycle.create_bot(master_secret=secret, user=person_of(request), request=request, **values)
        obj.pk, obj.manager, obj.secret_digest = made.pk, made.manager, made.secret_digest

    def response_add(self, request: HttpRequest, obj: Bot, post_url_continue: str | None = None) -> HttpResponse:
        return self._to_secret(request, obj)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        bot: Bot | None = context.get("original")
        trade = preview_of(bot or Bot())
        context |= {"trade": trade, "bot": bot, "preview_address": reverse("admin:bots_bot_preview")}
        if bot is not None:
            context |= {"webhook_url": webhook_url(bot), "alert_message": alert_message()}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- actions of the list -----------------------------------------------------------------------------------------

    @action(description=_("Pause: refuse opens, closes still pass"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Bot]) -> None:
        chosen = list(queryset.filter(status=BotStatus.ACTIVE))
        for bot in chosen:
            lifecycle.pause_bot(bot=bot, user=person_of(request), request=request)
        messages.success(request, ngettext("%d bot was paused.", "%d bots were paused.", len(chosen)) % len(chosen))

    @action(description=_("Resume: accept opens again"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Bot]) -> None:
        chosen = list(queryset.filter(status=BotStatus.PAUSED))
        for bot in chosen:
            lifecycle.resume_bot(bot=bot, user=person_of(request), request=request)
        messages.success(request, ngettext("%d bot was resumed.", "%d bots were resumed.", len(chosen)) % len(chosen))

    # --- columns -----------------------------------------------------------------------------------------------------

    @display(description=_("status"), label=STATUS_LABELS, ordering="status")
    def show_status(self, bot: Bot) -> tuple[str, str]:
        return bot.status, bot.get_status_display()

    @display(description=_("win rate"), ordering="avg_win_rate")
    def show_win_rate(self, bot: Bot) -> str:
        return f"{number(bot.avg_win_rate, 1)} %" if bot.closed_trades else "–"

    @display(description=_("average P&L"), ordering="avg_pnl_pct")
    def show_pnl(self, bot: Bot) -> str:
        sign = "+" if bot.avg_pnl_pct > 0 else ""
        return f"{sign}{number(bot.avg_pnl_pct, 2)} %"

    @display(description=_("so far"))
    def show_figures(self, bot: Bot) -> str:
        return _(
            "%(subscribers)d subscribers, %(signals)d signals, %(rate)s %% of trades won, %(pnl)s %% on average"
        ) % {
            "subscribers": bot.total_subscribers,
            "signals": bot.total_signals_sent,
            "rate": f"{bot.avg_win_rate:.1f}",
            "pnl": f"{bot.avg_pnl_pct:+.2f}",
        }

    @display(description=_("see also"))
    def show_neighbours(self, bot: Bot) -> SafeString:
        lists = (
            ("signals_signal", _("Signals")),
            ("signals_execution", _("Executions")),
            ("signals_position", _("Positions")),
            ("subscriptions_subscription", _("Subscriptions")),
        )
        links = [link_to_list(model, text, bot__id__exact=bot.pk) for model, text in lists]
        return format_html("{} · {} · {} · {}", *links)


def _live_preview() -> dict[str, str]:
    """htmx on a field: ask for the preview when it changes."""
    return {
        "hx-get": reverse("admin:bots_bot_preview"),
        "hx-trigger": "input changed delay:300ms, change",
        "hx-target": "#bot-preview",
        "hx-include": "closest form",
        "hx-params": ",".join(PREVIEWED),
    }
