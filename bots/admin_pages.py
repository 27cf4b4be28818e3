"""Pages that the admin of a bot has beside the usual ones: preview, a new secret, the secret once, archiving (BOT-16, 18)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.backoffice import BackofficeAdmin
from accounts.models import User
from bots import lifecycle
from bots.backoffice import change_address
from bots.forms import ArchiveForm, PreviewForm, RotationForm
from bots.models import Bot
from bots.preview import Preview, preview_trade
from bots.shown_once import allow_one_look, take_look
from bots.webhook_message import alert_message, webhook_url


class BotPages(BackofficeAdmin):
    """The addresses below a bot's own; whoever may change the bot may use them."""

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
        trade = preview_of(Bot(**form.cleaned_data)) if form.is_valid() else None
        return TemplateResponse(request, "admin/bots/preview.html", {"trade": trade, "errors": form.errors})

    def secret_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """A new secret: the form; the page after it shows the secret."""
        bot = self._own_bot(request, object_id)
        form = RotationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            bot, _secret = lifecycle.rotate_secret(
                bot=bot,
                user=person_of(request),
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
                lifecycle.archive_bot(bot=bot, user=person_of(request), close_positions=form.choice, request=request)
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


def preview_of(bot: Bot) -> Preview:
    """What a client will trade on the bot's defaults (BOT-18)."""
    return preview_trade(
        market_type=bot.market_type,
        leverage=bot.default_leverage,
        margin_usd=bot.default_margin_usd,
        stop_loss_pct=bot.default_stop_loss_pct,
        take_profit_pct=bot.default_take_profit_pct,
    )


def person_of(request: HttpRequest) -> User:
    """The person who works in the admin."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 -- the admin lets nobody else in
    return user
