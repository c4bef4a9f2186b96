"""Fences in pages that markdown-it-py reads: `MarkdownIt().use(trace_plugin)`.

The page and its folder are told once, or for each page in `env`: `md.render(text, {"file": "posts/one.md"})`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from tracer.publish.embed.expand import HTML, dialect_named, expanded
from tracer.publish.embed.page import Page


def trace_plugin(
    md: MarkdownIt, *, dialect: str = HTML, file: str | Path = "", root: str | Path = "", strict: bool = False
) -> None:
    """Fences ```` ```trace ```` of a page to what they ask for.

    As "html" a fence needs nothing else of its host. In a dialect of Markdown, such as "markdown", what the host has
    for tables and formulas (dollarmath) shows them. `file` is the page; files are seen from its folder, or from `root`.
    A fence that is wrong says so in its place and to the logger "tracer"; with `strict` its error is raised.

    >>> md = MarkdownIt().use(trace_plugin)
    >>> "<mn>0.3775</mn>" in md.render('```trace\\nproblem = "mazur"\\nshow = "value net_h1"\\n```')
    True
    """
    dialect = dialect_named(dialect)
    said = None if strict else logging.getLogger("tracer").warning

    def replace(state: StateCore) -> None:
        if not any(map(_asks, state.tokens)):
            return
        page = Page(Path(state.env.get("file") or file or Page.file), root=Path(root) if root else None)
        made: list[Token] = []
        for token in state.tokens:
            if not _asks(token):
                made.append(token)
                continue
            line = token.map[0] if token.map else 0
            text = expanded(token.content, dialect, page, line + 2, said)
            tokens = [_as_html(text)] if dialect == HTML else _read(md, text)
            made += _placed(tokens, token)
        state.tokens = made

    md.core.ruler.push("trace", replace)


def _asks(token: Token) -> bool:
    return token.type == "fence" and token.info.split()[:1] == ["trace"]


def _as_html(text: str) -> Token:
    return Token("html_block", "", 0, content=text, block=True)


def _read(md: MarkdownIt, text: str) -> Sequence[Token]:
    """Markdown of ours as the host reads it. Anchors and pictures in it are HTML, also where the page may have none."""
    allowed = md.options["html"]
    md.options["html"] = True
    try:
        return md.parse(text, {})  # nothing that the page defines, a footnote say, is meant by it
    finally:
        md.options["html"] = allowed


def _placed(tokens: Sequence[Token], fence: Token) -> Iterator[Token]:
    for token in tokens:
        token.level += fence.level
        token.map = fence.map
        yield token
