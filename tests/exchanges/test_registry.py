"""EXC-07, EXC-11: venues are data; nobody else names one; reading them needs no ccxt."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from exchanges.dialect import Dialect
from exchanges.registry import UnknownVenue, all_venues, get_venue
from exchanges.types import Credentials, MarketType
from exchanges.venue import Flag, Venue

ROOT = Path(__file__).parents[2]


def test_every_venue_that_is_written_is_registered() -> None:
    for path in sorted((ROOT / "exchanges/venues").glob("*.py")):
        import_module(f"exchanges.venues.{path.stem}")
    written = {made for base in (Venue, *Venue.__subclasses__()) for made in base.__subclasses__()}

    assert {type(venue) for venue in all_venues()} == {made for made in written if "id" in made.__dict__}
    assert len({venue.id for venue in all_venues()}) == len(all_venues())
    assert all_venues()[0].id == "binance"
    assert all_venues()[-1].features.is_paper


def test_an_unknown_exchange_is_named_in_the_error() -> None:
    with pytest.raises(UnknownVenue, match=r"^Exchange atlantis not supported$"):
        get_venue("atlantis")


@pytest.mark.parametrize("venue", all_venues(), ids=lambda venue: venue.id)
def test_a_venue_says_everything_that_forms_and_the_pipeline_ask(venue: Venue) -> None:
    names = [field.name for field in venue.credential_fields]
    assert names == [name for name in Credentials.__dataclass_fields__ if name in names]
    assert {"api_key", "secret_key"} <= set(names)
    assert [field.secret for field in venue.credential_fields if field.name == "secret_key"] == [True]
    assert set(venue.dialects) == set(venue.market_types) != set()
    assert all(isinstance(dialect, Dialect) for dialect in venue.dialects.values())
    assert venue.label
    for name in ("attached_stops", "hedge_mode", "answers_fills", "oco", "client_id_reusable"):
        flag = getattr(venue.features, name)
        assert isinstance(flag, Flag)
        assert flag.reason


def test_the_keys_form_warns_of_withdrawal_permission() -> None:
    """EXC-21"""
    help_texts = " ".join(field.help_text for field in get_venue("binance").credential_fields)

    assert "reading and trading" in help_texts
    assert "Never enable withdrawals" in help_texts


def test_paper_speaks_the_same_dialect_and_says_that_it_is_paper() -> None:
    """D21"""
    paper, real = get_venue("paper"), get_venue("binance")

    assert paper.features.is_paper
    assert not real.features.is_paper
    for market_type in MarketType:
        assert paper.dialects[market_type] is real.dialects[market_type]


def test_the_pure_half_loads_neither_ccxt_nor_django() -> None:
    code = (
        "import sys\n"
        "import exchanges.registry, exchanges.symbols, exchanges.client_ids, exchanges.addresses, exchanges.errors\n"
        "print(sorted(name for name in ('ccxt', 'django', 'aiohttp', 'orjson') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("venue", "variant", "spot", "futures"),
    [
        ("bitget", "unified", False, True), ("bitget", "classic", True, True), ("bitget", "", True, True),
        ("okx", "us", True, False), ("okx", "eea", True, True), ("mercado", "", True, False),
    ],
)  # fmt: skip
def test_a_kind_of_account_may_trade_less_than_its_exchange(
    venue: str, variant: str, spot: bool, futures: bool
) -> None:
    found = get_venue(venue)

    assert (found.trades("spot", variant), found.trades("futures", variant)) == (spot, futures)


def test_the_client_loads_no_django() -> None:
    code = "import sys, exchanges.client; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_no_exchange_is_named_in_code_outside_its_rooms() -> None:
    """EXC-11. Texts, comments and settings' names may mention one; a comparison may not."""
    rooms = (
        "accounts",
        "bots",
        "subscriptions",
        "signals",
        "front",
        "payments",
        "strategies",
        "analytics",
        "notifications",
    )
    ids = "|".join(venue.id for venue in all_venues())
    named = re.compile(rf"""(==|!=|\bin\b|\bis\b|\bcase\b)\s*[(\[{{]?\s*["']({ids})["']""")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if named.search(line)
    ]

    assert found == []
