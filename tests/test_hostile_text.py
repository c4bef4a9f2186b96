"""Text of a user is text in every format: titles, notes, sources and the words of equations, at their worst.

Each page is told twice, with hostile words and with harmless ones. Read back it has the same structure, the same
formulas, the same programs, and the words of the user as they are.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from functools import lru_cache
from typing import Any

import html_back
import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from read_formats import FORMATS, as_markdown
from test_writers import HOSTILE

import tracer
from tracer.explain.lesson import Lesson, lesson
from tracer.publish.environment import tell
from tracer.publish.formats import WRITERS
from tracer.publish.latex import escape_latex
from tracer.publish.picture_text import svg, tikz
from tracer.publish.pictures import as_data
from tracer.publish.story import clean_text, read_story, story_tree

PLAIN = "QQQ"
LONG = "donaudampfschifffahrt" * 30
BIDI = "\u202eabc\u202c \u2066x\u2069 \u200f1"


@lru_cache(maxsize=64)
def told(text: str) -> Lesson:
    """A lesson in which a text stands wherever a user can put one."""
    says = text if text.strip() else PLAIN
    return lesson(
        tracer.load(
            {
                "title": text,
                "note": text,
                "source": text,
                "data": {"inputs": [1, 2], "targets": [1]},
                "layers": [
                    {
                        "equations": [{"equation": "h[n,j] = sum(i, x[n,i] * v[i,j])", "says": says}],
                        "parameters": {"v": [[0.5], [0.25]]},
                    }
                ],
                "training": {"loss": "half-squared-error", "rate": 0.5},
            }
        )
    )


@lru_cache(maxsize=64)
def page_told(text: str) -> str:
    return tell(told(text), "plain")


def story(text: str) -> Any:
    return read_story(page_told(text))


def shape(tokens: Any) -> list[str]:
    """What a story is made of, without its words."""
    kinds = []
    for token in tokens:
        if token.type != "text":
            kinds.append(f"{token.type} {token.content if token.type.startswith(('math', 'fence')) else ''}")
        kinds += shape(token.children or [])
    return kinds


NASTY = HOSTILE.filter(lambda text: clean_text(text).strip() != "")
WORST = [
    "</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}",
    r"\end{document}\input{/etc/passwd} $x$ $$ y $$ \(z\)",
    "```python\nimport os\n```",
    BIDI,
    LONG,
    "\x00\x07\x1b[31m\ud800",
]


def worst(test: Any) -> Any:
    for text in WORST:
        test = example(text)(test)
    return test


@worst
@settings(max_examples=4, deadline=None)
@given(NASTY)
def test_a_story_keeps_its_shape_and_says_the_text(text: str) -> None:
    made = story(text)
    assert shape(made) == shape(story(PLAIN))
    headings = [node for node in story_tree(made).children if node.type == "heading"]
    inside = "".join(child.content for child in headings[0].children[0].children)
    assert inside.strip() == clean_text(text).strip()


@settings(max_examples=5, deadline=None)
@given(NASTY, st.sampled_from(FORMATS))
@example(WORST[0], "html")
@example(WORST[1], "kramdown")
@example(WORST[1], "island")
@example(WORST[2], "notebook")
@example(WORST[3], "stepper")
@example(WORST[5], "island")
@example("{{ site.title }}{% include x %}", "kramdown")
@example("`$x$` ``` $$", "github")
@example("```", "html")
@example("~~~", "typst")
def test_formulas_and_programs_are_the_same_in_every_format(text: str, format: str) -> None:
    def parts(words: str) -> tuple[list[str], list[str]]:
        made = told(words)
        page = as_markdown(WRITERS[format](story(words), made.title), format)
        tokens = read_story(page)
        return (
            [token.content for token in tokens if token.type.startswith("math_block")],
            [token.content for token in tokens if token.type == "fence"],
        )

    formulas, programs = parts(text)
    assert (formulas, programs) == parts(PLAIN)
    assert len(formulas) > 5 and len(programs) >= 1


def one_argument(test: Any) -> Any:
    return worst(settings(max_examples=4, deadline=None)(given(NASTY)(test)))


@one_argument
def test_no_text_becomes_code_in_a_notebook(text: str) -> None:
    def notebook(words: str) -> Any:
        made = told(words)
        tokens = story(words)
        as_data(made, tokens)
        page = WRITERS["notebook"](tokens, made.title)
        found = json.loads(page.encode("utf-8", "replace"))
        nbformat.validate(found)
        return found["cells"]

    cells, plain = notebook(text), notebook(PLAIN)
    assert [cell["cell_type"] for cell in cells] == [cell["cell_type"] for cell in plain]
    code = [(cell["source"], cell["outputs"]) for cell in cells if cell["cell_type"] == "code"]
    assert code and code == [(cell["source"], cell["outputs"]) for cell in plain if cell["cell_type"] == "code"]
    first = read_story("".join(cells[0]["source"]))
    assert "".join(child.content for child in first[1].children or []).strip() == clean_text(text).strip()
    images = [line for cell in cells for line in cell["source"] if "<img" in line]
    assert all(
        re.fullmatch(r'<img alt="[^"<>$`\\]*" src="data:image/svg\+xml;base64,[\w+/=]+">\n?', line) for line in images
    )


@one_argument
def test_a_picture_says_the_text_in_its_title_alone(text: str) -> None:
    made, plain = told(text).diagram(), told(PLAIN).diagram()
    root, expected = (ET.fromstring(svg(one).encode("utf-8", "replace")) for one in (made, plain))
    assert [item.tag for item in root.iter()] == [item.tag for item in expected.iter()]
    title = root.findtext("{http://www.w3.org/2000/svg}title") or ""
    assert (
        re.sub(r"\s+", " ", title)
        == re.sub(r"\s+", " ", f"{told(text).title}: the network and its weights").replace(text, clean_text(text))
        or clean_text(text).split()[0] in title
    )
    assert tikz(made) == tikz(plain)


@one_argument
def test_latex_prints_the_text_escaped(text: str) -> None:
    def source(words: str) -> str:
        made = told(words)
        return WRITERS["latex"](story(words), made.title)

    page = source(text)
    assert page.count(r"\end{document}") == 1 and not re.search(r"\\(?:input|write|openin)\b(?!enc)", page)
    for begins in (r"\begin{equation", r"\begin{tabular", r"\[", r"\begin{verbatim", r"\begin{Verbatim"):
        assert page.count(begins) == source(PLAIN).count(begins)
    assert re.sub(r"\s+", "", escape_latex(clean_text(text).strip()))[:12] in re.sub(r"\s+", "", page)


@pytest.mark.parametrize("format", ["html", "stepper"])
def test_no_long_word_and_no_mark_of_direction_changes_a_page(format: str) -> None:
    for text in (LONG, BIDI):
        made = told(text)
        page = WRITERS[format](story(text), made.title)
        (heading,) = (node for node in html_back.read_html(page).walk() if node.tag == "h1")
        assert heading.text() == clean_text(text)
