"""Serializers that refuse fields they do not know: a mistyped limit must not silently be the default."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class StrictFields(serializers.Serializer[Any]):
    """Mix in first. Unknown and read-only fields in the body answer 400 with code `unknown_field`, naming each."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [str(key) for key in data if key not in known]
            if unknown:
                # only so many and so long: the answer repeats what a stranger sent
                text = _("This field does not exist or cannot be set.")
                raise serializers.ValidationError({key[:100]: [text] for key in unknown[:20]}, code="unknown_field")
        return super().to_internal_value(data)
