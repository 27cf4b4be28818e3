"""The time zones that a person may choose: those that Python and the database both know. A day's loss is counted by them."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _


@cache
def known_time_zones() -> frozenset[str]:
    """Their names, as the tz database has them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return frozenset(available_timezones() & {row[0] for row in cursor.fetchall()})


def check_time_zone(name: str) -> None:
    """Raises ValidationError for a name that is not one of them."""
    if name not in known_time_zones():
        raise ValidationError(_("This time zone is not known."), code="unknown_time_zone")
