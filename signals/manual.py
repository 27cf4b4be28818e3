"""Signals that a manager sends by hand: the way of an alert (WHK-16), and a line in the audit log (SEC-05)."""

from typing import Any

from django.http import HttpRequest

from accounts.audit import Event, record
from accounts.client_ip import client_ip
from accounts.models import User
from bots.models import Bot
from signals.receive import Received, send_manual_signal


def send_by_hand(*, bot: Bot, user: User, request: HttpRequest, **values: Any) -> Received:
    """Send it and note who did. `values` are those of `send_manual_signal`; raises AlertRefused, then nothing is noted: the
    refused signal itself is kept."""
    received = send_manual_signal(bot=bot, user=user, source_ip=client_ip(request) or "", **values)
    signal = received.signal
    event = Event.TEST_SIGNAL_SENT if signal.is_test else Event.SIGNAL_SENT
    record(
        event, request=request, user=bot.manager, actor=user, bot=str(bot.pk), signal=str(signal.pk),
        symbol=signal.symbol_key, action=str(signal.action),
    )  # fmt: skip
    return received
