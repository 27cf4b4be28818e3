"""Bots on offer, the subscribe dialog, and what became of it: subscribing, changing, and the preview beside the form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.consents import has_accepted, record_consents
from accounts.models import ConsentKind, User
from bots.models import Bot
from bots.preview import preview_trade
from exchanges.queries import own_accounts
from front.access import person, signed_in
from front.example_market import find_example
from front.forms.following import FollowForm
from signals.figures import closed_trades_of
from subscriptions import lifecycle, rules
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.queries import bots_on_offer, own_subscriptions, recent_symbols, warnings_for
from subscriptions.serializers import SizeWarningSerializer
from subscriptions.terms import effective_terms


@signed_in
def bots(request: HttpRequest) -> HttpResponse:
    """The bots that one can follow (SUB-01)."""
    user = person(request)
    offered = list(bots_on_offer(user))
    closed = closed_trades_of(offered)
    rows = [(bot, closed[bot.pk]) for bot in offered]
    return render(request, "bots/offer.html", {"rows": rows, "has_account": own_accounts(user).exists()})


@signed_in
def subscribe(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """The subscribe dialog of a bot (SUB-11); a cancelled subscription is taken up again (D18)."""
    user = person(request)
    bot = get_object_or_404(bots_on_offer(user), pk=bot_id)
    old = own_subscriptions(user).filter(bot=bot).first()
    if old is not None and old.status != SubscriptionStatus.CANCELLED:
        return redirect("front:subscription", old.pk)
    form = FollowForm(request.POST or None, user=user, bot=bot, subscription=old, asks_risk=True)
    if form.is_valid():
        _record_risk(request, form)
        saved = _subscribe(request, form)
        if saved is not None:
            messages.success(request, _("You follow %(bot)s now. Its next signal reaches you.") % {"bot": bot.name})
            return redirect("front:subscription", saved.pk)
    return render(request, "subscriptions/subscribe.html", _dialog(user, bot, form))


@signed_in
def edit(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Change account, values and limits; the next signal uses them."""
    user = person(request)
    subscription = get_object_or_404(own_subscriptions(user), pk=subscription_id)
    if subscription.status == SubscriptionStatus.CANCELLED:
        return redirect("front:subscribe", subscription.bot_id)
    form = FollowForm(request.POST or None, user=user, bot=subscription.bot, subscription=subscription, asks_risk=True)
    if form.is_valid() and _change(request, subscription, form):
        messages.success(request, _("Saved. The next signal uses it; open positions keep their terms."))
        return redirect("front:subscription", subscription.pk)
    context = {**_dialog(user, subscription.bot, form), "subscription": subscription}
    return render(request, "subscriptions/subscribe.html", context)


@require_POST
@signed_in
def preview(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """What one signal would do on the values typed so far: figures, refusals, warnings. Writes nothing."""
    user = person(request)
    bots_seen = Bot.objects.filter(pk__in=own_subscriptions(user).values("bot")) | Bot.objects.filter(
        pk__in=bots_on_offer(user).values("pk")
    )
    bot = get_object_or_404(bots_seen, pk=bot_id)
    form = FollowForm(request.POST, user=user, bot=bot)
    context: dict[str, Any] = {"form": form, "bot": bot}
    if form.is_valid():
        context |= _thought_through(user, bot, form)
    return render(request, "subscriptions/_preview.html", context)


def _dialog(user: User, bot: Bot, form: FollowForm) -> dict[str, Any]:
    return {
        "bot": bot,
        "form": form,
        "accounts": list(form.fields["exchange_account"].queryset),  # type: ignore[attr-defined]
        "ask_risk": not has_accepted(user, ConsentKind.RISK),
    }


def _record_risk(request: HttpRequest, form: FollowForm) -> None:
    """Before the first subscription with real money the risk notice is accepted (D24); the form has asked."""
    if form.accepts_risk_now():
        record_consents(form.user, {ConsentKind.RISK: True}, request=request)


def _subscribe(request: HttpRequest, form: FollowForm) -> Subscription | None:
    try:
        return lifecycle.subscribe(
            user=form.user, bot=form.bot, exchange_account=form.cleaned_data["exchange_account"], request=request,
            **form.settings(),
        )  # fmt: skip
    except ValidationError as error:
        form.take_errors(error)
    except lifecycle.AlreadySubscribed:
        form.add_error(None, _("You follow this bot already."))
    except lifecycle.AccountInUse:
        form.add_error(
            "exchange_account",
            _("Positions from before are open on another account. Close them first, or choose that account."),
        )
    return None


def _change(request: HttpRequest, subscription: Subscription, form: FollowForm) -> bool:
    _record_risk(request, form)
    try:
        lifecycle.change_subscription(
            subscription=subscription, exchange_account=form.cleaned_data["exchange_account"], request=request,
            **form.settings(),
        )  # fmt: skip
    except ValidationError as error:
        form.take_errors(error)
    except lifecycle.AccountInUse:
        form.add_error("exchange_account", _("Positions are open on the present account. Close them first."))
    except lifecycle.SubscriptionCancelled:
        form.add_error(None, _("This subscription was cancelled meanwhile."))
    else:
        return True
    return False


def _thought_through(user: User, bot: Bot, form: FollowForm) -> dict[str, Any]:
    account = form.cleaned_data["exchange_account"]
    thought = Subscription(user=user, bot=bot, exchange_account=account, **form.settings())
    try:
        # figures come before the risk notice: that is asked for when the form is sent
        rules.check_place(account, user=user, bot=bot)
    except ValidationError as error:
        form.take_errors(error)
        return {}
    terms = effective_terms(bot, thought)
    example = find_example([(account.exchange, account.testnet)], bot.market_type, recent_symbols(bot))
    warnings = warnings_for(bot=bot, account=account, terms=terms)
    trade = preview_trade(
        market_type=bot.market_type,
        leverage=terms.leverage,
        margin_usd=terms.margin_usd,
        stop_loss_pct=terms.stop_loss_pct,
        take_profit_pct=terms.take_profit_pct,
        price=example.price,
        quantity_step=example.quantity_step,
        price_step=example.price_step,
    )
    return {
        "terms": terms,
        "trade": trade,
        "symbol": example.symbol,
        "warnings": [SizeWarningSerializer(row).data for row in warnings],
    }
