"""HTML pages in a browser: nothing is fetched, every formula is drawn, the stepper steps, axe finds nothing.

Needs playwright, axe-core-python and Debian's chromium; skipped where one is missing, unless TRACER_REQUIRE_ALL is 1.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_true_as_printed import Case, page_of

import tracer
from tracer.publish.environment import styles

pytestmark = pytest.mark.others

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = [name for name in ("playwright", "axe_core_python") if importlib.util.find_spec(name) is None]
MISSING += [] if CHROMIUM else ["chromium"]

#: the font is in Debian; greetings over the network, updates and sandboxes are not for a test
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if MISSING:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", f"missing: {', '.join(MISSING)}"
        pytest.skip(f"missing: {', '.join(MISSING)}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


class Opened:
    """A page in the browser, and what it complained of or asked for."""

    def __init__(self, browser: Any, file: Path, hash: str = "", **context: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 900, "height": 900}} | context)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri() + hash)
        self.address = file.as_uri()

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *_: object) -> None:
        outside = [url for url in self.requests if not url.startswith(("data:", self.address))]
        self.context.close()
        assert self.complaints == []
        assert outside == []


def page_file(folder: Path, problem: str, format: str = "html", style: str = "", digits: int = 6) -> Path:
    """A rendered page in a file; made once."""
    path = folder / f"{problem}-{style}-{format}-{digits}.html"
    if not path.exists():
        page = (
            page_of(Case(problem, style, "nielsen", digits, format))
            if problem == "wide"
            else tracer.render(problem, format=format, style=style, digits=digits)
        )
        path.write_text(page, encoding="utf-8")
    return path


VISIBLE = "nodes => nodes.filter(node => node.checkVisibility()).map(node => node.id)"


def sections(page: Any) -> list[str]:
    """The ids of the sections that are seen."""
    found: list[str] = page.eval_on_selector_all("main > section", VISIBLE)
    return found


def count(page: Any) -> int:
    return int(page.locator("main > section").count())


@pytest.mark.parametrize(("problem", "style"), [("mazur", "plain"), ("eoj-softmax", "cavar"), ("gokadin", "gokadin")])
def test_every_formula_is_drawn_in_its_font(browser: Any, folder: Path, problem: str, style: str) -> None:
    with Opened(browser, page_file(folder, problem, style=style)) as page:
        boxes = page.eval_on_selector_all(
            "math", "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.width, box.height])"
        )
        assert len(boxes) > 40 and all(width > 3 and height > 3 for width, height in boxes)
        assert page.evaluate("document.fonts.check('16px \"Tracer Math\"')")
        assert page.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]


def test_the_stepper_walks_by_keyboard_buttons_and_slider(browser: Any, folder: Path) -> None:
    with Opened(browser, page_file(folder, "mazur", "stepper")) as page:
        last = count(page)
        assert last >= 8 and sections(page) == ["section-1"]
        for number in range(2, last + 1):
            page.keyboard.press("ArrowRight")
            assert sections(page) == [f"section-{number}"]
            title = page.locator(f"#section-{number}").get_attribute("data-title")
            assert page.locator("output").inner_text() == f"{number} / {last}: {title}"
            assert page.url.endswith(f"#section-{number}")
        assert page.get_by_role("button", name="Next").is_disabled()
        page.keyboard.press("ArrowRight")
        assert sections(page) == [f"section-{last}"]
        page.keyboard.press("Home")
        assert sections(page) == ["section-1"] and page.get_by_role("button", name="Back").is_disabled()
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Back").click()
        assert sections(page) == ["section-2"]
        slider = page.get_by_role("slider")
        slider.focus()
        page.keyboard.press("ArrowRight")
        assert sections(page) == ["section-3"]
        assert slider.get_attribute("aria-valuetext") == page.locator("#section-3").get_attribute("data-title")
        page.keyboard.press("End")
        assert sections(page) == [f"section-{last}"]


def test_a_deep_link_opens_its_section(browser: Any, folder: Path) -> None:
    file = page_file(folder, "mazur", "stepper", style="plain")
    with Opened(browser, file, "#section-3") as page:
        assert sections(page) == ["section-3"]
        top = page.locator("#section-3").evaluate("node => node.firstElementChild.getBoundingClientRect().top")
        assert top >= page.locator(".controls").bounding_box()["height"]
        equation = page.locator(".equation[id]").last.get_attribute("id")
        page.evaluate("id => { location.hash = id }", equation)
        page.wait_for_function("id => document.getElementById(id).checkVisibility()", arg=equation)
        assert page.locator(f'[id="{equation}"]').evaluate("node => node.closest('section').id") in sections(page)
    with Opened(browser, file, f"#{equation}") as page:
        assert len(sections(page)) == 1
        box, controls = page.locator(f'[id="{equation}"]').bounding_box(), page.locator(".controls").bounding_box()
        assert controls["y"] + controls["height"] <= box["y"] < 900
    for nowhere in ("#nowhere", "#%", "#section-99"):
        with Opened(browser, file, nowhere) as page:
            assert sections(page) == ["section-1"]


def test_the_contents_lead_to_every_section(browser: Any, folder: Path) -> None:
    with Opened(browser, page_file(folder, "mazur", "stepper")) as page:
        links = page.locator(".contents a")
        for place in range(links.count()):
            page.evaluate("location.hash = '#section-1'")
            page.wait_for_function("document.querySelector('.contents').checkVisibility()")
            wanted = links.nth(place).get_attribute("href")[1:]
            links.nth(place).click()
            page.wait_for_function("id => document.getElementById(id).checkVisibility()", arg=wanted)


def test_paper_and_a_browser_without_script_show_everything(browser: Any, folder: Path) -> None:
    file = page_file(folder, "mazur", "stepper")
    with Opened(browser, file) as page:
        page.emulate_media(media="print")
        assert len(sections(page)) == count(page) > 5
        assert not page.locator(".controls").is_visible() and not page.locator(".contents").is_visible()
    with Opened(browser, file, java_script_enabled=False) as page:
        assert len(sections(page)) == count(page) > 5
        assert not page.locator(".controls").is_visible()


def axe(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds wrong on a page: the rule, and where it is broken first."""
    import axe_core_python

    page.evaluate((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert len(found["passes"]) > 15
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]]


#: small pages, as axe takes seconds for a large one; the steps of mazur begin with a heading of each level
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("problem", "format", "hash", "width"),
    [
        ("cs231n-circuit", "html", "", 900),
        ("mazur", "stepper", "", 360),
        ("mazur", "stepper", "#section-9", 360),
        ("gokadin", "stepper", "#section-12", 900),  # a step with a picture
    ],
)
def test_axe_finds_nothing(
    browser: Any, folder: Path, problem: str, format: str, hash: str, width: int, scheme: str
) -> None:
    context = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    with Opened(browser, page_file(folder, problem, format), hash, **context) as page:
        assert axe(page) == []
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        assert dark == (scheme == "dark")


def test_axe_finds_what_is_wrong(browser: Any, folder: Path) -> None:
    text = page_file(folder, "cs231n-circuit").read_text(encoding="utf-8")
    bad = folder / "bad.html"
    bad.write_text(text.replace("--text: #1c1c1c", "--text: #cccccc").replace('<html lang="en">', "<html>"), "utf-8")
    with Opened(browser, bad, color_scheme="light") as page:
        assert {rule for rule, _ in axe(page)} >= {"color-contrast", "html-has-lang"}


@pytest.mark.parametrize(
    ("problem", "style"), [*(("mazur", style) for style in styles()), ("eoj-softmax", "cavar"), ("wide", "plain")]
)
def test_a_phone_scrolls_only_down(browser: Any, folder: Path, problem: str, style: str) -> None:
    file = page_file(folder, problem, style=style, digits=9)
    with Opened(browser, file, viewport={"width": 360, "height": 740}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        too_wide = page.eval_on_selector_all(
            "main *",
            """nodes => nodes.filter(node => node.getBoundingClientRect().right > 361
                       && !node.closest('.formula, .table, .wide, pre, figure'))
                .map(node => node.outerHTML.slice(0, 80))""",
        )
        assert too_wide == []
        stuck = page.eval_on_selector_all(
            ".formula, .table, .wide, pre, figure",
            "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth && node.tabIndex < 0).length",
        )
        assert stuck == 0
