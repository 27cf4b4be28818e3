"""Addresses of the bots on offer, below `/api/v1/`; the subscriptions themselves are routed by `signals.api_urls`, which adds
to them what happened."""

from rest_framework.routers import SimpleRouter

from subscriptions.api import OfferedBotViewSet

router = SimpleRouter()
router.trailing_slash = "/?"  # with and without: a redirect would drop a POST's body
router.register("bot-subscriptions/available-bots", OfferedBotViewSet, basename="offered-bot")
urlpatterns = router.urls
