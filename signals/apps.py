from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignalsConfig(AppConfig):
    name = "signals"
    verbose_name = _("Trading signals")

    def ready(self) -> None:
        from signals import receivers, task_watch, workflow_metrics  # noqa: F401, PLC0415 -- they need the models loaded

        workflow_metrics.register()
