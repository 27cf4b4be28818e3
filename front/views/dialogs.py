"""Questions before something is done: a dialog over the page where htmx asks, a page of its own everywhere else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def answer_dialog(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render `template`, which extends the variable `layout`."""
    asked_by_htmx = bool(request.headers.get("HX-Request")) and request.method == "GET"
    layout = "layouts/dialog.html" if asked_by_htmx else "layouts/question.html"
    return render(request, template, {**context, "layout": layout})
