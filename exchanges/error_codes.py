"""What an exchange's answer proves: refused, or unknown. The machine; each venue brings its own table.

Closed by default: an answer that no row of the table and no rule of the venue explains is an unknown outcome. ccxt's classes
are only a hint for the kind of a refusal that is already proven (they mislead).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused


@dataclass(frozen=True, slots=True)
class ErrorCodes:
    """A venue's table. `refused`: code → kind; `unknown`: codes that leave the outcome open whatever the HTTP status says."""

    refused: Mapping[str, RefusalKind]
    unknown: frozenset[str] = frozenset()
    # Fragments of the message that tell more than the code: (code, fragment in lower case) → kind, looked up first.
    by_message: Mapping[tuple[str, str], RefusalKind] = field(default_factory=dict)
    # Codes that say of a key that is right: it may not do this.
    no_permission: frozenset[str] = frozenset()

    def kind(self, code: str, message: str) -> RefusalKind | None:
        """The kind of a listed refusal, None for a code that is not listed."""
        lowered = message.lower()
        for (listed, fragment), kind in self.by_message.items():
            if listed == code and fragment in lowered:
                return kind
        return self.refused.get(code)


def judge(
    codes: ErrorCodes,
    *,
    code: str,
    message: str,
    proven: bool,
    hint: RefusalKind | None = None,
    retry_after_s: float = 0,
) -> ExchangeError:
    """The error for an answer with an error code.

    `proven`: the HTTP answer by itself proves a refusal (the venue's rule says when); `hint`: the kind that ccxt's class
    suggests, used only where the answer is proven and the table silent.
    """
    text = message or f"The exchange answered with code {code}"
    if code in codes.unknown:
        return OutcomeUnknown(text, code=code)
    kind = codes.kind(code, message)
    if kind is None and not proven:
        return OutcomeUnknown(text, code=code)
    kind = kind or hint or RefusalKind.OTHER
    lacks = kind is RefusalKind.CREDENTIALS and code in codes.no_permission
    return Refused(text, code=code, kind=kind, retry_after_s=retry_after_s, lacks_permission=lacks)
