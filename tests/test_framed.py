"""Pages in frames of other pages: the frame is as high as the page, whatever step is shown.

The lines of the page around it are those that docs/embedding.md gives.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hosts import BOXES
from test_browser import Opened, browser  # noqa: F401

import tracer

pytestmark = pytest.mark.others

DOCS = Path(__file__).parent.parent / "docs" / "embedding.md"
HEIGHT = "Math.ceil(document.documentElement.getBoundingClientRect().height)"


def around() -> str:
    """The lines of the documentation that stand in a page around a frame."""
    (lines,) = re.findall(r"```html\n(<iframe.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return str(lines)


@pytest.fixture
def post(tmp_path: Path) -> Path:
    """A post with a frame of steps and a far deeper one, with text above and below."""
    (tmp_path / "steps.html").write_text(tracer.render("mazur", format="stepper", digits=4), encoding="utf-8")
    (tmp_path / "whole.html").write_text(tracer.render("hmkcode", format="html"), encoding="utf-8")
    frame, script = around().split("<script>")
    other = frame.replace("steps.html", "whole.html")
    third = frame.replace("steps.html", "steps.html#delta2-1")
    text = "<!doctype html><meta charset=utf-8><title>A post</title>\n<h1>A post</h1>\n<p>Text.</p>\n"
    page = tmp_path / "post.html"
    page.write_text(f"{text}{frame}{other}{third}<p id=end>End.</p>\n<script>{script}", encoding="utf-8")
    return page


def opened(browser: Any, post: Path) -> Opened:  # noqa: F811
    """A post in the browser; the pages in its frames are files beside it."""
    seen = Opened(browser, post)
    seen.address = post.parent.as_uri()
    return seen


def frames_of(page: Any) -> tuple[list[Any], list[Any]]:
    """The frames of a post, which are lazy, as elements and as pages."""
    elements = page.query_selector_all("iframe")
    for element in elements:
        element.scroll_into_view_if_needed()
    pages = [element.content_frame() for element in elements]
    for inside in pages:
        inside.wait_for_selector("math", state="attached")
    return elements, pages


def height(page: Any, element: Any, inside: Any) -> int:
    """The height of a frame, once it is that of its page."""
    for _ in range(50):
        page.wait_for_timeout(100)
        outer = round(element.bounding_box()["height"])
        if outer == inside.evaluate(HEIGHT):
            return outer
    raise AssertionError(f"the frame is {outer} high, its page {inside.evaluate(HEIGHT)}")


def test_a_frame_is_as_high_as_its_page(browser: Any, post: Path) -> None:  # noqa: F811
    with opened(browser, post) as page:
        elements, pages = frames_of(page)
        assert len(elements) == 3
        for element, inside in zip(elements, pages, strict=True):
            assert height(page, element, inside) > 200
        heights = []
        for _ in range(4):
            pages[0].get_by_role("button", name="Next").click()
            heights.append(height(page, elements[0], pages[0]))
        assert len(set(heights)) > 1
        boxes = pages[1].eval_on_selector_all("math", BOXES)
        assert len(boxes) > 20 and all(width > 3 and tall > 3 for width, tall in boxes)


def test_a_frame_that_opens_at_a_step_leaves_the_page_where_it_is(browser: Any, post: Path) -> None:  # noqa: F811
    post.write_text(post.read_text(encoding="utf-8").replace(' loading="lazy"', ""), encoding="utf-8")
    with opened(browser, post) as page:
        deep = page.query_selector_all("iframe")[2].content_frame()
        deep.wait_for_function("document.querySelector('[id=\"delta2-1\"]')?.checkVisibility()")
        page.wait_for_timeout(500)  # it would have scrolled by then
        assert page.evaluate("window.scrollY") == 0
        assert deep.url.endswith("#delta2-1") and deep.locator('[id="delta2-1"]').is_visible()


def test_messages_of_others_are_not_heard(browser: Any, post: Path) -> None:  # noqa: F811
    with opened(browser, post) as page:
        elements, pages = frames_of(page)
        before = height(page, elements[0], pages[0])
        for said in ("{ trace: 'height', height: 5 }", "null", "'x'", "{ height: 9 }"):
            page.evaluate(f"window.postMessage({said}, '*')")
        pages[0].evaluate("window.parent.postMessage({ height: 7 }, '*')")
        page.wait_for_timeout(100)
        assert height(page, elements[0], pages[0]) == before
