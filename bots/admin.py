"""Bots in the admin: managers look after their own, administrators after all, support looks (BOT-15…18, issue's item 4)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from accounts.backoffice import BackofficeAdmin, staff_of
from accounts.models import User
from bots import lifecycle
from bots.backoffice import change_address, link_to_list
from bots.forms import PREVIEWED, ArchiveForm, BotForm, NewBotForm, PreviewForm, RotationForm
from bots.models import Bot, BotStatus
from bots.preview import preview_trade
from bots.queries import managed_bots
from bots.secrets import generate_secret
from bots.shown_once import allow_one_look, take_look
from bots.webhook_message import alert_message, webhook_url

STATUS_LABELS = {"active": "success", "paused": "warning", "archived": "danger"}


@admin.register(Bot)
class BotAdmin(BackofficeAdmin):
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
        return (*self.list_filter, by_manager) if _person(request).is_admin else self.list_filter

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bot]:
        return managed_bots(_person(request))

    # --- the form ----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **{**kwargs, "form": BotForm if obj else NewBotForm})
        for name in PREVIEWED:
            if field := form.base_fields.get(name):
                field.widget.attrs |= _live_preview()
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Bot | None = None) -> Any:
        (first, about), (second, webhook), terms = self.fieldsets
        own = tuple(name for name in about["fields"] if name != "manager" or _person(request).is_admin)
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
            lifecycle.change_bot(bot=obj, user=_person(request), request=request, **values)
            return
        values.setdefault("manager", _person(request))
        secret = form.cleaned_data.get("master_secret") or generate_secret()
        made = lifecycle.create_bot(master_secret=secret, user=_person(request), request=request, **values)
        obj.pk, obj.manager, obj.secret_digest = made.pk, made.manager, made.secret_digest

    def response_add(self, request: HttpRequest, obj: Bot, post_url_continue: str | None = None) -> HttpResponse:
        return self._to_secret(request, obj)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        bot: Bot | None = context.get("original")
        trade = _preview_of(bot or Bot())
        context |= {"trade": trade, "bot": bot, "preview_address": reverse("admin:bots_bot_preview")}
        if bot is not None:
            context |= {"webhook_url": webhook_url(bot), "alert_message": alert_message()}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- pages of our own --------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(self.preview_view), name="bots_bot_preview"),
            path("<uuid:object_id>/secret/", wrap(self.secret_view), name="bots_bot_secret"),
            path("<uuid:object_id>/secret/shown/", wrap(self.secret_shown_view), name="bots_bot_secret_shown"),
            path("<uuid:object_id>/archive/", wrap(self.archive_view), name="bots_bot_archive"),
        ]
        return own + super().get_urls()

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The preview for what the form holds now (BOT-18)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PreviewForm(request.GET)
        trade = _preview_of(Bot(**form.cleaned_data)) if form.is_valid() else None
        return TemplateResponse(request, "admin/bots/preview.html", {"trade": trade, "errors": form.errors})

    def secret_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """A new secret: the form; the page after it shows the secret."""
        bot = self._own_bot(request, object_id)
        form = RotationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            bot, _secret = lifecycle.rotate_secret(
                bot=bot,
                user=_person(request),
                secret=form.cleaned_data["secret"],
                overlap=form.overlap,
                request=request,
            )
            return self._to_secret(request, bot)
        return self._page(request, "admin/bots/rotate.html", _("New secret"), bot, form=form)

    def secret_shown_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The secret and the message that holds it, once; whoever comes again is led to the bot."""
        bot = self._own_bot(request, object_id)
        secret = take_look(request, bot) if request.method == "GET" else None
        if secret is None:
            messages.info(request, _("A secret is shown once. If you lost it, make a new one."))
            return HttpResponseRedirect(change_address("bots_bot", bot.pk))
        context = {"secret": secret, "webhook_url": webhook_url(bot), "alert_message": alert_message(secret=secret)}
        return self._page(request, "admin/bots/secret.html", _("The webhook's secret"), bot, **context)

    def archive_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Archive, after a confirmation, with the choice of D1 where positions are open (BOT-16)."""
        bot = self._own_bot(request, object_id)
        held = lifecycle.open_positions(bot)
        form = ArchiveForm(request.POST or None, open_positions=held)
        if request.method == "POST" and form.is_valid():
            try:
                lifecycle.archive_bot(bot=bot, user=_person(request), close_positions=form.choice, request=request)
            except lifecycle.PositionsOpen as refusal:  # opened since the page was shown
                form, held = ArchiveForm(open_positions=refusal.count), refusal.count
            else:
                messages.success(request, _("The bot is archived. Its history stays."))
                return HttpResponseRedirect(reverse("admin:bots_bot_changelist"))
        return self._page(request, "admin/bots/archive.html", _("Archive"), bot, form=form, held=held)

    def _own_bot(self, request: HttpRequest, bot_id: Any) -> Bot:
        bot = get_object_or_404(self.get_queryset(request), pk=bot_id)
        if not self.has_change_permission(request, bot):
            raise PermissionDenied
        return bot

    def _to_secret(self, request: HttpRequest, bot: Bot) -> HttpResponse:
        allow_one_look(request, bot)
        return HttpResponseRedirect(reverse("admin:bots_bot_secret_shown", args=[bot.pk]))

    def _page(self, request: HttpRequest, template: str, title: Any, bot: Bot, **context: Any) -> HttpResponse:
        base = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "bot": bot}
        base |= {"back": change_address("bots_bot", bot.pk)}
        return TemplateResponse(request, template, {**base, **context})

    # --- actions of the list -----------------------------------------------------------------------------------------

    @action(description=_("Pause: refuse opens, closes still pass"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Bot]) -> None:
        chosen = list(queryset.filter(status=BotStatus.ACTIVE))
        for bot in chosen:
            lifecycle.pause_bot(bot=bot, user=_person(request), request=request)
        messages.success(request, ngettext("%d bot was paused.", "%d bots were paused.", len(chosen)) % len(chosen))

    @action(description=_("Resume: accept opens again"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Bot]) -> None:
        chosen = list(queryset.filter(status=BotStatus.PAUSED))
        for bot in chosen:
            lifecycle.resume_bot(bot=bot, user=_person(request), request=request)
        messages.success(request, ngettext("%d bot was resumed.", "%d bots were resumed.", len(chosen)) % len(chosen))

    # --- columns -----------------------------------------------------------------------------------------------------

    @display(description=_("status"), label=STATUS_LABELS, ordering="status")
    def show_status(self, bot: Bot) -> tuple[str, str]:
        return bot.status, bot.get_status_display()

    @display(description=_("win rate"), ordering="avg_win_rate")
    def show_win_rate(self, bot: Bot) -> str:
        return f"{bot.avg_win_rate:.1f} %"

    @display(description=_("average P&L"), ordering="avg_pnl_pct")
    def show_pnl(self, bot: Bot) -> str:
        return f"{bot.avg_pnl_pct:+.2f} %"

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


def _preview_of(bot: Bot) -> Any:
    return preview_trade(
        market_type=bot.market_type,
        leverage=bot.default_leverage,
        margin_usd=bot.default_margin_usd,
        stop_loss_pct=bot.default_stop_loss_pct,
        take_profit_pct=bot.default_take_profit_pct,
    )


def _person(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 -- the admin lets nobody else in
    return user
