"""How every form looks: the classes of its widgets, in one place."""

from typing import Any

from django import forms

_CLASSES: list[tuple[type[forms.Widget], str]] = [
    (forms.HiddenInput, ""),
    (forms.CheckboxInput, "checkbox checkbox-sm"),
    (forms.RadioSelect, "radio radio-sm"),
    (forms.Textarea, "textarea"),
    (forms.Select, "select"),
    (forms.TextInput, "input"),
    (forms.NumberInput, "input"),
    (forms.PasswordInput, "input"),
    (forms.EmailInput, "input"),
]


class PageForm(forms.Form):
    """A form whose widgets carry the design system's classes; labels end without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            known = next((css for widget, css in _CLASSES if isinstance(field.widget, widget)), "")
            field.widget.attrs["class"] = f"{known} {field.widget.attrs.get('class', '')}".strip()
