from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        apps.get_app_config("axes").verbose_name = _("Failed logins")  # its own name for itself says nothing
        from accounts import receivers  # noqa: F401, PLC0415 -- connects the receivers once models are loaded
        from config import checks  # noqa: F401, PLC0415 -- registers the production checks
