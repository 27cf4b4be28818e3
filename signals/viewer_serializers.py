"""What serializers of this room share: who reads, whose row it is, and how it ended. Managers read pseudonyms."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.models import User
from bots.models import Bot
from signals.models import Position
from signals.queries import sees_all
from signals.reasons import reason_text
from subscriptions.pseudonyms import may_identify, name_for


class ForViewer(serializers.ModelSerializer[Any]):
    """A serializer that knows who reads: `context["request"].user`."""

    @property
    def viewer(self) -> User:
        user: User = self.context["request"].user
        return user

    def only_if_known(self, owner_id: UUID, value: Any) -> Any:
        """`value`, or None for a viewer who may not know whose it is."""
        return value if may_identify(self.viewer, owner_id) else None

    def looks_after(self, bot: Bot) -> bool:
        return sees_all(self.viewer) or bot.manager_id == self.viewer.pk


class OfBot(serializers.ModelSerializer[Any]):
    """A row of one bot's trading on one symbol."""

    bot_id = serializers.UUIDField()
    bot_name = serializers.CharField(source="bot.name")
    symbol = serializers.CharField(source="symbol_key")


class OfSubscriber(ForViewer):
    """A row of one subscriber's trading; name and account are for those who may know them."""

    subscriber = serializers.SerializerMethodField(help_text="The e-mail address, or a pseudonym for managers.")
    account_id = serializers.SerializerMethodField()
    account_name = serializers.SerializerMethodField()

    def owner_of(self, row: Any) -> User:
        """Whose row it is."""
        owner: User = row.user
        return owner

    def get_subscriber(self, row: Any) -> str:
        return name_for(self.viewer, self.owner_of(row))

    def get_account_id(self, row: Any) -> UUID | None:
        return self.only_if_known(self.owner_of(row).pk, row.account_id)

    def get_account_name(self, row: Any) -> str | None:
        return self.only_if_known(self.owner_of(row).pk, row.account.name)


class TellsExit(serializers.ModelSerializer[Any]):
    """A position with the reason of its end in the reader's language."""

    exit_reason_text = serializers.SerializerMethodField()

    def get_exit_reason_text(self, position: Position) -> str:
        return reason_text(position.exit_reason)
