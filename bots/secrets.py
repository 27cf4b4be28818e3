"""A bot's master secret: made, kept as a keyed digest and sealed, compared, rotated with an overlap (SEC-09, D17)."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bots.models import Bot
from exchanges import vault

PURPOSE = "bot secret"
TABLE = "bots_bot"
LONGEST_OVERLAP = timedelta(days=7)


def refuse_blank(secret: str) -> None:
    """Raises ValidationError: a secret is kept as typed, but blanks alone are none (BOT-06)."""
    if not secret.strip():
        raise ValidationError(_("Blanks alone are no secret."), code="blank")


def generate_secret() -> str:
    """A secret of 32 URL-safe characters (192 random bits), fit for a TradingView message."""
    return secrets.token_urlsafe(24)


def keep_secret(bot: Bot, secret: str) -> None:
    """Put `secret` into the bot's columns: a digest to compare with, and sealed. Does not save."""
    sealed = vault.seal(table=TABLE, row_id=bot.id, values={"secret": secret})
    bot.secret_digest = vault.keyed_digest(PURPOSE, secret)
    bot.secret_sealed = sealed.ciphertext
    bot.secret_wrapped_key = sealed.wrapped_key
    bot.secret_key_id = sealed.key_id


def open_secret(bot: Bot) -> str:
    """The bot's present secret in clear, for the one page that shows it. Raises SealBroken."""
    sealed = vault.Sealed(bytes(bot.secret_sealed), bytes(bot.secret_wrapped_key), bot.secret_key_id)
    return vault.unseal(table=TABLE, row_id=bot.id, sealed=sealed)["secret"]


def replace_secret(bot: Bot, secret: str, *, now: datetime, overlap: timedelta) -> None:
    """Make `secret` the present one; the one before is accepted until `now + overlap`. Does not save."""
    bot.previous_secret_digest = bot.secret_digest if overlap else ""
    bot.previous_secret_until = now + overlap if overlap else None
    keep_secret(bot, secret)


def secret_matches(bot: Bot, given: str, now: datetime) -> bool:
    """Whether `given` is the bot's secret, or the one before while its overlap lasts (WHK-04).

    Takes the same time whichever of them matches, or none does.
    """
    matches_present = vault.digest_matches(PURPOSE, given, bot.secret_digest)
    matches_previous = vault.digest_matches(PURPOSE, given, bot.previous_secret_digest or "-")
    overlap_lasts = bot.previous_secret_until is not None and now < bot.previous_secret_until
    return matches_present | (matches_previous & overlap_lasts)
