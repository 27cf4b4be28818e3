"""`/metrics` for Prometheus: open where nobody but us can reach it, by token in production."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView


def export_metrics(request: HttpRequest) -> HttpResponse:
    """The process's figures. With METRICS_TOKEN set only for `Authorization: Bearer <token>`; production without one: 404."""
    token = settings.METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, token.encode()):
            raise Http404
    elif settings.PRODUCTION:
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response
