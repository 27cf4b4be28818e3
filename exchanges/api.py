"""`/api/v1/exchange-accounts/…` and `/api/v1/exchanges`: views authorize, validate, call, render."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import PublicView, person, too_many, valid
from accounts.permissions import SupportReads
from accounts.quotas import wait_for_quota
from accounts.ringing import ring_worker
from config.problems import Problem
from exchanges import lifecycle, paper
from exchanges import serializers as forms
from exchanges.check_quota import wait_for_check
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.queries import find_account, newest_snapshot, own_accounts
from exchanges.registry import all_venues

UNPROCESSABLE = OpenApiResponse(description="The exchange spoke against the keys; nothing was stored. `code` says why.")
CONFLICT = OpenApiResponse(description="The present state does not allow it; `code` says why.")
GATEWAY = OpenApiResponse(description="The simulator does not answer.")
CHECKING = OpenApiResponse(forms.AccountSerializer, description="The exchange has not answered yet; look again.")


class OwnAccountsView(APIView):
    permission_classes = (IsAuthenticated, SupportReads)

    def account(self, request: Request, account_id: UUID) -> ExchangeAccount:
        """The own account; everybody else's is 404."""
        found = find_account(person(request), account_id)
        if found is None:
            raise NotFound
        return found

    def answer(self, account: ExchangeAccount, status: int = 200) -> Response:
        row = own_accounts(account.user).get(pk=account.pk)
        return Response(forms.AccountSerializer(row).data, status=status)


def ask_checking_quota(request: Request) -> None:
    """Raises a 429 problem when this person had keys checked often enough."""
    if seconds := wait_for_check(request._request, person(request)):
        raise too_many(seconds)


def positions_open(error: lifecycle.PositionsOpen, *, can_choose: bool) -> Problem:
    if not can_choose:
        return Problem(409, "positions_open", _("Close the open positions first."), open_positions=error.count)
    text = ngettext(
        "%(count)d position is open. Say close_positions=true to close it now, false to leave it to its stop.",
        "%(count)d positions are open. Say close_positions=true to close them now, false to leave them to their stops.",
        error.count,
    )
    return Problem(409, "choose_positions", text % {"count": error.count}, open_positions=error.count)


def keys_refused(error: lifecycle.KeysRefused) -> Problem:
    return Problem(422, error.code, error.text, exchange_answer=error.detail)


class Accounts(OwnAccountsView, ListAPIView[ExchangeAccount]):
    serializer_class = forms.AccountSerializer
    ordering_fields = ("name", "created_at")
    filterset_fields = ("exchange", "status", "is_active", "is_main", "testnet")

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ExchangeAccount.objects.none()
        return own_accounts(person(self.request))

    @extend_schema(summary="My exchange accounts")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        request=forms.NewAccountSerializer,
        responses={201: forms.AccountSerializer, 202: CHECKING, 409: CONFLICT, 422: UNPROCESSABLE},
    )
    def post(self, request: Request) -> Response:
        """Connect an account (EXC-02): the keys are checked at the exchange before anything counts as working."""
        data = valid(forms.NewAccountSerializer(data=request.data))
        ask_checking_quota(request)
        try:
            account = lifecycle.add_account(user=person(request), request=request._request, **data)
        except lifecycle.KeysRefused as error:
            raise keys_refused(error) from error
        except lifecycle.KeysInUse as error:
            raise Problem(409, "keys_in_use", _("This key belongs to another account here already.")) from error
        except lifecycle.TooManyAccounts as error:
            raise too_many_accounts() from error
        return self.answer(account, 201 if account.status == AccountStatus.VERIFIED else 202)


def too_many_accounts() -> Problem:
    return Problem(409, "too_many_accounts", _("You have as many accounts as one person can have here."))


class Account(OwnAccountsView):
    @extend_schema(responses={200: forms.AccountSerializer})
    def get(self, request: Request, account_id: UUID) -> Response:
        """One of my accounts."""
        return self.answer(self.account(request, account_id))

    @extend_schema(request=forms.ChangeAccountSerializer, responses={200: forms.AccountSerializer})
    def patch(self, request: Request, account_id: UUID) -> Response:
        """Rename it, switch it on or off, make it the main one."""
        account = self.account(request, account_id)
        return self.answer(lifecycle.change_account(account, **valid(forms.ChangeAccountSerializer(data=request.data))))

    @extend_schema(
        parameters=[
            OpenApiParameter("close_positions", OpenApiTypes.BOOL, description="Needed while positions are open.")
        ],
        responses={204: OpenApiResponse(description="Deleted; history stays."), 409: CONFLICT},
    )
    def delete(self, request: Request, account_id: UUID) -> Response:
        """Delete it. While positions are open: close them now, or leave them to their stops (D1)."""
        account = self.account(request, account_id)
        data = valid(forms.DeleteAccountSerializer(data=request.query_params.dict()))
        try:
            lifecycle.delete_account(account, user=person(request), request=request._request, **data)
        except lifecycle.PositionsOpen as error:
            raise positions_open(error, can_choose=True) from error
        return Response(status=204)


class AccountKeys(OwnAccountsView):
    @extend_schema(
        request=forms.ReplaceKeysSerializer,
        responses={200: forms.AccountSerializer, 202: CHECKING, 409: CONFLICT, 422: UNPROCESSABLE},
    )
    def put(self, request: Request, account_id: UUID) -> Response:
        """Put other keys in. The present ones stay in use until the exchange has accepted the new ones."""
        account = self.account(request, account_id)
        keys = valid(forms.ReplaceKeysSerializer(data=request.data, context={"account": account}))
        ask_checking_quota(request)
        try:
            account = lifecycle.replace_keys(account, keys, request=request._request)
        except lifecycle.KeysRefused as error:
            raise keys_refused(error) from error
        except lifecycle.KeysInUse as error:
            raise Problem(409, "keys_in_use", _("This key belongs to another account here already.")) from error
        is_pending = own_accounts(account.user).filter(pk=account.pk, candidate__isnull=False).exists()
        return self.answer(account, 202 if is_pending else 200)


class AccountCheck(OwnAccountsView):
    @extend_schema(request=None, responses={202: forms.AccountSerializer})
    def post(self, request: Request, account_id: UUID) -> Response:
        """Ask the exchange about the keys again; `checked_at` changes when it has answered."""
        account = self.account(request, account_id)
        ask_checking_quota(request)
        if not ring_worker(lifecycle.CHECK_TASK, account.pk):
            raise Problem(503, "unavailable", _("Try again in a moment."))
        return self.answer(account, 202)


class AccountBalances(OwnAccountsView):
    @extend_schema(responses={200: forms.BalancesSerializer, 202: OpenApiResponse(description="Not read yet.")})
    def get(self, request: Request, account_id: UUID) -> Response:
        """Balances as they were last read; they are read again behind this answer when older than 10 s."""
        account = self.account(request, account_id)
        snapshot = newest_snapshot(account)
        if not wait_for_quota(request._request, "balances", "1/10s", key=str(account.pk)):
            ring_worker("exchanges.read_balances", account.pk)
        if snapshot is None:
            return Response(status=202)
        return Response(forms.BalancesSerializer(snapshot).data)


class PaperAccounts(OwnAccountsView):
    @extend_schema(
        request=forms.PaperAccountSerializer,
        responses={201: forms.AccountSerializer, 409: CONFLICT, 502: GATEWAY},
    )
    def post(self, request: Request) -> Response:
        """A paper account in one click, ready at once (D21)."""
        data = valid(forms.PaperAccountSerializer(data=request.data))
        try:
            account = paper.create_paper_account(user=person(request), request=request._request, **data)
        except lifecycle.TooManyAccounts as error:
            raise too_many_accounts() from error
        except paper.SimulatorUnavailable as error:
            raise simulator_unavailable() from error
        return self.answer(account, 201)


class PaperReset(OwnAccountsView):
    @extend_schema(
        request=forms.PaperResetSerializer,
        responses={200: forms.AccountSerializer, 409: CONFLICT, 502: GATEWAY},
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        """Back to the start balance, or to another one; not while positions are open."""
        account = self.account(request, account_id)
        data = valid(forms.PaperResetSerializer(data=request.data))
        try:
            account = paper.reset_paper_account(account, **data)
        except paper.NotPaper as error:
            raise Problem(409, "not_paper", _("Only paper accounts can be set back.")) from error
        except lifecycle.PositionsOpen as error:
            raise positions_open(error, can_choose=False) from error
        except paper.SimulatorUnavailable as error:
            raise simulator_unavailable() from error
        return self.answer(account)


def simulator_unavailable() -> Problem:
    return Problem(502, "simulator_unavailable", _("The paper exchange does not answer at the moment."))


class Exchanges(PublicView):
    permission_classes = (AllowAny,)

    @extend_schema(responses={200: forms.VenueSerializer(many=True)})
    def get(self, _request: Request) -> Response:
        """The exchanges that can be connected, with the fields of their forms."""
        return Response(forms.VenueSerializer(all_venues(), many=True).data)
