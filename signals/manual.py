"""What people do by hand: a manager's signal, on the way of an alert (WHK-16), and a client's close (D32); each with a line in the
audit log (SEC-05)."""

import logging
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from accounts.audit import Event, record
from accounts.client_ip import client_ip
from accounts.models import User
from bots.models import Bot
from signals.models import Position, Signal
from signals.receive import Received, close_position, send_manual_signal

log = logging.getLogger(__name__)


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


def close_by_hand(*, position: Position, user: User, request: HttpRequest) -> Signal:
    """Close a client's position now, then note who asked: the close waits for no log, and does not fail of it (D1)."""
    signal = close_position(position=position, user=user)
    try:
        record(
            Event.CLOSE_ASKED, request=request, user=position.user, actor=user, position=str(position.pk),
            signal=str(signal.pk), symbol=position.symbol_key,
        )  # fmt: skip
    except DatabaseError:
        log.exception("close of position %s by user %s is not in the audit log", position.pk, user.pk)
    return signal
