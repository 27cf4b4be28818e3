from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "front"
    verbose_name = "Front"

    def ready(self) -> None:
        from front import receivers  # noqa: F401, PLC0415 -- connects the receivers
        from front.column_names import translate_column_names  # noqa: PLC0415 -- models must be loaded first

        translate_column_names()
