from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from exchanges import addresses, sealed_tables


class ExchangesConfig(AppConfig):
    name = "exchanges"
    verbose_name = _("Exchanges")

    def ready(self) -> None:
        from exchanges.candidates import SEALED_TABLES  # noqa: PLC0415 -- models must be loaded first

        addresses.configure(settings.EXCHANGE_URLS)
        for table in SEALED_TABLES:
            sealed_tables.register(table)
