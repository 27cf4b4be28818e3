"""Serializers that refuse fields they do not know: a mistyped limit must not silently be the default."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class StrictFields(serializers.Serializer[Any]):
    """Mix in first. Unknown and read-only fields in the body answer 400 with code `unknown_field`, naming each, beside whatever else
    is wrong."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise serializers.ValidationError({**unknown, **error.detail}) from error
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return values

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, list[ErrorDetail]]:
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = [str(key) for key in data if key not in known]
        text = str(_("This field does not exist or cannot be set."))
        # only so many and so long: the answer repeats what a stranger sent
        return {key[:100]: [ErrorDetail(text, code="unknown_field")] for key in unknown[:20]}
