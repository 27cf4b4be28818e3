"""Pages of bot managers: own bots, their settings and webhook, and what became of each signal (BOT-12…21, D32)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from bots import lifecycle
from bots.models import Bot, BotStatus
from bots.name_hints import hints_for
from bots.preview import preview_trade
from bots.queries import managed_bots
from bots.secrets import generate_secret
from bots.shown_once import allow_one_look
from bots.webhook_message import ACTIONS, alert_message, webhook_url
from exchanges.registry import all_venues
from front.access import managers_only, person
from front.example_market import find_example
from front.forms.managing import BotForm, NewBotForm, SignalForm
from front.paging import paged
from front.views.dialogs import answer_dialog
from signals.figures import closed_trades_of, figures_of_bot
from signals.manual import send_by_hand
from signals.models import Signal
from signals.queries import stats_of
from signals.receive import AlertRefused
from signals.stats import closing_stats

CHOICES = {"now": True, "stops": False}


def own_bot(request: HttpRequest, bot_id: UUID) -> Bot:
    """The bot, if this person may see it in the desk."""
    return get_object_or_404(managed_bots(person(request)), pk=bot_id)


@managers_only
def bots(request: HttpRequest) -> HttpResponse:
    """Own bots (administrators and support: all) with their figures; `?status=` filters."""
    found, status = managed_bots(person(request)), request.GET.get("status", "")
    rows = found.filter(status=status) if status in BotStatus.values else found.exclude(status=BotStatus.ARCHIVED)
    shown = paged(request, rows, size=12)
    listed = list(shown.page.object_list)
    closed = closed_trades_of(listed)
    context = {
        "paged": shown,
        "rows": [(row, closed[row.pk]) for row in listed],
        "status": status,
        "statuses": BotStatus.choices,
    }
    return render(request, "manage/bots.html", context)


@sensitive_post_parameters("master_secret")
@managers_only
def new_bot(request: HttpRequest) -> HttpResponse:
    """Make a bot. The page after it shows the secret, once."""
    user = person(request)
    if not user.is_manager:
        raise PermissionDenied
    form = NewBotForm(request.POST or None)
    if form.is_valid():
        values = dict(form.cleaned_data)
        secret = values.pop("master_secret") or generate_secret()
        try:
            bot = lifecycle.create_bot(manager=user, master_secret=secret, user=user, request=request, **values)
        except IntegrityError:
            form.add_error("master_webhook_path", _("Another bot uses this webhook path."))
        else:
            allow_one_look(request, bot)
            return redirect(reverse("front:manage-bot-secret-shown", args=[bot.pk]) + "?new=1")
    return render(request, "manage/edit.html", {"form": form})


@managers_only
def edit_bot(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """Change settings; the next signal uses them."""
    bot = own_bot(request, bot_id)
    form = BotForm(request.POST or None, instance=bot)
    if form.is_valid():
        try:
            lifecycle.change_bot(bot=bot, user=person(request), request=request, **form.cleaned_data)
            messages.success(request, _("Saved. The next signal uses it."))
        except lifecycle.BotArchived:
            messages.error(request, _("This bot is archived: it can only be read."))
        except ValidationError as error:  # positions were opened since the form looked
            messages.error(request, " ".join(error.messages))
        return redirect("front:manage-bot", bot.pk)
    return render(request, "manage/edit.html", {"form": form, "bot": own_bot(request, bot_id)})


@require_POST
@managers_only
def preview(request: HttpRequest) -> HttpResponse:
    """What a client will trade on the values typed so far (BOT-18). Writes nothing."""
    form = NewBotForm(request.POST)
    form.is_valid()
    wanted = (
        "market_type",
        "default_leverage",
        "default_margin_usd",
        "default_stop_loss_pct",
        "default_take_profit_pct",
    )
    values: dict[str, Any] = {name: form.cleaned_data.get(name) for name in wanted}
    context: dict[str, Any] = {"trade": None, "form": form}
    if "new" in request.GET:
        typed = {
            name: request.POST.get(field, "") for name, field in (("name", "name"), ("path", "master_webhook_path"))
        }
        context["hints"] = hints_for(person(request), **typed)
    if all(value is not None for value in values.values()):
        context |= _example_trade({name.removeprefix("default_"): value for name, value in values.items()})
    return render(request, "manage/_preview.html", context)


def _example_trade(values: dict[str, Any]) -> dict[str, Any]:
    venues = [(venue.id, False) for venue in all_venues()]
    example = find_example(venues, values["market_type"])
    trade = preview_trade(
        **values, price=example.price, quantity_step=example.quantity_step, price_step=example.price_step
    )
    return {"trade": trade, "example": example}


@managers_only
def bot(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """One bot: figures, address and message for TradingView, signals with their results, refused ones too."""
    row = own_bot(request, bot_id)
    # an archive closes each follower's positions by itself: one row for all; what a client closes is the client's own
    closings = Signal.objects.filter(bot=row, is_broadcast=False, source="manager")
    one_by_one = "closings" in request.GET
    found = paged(request, closings if one_by_one else Signal.objects.filter(bot=row, is_broadcast=True), size=20)
    signals = list(found.page.object_list)
    stats = stats_of(signals)
    context: dict[str, Any] = {
        "bot": row,
        "figures": figures_of_bot(row),
        "paged": found,
        "signals": [(signal, stats[signal.pk]) for signal in signals],
        "closings": closing_stats(closings),
        "one_by_one": one_by_one,
        "url": webhook_url(row),
        "message": alert_message(),
        "messages_by_action": [(name, alert_message(name)) for name in ACTIONS],
    }
    template = "manage/_bot_live.html" if "part" in request.GET else "manage/bot.html"
    return render(request, template, context)


@require_POST
@managers_only
def set_status(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """Pause or resume."""
    row = own_bot(request, bot_id)
    try:
        if request.POST.get("do") == "pause":
            lifecycle.pause_bot(bot=row, user=person(request), request=request)
            messages.success(request, _("Paused: new entries are refused. Closes still pass."))
        elif request.POST.get("do") == "resume":
            lifecycle.resume_bot(bot=row, user=person(request), request=request)
            messages.success(request, _("Active again."))
    except lifecycle.BotArchived:
        messages.error(request, _("This bot is archived: it can only be read."))
    return redirect("front:manage-bot", row.pk)


@managers_only
def archive(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """Delete softly; with positions open one chooses: close now, or leave them to their stops (BOT-16, D1)."""
    row = own_bot(request, bot_id)
    held = lifecycle.open_positions(row)
    context: dict[str, Any] = {"bot": row, "positions": held}
    if request.method == "POST":
        choice = CHOICES.get(request.POST.get("positions", ""))
        try:
            lifecycle.archive_bot(bot=row, user=person(request), close_positions=choice, request=request)
            return _archived(request, row, closing=held if choice else 0)
        except lifecycle.PositionsOpen:
            context["missing"] = True
    return answer_dialog(request, "manage/archive.html", context)


def _archived(request: HttpRequest, row: Bot, *, closing: int) -> HttpResponse:
    """The list of bots, or where positions are being closed the bot's page, which shows what became of it."""
    messages.success(request, _("%(bot)s is archived. Its history stays.") % {"bot": row.name})
    if not closing:
        return redirect("front:manage-bots")
    text = ngettext("%(n)s position is being closed at market.", "%(n)s positions are being closed at market.", closing)
    messages.info(request, text % {"n": closing})
    return redirect("front:manage-bot", row.pk)


@managers_only
def send_signal(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """A signal by hand, on the very way of an alert (WHK-16)."""
    row = own_bot(request, bot_id)
    form = SignalForm(request.POST or None, bot=row)
    if form.is_valid():
        try:
            received = send_by_hand(bot=row, user=person(request), request=request, **form.cleaned_data)
        except AlertRefused as refusal:
            if refusal.signal is not None:
                return redirect("front:manage-signal", refusal.signal.pk)
            form.add_error(None, refusal.detail)
        else:
            return redirect("front:manage-signal", received.signal.pk)
    return answer_dialog(request, "manage/send_signal.html", {"bot": row, "form": form})


@managers_only
def signal(request: HttpRequest, signal_id: UUID) -> HttpResponse:
    """One broadcast: its figures and every subscriber's execution under a pseudonym, while it runs and afterwards."""
    user = person(request)
    rows = Signal.objects.filter(bot__in=managed_bots(user)).select_related("bot")
    row = get_object_or_404(rows, pk=signal_id)
    found = paged(request, row.executions.select_related("user", "bot").order_by("rank"), size=50)
    context = {"signal": row, "bot": row.bot, "stats": stats_of([row])[row.pk], "paged": found, "viewer": user}
    template = "manage/_signal.html" if "part" in request.GET else "manage/signal.html"
    return render(request, template, context)
