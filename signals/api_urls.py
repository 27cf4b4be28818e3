"""Addresses of what happened, below `/api/v1/` and `/api/`, with and without a trailing slash."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from exchanges.api_urls import ACCOUNT
from signals import api, bots_api, dashboard_api, operations_api
from signals.account_health_api import AccountHealthView
from signals.subscriptions_api import SubscriptionFacts

router = SimpleRouter()
router.trailing_slash = "/?"  # a redirect would drop a POST's body
router.register("signals", api.SignalViewSet, basename="signal")
router.register("executions", api.ExecutionViewSet, basename="execution")
router.register("orders", api.OrderViewSet, basename="order")
router.register("fills", api.FillViewSet, basename="fill")
router.register("positions", api.PositionViewSet, basename="position")
router.register("trades", api.TradeViewSet, basename="trade")
router.register("bot-subscriptions", SubscriptionFacts, basename="subscription")

urlpatterns = [
    re_path(r"^bots/(?P<pk>[^/]+)/performance/?$", bots_api.BotPerformance.as_view(), name="bot-performance"),
    re_path(r"^bots/(?P<pk>[^/]+)/signals/?$", bots_api.BotSignals.as_view(), name="bot-signals"),
    re_path(r"^bots/(?P<pk>[^/]+)/test-signal/?$", bots_api.BotTestSignal.as_view(), name="bot-test-signal"),
    re_path(ACCOUNT + r"/health/?$", AccountHealthView.as_view(), name="exchange-account-health"),
    re_path(r"^dashboard/summary/?$", dashboard_api.Summary.as_view(), name="dashboard-summary"),
    re_path(r"^dashboard/balances/?$", dashboard_api.Balances.as_view(), name="dashboard-balances"),
    re_path(r"^dashboard/performance/?$", dashboard_api.Performance.as_view(), name="dashboard-performance"),
    re_path(r"^dashboard/health/?$", dashboard_api.Health.as_view(), name="dashboard-health"),
    re_path(r"^operations/protection/?$", operations_api.ProtectionWatch.as_view(), name="operations-protection"),
    re_path(r"^operations/workflows/?$", operations_api.Workflows.as_view(), name="operations-workflows"),
    *router.urls,
]
