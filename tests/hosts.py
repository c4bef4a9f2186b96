"""Pages of other programs in a browser: the mathematics is drawn, nothing is asked of the network."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from test_browser import Opened

FENCE = '```trace\nproblem = "mazur"\nshow = "weight w5"\ndigits = 4\n```\n'
BROKEN = '```trace\nproblem = "mazur"\nshw = "weight w5"\n```\n'
#: as Matt Mazur's article prints them: the gradient of w5, its new value, and a delta
FIGURES = ("0.0822", "0.3589", "0.1385")
BOXES = "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.width, box.height])"


def needs(*names: str) -> None:
    """Skip where a package is missing, unless everything has to be there."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", f"missing: {', '.join(missing)}"
        pytest.skip(f"missing: {', '.join(missing)}")


def run(folder: Path, *words: str, module: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of this Python, with warnings as errors."""
    first = [sys.executable, "-W", "error", "-m"] if module else []
    space = os.environ | {"PYTHONWARNINGS": "error"} | environment
    return subprocess.run([*first, *words], cwd=folder, env=space, capture_output=True, text=True, timeout=120)


def look(browser: Any, file: Path, site: Path | None = None, formulas: str = "math", least: int = 20) -> str:
    """The text of a page that was opened: every formula has a box, no picture is broken, nothing comes from elsewhere.

    `site` is the folder whose files it may read.
    """
    seen = Opened(browser, file)
    if site is not None:
        seen.address = site.as_uri()
    with seen as page:
        boxes = page.eval_on_selector_all(formulas, BOXES)
        assert len(boxes) >= least and all(width > 3 and height > 3 for width, height in boxes), boxes
        whole = "nodes => nodes.every(node => node.complete && node.naturalWidth > 100)"
        assert page.eval_on_selector_all("img[src^='data:']", whole)
        links = page.eval_on_selector_all("a[href^='#']", "nodes => nodes.map(node => node.getAttribute('href'))")
        ids = page.eval_on_selector_all("[id]", "nodes => nodes.map(node => '#' + node.id)")
        assert {link for link in links if "delta" in link or "dw" in link} <= set(ids)
        text = str(page.inner_text("body"))
        if site is not None:  # what a theme of others complains of
            seen.complaints.clear()
        return text
