from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignalsConfig(AppConfig):
    name = "signals"
    verbose_name = _("Trading signals")

    def ready(self) -> None:
        from signals import receivers  # noqa: F401, PLC0415 -- connecting needs the models loaded
