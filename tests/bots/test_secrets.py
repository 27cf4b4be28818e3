"""WHK-04, SEC-09, D17: the master secret."""

from datetime import UTC, datetime, timedelta

from bots import secrets
from bots.models import Bot
from exchanges import sealed_tables, vault

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def bot_with(secret: str) -> Bot:
    bot = Bot(name="x")
    secrets.keep_secret(bot, secret)
    return bot


def test_only_the_secret_itself_matches() -> None:
    bot = bot_with(" s3cret ")

    matches = [secrets.secret_matches(bot, given, NOW) for given in (" s3cret ", "s3cret", "", "S3CRET", "\ud800", "-")]

    assert matches == [True, False, False, False, False, False]


def test_the_previous_secret_matches_until_its_overlap_ends() -> None:
    bot = bot_with("old")
    secrets.replace_secret(bot, "new", now=NOW, overlap=timedelta(minutes=60))

    def matches(given: str, minutes: int) -> bool:
        return secrets.secret_matches(bot, given, NOW + timedelta(minutes=minutes))

    assert [matches("new", 0), matches("old", 0), matches("old", 59), matches("old", 60)] == [True, True, True, False]


def test_without_overlap_the_previous_secret_ends_at_once() -> None:
    bot = bot_with("old")
    secrets.replace_secret(bot, "new", now=NOW, overlap=timedelta(0))

    assert [secrets.secret_matches(bot, given, NOW) for given in ("old", "", "new")] == [False, False, True]


def test_the_sealed_secret_opens_for_its_own_row_and_is_known_to_key_rotation() -> None:
    bot = bot_with("s3cret")
    table = next(table for table in sealed_tables.all_tables() if table.model == "bots.Bot")

    opened = vault.unseal(table=table.table, row_id=bot.id, sealed=table.sealed_of(bot))

    assert opened == {"secret": "s3cret"}


def test_generated_secrets_differ_and_fit_a_message() -> None:
    made = {secrets.generate_secret() for _ in range(50)}

    assert len(made) == 50
    assert {len(secret) for secret in made} == {32}
