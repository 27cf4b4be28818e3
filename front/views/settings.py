"""The person's own settings: profile, language, time zone, appearance, password, e-mail address."""

from typing import Any

from django.conf import settings as configuration
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import passwords, verification
from accounts.consents import current_consents, record_consents
from accounts.models import ConsentKind, User
from accounts.quotas import wait_for_quota
from front.access import person, signed_in
from front.forms.people import ChangePasswordForm, ProfileForm
from front.views.session import MAIL_QUOTA, too_many

PASSWORD_QUOTA = "20/m"  # noqa: S105 -- a quota


@signed_in
def settings(request: HttpRequest) -> HttpResponse:
    """The page; saves the profile."""
    user = person(request)
    form = ProfileForm(request.POST or None, initial=_profile(user))
    if form.is_valid():
        _save_profile(request, user, form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        response = redirect("front:settings")
        response.set_cookie(
            configuration.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", secure=configuration.HTTPS
        )
        return response
    return _page(request, user, profile_form=form)


def _profile(user: User) -> dict[str, Any]:
    marketing = current_consents(user).get(ConsentKind.MARKETING)
    return {
        "name": user.name,
        "language": user.language,
        "time_zone": user.time_zone,
        "marketing": marketing is not None and marketing.accepted,
    }


def _save_profile(request: HttpRequest, user: User, data: dict[str, Any]) -> None:
    if data["marketing"] != _profile(user)["marketing"]:  # LEG-08
        record_consents(user, {ConsentKind.MARKETING: data["marketing"]}, request=request)
    user.name, user.language, user.time_zone = data["name"], data["language"], data["time_zone"]
    user.save(update_fields=["name", "language", "time_zone"])


def _page(request: HttpRequest, user: User, **forms: Any) -> HttpResponse:
    context = {"profile_form": ProfileForm(initial=_profile(user)), "password_form": ChangePasswordForm(), **forms}
    return render(request, "accounts/settings.html", context)


@sensitive_post_parameters("old", "new")
@require_POST
@signed_in
def change_password(request: HttpRequest) -> HttpResponse:
    """Set another password; every other session ends, this one stays."""
    user, form = person(request), ChangePasswordForm(request.POST)
    if seconds := wait_for_quota(request, "password_change", PASSWORD_QUOTA):
        return too_many(request, seconds)
    if form.is_valid():
        try:
            passwords.change_password(user, old=form.cleaned_data["old"], new=form.cleaned_data["new"], request=request)
            update_session_auth_hash(request, user)
            messages.success(request, _("The new password is saved. All other sessions were ended."))
            return redirect("front:settings")
        except passwords.WrongPassword:
            form.add_error("old", _("This is not the present password."))
        except ValidationError as error:
            form.add_error("new", error.messages)
    return _page(request, user, password_form=form)


@require_POST
@signed_in
def send_verification(request: HttpRequest) -> HttpResponse:
    """Have the confirmation of the e-mail address sent again."""
    user = person(request)
    if seconds := wait_for_quota(request, "email_resend", MAIL_QUOTA, key=str(user.pk)):
        return too_many(request, seconds)
    if verification.ask_verification(user):
        messages.success(request, _("A message is on its way to %(email)s.") % {"email": user.email})
    else:
        messages.error(request, _("The message could not be sent just now. Try again in a moment."))
    return redirect("front:settings")
