"""Exchange accounts: connect one, a paper account in one click, replace keys, reset, main account, delete (EXC-09, 20, 21)."""

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
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.ringing import ring_worker
from exchanges import lifecycle, paper
from exchanges.forms import KeysForm, NewAccountForm
from exchanges.models import ExchangeAccount
from exchanges.queries import count_open_positions, newest_snapshot, own_accounts
from exchanges.reasons import text_of
from exchanges.registry import UnknownVenue, all_venues, get_venue
from exchanges.venue import Venue
from front.access import person, signed_in
from front.forms.look import dress
from front.forms.paper import START_BALANCE, NameForm, ResetForm
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


@never_cache
@sensitive_post_parameters("api_key", "secret_key", "passphrase")
@signed_in
def add(request: HttpRequest) -> HttpResponse:
    """Connect an exchange: the form is the venue's, the answer the exchange's own word on the keys (at most 8 s)."""
    asked = request.GET.get("exchange") or real_venues()[0].id
    try:
        form = dress(NewAccountForm(request.POST or None, venue_id=asked))
    except UnknownVenue as error:
        raise Http404 from error
    if form.venue.features.is_paper:
        return redirect("front:accounts")
    if form.is_valid():
        account = _add(request, form)
        if account is not None:
            messages.success(request, _saved_text(account))
            return redirect("front:account", account.pk)
    context = {"form": form, "venue": form.venue, "venues": real_venues()}
    return render(request, "exchanges/add.html", {**context, "egress_addresses": settings.EGRESS_ADDRESSES})


def _add(request: HttpRequest, form: NewAccountForm) -> ExchangeAccount | None:
    try:
        return lifecycle.add_account(user=person(request), request=request, **form.account)
    except lifecycle.KeysRefused as error:
        _say_why(form, error)
    except lifecycle.KeysInUse:
        form.add_error(None, text_of("keys_in_use"))
    except lifecycle.TooManyAccounts:
        form.add_error(None, _("You have 20 accounts; delete one first."))
    return None


def _say_why(form: KeysForm, error: lifecycle.KeysRefused) -> None:
    form.add_error(None, error.text or _("The exchange refused these keys."))
    if error.detail:
        form.add_error(None, _("The exchange said: %(text)s") % {"text": error.detail})


def _saved_text(account: ExchangeAccount) -> str:
    if account.status == "verified":
        return _("Connected. The exchange accepted the keys.")
    return _("Saved. The exchange has not answered yet; this page updates itself.")


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
    return render(request, template, _page(row))


def _page(row: ExchangeAccount, **forms: Any) -> dict[str, Any]:
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


@never_cache
@sensitive_post_parameters("api_key", "secret_key", "passphrase")
@require_POST
@signed_in
def replace_keys(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Put other keys in, positions open or not; the present ones stay until the exchange has accepted the new ones."""
    row = get_object_or_404(own_accounts(person(request)), pk=account_id)
    if paper.is_paper(row):
        raise Http404
    form = dress(KeysForm(request.POST, venue_id=row.exchange))
    if form.is_valid():
        try:
            row = lifecycle.replace_keys(row, form.keys, request=request)
            messages.success(request, _saved_text(row))
            return redirect("front:account", row.pk)
        except lifecycle.KeysRefused as error:
            _say_why(form, error)
        except lifecycle.KeysInUse:
            form.add_error(None, text_of("keys_in_use"))
    return render(request, "exchanges/account.html", _page(row, keys_form=form))


@require_POST
@signed_in
def change(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Rename, switch on or off, make it the main account, or have its keys checked again."""
    row = get_object_or_404(own_accounts(person(request)), pk=account_id)
    wish = request.POST.get("do", "")
    if wish == "rename":
        form = NameForm(request.POST)
        if not form.is_valid():
            return render(request, "exchanges/account.html", _page(row, name_form=form))
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
        ring_worker(lifecycle.CHECK_TASK, row.pk)
        messages.info(request, _("The exchange is being asked; look again in a moment."))
    return redirect("front:accounts" if request.POST.get("from") == "list" else reverse("front:account", args=[row.pk]))


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
    return render(request, "exchanges/account.html", _page(row, reset_form=form))


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
