"""`/api/v1/auth/…`: register, log in and out, refresh, profile, passwords, e-mail. Views authorize, validate, call, render."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit, passwords, registration, signing_in, tokens, verification
from accounts import serializers as forms
from accounts.digests import keyed_digest
from accounts.models import ConsentKind, User
from accounts.quotas import wait_for_quota
from config.problems import FieldProblem, Problem

PUBLIC_QUOTA = "20/m"
MAIL_QUOTA = "5/h"


def within_quota(request: Request, group: str, rate: str = PUBLIC_QUOTA) -> HttpRequest:
    """The plain request, when its address may ask once more. Raises a 429 problem."""
    if seconds := wait_for_quota(request._request, group, rate):
        raise too_many(seconds)
    return request._request


def too_many(seconds: int) -> Problem:
    problem = Problem(429, "too_many_attempts", _("Too many attempts. Try again later."))
    problem.wait = seconds  # type: ignore[attr-defined] # becomes Retry-After
    return problem


def valid(serializer: Any) -> Any:
    """The checked values of a body. Raises a 400."""
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def person(request: Request) -> User:
    """The signed-in person; the permission class has made sure that there is one."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 -- for the type checker
    return user


class PublicView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)


class Register(PublicView):
    @extend_schema(request=forms.RegisterSerializer, responses={201: forms.RegisteredSerializer})
    def post(self, request: Request) -> Response:
        """Become a client. Terms and privacy policy must be accepted (LEG-05); answers with tokens (SEC-01)."""
        plain = within_quota(request, "register", "10/h")
        data = valid(forms.RegisterSerializer(data=request.data))
        consents = {kind: data[f"{kind}_accepted"] for kind in (ConsentKind.TERMS, ConsentKind.PRIVACY)}
        consents[ConsentKind.MARKETING] = data["marketing_accepted"]
        try:
            user = registration.register_user(
                email=data["email"],
                password=data["password"],
                name=data["name"],
                language=data["language"],
                consents=consents,
                request=plain,
            )
        except registration.EmailTaken as error:
            raise FieldProblem({"email": _("This address cannot be used.")}, "email_taken") from error
        pair = tokens.open_family(user, request=plain)
        body = {"user": user, "access": pair.access, "refresh": pair.refresh}
        return Response(forms.RegisteredSerializer(body).data, status=201)


class Login(PublicView):
    @extend_schema(request=forms.LoginSerializer, responses={200: forms.TokenPairSerializer})
    def post(self, request: Request) -> Response:
        """Log in. One answer for every failure; 429 after five failures in fifteen minutes."""
        data = valid(forms.LoginSerializer(data=request.data))
        try:
            pair = signing_in.log_in_to_api(**data, request=request._request)
        except signing_in.LoginRefused as error:
            if error.locked:
                raise too_many(60) from error
            raise Problem(401, "login_refused", _("E-mail or password is wrong.")) from error
        return Response(forms.TokenPairSerializer(pair).data)


class Refresh(PublicView):
    @extend_schema(request=forms.RefreshSerializer, responses={200: forms.TokenPairSerializer})
    def post(self, request: Request) -> Response:
        """Trade a refresh token for a new pair; each is good once (SEC-02)."""
        data = valid(forms.RefreshSerializer(data=request.data))
        try:
            pair = tokens.refresh_family(data["refresh"], request=request._request)
        except tokens.RefreshRefused as error:
            raise Problem(401, "token_not_valid", _("Log in again.")) from error
        return Response(forms.TokenPairSerializer(pair).data)


class Logout(PublicView):
    @extend_schema(
        request=forms.RefreshSerializer, responses={204: OpenApiResponse(description="Ended, or was ended.")}
    )
    def post(self, request: Request) -> Response:
        """End the session of this refresh token; its access tokens end too."""
        data = valid(forms.RefreshSerializer(data=request.data))
        user = tokens.end_family(data["refresh"])
        if user is not None:
            audit.record(audit.Event.LOGGED_OUT, request=request._request, user=user, by="api")
        return Response(status=204)


class Me(APIView):
    @extend_schema(responses={200: forms.UserSerializer})
    def get(self, request: Request) -> Response:
        """Who I am."""
        return Response(forms.UserSerializer(person(request)).data)

    @extend_schema(request=forms.ProfileSerializer, responses={200: forms.UserSerializer})
    def put(self, request: Request) -> Response:
        """Change name, language and time zone."""
        serializer = forms.ProfileSerializer(person(request), data=request.data)
        valid(serializer)
        return Response(forms.UserSerializer(serializer.save()).data)


class PasswordChange(APIView):
    @extend_schema(
        request=forms.PasswordChangeSerializer,
        responses={204: OpenApiResponse(description="All API sessions have ended.")},
    )
    def post(self, request: Request) -> Response:
        """Change the password; log in again afterwards, every API session ends."""
        user = person(request)
        within_quota(request, "password_change")
        data = valid(forms.PasswordChangeSerializer(data=request.data))
        try:
            passwords.change_password(
                user, old=data["old_password"], new=data["new_password"], request=request._request
            )
        except passwords.WrongPassword as error:
            raise FieldProblem({"old_password": _("This is not the present password.")}, "wrong_password") from error
        if request.auth is None:  # signed in by the page's cookie: that session stays
            update_session_auth_hash(request._request, user)
        return Response(status=204)


class PasswordReset(PublicView):
    @extend_schema(
        request=forms.PasswordResetSerializer,
        responses={202: OpenApiResponse(description="If known, it was written to.")},
    )
    def post(self, request: Request) -> Response:
        """Ask for a link by e-mail. The answer is the same whether the address is known or not."""
        plain = within_quota(request, "password_reset", "20/h")
        email = valid(forms.PasswordResetSerializer(data=request.data))["email"].lower()
        over = wait_for_quota(plain, "password_reset_mail", MAIL_QUOTA, key=keyed_digest("quota", email))
        if not over and not passwords.ask_reset(email):
            raise Problem(503, "unavailable", _("Try again in a moment."))
        return Response(status=202)


class PasswordResetConfirm(PublicView):
    @extend_schema(
        request=forms.PasswordResetConfirmSerializer, responses={204: OpenApiResponse(description="Log in with it.")}
    )
    def post(self, request: Request) -> Response:
        """Set the new password with the two parts of the link; every session ends."""
        plain = within_quota(request, "password_reset_confirm")
        data = valid(forms.PasswordResetConfirmSerializer(data=request.data))
        try:
            passwords.reset_password(uid=data["uid"], token=data["token"], new=data["new_password"], request=plain)
        except passwords.ResetRefused as error:
            raise FieldProblem({"token": _("This link is not valid any more.")}, "link_refused") from error
        return Response(status=204)


class EmailVerify(PublicView):
    @extend_schema(
        request=forms.EmailVerifySerializer, responses={204: OpenApiResponse(description="The address is verified.")}
    )
    def post(self, request: Request) -> Response:
        """Prove the mailbox with the token of the link."""
        plain = within_quota(request, "email_verify")
        data = valid(forms.EmailVerifySerializer(data=request.data))
        try:
            verification.verify_email(data["token"], request=plain)
        except verification.VerificationRefused as error:
            raise FieldProblem({"token": _("This link is not valid any more.")}, "link_refused") from error
        return Response(status=204)


class EmailResend(APIView):
    @extend_schema(request=None, responses={202: OpenApiResponse(description="Sent, unless already verified.")})
    def post(self, request: Request) -> Response:
        """Send the verification link again."""
        user = person(request)
        if seconds := wait_for_quota(request._request, "email_resend", MAIL_QUOTA, key=str(user.pk)):
            raise too_many(seconds)
        if not verification.ask_verification(user):
            raise Problem(503, "unavailable", _("Try again in a moment."))
        return Response(status=202)
