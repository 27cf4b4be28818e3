"""Hears the room `signals`: trouble found, trouble over."""

from typing import Any

from django.dispatch import receiver

from notifications.telling import end_trouble, tell_people
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
