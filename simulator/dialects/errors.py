"""An error in an exchange's own words."""

from collections.abc import Mapping
from typing import Any

from simulator.core.refusals import Reason, Refused

Code = int | str
RefusalTable = Mapping[Reason, tuple[Code, str] | tuple[Code, str, int]]


class VenueError(Exception):
    """The exchange's code and text with an HTTP status. `data` goes where the exchange puts details, if it does."""

    def __init__(self, code: Code, message: str, status: int = 200, data: Any = None) -> None:
        self.code, self.message, self.status, self.data = code, message, status, data
        super().__init__(f"{code} {message}")


def translate(refusal: Refused, table: RefusalTable) -> VenueError:
    """The refusal in the exchange's words; `{…}` in a text is filled from the refusal's details. KeyError without a row."""
    code, text, *status = table[refusal.reason]
    return VenueError(code, text.format(**refusal.details), *status)
