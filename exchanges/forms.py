"""The form for an exchange's keys, built from what the venue says it asks (EXC-04, 11): no exchange is named here."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchanges.registry import get_venue
from exchanges.serializers import KEY_LENGTH
from exchanges.venue import CredentialField


class KeysForm(forms.Form):
    """The key fields of one venue. `keys` holds what was given, ready for `lifecycle`."""

    def __init__(self, *args: Any, venue_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venue = get_venue(venue_id)
        for asked in self.venue.credential_fields:
            self.fields[asked.name] = key_field(asked)

    @property
    def keys(self) -> dict[str, str]:
        given = {asked.name: self.cleaned_data.get(asked.name, "") for asked in self.venue.credential_fields}
        return {name: text for name, text in given.items() if text}


class NewAccountForm(KeysForm):
    """A new account at one venue."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    testnet = forms.BooleanField(label=gettext_lazy("Testnet / demo account"), required=False)
    is_main = forms.BooleanField(label=gettext_lazy("Make it my main account"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.venue.features.demo == "none":
            del self.fields["testnet"]

    @property
    def account(self) -> dict[str, Any]:
        """The arguments for `lifecycle.add_account`, without user and request."""
        plain = {name: self.cleaned_data.get(name, False) for name in ("name", "testnet", "is_main")}
        return {**plain, "exchange": self.venue.id, "keys": self.keys}


class SecretTextarea(forms.Textarea):
    """Comes back empty, as password fields do: what was typed is never sent back to the browser."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


def key_field(asked: CredentialField) -> forms.Field:
    """A field that browsers neither remember nor show again; a list where the venue knows the possible values."""
    help_text = _(asked.help_text) if asked.help_text else ""
    if asked.choices:
        choices = [(value, _(label)) for value, label in asked.choices]
        return forms.ChoiceField(label=_(asked.label), help_text=help_text, choices=choices)
    widget = SecretTextarea if asked.multiline else forms.PasswordInput if asked.secret else forms.TextInput
    rows = {"rows": "5"} if asked.multiline else {}
    return forms.CharField(
        label=_(asked.label),
        help_text=help_text,
        required=asked.required,
        max_length=KEY_LENGTH,
        widget=widget(attrs={"autocomplete": "off", "spellcheck": "false", **rows}),
        validators=[_only(asked)],
    )


def _only(asked: CredentialField) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not asked.accepts(text):
            raise forms.ValidationError(_("Only letters, digits and signs, without blanks."), code="invalid")

    return check
