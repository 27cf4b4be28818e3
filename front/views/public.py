"""Pages that need no login: the landing page and the legal texts."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from accounts.legal.documents import read_document
from accounts.models import ConsentKind
from bots.webhook_message import alert_message
from front import landing_texts

LEGAL = {"terms": ConsentKind.TERMS, "privacy": ConsentKind.PRIVACY, "risk": ConsentKind.RISK}


def landing(request: HttpRequest) -> HttpResponse:
    """What Batuta is, with claims that the product keeps and no figure that was not measured (D24)."""
    return render(request, "front/landing.html", {**landing_texts.texts(), "message": alert_message()})


def legal(request: HttpRequest, kind: str) -> HttpResponse:
    """Terms, privacy policy or risk notice, in the reader's language."""
    if kind not in LEGAL:
        raise Http404
    document = read_document(LEGAL[kind], get_language() or "en")
    return render(request, "front/legal.html", {"document": document})
