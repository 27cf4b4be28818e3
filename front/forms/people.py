"""Forms about the person: login, registration, passwords, profile. What is written is the business of `accounts`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, User
from accounts.passwords import check_strength
from accounts.time_zones import known_time_zones
from front.forms.look import PageForm


def _places() -> list[tuple[str, str]]:
    """The zones that are named after places, and the world's."""
    names = sorted(name for name in known_time_zones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [(name, name.replace("_", " ")) for name in [*names, "UTC"]]


def email_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


def password_field(label: Any, *, new: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"}),
        help_text=_("At least 10 characters, not only digits, and none of the common ones.") if new else "",
    )


class LoginForm(PageForm):
    # not validated as an address: what could be none is refused like any wrong one
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "inputmode": "email", "autofocus": True}),
    )
    password = password_field(_("Password"), new=False)


class RegisterForm(PageForm):
    name = forms.CharField(
        label=_("Name"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = email_field()
    password = password_field(_("Password"))
    terms = forms.BooleanField(
        error_messages={"required": _("Without accepting the terms of use there is no account.")}
    )
    privacy = forms.BooleanField(
        error_messages={"required": _("Without accepting the privacy policy there is no account.")}
    )
    marketing = forms.BooleanField(label=_("Send me news about Batuta by e-mail (never required)."), required=False)
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-time-zone": True}))

    def clean(self) -> dict[str, Any]:
        """A weak password is told together with everything else that is wrong."""
        data: dict[str, Any] = super().clean() or {}
        if password := data.get("password"):
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                check_strength(password, person, field="password")
            except ValidationError as error:
                self.add_error(None, error)
        return data

    def clean_time_zone(self) -> str:
        """The browser's zone where it is one that we know; else the default of a new account."""
        zone: str = self.cleaned_data["time_zone"]
        return zone if zone in known_time_zones() else ""


class PasswordForgottenForm(PageForm):
    email = email_field()


class NewPasswordForm(PageForm):
    password = password_field(_("New password"))


class ChangePasswordForm(PageForm):
    old = password_field(_("Present password"), new=False)
    new = password_field(_("New password"))


class ProfileForm(PageForm):
    name = forms.CharField(
        label=_("Name"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_places,
        help_text=_("Times are shown in it, and the day of the daily loss limit begins at its midnight."),
    )
    marketing = forms.BooleanField(label=_("Send me news about Batuta by e-mail."), required=False)
