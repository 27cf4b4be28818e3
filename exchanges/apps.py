from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from exchanges import addresses, doors, metrics, sealed_tables, shared_books


class ExchangesConfig(AppConfig):
    name = "exchanges"
    verbose_name = _("Exchanges")

    def ready(self) -> None:
        from exchanges.candidates import SEALED_TABLES  # noqa: PLC0415 -- models must be loaded first

        addresses.configure(settings.EXCHANGE_URLS)
        doors.configure(
            settings.REDIS_URL, egress=settings.EXCHANGE_EGRESS, limited_stand_ins=settings.LIMITED_STAND_INS
        )
        shared_books.configure(settings.REDIS_URL)
        metrics.register()
        for table in SEALED_TABLES:
            sealed_tables.register(table)
