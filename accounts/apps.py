from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401, PLC0415 -- connects the receivers once models are loaded
        from config import checks  # noqa: F401, PLC0415 -- registers the production checks
