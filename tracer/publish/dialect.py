"""Dialects of Markdown: how each of them takes a formula. No way of writing one is understood everywhere.

The formulas of a story are written by the dialect; all other Markdown is the same, and read the same by all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from tracer.publish.mathml import mathml


@dataclass(frozen=True)
class Dialect:
    """One dialect: `reader` is who reads it, `inline` and `display` write a formula. `jekyll` tells that Liquid, which
    acts on {{ and {%, goes through the page first, and MathJax, which looks for formulas in any text, at last."""

    name: str
    reader: str
    inline: Callable[[str], str]
    display: Callable[[str], str]
    jekyll: bool = False


def in_dialect(tokens: Sequence[Token], dialect: Dialect) -> list[Token]:
    """Story tokens in which every formula also says how the dialect writes it (meta "written"), and every listing
    that Liquid would act on says so (meta "liquid"). The tokens given are left as they are."""
    return list(_written(tokens, dialect))


#: what MathJax would take for the beginning of a formula; an empty element between its characters keeps it text
_OPENS = re.compile(r"(?<=\\)(?=[()\[\]]|begin)|(?<=\$)(?=\$)")


def _written(tokens: Sequence[Token], dialect: Dialect, in_cell: bool = False) -> Iterator[Token]:
    for token in tokens:
        if token.type in ("th_open", "td_open", "th_close", "td_close"):
            in_cell = token.nesting == 1
        if token.type == "math_inline":
            tex = without_bars(token.content) if in_cell else token.content
            token = replace(token, meta={**token.meta, "written": dialect.inline(tex)})
        elif token.type in ("math_block", "math_block_label"):
            token = replace(token, meta={**token.meta, "written": dialect.display(token.content)})
        elif token.type in ("fence", "code_block") and dialect.jekyll and re.search(r"\{[{%]", token.content):
            token = replace(token, meta={**token.meta, "liquid": True})
        elif token.type == "text" and dialect.jekyll:
            first, *rest = _OPENS.split(token.content)
            yield replace(token, content=first)
            for part in rest:
                yield Token("as_it_stands", "", 0, content="<span></span>")
                yield replace(token, content=part)
            continue
        elif token.children:
            children = list(_written(token.children, dialect, in_cell))
            if dialect.jekyll and not in_cell and [child.type for child in children] == ["math_inline"]:
                # alone in its paragraph it would be a display
                children[0].meta["written"] = "\\" + children[0].meta["written"]
            token = replace(token, children=children)
        yield token


def without_bars(formula: str) -> str:
    """A formula in which no bar ends the cell of a table: bars by name."""
    named = {"|": r"\vert ", r"\|": r"\Vert "}
    return re.sub(r"\\.|\|", lambda match: named.get(match[0], match[0]), formula).strip()


# -- formulas on lines of their own


def _lines(tex: str) -> str:
    # Where Markdown is read before formulas a plus or minus would begin a list; `$$` would end the display.
    lines = (line.replace("$$", "$ $").replace("$$", "$ $") for line in tex.split("\n"))
    return "\n".join("{}" + line if line.startswith(("+", "-")) else line for line in lines)


def _dollars(tex: str) -> str:
    return f"$$\n{_lines(tex)}\n$$"


def _fenced(tex: str) -> str:
    return f"```math\n{tex}\n```"


# -- kramdown, mostly inside Jekyll, whose Liquid acts on double braces first


def _apart(tex: str) -> str:
    """TeX without double braces or bars, which kramdown takes for the columns of a table in any paragraph."""
    return re.sub(r"\{(?=[{%])|[}%](?=\})", r"\g<0> ", without_bars(tex))


# -- MathML in the text itself


def _in_line(element: str) -> str:
    return element.replace("|", "&#124;").replace("\n", " ")


def _on_its_own(element: str) -> str:
    """With room above and below, which a page of others gives to no element that it does not know; what is wider than
    the page scrolls alone."""
    return f'<div class="math" style="margin: 1em 0; overflow: auto hidden">{_in_line(element)}</div>'


DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "markdown",
            "Pandoc, Quarto, MyST, Jupyter, MkDocs with arithmatex, Hugo with passthrough",
            lambda tex: f"${tex}$",
            _dollars,
        ),
        Dialect("github", "GitHub and GitLab", lambda tex: f"$`{tex}`$", _fenced),
        Dialect(
            "kramdown",
            "kramdown and Jekyll, with MathJax on the page",
            lambda tex: f"$${_apart(tex)}$$",
            lambda tex: _dollars(_apart(tex)),
            jekyll=True,
        ),
        Dialect(
            "island",
            "any program that leaves HTML as it is: MathML, which needs no script",
            lambda tex: _in_line(mathml(tex, styled=True)),
            lambda tex: _on_its_own(mathml(tex, display=True, styled=True)),
        ),
    )
}
PANDOC = DIALECTS["markdown"]
