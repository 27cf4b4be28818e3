"""The form that sets a paper account back."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from exchanges.paper import MAX_BALANCE, MIN_BALANCE
from front.forms.look import PageForm

START_BALANCE = Decimal(10_000)


class ResetForm(PageForm):
    start_balance = forms.DecimalField(
        label=_("Start balance (USD)"), min_value=MIN_BALANCE, max_value=MAX_BALANCE, decimal_places=2, max_digits=12
    )


class NameForm(PageForm):
    name = forms.CharField(label=_("Name"), max_length=100)
