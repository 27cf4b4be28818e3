"""What a manager copies into TradingView: the address and the message of an alert (BOT-19, D6, D17)."""

import json

from django.conf import settings

from bots.models import Bot

SECRET_PLACEHOLDER = "YOUR-SECRET"  # noqa: S105 -- what stands in for the secret
ACTIONS = ("buy", "sell", "close", "close_all")
# Key → value as written in the message. `{{close}}` is bare: TradingView puts a number there. `{{timenow}}` makes a resent
# alert recognizable (D6).
_FIELDS = (
    ("ticker", '"{{ticker}}"'),
    ("action", '"%(action)s"'),
    ("price", "{{close}}"),
    ("timestamp", '"{{timenow}}"'),
    ("secret", "%(secret)s"),
)


def webhook_url(bot: Bot) -> str:
    """The full address of the bot's webhook."""
    return f"{settings.BASE_URL}{bot.webhook_url_path}"


def alert_message(action: str = "{{strategy.order.action}}", *, secret: str = SECRET_PLACEHOLDER) -> str:
    """The alert's message, with a placeholder for the secret except on the one page that shows it.

    The default `action` is filled by a TradingView strategy with buy or sell; an indicator's alert names it itself.
    """
    lines = (f'  "{key}": {text}' for key, text in _FIELDS)
    values = {"action": action, "secret": json.dumps(secret, ensure_ascii=False)}
    return "{\n%s\n}" % (",\n".join(lines) % values)
