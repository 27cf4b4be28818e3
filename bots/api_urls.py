"""Addresses of the bots' API, below `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from bots.api import BotViewSet

router = SimpleRouter()
router.trailing_slash = "/?"  # with and without: a redirect would drop a POST's body
router.register("bots", BotViewSet, basename="bot")
urlpatterns = router.urls
