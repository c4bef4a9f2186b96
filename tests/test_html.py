"""Pages in HTML: well-formed, whole in one file, with links that lead somewhere and text that stays text."""

from __future__ import annotations

import base64
import re
from importlib import resources

import pytest
from html_back import Element, markdown_of, read_html
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_true_as_printed import Case, page_of
from test_writers import FRAMES, HOSTILE

import tracer
from tracer.errors import TracerError
from tracer.explain.language import Language
from tracer.publish import story
from tracer.publish.environment import styles
from tracer.publish.html import write_html
from tracer.publish.story import escape_markdown, read_story

PAGES = [
    *(Case("mazur", style, "mazur", 9, format) for style in styles() for format in ("html", "stepper")),
    Case("gokadin-xor", "gokadin", "gokadin", 4, "stepper"),
    Case("eoj-softmax", "cavar", "plain", 6, "html"),
    Case("wide", "plain", "nielsen", 4, "html"),
]


def written(text: str, title: str = "A title", **more: bool) -> str:
    return write_html(read_story(text), title=title, **more)


def found(page: Element, tag: str, **attributes: str) -> list[Element]:
    """The elements of a tag that have these attributes (`class_` for class)."""
    wanted = {name.rstrip("_"): value for name, value in attributes.items()}
    return [node for node in page.walk() if node.tag == tag and wanted.items() <= node.attributes.items()]


def requests(page: Element) -> list[str]:
    """What a browser would fetch to show a page, other than what is in it."""
    asked = []
    for node in page.walk():
        for name, value in node.attributes.items():
            if name in ("src", "srcset", "data", "poster", "action") or (name == "href" and node.tag != "a"):
                asked.append(f"{node.tag} {name}={value}")
        if node.tag == "style":
            asked += [match for match in re.findall(r"url\([^)]{0,40}", node.text()) if "url(data:" not in match]
            asked += re.findall("@import[^;]*", node.text())
        if node.tag == "script":
            asked += re.findall(r"https?://|fetch|XMLHttp|import\b", node.text())
    return asked


def links_to_nowhere(page: Element) -> list[str]:
    ids = {node.attributes["id"] for node in page.walk() if "id" in node.attributes}
    links = [node.attributes["href"] for node in found(page, "a")]
    return [link for link in links if link.startswith("#") and link[1:] not in ids]


@pytest.mark.parametrize("case", PAGES, ids=lambda case: f"{case.problem}-{case.style}-{case.format}")
def test_a_page_is_whole(case: Case) -> None:
    text = page_of(case)
    page = read_html(text, styles=True)
    assert requests(page) == []
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert links_to_nowhere(page) == []
    assert all(ids)
    contents = [link.attributes["href"][1:] for link in found(found(page, "nav", class_="contents")[0], "a")]
    headings = [node for node in page.walk() if re.fullmatch("h[1-6]", node.tag)]
    listed = [node.attributes["id"] for node in headings if node.attributes["id"] in contents]
    assert contents == listed and len(contents) > 3
    assert [node.tag for node in headings][:2] == ["h1", "h2"] and len(found(page, "h1")) == 1
    sections = found(page, "section")
    assert [section.attributes["id"] for section in sections] == [f"section-{n}" for n in range(1, len(sections) + 1)]
    assert len(text.encode()) < 600_000


def test_what_is_fetched_is_found() -> None:
    page = '<link rel="x" href="https://a.b/c"><img src="x.png"><style>@import "x"; a { b: url(c.png) }</style>'
    page += '<a href="#x">y</a>'
    assert len(requests(read_html(page, styles=True))) == 4
    assert links_to_nowhere(read_html(page)) == ["#x"]


def test_a_step_of_a_small_network_is_under_a_megabyte() -> None:
    for style in styles():
        assert len(tracer.render("mazur", style=style, format="stepper").encode()) < 600_000


@pytest.mark.parametrize("problem", ["mazur", "gokadin-xor"])
def test_the_stepper_has_the_sections_of_the_document(problem: str) -> None:
    document, stepper = (tracer.render(problem, format=format) for format in ("html", "stepper"))
    assert markdown_of(document) == markdown_of(stepper)
    contents = re.compile(r'<nav class="contents".*?</nav>', re.DOTALL)
    bodies = [contents.sub("", page).partition("<main>")[2].partition("</main>")[0] for page in (document, stepper)]
    assert bodies[0] == bodies[1]
    assert tracer.render(problem, format="stepper") == stepper


def test_the_first_section_is_the_title_with_the_introduction() -> None:
    first, second = found(read_html(written("# Title\n\nAn introduction.\n\n## One\n\n### Two\n\ntext")), "section")
    assert [node.tag for node in first.elements()] == ["h1", "p"]
    assert [node.tag for node in second.elements()] == ["h2", "h3", "p"]  # no section of a heading alone


def test_equations_are_numbered_and_links_say_the_number() -> None:
    text = "See [the sum](#eq-b), [](#eq-a), [below](#part), [none](#x).\n\n$$ a $$ (eq-a)\n\n$$ c $$\n\n"
    text += "$$ b $$ (eq-b)\n\n## Part {#part}"
    page = read_html(written(text))
    assert found(page, "p")[0].text() == "See the sum (2), (1), below, none."
    assert [link.attributes["href"] for link in found(page, "a")] == ["#eq-b", "#eq-a", "#part", "#eq-a", "#eq-b"]
    assert [node.text() for node in found(page, "a", class_="number")] == ["(1)", "(2)"]
    assert [node.attributes["id"] for node in found(page, "div", class_="equation")] == [
        "eq-a",
        "page-formula",
        "eq-b",
    ]


def test_a_formula_and_the_sign_behind_it_stay_together() -> None:
    page = written("It is $a$. Then ($b$), and $c$ more; $d$, *$e$!*")
    kept = [node.text() for node in found(read_html(page), "span", class_="whole")]
    assert kept == ["a.", "b),", "d,", "e!"]
    assert found(read_html(page), "p")[0].text().split() == "It is a. Then (b), and c more; d, e!".split()


def test_anchors_are_unique_and_never_those_of_sections() -> None:
    page = read_html(written("# A\n\nx\n\n## A\n\nx\n\n## Section 1\n\nx\n\n## !\n\n$$ x $$ (a-3)\n\n## A"))
    headings = [node.attributes["id"] for node in page.walk() if re.fullmatch("h[1-6]", node.tag)]
    assert headings == ["a", "a-2", "section-1-2", "part", "a-4"]


@settings(max_examples=150, deadline=None)
@given(HOSTILE, st.sampled_from(FRAMES))
@example("</title></style></script><script>alert(1)</script>", "{}")
@example('"><img src=x onerror=alert(1)>', "# {}")
@example("{{ 7*7 }}{% raw %}{{<", "- {}")
def test_text_stays_text(text: str, frame: str) -> None:
    expected = story.clean_text(text)
    plain = read_html(written(frame.format("QQQ"), "QQQ"), styles=True)
    page = read_html(written(frame.format(escape_markdown(text) or "&#8203;"), text), styles=True)
    seen = found(page, "main")[0].text()
    wanted = found(plain, "main")[0].text().replace("QQQ", expected if escape_markdown(text) else "\u200b")
    assert re.sub(r"\s", "", seen) == re.sub(r"\s", "", wanted)
    if expected.strip():
        assert found(page, "title")[0].text() == expected.strip()
    assert [node.tag for node in page.walk() if node.tag != "span"] == [
        node.tag for node in plain.walk() if node.tag != "span"
    ]
    assert requests(page) == []


LABELS = HOSTILE.map(lambda text: re.sub(r"[\s(){}$]", "", story.clean_text(text))).filter(bool)


@settings(max_examples=100, deadline=None)
@given(LABELS, LABELS)
@example("section-1", "section-1")
def test_labels_stay_labels(label: str, anchor: str) -> None:
    page = read_html(written(f"$$ x $$ ({label})\n\n## A {{#{anchor}}}\n\ntext"), styles=True)
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert links_to_nowhere(page) == [] and requests(page) == []


def test_a_formula_without_mathml_is_one_error() -> None:
    with pytest.raises(TracerError) as raised:
        written(r"so $\frac{1}{$ is")
    message = str(raised.value)
    assert message.endswith("[T502]") and r"in the formula \frac{1}{" in message and "\x1b" not in message


def test_the_font_is_inside_and_has_its_licence() -> None:
    folder = resources.files("tracer.templates") / "page"
    data = (folder / "math.woff2").read_bytes()
    page = written("$a$")
    assert data.startswith(b"wOF2") and base64.b64encode(data).decode() in page
    assert "SIL Open Font License" in page
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")
    assert "@font-face" not in written("no formula")


@pytest.mark.parametrize(("language", "tag"), [("de", "de"), ("pt-BR", "pt-BR"), ('"><x', "en")])
def test_a_page_says_its_language(language: str, tag: str) -> None:
    page = read_html(write_html(read_story("# A"), title="A", language=Language(language)))
    assert found(page, "html")[0].attributes["lang"] == tag
