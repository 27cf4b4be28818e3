"""The committed stylesheet is the compiled one. Node is not needed to run Batuta; without its packages this is skipped."""

import subprocess
from pathlib import Path

import pytest

from ops.places import ROOT

COMPILER = ROOT / "frontend" / "node_modules" / ".bin" / "tailwindcss"


@pytest.mark.skipif(not COMPILER.exists(), reason="needs `npm ci` in frontend/")
def test_the_stylesheet_is_compiled_from_the_templates_as_they_are(tmp_path: Path) -> None:
    compiled = tmp_path / "app.css"

    subprocess.run(
        [COMPILER, "-i", "app.css", "-o", compiled, "--minify"], cwd=ROOT / "frontend", check=True, capture_output=True
    )

    assert compiled.read_text() == (ROOT / "static" / "css" / "app.css").read_text(), "run `npm run css` in frontend/"
