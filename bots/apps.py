from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from exchanges.sealed_tables import SealedTable, register

SECRETS = SealedTable(
    model="bots.Bot",
    table="bots_bot",
    ciphertext="secret_sealed",
    wrapped_key="secret_wrapped_key",
    key_id="secret_key_id",
)


class BotsConfig(AppConfig):
    name = "bots"
    verbose_name = _("Bots")

    def ready(self) -> None:
        register(SECRETS)  # so that `rotate_keys` turns the bots' secrets too
