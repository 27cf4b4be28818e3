"""Catalogues: each fault of a .po and its .mo is named."""

from pathlib import Path

import polib
import pytest

from ops import translations


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    file = tmp_path / "pt_BR/LC_MESSAGES/django.po"
    file.parent.mkdir(parents=True)
    entries = polib.POFile()
    entries.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    entries.append(polib.POEntry(msgid="Stop loss", msgstr="Stop"))
    entries.save(str(file))
    translations.compile_catalogues()
    return file


def add(catalogue: Path, entry: polib.POEntry) -> None:
    entries = polib.pofile(str(catalogue))
    entries.append(entry)
    entries.save(str(catalogue))


def test_a_whole_catalogue_has_no_faults(catalogue: Path) -> None:
    assert translations.faults(catalogue) == []


def test_a_text_without_translation_is_named(catalogue: Path) -> None:
    add(catalogue, polib.POEntry(msgid="Take profit"))

    assert translations.faults(catalogue) == ["pt_BR/LC_MESSAGES/django.po: not translated: 'Take profit'"]


def test_a_fuzzy_text_is_named(catalogue: Path) -> None:
    add(catalogue, polib.POEntry(msgid="Entry", msgstr="Saída", flags=["fuzzy"]))

    assert translations.faults(catalogue)[0] == "pt_BR/LC_MESSAGES/django.po: fuzzy: 'Entry'"


def test_an_old_mo_is_named(catalogue: Path) -> None:
    add(catalogue, polib.POEntry(msgid="Entry", msgstr="Entrada"))

    assert translations.faults(catalogue) == [
        "pt_BR/LC_MESSAGES/django.po: its .mo is missing or old: run .venv/bin/python -m ops.translations compile"
    ]
