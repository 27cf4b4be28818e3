from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "front"
    verbose_name = "Front"

    def ready(self) -> None:
        from front import receivers  # noqa: F401, PLC0415 -- connects the receivers
