"""Exchange accounts: the list, a paper account in one click, one's page, reset, main account, delete (EXC-09, 20, 21)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.ringing import ring_worker
from exchanges import lifecycle, paper
from exchanges.forms import KeysForm
from exchanges.models import ExchangeAccount
from exchanges.queries import count_open_positions, newest_snapshot, own_accounts
from exchanges.reasons import text_of
from exchanges.registry import all_venues, get_venue
from exchanges.venue import Venue
from front.access import person, signed_in
from front.forms.look import dress
from front.forms.paper import START_BALANCE, NameForm, ResetForm
from front.key_checks import refuse_check
from front.shown_health import show_health
from front.views.dialogs import answer_dialog

CHOICES = {"now": True, "stops": False}


@signed_in
def accounts(request: HttpRequest) -> HttpResponse:
    """The list, with what each account's keys are worth; refreshes itself while a key is being checked."""
    template = "exchanges/_cards.html" if "part" in request.GET else "exchanges/list.html"
    return render(request, template, _list(request, ResetForm(initial={"start_balance": START_BALANCE})))


def _list(request: HttpRequest, paper_form: ResetForm, *, opened: bool = False) -> dict[str, Any]:
    cards = [_card(row) for row in own_accounts(person(request))]
    return {"accounts": cards, "venues": real_venues(), "paper_form": paper_form, "open": opened}


def real_venues() -> list[Venue]:
    """What can be connected with keys."""
    return [venue for venue in all_venues() if not venue.features.is_paper]


def _card(account: ExchangeAccount) -> dict[str, Any]:
    candidate = getattr(account, "candidate", None)
    return {
        "account": account,
        "venue": get_venue(account.exchange),
        "is_paper": paper.is_paper(account),
        "trouble": _trouble(account),
        "checking": account.status == "checking" or (candidate is not None and not candidate.refusal_code),
    }


def _trouble(account: ExchangeAccount) -> str:
    """Why its keys do not work; a paper account's were made by us, so it can only be set back."""
    if account.status_code == "keys_refused" and paper.is_paper(account):
        return _(
            "The paper exchange no longer knows this account. Start it again: its play money is set back to the start."
        )
    return text_of(account.status_code)


@signed_in
def add_paper(request: HttpRequest) -> HttpResponse:
    """A paper account in one click (D21), with the usual balance; `start_balance` names another. Whoever only comes by the
    address (reloading an answer with an error in it) sees the list."""
    if request.method != "POST":
        return redirect("front:accounts")
    form = ResetForm(request.POST)
    if "start_balance" in request.POST and not form.is_valid():
        return render(request, "exchanges/list.html", _list(request, form, opened=True), status=400)
    amount = form.cleaned_data["start_balance"] if "start_balance" in request.POST else START_BALANCE
    try:
        paper.create_paper_account(user=person(request), start_balance=amount, name=_("Paper account"), request=request)
        messages.success(request, _("Your paper account is ready. Now choose a bot to follow."))
    except lifecycle.TooManyAccounts:
        messages.error(request, _("You have 20 accounts; delete one first."))
    except paper.SimulatorUnavailable:
        messages.error(request, _("The paper exchange does not answer just now. Nothing was created; try again."))
    address = request.POST.get("next", "")
    fits = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(address if fits and address else reverse("front:accounts"))


@signed_in
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: state, whether the next signal will be traded on it, balances, name, keys."""
    row = get_object_or_404(own_accounts(person(request)), pk=account_id)
    template = "exchanges/_state.html" if "part" in request.GET else "exchanges/account.html"
    return render(request, template, account_page(row))


def account_page(row: ExchangeAccount, **forms: Any) -> dict[str, Any]:
    """What the page of one account shows; `forms`: those that come back with errors."""
    return {
        **_card(row),
        "balances": newest_snapshot(row),
        "health": show_health(row),
        "egress_addresses": settings.EGRESS_ADDRESSES,
        "name_form": NameForm(initial={"name": row.name}),
        "keys_form": dress(KeysForm(venue_id=row.exchange)),
        "reset_form": ResetForm(initial={"start_balance": _cents(row.start_balance or START_BALANCE)}),
        **forms,
    }


def _cents(amount: Decimal) -> Decimal:
    """As it was typed: the column keeps eight decimals."""
    return amount.quantize(Decimal("0.01"))


@require_POST
@signed_in
def change(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Rename, switch on or off, make it the main account, or have its keys checked again."""
    row = get_object_or_404(own_accounts(person(request)), pk=account_id)
    wish = request.POST.get("do", "")
    if wish == "rename":
        form = NameForm(request.POST)
        if not form.is_valid():
            return render(request, "exchanges/account.html", account_page(row, name_form=form))
        lifecycle.change_account(row, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
    elif wish == "main":
        lifecycle.change_account(row, is_main=True)
        messages.success(request, _("The dashboard now opens with this account."))
    elif wish in ("on", "off"):
        lifecycle.change_account(row, is_active=wish == "on")
        messages.success(
            request, _("Switched on.") if wish == "on" else _("Switched off: no new entries. Stops and closes go on.")
        )
    elif wish == "check":
        _check_keys(request, row)
    return redirect("front:accounts" if request.POST.get("from") == "list" else reverse("front:account", args=[row.pk]))


def _check_keys(request: HttpRequest, row: ExchangeAccount) -> None:
    if refusal := refuse_check(request):
        messages.error(request, refusal)
        return
    ring_worker(lifecycle.CHECK_TASK, row.pk)
    messages.info(request, _("The exchange is being asked; look again in a moment."))


@require_POST
@signed_in
def reset(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """A paper account back to its start balance, or to another one."""
    row = get_object_or_404(own_accounts(person(request)), pk=account_id)
    form = ResetForm(request.POST)
    if form.is_valid():
        try:
            paper.reset_paper_account(row, start_balance=form.cleaned_data["start_balance"])
            messages.success(request, _("Set back. History and trades stay on their pages."))
            return redirect("front:account", row.pk)
        except paper.NotPaper as error:
            raise Http404 from error
        except lifecycle.PositionsOpen:
            form.add_error(None, _("Positions are open on this account. Close them first."))
        except paper.SimulatorUnavailable:
            form.add_error(None, _("The paper exchange does not answer just now. Nothing was changed; try again."))
    return render(request, "exchanges/account.html", account_page(row, reset_form=form))


@signed_in
def delete(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Delete an account; with positions open one chooses: close now, or leave them to their stops (D1)."""
    user = person(request)
    row = get_object_or_404(own_accounts(user), pk=account_id)
    context = {"account": row, "positions": count_open_positions(row)}
    if request.method == "POST":
        choice = CHOICES.get(request.POST.get("positions", ""))
        try:
            lifecycle.delete_account(row, user=user, close_positions=choice, request=request)
            messages.success(
                request, _("The account is deleted and its keys are destroyed once nothing is open on it.")
            )
            return redirect("front:accounts")
        except lifecycle.PositionsOpen:
            context["missing"] = True
    return answer_dialog(request, "exchanges/delete.html", context)
