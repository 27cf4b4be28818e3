"""docs/webhook.md names every reason that there is, and none that is not."""

import re

from ops.places import ROOT
from signals.reasons import TEXTS


def documented_reasons() -> set[str]:
    """The codes of the section: first column of its table, and the sentences below it."""
    guide = (ROOT / "docs" / "webhook.md").read_text()
    _, _, section = guide.partition("## Why a subscriber did not copy")
    section, _, _ = section.partition("\n## ")
    _, _, table = section.partition("|---|---|\n")
    rows, _, sentences = table.partition("\n\n")
    cells = [row.split("|")[1] for row in rows.splitlines()]
    return set(re.findall(r"`([a-z_]+)`", "".join(cells) + sentences))


def test_the_guide_for_managers_lists_exactly_the_reasons_that_exist() -> None:
    assert documented_reasons() == set(TEXTS)
