"""Notices as JSON."""

from rest_framework import serializers

from notifications.models import Notice
from notifications.texts import words_of


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """`title` and `advice` in the reader's language; `bot` only where it is told to the bot's manager."""

    title = serializers.SerializerMethodField()
    advice = serializers.SerializerMethodField()
    account = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = (
            "id", "kind", "title", "advice", "bot", "account", "created_at", "dismissed_at", "resolved_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_title(self, notice: Notice) -> str:
        return words_of(notice).title

    def get_advice(self, notice: Notice) -> str:
        return words_of(notice).advice

    def get_account(self, notice: Notice) -> str | None:
        """The own account; a manager is not shown which one it is, and what operators are told is about none."""
        return None if notice.bot_id or notice.account_id is None else str(notice.account_id)
