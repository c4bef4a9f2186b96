"""The plugin for markdown-it-py, with formulas as MathML and with those that the host reads.

Figures are those of Matt Mazur's article, as it prints them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hosts import BROKEN, FENCE, FIGURES, look
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from test_browser import browser  # noqa: F401

from tracer.errors import TracerError
from tracer.publish.embed.markdown_it import trace_plugin
from tracer.publish.mathml import mathml

VALUE = '```trace\nproblem = "mazur"\nshow = "value net_h1"\n```'


def reader(preset: str = "commonmark", **options: Any) -> MarkdownIt:
    return MarkdownIt(preset).use(trace_plugin, **options)


def test_a_fence_is_html_whatever_the_page_may_have() -> None:
    made = reader("js-default").render(f"Before.\n\n- One\n\n  {VALUE.replace(chr(10), chr(10) + '  ')}\n\nAfter <b>.")
    assert made.startswith(
        '<p>Before.</p>\n<ul>\n<li>\n<p>One</p>\n<div class="trace">\n<div class="equation" id="z1-1"'
    )
    assert "<mn>0.3775</mn>" in made and made.endswith("</div>\n</li>\n</ul>\n<p>After &lt;b&gt;.</p>\n")


def test_a_host_reads_the_formulas_and_tables_itself() -> None:
    host = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin).use(footnote_plugin)
    host.use(anchors_plugin).use(trace_plugin, dialect="markdown")
    made = host.render(f"A[^1] <b>\n\n{FENCE}\n\n[^1]: Note.\n")
    assert made.count("<table>") == 2 and made.count('class="math block"') >= 8 and made.count("Note.") == 1
    assert '<a id="delta2-1"></a>' in made and '<img alt="Every way' in made and "A<sup" in made and "&lt;b&gt;" in made
    assert [host.options["html"], host.render("<i>x</i>")] == [False, "<p>&lt;i&gt;x&lt;/i&gt;</p>\n"]


def test_a_fence_that_is_shown_is_left() -> None:
    for text in (f"````\n{VALUE}\n````", "    ```trace\n    ```", "```tracer\n```", "```python\ntrace\n```"):
        assert reader().render(text) == MarkdownIt("commonmark").render(text)


def test_a_broken_fence_is_told_in_the_page(caplog: pytest.LogCaptureFixture) -> None:
    error = "post.md, line 5: unknown key 'shw'.\nDid you mean 'show'?   [T802]"
    for dialect in ("html", "markdown"):
        made = reader(dialect=dialect).render(f"Before.\n\n{BROKEN}\nAfter.", {"file": "post.md"})
        assert "post.md, line 5: unknown key" in made and made.endswith("<p>After.</p>\n")
        assert caplog.messages.pop() == error
    with pytest.raises(TracerError) as caught:
        reader(strict=True, file="post.md").render(f"Before.\n\n{BROKEN}\nAfter.")
    assert str(caught.value) == error


def test_files_are_seen_from_the_page(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('use = "no"')
    text = '```trace\nproblem = "x.toml"\n```'
    for how in ({"file": tmp_path / "post.md"}, {"root": tmp_path}):
        with pytest.raises(TracerError, match="unknown key 'use'"):
            reader(strict=True, **how).render(text)


@pytest.mark.others
@pytest.mark.parametrize("dialect", ["html", "markdown"])
def test_a_page_in_a_browser(browser: Any, dialect: str, tmp_path: Path) -> None:  # noqa: F811
    host = MarkdownIt("commonmark").enable("table").use(trace_plugin, dialect=dialect)
    host.use(dollarmath_plugin, renderer=lambda tex, how: mathml(tex, display=how["display_mode"]))
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{host.render(FENCE)}", encoding="utf-8")
    text = look(browser, page)
    assert all(figure in text for figure in FIGURES)
