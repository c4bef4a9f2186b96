"""Whole pages, as they were reviewed: `pytest --rewrite-goldens` writes them anew, and the difference is for review.

The same input gives the same bytes, also in fresh processes that hash text differently (law 7).
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tracer

GOLDEN = Path(__file__).parent / "golden"

PAGES: dict[str, dict[str, Any]] = {
    "mazur-mazur.md": {"problem": "mazur", "style": "mazur"},
    "hmkcode-hmkcode.md": {"problem": "hmkcode", "style": "hmkcode"},
    "gokadin-gokadin.md": {"problem": "gokadin", "style": "gokadin"},
    "mazur-plain.tex": {"problem": "mazur", "style": "plain", "notation_name": "plain", "digits": 6, "format": "latex"},
    "han-kamber-plain.md": {"problem": "han-kamber", "style": "plain", "notation_name": "han-kamber"},
    "cs231n-circuit-plain.md": {"problem": "cs231n-circuit", "style": "plain"},
    "gokadin-xor-2-steps.md": {"problem": "gokadin-xor", "style": "gokadin", "steps": 2},
    "cs231n-circuit-plain.html": {"problem": "cs231n-circuit", "style": "plain", "format": "html"},
    "trask-3-4-1-plain.md": {"problem": "trask-3-4-1", "style": "plain"},
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_as_reviewed(name: str, request: pytest.FixtureRequest) -> None:
    page, path = page_of(name), GOLDEN / name
    if request.config.getoption("--rewrite-goldens"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(page, encoding="utf-8", newline="\n")
    assert not difference(path, page), f"pytest --rewrite-goldens accepts this:\n{difference(path, page)}"


def page_of(name: str) -> str:
    """A page as it is kept: without the font, which would be most of it (`test_html.py` looks at it)."""
    return re.sub(r"(?<=base64,)[A-Za-z0-9+/=]+", "THE FONT", tracer.render(**PAGES[name]))


def difference(path: Path, page: str) -> str:
    """A unified diff from a golden file to a page."""
    golden = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = (text.splitlines(keepends=True) for text in (golden, page))
    return "".join(difflib.unified_diff(*lines, f"golden/{path.name}", "now"))


def test_every_golden_belongs_to_a_page() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_goldens_hold_at_most_twelve_figures(name: str) -> None:
    page = (GOLDEN / name).read_text(encoding="utf-8")
    given = set(re.findall(r"^[a-z]\w* = (.*)$", page, re.MULTILINE))  # the data of the listing, in full
    for text in given:
        page = page.replace(text, "")
    long = [number for number in re.findall(r"\d+\.\d+", page) if len(number.replace(".", "").lstrip("0")) > 12]
    assert long == []


def test_a_golden_fails_with_a_diff(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("one\ntwo\n", encoding="utf-8")
    assert difference(tmp_path / "page.md", "one\n2\n").splitlines()[-2:] == ["-two", "+2"]
    assert not difference(tmp_path / "page.md", "one\ntwo\n")


HASHES = """
import hashlib, json, sys
import tracer
pages = json.load(sys.stdin)
made = {name: tracer.render(**how) for name, how in pages.items()}
json.dump({name: hashlib.sha256(page.encode()).hexdigest() for name, page in made.items()}, sys.stdout)
"""


def hashes(seed: str) -> dict[str, str]:
    """The hash of every page, rendered in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", HASHES],
        input=json.dumps(PAGES),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
        timeout=120,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.others
def test_fresh_processes_give_the_same_bytes() -> None:
    first, second = hashes("1"), hashes("4242")
    assert first == second
    assert first == {name: hashlib.sha256(tracer.render(**how).encode()).hexdigest() for name, how in PAGES.items()}
