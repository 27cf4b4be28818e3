"""The webhook's address, as TradingView is given it (WHK-01, BOT-19)."""

from django.urls import re_path

from signals.views import MasterWebhook

urlpatterns = [
    re_path(
        r"^api/(?:v1/)?bots/webhook/master/(?P<webhook_path>[^/]+)/?$", MasterWebhook.as_view(), name="master-webhook"
    ),
]
