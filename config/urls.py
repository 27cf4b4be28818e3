"""Every address of Batuta, put together here and nowhere else.

Each room brings `api_urls.py` (its part of the API) and `urls.py` (its pages). Spec paths such as `/api/trades/` answer
beside `/api/v1/trades/`: same view, no redirect, with and without a trailing slash.
"""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import problems
from config.admin_login import log_in_to_admin
from config.metrics import export_metrics

admin.autodiscover()

ROOMS = ("accounts", "exchanges", "bots", "subscriptions", "signals", "analytics", "notifications", "front")

Patterns = list[URLPattern | URLResolver]


def gather(module: str) -> Patterns:
    """The patterns of every room that has a module of this name."""
    patterns: Patterns = []
    for room in ROOMS:
        if find_spec(room) and find_spec(f"{room}.{module}"):
            patterns += import_module(f"{room}.{module}").urlpatterns
    return patterns


api = gather("api_urls")

urlpatterns: Patterns = [
    re_path(r"^metrics/?$", export_metrics, name="metrics"),
    # BOT-17 names this address; the list with its cards is what stands there
    re_path(r"^admin/bots/?$", RedirectView.as_view(pattern_name="admin:bots_bot_changelist")),
    path("admin/login/", log_in_to_admin),
    path("admin/", admin.site.urls),
    re_path(r"^api/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^api/docs/?$", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include((api, "api"))),
    path("api/", include((api, "api"), namespace="api-alias")),
    *gather("urls"),
]

if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()

handler400 = problems.answer_400
handler403 = problems.answer_403
handler404 = problems.answer_404
handler500 = problems.answer_500
