"""Every dialect of Markdown, read by the program that it is for: each formula arrives as it was written, and tables,
headings and anchors stay what they are. The programs are cmark-gfm, kramdown, pandoc, Python-Markdown with arithmatex
and MyST.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token
from test_writers import HOSTILE

import tracer
from tracer.explain.lesson import lesson
from tracer.publish.dialect import DIALECTS, without_bars
from tracer.publish.environment import styles, tell
from tracer.publish.markdown import write_markdown
from tracer.publish.mathml import mathml
from tracer.publish.story import escape_markdown, read_story

pytestmark = pytest.mark.others

PAGES = [*(("mazur", style) for style in styles()), ("eoj-softmax", "cavar"), ("gokadin-xor", "gokadin")]
#: what mathematics and users' texts are made of, at its worst
AWKWARD = r"""
# The title with <b>tags</b>, {{ liquid }} and $5

A paragraph with $a_{1}^{+} \cdot {{W_{2}}^{\top}}_{ij}$ and $\left\vert x \right\vert < 3$, $y'$ and $\{ a \}$; 5 | 6.

| name | value |
| --- | --- |
| $\left|x\right|$ | $-3$ |
| text | $w_{1}*w_{2}*w_{3}$ |

$$
\begin{aligned}
E &= \sum_{n} \left(a_{n} - t_{n}\right)^{2} \\
&\approx 0.5
\end{aligned}
$$ (eq-E)

- an item with $[a](b)$

  $$
  -x
  + y
  $$

See [the error](#eq-E).

```python
print("{{ not liquid }}")
```
"""


def needs(program: str) -> None:
    """Skip where a program is missing; fail where everything has to be there."""
    if shutil.which(program):
        return
    if os.environ.get("TRACER_REQUIRE_ALL"):
        pytest.fail(f"{program} is missing")
    pytest.skip(f"{program} is missing (Debian: cmark-gfm, ruby-kramdown-parser-gfm, pandoc)")


@cache
def story_of(problem: str, style: str) -> tuple[Token, ...]:
    return tuple(read_story(tell(lesson(problem), style)))


def formulas(tokens: Sequence[Token], in_cell: bool = False) -> Iterator[tuple[str, bool, bool]]:
    """The formulas of a story: TeX, whether it is a display, whether it stands in a table."""
    for token in tokens:
        in_cell = {"th_open": True, "td_open": True, "th_close": False, "td_close": False}.get(token.type, in_cell)
        if token.type.startswith("math"):
            yield token.content, token.type != "math_inline", in_cell
        yield from formulas(token.children or [], in_cell)


def in_one_line(tex: str) -> str:
    """TeX as programs that differ in white space and empty groups agree on it."""
    return re.sub(r"\s+", "", tex.replace("{}", ""))


def expected(tokens: Sequence[Token]) -> list[tuple[str, bool]]:
    return [(in_one_line(without_bars(tex) if cell else tex), display) for tex, display, cell in formulas(tokens)]


# -- the programs, each from a page to its formulas


def run(command: list[str], page: str) -> str:
    done = subprocess.run(command, input=page, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


class _Found(HTMLParser):
    """The text of an HTML page, and of its code elements with their classes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.code, self.open = "", [], ""
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "code":
            self.open = dict(attrs).get("class") or "inline"
            self.code.append((self.open, "", self.text[-1:]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open:
            kind, text, before = self.code[-1]
            self.code[-1] = (kind, text + data, before)
        else:
            self.text += data


def by_github(page: str) -> list[tuple[str, bool]]:
    """cmark-gfm, and what GitHub does with it afterwards: code between dollars, and fences called math."""
    found = _Found(run(["cmark-gfm", "-e", "table", "--unsafe"], page))
    kept = [(text, kind) for kind, text, before in found.code if kind == "language-math" or before == "$"]
    return [(in_one_line(text), kind == "language-math") for text, kind in kept]


def kramdown(page: str) -> str:
    make = 'puts Kramdown::Document.new(STDIN.read, input: "GFM").to_html'
    return run(["ruby", "-Ku", "-e", f'require "kramdown"; require "kramdown-parser-gfm"; {make}'], page)


def by_kramdown(page: str) -> list[tuple[str, bool]]:
    """kramdown with GitHub's parser, as Jekyll calls it: formulas arrive between \\( \\) and \\[ \\]."""
    made = re.sub(r"<pre.*?</pre>", "", kramdown(page), flags=re.DOTALL)
    found = re.findall(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", made, flags=re.DOTALL)
    return [(in_one_line(html.unescape(inline or display)), bool(display)) for inline, display in found]


def by_arithmatex(page: str) -> list[tuple[str, bool]]:
    import markdown

    extensions = ["tables", "fenced_code", "pymdownx.arithmatex"]
    made = markdown.markdown(page, extensions=extensions, extension_configs={"pymdownx.arithmatex": {"generic": True}})
    found = re.findall(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', made, flags=re.DOTALL)
    return [(in_one_line(html.unescape(text)), kind == "div") for kind, text in found]


def by_myst(page: str) -> list[tuple[str, bool]]:
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    config = MdParserConfig(enable_extensions={"dollarmath"}, dmath_allow_digits=False, dmath_allow_space=False)
    return [
        (in_one_line(tex), display) for tex, display, _ in formulas(create_md_parser(config, RendererHTML).parse(page))
    ]


def by_pandoc(page: str) -> list[tuple[str, bool]]:
    def walk(node: object) -> Iterator[tuple[str, bool]]:
        if isinstance(node, dict):
            if node.get("t") == "Math":
                yield in_one_line(node["c"][1]), node["c"][0]["t"] == "DisplayMath"
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    return list(walk(json.loads(run(["pandoc", "-f", "markdown", "-t", "json"], page))["blocks"]))


#: dialect, program that has to be there, reader
READERS: dict[str, tuple[str, str, Callable[[str], list[tuple[str, bool]]]]] = {
    "cmark-gfm": ("github", "cmark-gfm", by_github),
    "kramdown": ("kramdown", "ruby", by_kramdown),
    "pandoc": ("markdown", "pandoc", by_pandoc),
    "arithmatex": ("markdown", "", by_arithmatex),
    "myst": ("markdown", "", by_myst),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_formula_arrives_as_it_was_written(reader: str) -> None:
    dialect, program, read = READERS[reader]
    if program:
        needs(program)
    for tokens in (read_story(AWKWARD), *(story_of(*page) for page in PAGES)):
        assert read(write_markdown(tokens, DIALECTS[dialect])) == expected(tokens)


def bare(element: str) -> str:
    return re.sub(r"\s+", "", html.unescape(re.sub(r"></(mspace|mtd)>", "/>", element)))


@pytest.mark.parametrize("reader", ["kramdown", "pandoc", "markdown", "cmark-gfm", "markdown-it"])
def test_mathml_goes_through_every_program_unchanged(reader: str) -> None:
    def read(page: str) -> str:
        if reader == "kramdown":
            needs("ruby")
            return kramdown(page)
        if reader in ("pandoc", "cmark-gfm"):
            needs(reader)
        if reader == "pandoc":
            return run(["pandoc", "-f", "markdown", "-t", "html", "--wrap=preserve"], page)
        if reader == "cmark-gfm":
            return run(["cmark-gfm", "-e", "table", "--unsafe"], page)
        if reader == "markdown-it":
            from markdown_it import MarkdownIt

            return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(page))
        import markdown

        return markdown.markdown(page, extensions=["tables", "fenced_code"])

    for tokens in (read_story(AWKWARD), *(story_of(*page) for page in PAGES)):
        made = re.findall(r"<math.*?</math>", read(write_markdown(tokens, DIALECTS["island"])), flags=re.DOTALL)
        wanted = [mathml(without_bars(tex) if cell else tex, display) for tex, display, cell in formulas(tokens)]
        assert [bare(element) for element in made] == [bare(element) for element in wanted]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tables_and_headings_stay_what_they_are(dialect: str) -> None:
    needs("cmark-gfm")
    for tokens in (read_story(AWKWARD), *(story_of(*page) for page in PAGES)):
        tags = _Found(run(["cmark-gfm", "-e", "table", "--unsafe"], write_markdown(tokens, DIALECTS[dialect]))).tags
        for tag, kind in (
            ("table", "table_open"),
            ("td", "td_open"),
            ("h1", "h1"),
            ("h2", "h2"),
            ("li", "list_item_open"),
        ):
            assert tags.count(tag) == sum(kind in (token.type, token.tag * token.nesting) for token in tokens), tag


def test_liquid_finds_nothing_in_a_page_for_jekyll() -> None:
    page = write_markdown(read_story(AWKWARD), DIALECTS["kramdown"])
    outside = re.sub(r"\{% raw %\}.*?\{% endraw %\}", "", page, flags=re.DOTALL)
    assert "{{" not in outside and "{%" not in outside
    assert page.count("{% raw %}") == 1


@settings(deadline=None, max_examples=60)
@given(HOSTILE, st.sampled_from(["cmark-gfm", "kramdown"]))
def test_a_text_of_a_user_brings_no_formula_and_no_tag(text: str, reader: str) -> None:
    dialect, program, read = READERS[reader]
    needs(program)
    page = write_markdown(read_story(f"a {escape_markdown(text)} $x$\n\n$$\ny\n$$"), DIALECTS[dialect])
    assert read(page) == [("x", False), ("y", True)]


def test_github_is_given_no_macro_that_it_refuses() -> None:
    for page in PAGES:
        text = write_markdown(story_of(*page), DIALECTS["github"])
        assert not re.search(r"\\(operatorname|newcommand|def|mbox|phantom)\b", text)


def test_a_dialect_is_asked_for_by_its_name() -> None:
    assert "```math\n" in tracer.render("mazur", format="github")
    assert "```math\n" not in tracer.render("mazur")
