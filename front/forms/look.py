"""How every form looks: the classes of its widgets, in one place."""

from typing import Any, TypeVar

from django import forms

from front.forms.typed import reads_typed

Form = TypeVar("Form", bound=forms.BaseForm)

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


def dress(form: Form) -> Form:
    """Give a form's widgets the design system's classes; numbers are typed with comma or point, as the language has it."""
    form.label_suffix = ""
    for field in form.fields.values():
        if isinstance(field.widget, forms.NumberInput):
            field.widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num"})
            field.widget.is_localized = True
            reads_typed(field)
        known = next((css for widget, css in _CLASSES if isinstance(field.widget, widget)), "")
        old = field.widget.attrs.get("class", "")
        field.widget.attrs["class"] = " ".join(dict.fromkeys(f"{known} {old}".split()))
    return form


class PageForm(forms.Form):
    """A form of the pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
