"""One symbol's trouble is not its account's: it is kept until the other symbols are protected and booked, then raised (B8, D7)."""

import logging
from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from exchanges.errors import ExchangeError

log = logging.getLogger(__name__)

SymbolName = tuple[str, str]  # market type and symbol key
T = TypeVar("T")


class SymbolFailures:
    """What went wrong with single symbols of one account during one reconciliation."""

    def __init__(self, account_id: UUID) -> None:
        self._account_id = account_id
        self._errors: dict[SymbolName, Exception] = {}

    def __contains__(self, name: SymbolName) -> bool:
        return name in self._errors

    async def keep(self, name: SymbolName, work: Awaitable[T]) -> T | None:
        """The result of `work` for this symbol; None when it failed. Never raises: `raise_first` does."""
        try:
            return await work
        except ExchangeError as error:
            self._note(name, error)
            log.warning("%s of account %s could not be set right: %s", name[1], self._account_id, error.message)
        except Exception as error:  # recorded, and raised when the other symbols are done
            self._note(name, error)
            log.warning("%s of account %s could not be set right", name[1], self._account_id, exc_info=error)
        return None

    def _note(self, name: SymbolName, error: Exception) -> None:
        self._errors.setdefault(name, error)

    def raise_first(self) -> None:
        """Raises what failed first, if something did: the run counts as failed."""
        for error in self._errors.values():
            raise error
