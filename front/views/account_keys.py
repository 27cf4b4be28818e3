"""Keys of an exchange typed in by their owner: connect an account, replace its keys (EXC-02, 12, 20). Secrets never go back to the
browser, whatever becomes of them."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from exchanges import lifecycle, paper
from exchanges.forms import KeysForm, NewAccountForm
from exchanges.models import ExchangeAccount
from exchanges.queries import own_accounts
from exchanges.reasons import text_of
from exchanges.registry import UnknownVenue
from front.access import person, signed_in
from front.forms.look import dress
from front.key_checks import refuse_check
from front.views.accounts import account_page, real_venues


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
    if refusal := refuse_check(request):
        form.add_error(None, refusal)
        return None
    try:
        return lifecycle.add_account(user=person(request), request=request, **form.account)
    except lifecycle.KeysRefused as error:
        _say_why(form, error)
    except lifecycle.KeysInUse:
        form.add_error(None, text_of("keys_in_use"))
    except lifecycle.TooManyAccounts:
        form.add_error(None, _("You have 20 accounts; delete one first."))
    return None


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
    if form.is_valid() and _replace(request, row, form):
        return redirect("front:account", row.pk)
    return render(request, "exchanges/account.html", account_page(row, keys_form=form))


def _replace(request: HttpRequest, row: ExchangeAccount, form: KeysForm) -> bool:
    if refusal := refuse_check(request):
        form.add_error(None, refusal)
        return False
    try:
        messages.success(request, _saved_text(lifecycle.replace_keys(row, form.keys, request=request)))
    except lifecycle.KeysRefused as error:
        _say_why(form, error)
        return False
    except lifecycle.KeysInUse:
        form.add_error(None, text_of("keys_in_use"))
        return False
    return True


def _say_why(form: KeysForm, error: lifecycle.KeysRefused) -> None:
    form.add_error(None, error.text or _("The exchange refused these keys."))
    if error.detail:
        form.add_error(None, _("The exchange said: %(text)s") % {"text": error.detail})


def _saved_text(account: ExchangeAccount) -> str:
    if account.status == "verified":
        return _("Connected. The exchange accepted the keys.")
    return _("Saved. The exchange has not answered yet; this page updates itself.")
