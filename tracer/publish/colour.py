r"""Roles into colours: `\role{weight}{w_{5}}` in a story into what a format shows, and the one palette of all formats.

A colour never says anything that the page does not say without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from markdown_it.token import Token

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.roles import ROLES, resolved, unmarked


class Colour(NamedTuple):
    """A colour on light paper, on dark paper, and on paper of which nobody knows which of the two it is."""

    light: str
    dark: str
    either: str


#: The gradient, the net input and the new value have the colours that the phases have in pictures. Found by a search:
#: on their paper all of them have a contrast of 4.5:1 or more (`either`: 4:1 on both), and any two of them differ by
#: 10 or more in CIE L*a*b* (2.3 can just be seen), also for the three kinds of dichromats. tests/test_colour.py
PALETTE: Mapping[str, Colour] = {
    "input": Colour("#962d96", "#ff5ad2", "#de06b4"),
    "target": Colour("#5a4b00", "#78d21e", "#967218"),
    "weight": Colour("#c3004b", "#ff6978", "#b45a72"),
    "net": Colour("#0072b2", "#56b4e9", "#1e84c6"),
    "activation": Colour("#2d0ff0", "#a587ff", "#6066fc"),
    "gradient": Colour("#b84a00", "#f2a154", "#f60618"),
    "new": Colour("#007a59", "#3fcf9f", "#069042"),
}

#: GitHub does not show a display in which 50 colours or more are set
MOST_ON_GITHUB = 49


def in_colour(tokens: Sequence[Token], format: str) -> list[Token]:
    r"""Story tokens whose formulas say colours as a format takes them; headings and captions have none.

    Pages in HTML, LaTeX and Typst, and MathML in Markdown, keep the marks: their writers know them. Other formats get
    `{\color{#967218}{..}}`, which MathJax 2 reads as one thing, and MathJax 3 and KaTeX as another that looks the same;
    "none" has no colours.
    Raises TracerError T502 for a role that there is not.
    """
    return list(_written(tokens, _KEPT.get(format, _either), MOST_ON_GITHUB if format == "github" else 0))


def _written(tokens: Sequence[Token], write: Callable[[str], str], most: int, plain: bool = False) -> Iterator[Token]:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            plain = token.type == "heading_open"
        if token.type.startswith("math_") and r"\role" in token.content:
            tex = token.content
            check_roles(tex)
            tex = unmarked(tex) if plain or (most and tex.count(r"\role") > most) else write(tex)
            token = replace(token, content=tex)
        elif token.children:
            token = replace(token, children=[*_written(token.children, write, most, plain or token.type == "image")])
        yield token


def check_roles(tex: str) -> None:
    """Raises TracerError T502 for a formula with a role that there is not."""
    resolved(tex, _known)


def _known(role: str, inside: str) -> str:
    if role not in PALETTE:
        raise TracerError("T502", "a formula", f"there is no role '{shortened(role)}'.", suggest(role, PALETTE))
    return inside


def _either(tex: str) -> str:
    return resolved(tex, lambda role, inside: f"{{\\color{{{PALETTE[role].either}}}{{{inside}}}}}")


def _kept(tex: str) -> str:
    return tex


_KEPT = dict.fromkeys(("html", "stepper", "latex", "island", "typst", "pdf"), _kept) | {"none": unmarked}

#: what colours are for in pages that other programs show; Pandoc's own MathML takes no formula with a colour
COLOURED = ("html", "stepper", "latex", "notebook", "github", "kramdown", "island", "typst", "pdf")


def style_sheet() -> str:
    """The colours of a page in HTML, in light and dark and on paper, as CSS."""
    light = "\n".join(f".role-{role} {{ color: {colour.light}; }}" for role, colour in PALETTE.items())
    dark = "\n".join(f"  .role-{role} {{ color: {colour.dark}; }}" for role, colour in PALETTE.items())
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"


#: for the preamble of an article; who wants none of the colours makes the last line \newcommand{\role}[2]{#2}
PREAMBLE = "\n".join(
    [
        r"\usepackage{xcolor}",
        *(f"\\definecolor{{trace{role}}}{{HTML}}{{{colour.light[1:].upper()}}}" for role, colour in PALETTE.items()),
        r"\newcommand{\role}[2]{\textcolor{trace#1}{#2}}",
        "",
    ]
)

assert tuple(PALETTE) == ROLES
