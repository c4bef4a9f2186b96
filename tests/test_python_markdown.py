"""The extension for Python-Markdown, alone and in MkDocs, Zensical and Pelican.

Figures are those of Matt Mazur's article, as it prints them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import markdown
import pytest
from hosts import BROKEN, FENCE, FIGURES, look, needs, run
from test_browser import browser  # noqa: F401

from tracer.errors import TracerError
from tracer.publish.embed.python_markdown import blocks
from tracer.publish.environment import package_folder

VALUE = '```trace\nproblem = "mazur"\nshow = "value net_h1"\n```'
MINE = (package_folder().parent / "tracer" / "problems" / "hmkcode.toml").read_text(encoding="utf-8")


def indented(text: str) -> str:
    return re.sub("(?m)^(?=.)", "    ", text)


def html(text: str, *others: str, **options: Any) -> str:
    return markdown.markdown(text, extensions=[*others, "tracer"], extension_configs={"tracer": options})


def plain(text: str) -> str:
    """A page without formulas and pictures."""
    return re.sub("<math.*?</math>", "M", re.sub("base64,[^\"]*", "", text))  # fmt: skip


@pytest.mark.parametrize("others", [(), ("extra", "codehilite", "toc", "smarty"), ("pymdownx.superfences", "tables")])
def test_a_fence_becomes_what_it_asks_for(others: tuple[str, ...]) -> None:
    made = html(f"Before.\n\n{VALUE}\nAfter.", *others)
    assert plain(made).split("\n") == [
        "<p>Before.</p>",
        '<p><a id="z1-1"></a></p>',
        '<div class="math" style="margin: 1em 0; overflow: auto hidden">M</div>',
        "<p>After.</p>",
    ]
    assert "<mn>0.3775</mn>" in made


@pytest.mark.parametrize(
    "text",
    [
        f"1.  One\n\n{indented(VALUE)}\n\n2.  Two",
        f"!!! note\n\n{indented(VALUE)}\n",
        f"- One\n\n{indented(VALUE)}\n- Two",
    ],
)
def test_a_fence_in_a_list_or_an_admonition(text: str) -> None:
    made = plain(html(text, "admonition"))
    assert made.count('<div class="math" style="margin: 1em 0; overflow: auto hidden">M</div>') == 1
    assert (
        re.search(r"<(li|div)[^>]*>.*M</div>.*</\1>", made, re.DOTALL) and "<code>" not in made and "trace" not in made
    )


FORWARD = '```trace\nproblem = "mazur"\nshow = "backward"\n```'


@pytest.mark.parametrize("others", [(), ("extra",), ("pymdownx.superfences",)])
def test_a_fence_in_a_quotation(others: tuple[str, ...]) -> None:
    made = html("> Said.\n>\n" + re.sub("(?m)^", "> ", FORWARD) + "\n>\n> Said on.\n\nBehind.", *others)
    quoted, _, behind = made.partition("</blockquote>")
    assert quoted.count('<div class="math"') > 4 and quoted.count("<h3") == 2 and "Said on." in quoted
    assert "```" not in made and "###" not in made and "&gt;" not in made and behind.strip() == "<p>Behind.</p>"


def test_a_broken_fence_in_a_quotation_is_told() -> None:
    with pytest.raises(TracerError, match="line 2: unknown key 'shw'"):
        html('> ```trace\n> shw = "x"\n> ```', strict=True)


@pytest.mark.parametrize("indent", [" ", "  ", "   "])
def test_a_fence_with_too_few_spaces_for_a_list_keeps_its_headings(indent: str) -> None:
    """Python-Markdown goes on with a list after four spaces; what has fewer stands behind it."""
    made = html("- One\n\n" + re.sub("(?m)^", indent, FORWARD) + "\n\nAfter.")
    assert made.count("<h3") == 2 and "###" not in made and "<p>After.</p>" in made


@pytest.mark.parametrize(
    "text",
    [
        f"````\n{VALUE}\n````",
        f"~~~\n{VALUE}\n~~~",
        "```\n```trace\n```",
        "``` python\nx = 'trace'\n```",
        f"<!-- not yet:\n\n{VALUE}\n\n-->",
        "Write ```trace``` here.",
        "``trace",
        "A line\n    ```tracer\n    x\n    ```",
    ],
)
def test_a_fence_that_is_shown_is_no_fence(text: str) -> None:
    assert list(blocks(text.split("\n"))) == []
    assert (
        html(text) == html(text).replace("<math", "") == markdown.markdown(text, extensions=["tables", "fenced_code"])
    )


def test_a_paragraph_may_begin_with_a_formula() -> None:
    """`math` is among the elements that Python-Markdown takes for blocks."""
    assert "\n<p>M reaches M through M, M. By the chain rule:</p>\n" in plain(html(FENCE, "extra", "smarty"))


def test_a_comment_in_a_line_hides_nothing() -> None:
    assert len(list(blocks(f"<!-- x --> and `<!--`\n\n{VALUE}".split("\n")))) == 1


def test_formulas_may_be_left_to_the_page() -> None:
    assert html(VALUE, dialect="markdown").splitlines()[1] == "<p>$$"
    assert html(VALUE, dialect="html").startswith('<div class="trace">\n<div class="equation" id="z1-1"')
    with pytest.raises(TracerError, match="there is no dialect 'word'"):
        html("x", dialect="word")


def test_a_table_and_a_listing_need_no_other_extension() -> None:
    assert "<td><math>" in html(VALUE.replace("value net_h1", "table"))
    assert '<code class="language-python">import numpy' in html(VALUE.replace("value net_h1", "listing"))


def test_a_broken_fence_is_told_in_the_page(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    made = html(f"Before.\n\n{BROKEN}\n\nAfter <b>all</b>.")
    error = "line 5: unknown key &#x27;shw&#x27;.<br>Did you mean &#x27;show&#x27;?   [T802]</div>"
    assert error in made and made.endswith("<p>After <b>all</b>.</p>") and 'role="alert"' in made
    assert caplog.messages == ["line 5: unknown key 'shw'.\nDid you mean 'show'?   [T802]"]
    with pytest.raises(TracerError, match="line 5: unknown key 'shw'"):
        html(f"Before.\n\n{BROKEN}", strict=True)


def test_a_fence_that_does_not_end_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    assert "line 4: this is not TOML" in html('x\n\n```trace\nproblem = "mazur\nMore.')


def test_files_are_seen_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(MINE, encoding="utf-8")
    made = html('```trace\nproblem = "own.toml"\nshow = "value prediction"\n```', root=str(tmp_path), strict=True)
    assert "0.3947" in made  # as the article prints it


# -- sites


def site(folder: Path, broken: bool = False) -> None:
    """Two pages, one of them in a folder with a problem file beside it."""
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "own.toml").write_text(MINE, encoding="utf-8")
    page = f"---\ntitle: One\n---\n\n# One\n\n{BROKEN if broken else FENCE}\n!!! note\n\n{indented(VALUE)}\n"
    (folder / "index.md").write_text(page, encoding="utf-8")
    own = '# Two\n\n```trace\nproblem = "own.toml"\nshow = "forward"\n```\n'
    (folder / "deep" / "two.md").write_text(own, encoding="utf-8")


MKDOCS = """\
site_name: Nets
theme: {name: mkdocs, highlightjs: false}
plugins: []
use_directory_urls: false
markdown_extensions: [admonition, tracer]
"""


@pytest.mark.others
def test_mkdocs(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    needs("mkdocs")
    site(tmp_path / "docs")
    (tmp_path / "mkdocs.yml").write_text(MKDOCS)
    done = run(tmp_path, "mkdocs", "build", "--strict")
    assert done.returncode == 0, done.stderr
    made = tmp_path / "site"
    text = look(browser, made / "index.html", made)
    assert all(figure in text for figure in (*FIGURES, "0.3775"))
    assert "0.3947" in look(browser, made / "deep" / "two.html", made, least=5)


@pytest.mark.others
def test_mkdocs_stops_at_a_broken_fence_where_it_is_strict(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    needs("mkdocs")
    site(tmp_path / "docs", broken=True)
    (tmp_path / "mkdocs.yml").write_text(MKDOCS)
    done = run(tmp_path, "mkdocs", "build", "--strict")
    assert done.returncode == 1 and "Aborted with 1 warnings in strict mode!" in done.stdout + done.stderr
    said = "docs/index.md, line 9: unknown key 'shw'."
    assert said in done.stderr
    assert run(tmp_path, "mkdocs", "build").returncode == 0
    assert said in look(browser, tmp_path / "site" / "index.html", tmp_path / "site", least=1)


ZENSICAL = """\
[project]
site_name = "Nets"
use_directory_urls = false
theme = { font = false }
[project.markdown_extensions.admonition]
[project.markdown_extensions.tracer]
strict = %s
"""


@pytest.mark.others
def test_zensical(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    needs("zensical")
    site(tmp_path / "docs")
    (tmp_path / "zensical.toml").write_text(ZENSICAL % "true")
    done = run(tmp_path, "zensical", "build")
    assert done.returncode == 0, done.stdout + done.stderr
    made = tmp_path / "site"
    text = look(browser, made / "index.html", made)
    assert all(figure in text for figure in (*FIGURES, "0.3775"))
    assert "0.3947" in look(browser, made / "deep" / "two.html", made, least=5)

    (tmp_path / "docs" / "index.md").write_text(f"# One\n\n{BROKEN}\n{VALUE}\n")
    done = run(tmp_path, "zensical", "build")
    assert done.returncode != 0 and "docs/index.md, line 5: unknown key 'shw'." in done.stderr
    (tmp_path / "zensical.toml").write_text(ZENSICAL % "false")
    assert run(tmp_path, "zensical", "build").returncode == 0
    assert "docs/index.md, line 5: unknown key 'shw'." in look(browser, made / "index.html", made, least=1)


PELICAN = """\
SITENAME = "Nets"
PATH = "content"
THEME = "simple"
TIMEZONE = "UTC"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
MARKDOWN = {"extension_configs": {"tracer": {"root": "content"}}, "output_format": "html5"}
"""


@pytest.mark.others
def test_pelican(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    needs("pelican")
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "own.toml").write_text(MINE, encoding="utf-8")
    (tmp_path / "pelicanconf.py").write_text(PELICAN)
    post = 'Title: One\nDate: 2020-01-01\nSlug: one\n\n%s\n\n```trace\nproblem = "own.toml"\nshow = "forward"\n```\n'
    (tmp_path / "content" / "one.md").write_text(post % FENCE)
    done = run(tmp_path, "pelican", "--fatal", "warnings")
    assert done.returncode == 0, done.stdout + done.stderr
    made = tmp_path / "output"
    text = look(browser, made / "one.html", made)
    assert all(figure in text for figure in (*FIGURES, "0.3947"))

    (tmp_path / "content" / "one.md").write_text(post % BROKEN)
    assert run(tmp_path, "pelican", "--fatal", "warnings").returncode != 0
    assert run(tmp_path, "pelican").returncode == 0
    assert "line 7: unknown key 'shw'." in look(browser, made / "one.html", made, least=5)
