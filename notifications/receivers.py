"""Hears the rooms below: trouble found, trouble over; entries at an exchange paused, and let in again."""

from typing import Any

from django.dispatch import receiver

from exchanges.events import entries_paused, entries_resumed
from exchanges.models import VenuePause
from notifications.telling import end_trouble, tell_people
from notifications.venue_pauses import end_pause, tell_of_pause
from signals.events import trouble_found, trouble_over
from signals.troubles import Trouble


@receiver(trouble_found)
def tell_of_trouble(*, trouble: Trouble, **_: Any) -> None:
    """Written at once, for the client and the managers concerned."""
    tell_people(trouble)


@receiver(trouble_over)
def end_of_trouble(*, trouble: Trouble, **_: Any) -> None:
    """What stood is resolved."""
    end_trouble(trouble)


@receiver(entries_paused)
def tell_of_a_pause(*, pause: VenuePause, **_: Any) -> None:
    """Administrators and managers hear that an exchange takes no new entries."""
    tell_of_pause(pause)


@receiver(entries_resumed)
def end_of_a_pause(*, pause: VenuePause, **_: Any) -> None:
    """What stood is resolved."""
    end_pause(pause)
