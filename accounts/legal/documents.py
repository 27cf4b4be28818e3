"""The legal texts and their versions. A changed text gets a new version here; everybody is then asked again."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from accounts.models import ConsentKind

FOLDER = Path(__file__).parent
VERSIONS: dict[ConsentKind, str] = {
    ConsentKind.TERMS: "2026-11-21",
    ConsentKind.PRIVACY: "2026-11-21",
    ConsentKind.RISK: "2026-11-21",
    ConsentKind.MARKETING: "1",
}


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LegalDocument:
    """A legal text in one language. `digest` is the SHA-256 of `text`, kept with every consent."""

    kind: ConsentKind
    version: str
    language: str
    title: str
    text: str
    sections: tuple[Section, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@lru_cache(maxsize=16)
def read_document(kind: ConsentKind, language: str) -> LegalDocument:
    """The present text of terms, privacy or risk; English for every language but Portuguese."""
    spoken = "pt-br" if language.lower().startswith("pt") else "en"
    text = (FOLDER / f"{kind}.{spoken}.txt").read_text(encoding="utf-8").strip()
    title, *blocks = text.split("\n\n")
    sections: list[Section] = []
    for block in blocks:
        heading, *lines = block.split("\n")
        if heading.startswith("## "):
            sections.append(Section(heading.removeprefix("## "), tuple(lines)))
        else:
            sections.append(Section("", tuple(block.split("\n"))))
    return LegalDocument(kind, VERSIONS[kind], spoken, title.removeprefix("# "), text, tuple(sections))
