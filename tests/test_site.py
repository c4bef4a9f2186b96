"""The site of the documentation: it is built without a warning, every link in it leads somewhere, and it is looked at.

The folder of a site that was built already can be named by TRACER_SITE.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from test_browser import Opened, browser  # noqa: F401
from test_docs import ROOT

from tracer.publish.environment import styles
from tracer.run.loading import built_in

pytestmark = pytest.mark.others


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if "TRACER_SITE" in os.environ:
        return Path(os.environ["TRACER_SITE"]).resolve()
    missing = [name for name in ("sphinx", "myst_parser", "furo") if importlib.util.find_spec(name) is None]
    if missing:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", f"missing: {', '.join(missing)}"
        pytest.skip(f"missing: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(ROOT / "docs"), str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return folder


class Reader(HTMLParser):
    """The ids of a page, where it leads, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id":
                self.ids[value or ""] += 1
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "srcset", "data") or (name == "href" and tag == "link"):
                self.loaded.append(value or "")


@cache
def read(path: Path) -> Reader:
    made = Reader()
    made.feed(path.read_text(encoding="utf-8"))
    return made


def pages(site: Path) -> Iterator[Path]:
    yield from sorted(site.rglob("*.html"))


def test_every_page_is_whole(site: Path) -> None:
    """Links lead somewhere, ids are unique, nothing is loaded from elsewhere; in one test, as reading takes a while."""
    wrong = []
    for page in pages(site):
        made, name = read(page), page.relative_to(site)
        wrong += [f"{name}: {link}" for link in made.links if not leads_somewhere(link, page)]
        wrong += [f"{name}: {address} is loaded" for address in made.loaded if re.match(r"(https?:)?//", address)]
        wrong += [f"{name}: the id {one} comes twice" for one, count in made.ids.items() if count > 1]
        if name.parent.name == "gallery" and "../gallery.html" not in made.links:
            wrong.append(f"{name}: no way back")
    assert not wrong, "\n".join(wrong)


def leads_somewhere(link: str, page: Path) -> bool:
    if re.match(r"(https?|mailto):", link):
        return True
    place, _, anchor = unquote(link).partition("#")
    target = (page.parent / place).resolve() if place else page
    return target.is_file() and (not anchor or target.suffix != ".html" or anchor in read(target).ids)


def test_no_style_loads_anything_from_elsewhere(site: Path) -> None:
    sheets = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert sheets and not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", sheets)


def test_the_gallery_has_every_problem_in_every_style(site: Path) -> None:
    made = read(site / "gallery.html")
    assert {f"gallery/{name}-{style}.html" for name in built_in() for style in styles()} <= set(made.links)
    assert set(made.ids) >= set(built_in())


#: page -> the fewest formulas it has, and words it shows
SHOWN = {
    "index.html": (20, "0.0822"),  # the gradient of w5, as Matt Mazur prints it
    "gallery.html": (0, "Matt Mazur (2015)"),
    "embedding.html": (0, "A piece in a README"),
    "reference/problem-file.html": (0, "weights_layout"),
    "reference/operations.html": (100, "Rumelhart, Hinton, Williams (1986)"),
    "reference/notations.html": (150, "Err"),
    "reference/misconceptions.html": (40, "The slope of the activation is left out of the delta."),
    "reference/errors.html": (0, "[T104]"),
    "reference/command-line.html": (0, "tracer weave"),
    "understand/design.html": (0, "True as printed."),
    "gallery/mazur-mazur.html": (50, "0.35891648"),  # the new w5
}
BOXES = "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.width, box.height])"
LOOKS = [(1300, "light"), (360, "light"), (360, "dark")]


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_in_a_browser(browser: Any, site: Path, name: str) -> None:  # noqa: F811
    formulas, words = SHOWN[name]
    colours = set()
    for width, scheme in LOOKS:
        seen = Opened(browser, site / name, viewport={"width": width, "height": 900}, color_scheme=scheme)
        seen.address = site.as_uri()
        with seen as page:
            assert words in page.inner_text("body")
            boxes = page.eval_on_selector_all("math", BOXES)
            assert len(boxes) >= formulas and all(across > 2 and down > 2 for across, down in boxes)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            broken = "nodes => nodes.filter(node => node.complete && !node.naturalWidth).length"
            assert page.eval_on_selector_all("img", broken) == 0
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2, "light and dark look the same"


def test_an_error_and_a_misconception_are_found_by_their_code(browser: Any, site: Path) -> None:  # noqa: F811
    for place in ("reference/errors.html#t104", "reference/misconceptions.html#slope-dropped"):
        file, _, code = place.partition("#")
        seen = Opened(browser, site / file, f"#{code}")
        seen.address = site.as_uri()
        with seen as page:
            page.evaluate("document.fonts.ready")
            assert 0 <= page.evaluate(f"document.getElementById('{code}').getBoundingClientRect().top") < 200, place


@pytest.mark.parametrize("name", ["index.html", "gallery.html", "reference/problem-file.html"])
def test_a_page_can_be_used_by_everybody(browser: Any, site: Path, name: str) -> None:  # noqa: F811
    from axe_core_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        seen = Opened(browser, site / name, viewport={"width": 360, "height": 900}, color_scheme=scheme)
        seen.address = site.as_uri()
        with seen as page:
            found = [(one["id"], one["nodes"][0]["html"]) for one in Axe().run(page)["violations"]]
            assert found == []


def test_pictures_follow_the_page_where_a_reader_wants_it_dark(browser: Any, site: Path) -> None:  # noqa: F811
    seen = Opened(browser, site / "index.html", color_scheme="light")
    seen.address = site.as_uri()
    with seen as page:
        paper = "getComputedStyle(document.querySelector('svg .paper')).fill"
        assert page.evaluate(paper) == "rgb(255, 255, 255)"
        while page.evaluate("document.body.dataset.theme") != "dark":
            page.locator(".theme-toggle:visible").first.click()
        assert page.evaluate(paper) == "rgb(22, 24, 28)"
        seen.complaints = [one for one in seen.complaints if one != "Changed to dark mode."]
