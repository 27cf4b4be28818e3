"""Ranges of columns, told in the reader's numbers: “0,1” in Portuguese, where Django's own sentence says “0.1”."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.utils.deconstruct import deconstructible

from accounts.readable import exact


class _Readable(BaseValidator):
    def __call__(self, value: Any) -> None:
        try:
            super().__call__(value)
        except ValidationError as error:
            params = error.params or {}
            error.params = {**params, "limit_value": exact(Decimal(params["limit_value"]))}
            raise


# To a migration they are Django's own: what they check is the same.
@deconstructible(path="django.core.validators.MinValueValidator")
class AtLeast(_Readable, MinValueValidator):
    """The smallest value that a column takes."""


@deconstructible(path="django.core.validators.MaxValueValidator")
class AtMost(_Readable, MaxValueValidator):
    """The largest value that a column takes."""
