from django.apps import AppConfig
from django.conf import settings

from exchanges import addresses


class ExchangesConfig(AppConfig):
    name = "exchanges"
    verbose_name = "Exchanges"

    def ready(self) -> None:
        addresses.configure(settings.EXCHANGE_URLS)
