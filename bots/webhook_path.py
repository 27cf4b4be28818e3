"""The end of a webhook's address, made from the bot's name where nobody thought of one (BOT-05)."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bots.models import Bot

LONGEST = 60


def suggest_path(name: str) -> str:
    """`Scalper BTC 5min` → `scalper-btc-5min`, with a number behind it where that is taken; empty for a name without letters
    that an address may hold."""
    base = _slug(name)
    if not base:
        return ""
    taken = set(Bot.objects.filter(master_webhook_path__startswith=base).values_list("master_webhook_path", flat=True))
    number, path = 1, base
    while path in taken:
        number += 1
        path = f"{base}-{number}"
    return path


def _slug(name: str) -> str:
    return slugify(name)[:LONGEST].strip("-_")


class SuggestsPath(forms.ModelForm):
    """A form of a new bot: left empty, the webhook path comes from the name; a script suggests it while one types."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["master_webhook_path"].required = False
        self.fields["master_webhook_path"].help_text = gettext_lazy(
            "The end of the webhook's address, for example scalper-btc-5min. Left empty, it is made from the name."
        )
        self.fields["name"].widget.attrs["data-suggests"] = self["master_webhook_path"].id_for_label

    def clean_master_webhook_path(self) -> str:
        typed: str = self.cleaned_data.get("master_webhook_path", "")
        name: str = self.cleaned_data.get("name", "")
        # what the page suggested while the name was typed is no choice of a path: it gives way to a free one
        path = suggest_path(name) if typed in ("", _slug(name)) else typed
        if not path and "name" in self.cleaned_data:
            raise forms.ValidationError(_("Type a path: none can be made from this name."), code="required")
        return path
