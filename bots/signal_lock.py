"""The lock under which a bot gets its signals, one after another (D6, D9)."""

from uuid import UUID

from django.db import connection


def lock_signals(bot_id: UUID) -> None:
    """Let nobody else bring this bot a signal until the transaction ends. Taken before any row of the bot is locked: whoever stores
    an alert has it first, and counts in the bot's row afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [str(bot_id)])
