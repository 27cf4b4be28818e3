from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "signals"
    verbose_name = "Trading signals"

    def ready(self) -> None:
        from signals import receivers  # noqa: F401, PLC0415 -- connecting needs the models loaded
