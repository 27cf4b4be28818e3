"""Two rules of the house that no linter knows: exchanges are named in one place, and money never becomes a float."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchanges.registry import all_venues
from ops.places import ROOT

NAMING_ROOMS = {"exchanges", "simulator", "bench", "tests"}
MONEY_ROOMS = ("signals", "bots", "subscriptions", "exchanges")
# Our own simulated exchange is also a word for a kind of account. As a text of its own it stands in these places only:
PAPER_IS_MEANT = {
    ("config/settings.py", "paper"): "the simulator's address, built in",
    ("front/views/health.py", "paper"): "asks for that address",
    ("signals/recipients.py", "paper"): "the name of a statement's parameter",
}
FLOATS = {
    ("exchanges/budgets.py", "float('-inf')"): "a moment that never was",
    ("exchanges/http_connection.py", "float('inf')"): "seconds",
    ("exchanges/shared_books.py", "float(told['loaded_at'])"): "a moment, in seconds",
    ("signals/invariants/requests.py", "float(share)"): "a share of a request budget",
    ("signals/views.py", "float(request.GET.get('wait', '0'))"): "seconds to wait",
}


def sources(folders: Iterator[Path]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in folder.rglob("*.py"):
            yield str(path.relative_to(ROOT)), path.read_text()


# Names of exchanges that are ordinary words of our language as well: only code that asks for the id is looked for.
ALSO_WORDS = {"gate"}


def nameless_sources() -> Iterator[tuple[str, str]]:
    """Every module of the project in which no exchange may be named."""
    yield from sources(each.parent for each in ROOT.glob("*/__init__.py") if each.parent.name not in NAMING_ROOMS)
    for path in ROOT.glob("*.py"):
        yield path.name, path.read_text()


def test_no_exchange_is_named_outside_its_room() -> None:
    real = [venue for venue in all_venues() if not venue.features.is_paper]
    names = {name.lower() for venue in real for name in (venue.id, venue.label)} - ALSO_WORDS
    named = re.compile(rf"\b({'|'.join(sorted(names))})\b")

    found = [
        (path, number, line)
        for path, text in nameless_sources()
        for number, line in enumerate(text.splitlines(), 1)
        if named.search(line.lower())
    ]

    assert (found, "binance" in names) == ([], True)


def test_no_code_asks_for_an_exchange_by_its_id() -> None:
    ids = {venue.id for venue in all_venues()}

    found = {
        (path, node.value)
        for path, text in nameless_sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value in ids
    }

    assert found == set(PAPER_IS_MEANT)


@pytest.mark.parametrize("room", MONEY_ROOMS)
def test_money_never_becomes_a_float(room: str) -> None:
    found = {
        (path, ast.unparse(node))
        for path, text in sources(iter([ROOT / room]))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    }

    assert found == {each for each in FLOATS if each[0].startswith(f"{room}/")}
