"""Pages of logging in and out, registering, passwords and the e-mail address. What they do stands in `accounts`."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import passwords, registration, verification
from accounts.digests import keyed_digest
from accounts.models import ConsentKind, User
from accounts.quotas import wait_for_quota
from accounts.signing_in import LOGIN_QUOTA
from front.forms.people import LoginForm, NewPasswordForm, PasswordForgottenForm, RegisterForm

BACKEND = "django.contrib.auth.backends.ModelBackend"
REGISTER_QUOTA = "10/h"
RESET_QUOTA = "20/h"
MAIL_QUOTA = "5/h"


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 as a page."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(seconds)
    return response


def _next(request: HttpRequest) -> str:
    """Where to go after the login: only addresses of this site."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if here else ""


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in; one answer for every failure. After five failures `axes` answers instead (429)."""
    if request.user.is_authenticated:
        return redirect(_next(request) or settings.LOGIN_REDIRECT_URL)
    form = LoginForm(request.POST or None)
    if form.is_valid():
        if seconds := wait_for_quota(request, "login", LOGIN_QUOTA):
            return too_many(request, seconds)
        email, password = form.cleaned_data["email"].strip().lower(), form.cleaned_data["password"]
        user = authenticate(request, username=email, password=password)
        if isinstance(user, User):
            login(request, user)
            return redirect(_next(request) or settings.LOGIN_REDIRECT_URL)
        form.add_error(None, _("E-mail or password is wrong."))
    return render(request, "accounts/login.html", {"form": form, "next": _next(request)})


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Become a client and be logged in (LEG-05: terms and privacy policy)."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = RegisterForm(request.POST or None)
    if form.is_valid():
        if seconds := wait_for_quota(request, "register", REGISTER_QUOTA):
            return too_many(request, seconds)
        user = _register(request, form)
        if user is not None:
            login(request, user, backend=BACKEND)
            return redirect(reverse("front:accounts"))
    return render(request, "accounts/register.html", {"form": form})


def _register(request: HttpRequest, form: RegisterForm) -> User | None:
    data = form.cleaned_data
    consents = {kind: data[kind.value] for kind in (ConsentKind.TERMS, ConsentKind.PRIVACY, ConsentKind.MARKETING)}
    try:
        user = registration.register_user(
            email=data["email"],
            password=data["password"],
            name=data["name"],
            language=(get_language() or settings.LANGUAGE_CODE),
            consents=consents,
            request=request,
        )
    except registration.EmailTaken:
        form.add_error("email", _("This address cannot be used. If it is yours, log in or choose a new password."))
    except ValidationError as error:
        form.add_error("password", error.messages)
    else:
        if data["time_zone"]:
            user.time_zone = data["time_zone"]
            user.save(update_fields=["time_zone"])
        return user
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by e-mail; the answer is the same whether the address is known or not."""
    form = PasswordForgottenForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/password_forgotten.html", {"form": form})
    if seconds := wait_for_quota(request, "password_reset", RESET_QUOTA):
        return too_many(request, seconds)
    email = form.cleaned_data["email"].lower()
    over = wait_for_quota(request, "password_reset_mail", MAIL_QUOTA, key=keyed_digest("quota", email))
    if not over and not passwords.ask_reset(email):
        form.add_error(None, _("The message could not be sent just now. Try again in a moment."))
        return render(request, "accounts/password_forgotten.html", {"form": form}, status=503)
    return render(request, "accounts/password_forgotten.html", {"form": form, "asked": True, "email": email})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def password_new(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose a new password by the link of the e-mail."""
    form = NewPasswordForm(request.POST or None)
    try:
        passwords.find_by_reset_token(uid, token)
        if form.is_valid():
            passwords.reset_password(uid=uid, token=token, new=form.cleaned_data["password"], request=request)
            messages.success(request, _("The new password is saved. Log in with it."))
            return redirect("front:login")
    except passwords.ResetRefused:
        return render(request, "accounts/password_new.html", {"refused": True}, status=410)
    except ValidationError as error:
        form.add_error("password", error.messages)
    return render(request, "accounts/password_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def verify_email(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an address. By POST: mail programs open links on their own."""
    if request.method != "POST":
        return render(request, "accounts/email_verified.html")
    try:
        verification.verify_email(token, request=request)
    except verification.VerificationRefused:
        return render(request, "accounts/email_verified.html", {"refused": True}, status=410)
    return render(request, "accounts/email_verified.html", {"verified": True})
