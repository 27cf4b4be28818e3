"""What bots tell to rooms above them. (Django's own signals; trading signals live in the room `signals`.)"""

from django.dispatch import Signal

# A bot's positions shall be closed, on every symbol, for every subscriber (D1). Sent with `bot`, `user` (who asked), inside
# the transaction that archives the bot: what the hearer writes stands with the archive or not at all. The bot is not
# archived yet when it is heard.
close_requested = Signal()
