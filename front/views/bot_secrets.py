"""A bot's secret on the manager's desk: a new one, and the page that shows it this once (BOT-06, BOT-19, D17)."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bots import lifecycle
from bots.shown_once import allow_one_look, take_look
from bots.webhook_message import ACTIONS, alert_message, webhook_url
from front.access import managers_only, person
from front.forms.managing import RotationForm
from front.views.dialogs import answer_dialog
from front.views.managing import own_bot


@managers_only
def rotate_secret(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """Give the bot a new secret; the page after it shows it, once."""
    row, form = own_bot(request, bot_id), RotationForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return answer_dialog(request, "manage/rotate.html", {"bot": row, "form": form})
    overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
    try:
        row, _secret = lifecycle.rotate_secret(bot=row, user=person(request), overlap=overlap, request=request)
    except lifecycle.BotArchived:
        messages.error(request, _("This bot is archived: it can only be read."))
        return redirect("front:manage-bot", row.pk)
    allow_one_look(request, row)
    return redirect("front:manage-bot-secret-shown", row.pk)


@never_cache
@require_GET
@managers_only
def secret_shown(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """The secret and the messages that hold it, once; whoever comes again is led to the bot."""
    row = own_bot(request, bot_id)
    secret = take_look(request, row)
    if secret is None:
        messages.info(request, _("A secret is shown once. If you lost it, make a new one."))
        return redirect("front:manage-bot", row.pk)
    context = {
        "bot": row,
        "secret": secret,
        "created": "new" in request.GET,
        "url": webhook_url(row),
        "message": alert_message(secret=secret),
        "messages_by_action": [(name, alert_message(name, secret=secret)) for name in ACTIONS],
    }
    return render(request, "manage/secret.html", context)
