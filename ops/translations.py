"""`python -m ops.translations check|compile`: are the catalogues whole, and are the .mo files those of the .po files.

gettext is needed only to look for texts that no catalogue knows; where it is missing that part is left out, and said so.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

from ops.places import ROOT

LOCALE = ROOT / "locale"
NOT_SOURCE = (".venv", "var", ".git", "node_modules", "__pycache__", "static", "tests", "bench", "docs", ".*_cache")


def compile_catalogues() -> None:
    for catalogue in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        polib.pofile(str(catalogue)).save_as_mofile(str(catalogue.with_suffix(".mo")))


def faults(catalogue: Path) -> list[str]:
    """What is wrong with one .po file and its .mo, a line each."""
    entries = polib.pofile(str(catalogue))
    name = catalogue.relative_to(LOCALE)
    wrong = [f"{name}: fuzzy: {entry.msgid[:70]!r}" for entry in entries.fuzzy_entries()]
    wrong += [f"{name}: not translated: {entry.msgid[:70]!r}" for entry in entries.untranslated_entries()]
    compiled = catalogue.with_suffix(".mo")
    if not compiled.exists() or _texts(polib.mofile(str(compiled))) != _texts(entries):
        wrong.append(f"{name}: its .mo is missing or old: run .venv/bin/python -m ops.translations compile")
    return wrong


def _texts(entries: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], object]:
    translated = entries.translated_entries() if isinstance(entries, polib.POFile) else entries
    return {(entry.msgctxt or None, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in translated}


def unknown_texts() -> list[str]:
    """Texts in the source that pt_BR's catalogue does not have, found by makemessages in a copy of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "batuta")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_SOURCE))
        (copy / "static").mkdir()
        command = [sys.executable, "manage.py", "makemessages", "-l", "pt_BR", "--no-location", "-v", "0"]
        made = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        if made.returncode:
            return [f"makemessages failed: {made.stderr[-1000:]}"]
        known = _ids(LOCALE / "pt_BR/LC_MESSAGES/django.po")
        found = _ids(copy / "locale/pt_BR/LC_MESSAGES/django.po")
        return [
            f"pt_BR: no entry for {text[:70]!r}: run ./batuta manage makemessages -l pt_BR"
            for text in sorted(found - known)
        ]


def _ids(catalogue: Path) -> set[str]:
    if not catalogue.exists():
        return set()
    return {entry.msgid for entry in polib.pofile(str(catalogue)) if not entry.obsolete}


def check() -> int:
    catalogues = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
    wrong = [fault for catalogue in catalogues for fault in faults(catalogue)]
    if shutil.which("xgettext") and shutil.which("msgmerge"):
        wrong += unknown_texts()
    else:
        print("gettext is not installed: texts missing from the catalogues were not looked for")
    print("\n".join(wrong) or f"{len(catalogues)} catalogues, all whole")
    return int(bool(wrong))


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_catalogues()
    sys.exit(check())
