"""One thing the doctor looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    level: str
    subject: str
    text: str
    blocks_servers: bool = False

    @property
    def is_wrong(self) -> bool:
        return self.level == "WRONG"

    def __str__(self) -> str:
        return f"{self.level:6} {self.subject:10} {self.text}"


def ok(subject: str, text: str) -> Finding:
    return Finding("ok", subject, text)


def note(subject: str, text: str) -> Finding:
    """Worth knowing, nothing to mend."""
    return Finding("note", subject, text)


def wrong(subject: str, text: str, *, blocks_servers: bool = False) -> Finding:
    return Finding("WRONG", subject, text, blocks_servers)
