"""What operators decide on the operations pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from exchanges.registry import all_venues
from front.forms.look import PageForm
from front.templatetags.operations import market_label
from front.templatetags.trading import venue_label


def _places() -> list[tuple[str, str]]:
    return [
        (f"{venue.id}:{market_type}", f"{venue_label(venue.id)} · {market_label(market_type)}")
        for venue in all_venues()
        for market_type in venue.market_types
    ]


class PauseForm(PageForm):
    """Where new entries are left out from now on, and why."""

    place = forms.ChoiceField(label=_("Exchange and market"), choices=_places)
    detail = forms.CharField(
        label=_("Why"), max_length=300, required=False, help_text=_("Managers of bots there read it in their notices.")
    )

    def clean_place(self) -> tuple[str, str]:
        """Exchange and kind of market."""
        exchange, _colon, market_type = str(self.cleaned_data["place"]).partition(":")
        return exchange, market_type
