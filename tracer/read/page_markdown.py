r"""A page in Markdown into its passages: formulas in $, $$, \( \), \[ \], ```math; HTML, prose, tables, code.

All dialects that `tracer render` writes are read, and what Jekyll and its neighbours hand to MathJax.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from tracer.read.page_html import read_html
from tracer.read.passage import Found, Kind
from tracer.read.tex_in_text import Piece, pieces

_LINE_BREAK = ("softbreak", "hardbreak")
_MATH = ("math_inline", "math_inline_double", "math_block", "math_block_label")
_FENCED_MATH = ("math", "{math}", "latex", "tex")
_FENCE = re.compile(r" {0,3}(?:> ?)*(?:[-*+] +)?(`{3,}|~{3,})")
_QUOTE = re.compile(r" {0,3}(?:> ?)+")
DEEPEST = 20  # quotes in lists in quotes


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": DEEPEST}).enable("table")
    return parser.use(front_matter_plugin).use(
        dollarmath_plugin, double_inline=True, allow_digits=False, allow_blank_lines=False
    )


def markdown_page(text: str) -> Found:
    """The text of a Markdown file into its passages."""
    found = Found()
    row: list[str] | None = None
    for token in _parser().parse(_without_displays(text.replace("\ufffc", " "), found)):
        line = token.map[0] + 1 if token.map else 1
        if token.type in _MATH:
            found.add(Kind.TEX, token.content, line)
        elif token.type == "fence" and token.info.strip().split(" ")[0] in _FENCED_MATH:
            found.add(Kind.TEX, token.content, line + 1)
        elif token.type in ("fence", "code_block"):
            found.add(Kind.CODE, token.content, line + (token.type == "fence"))
        elif token.type == "html_block":
            read_html(token.content, line, found)
        elif token.type == "tr_open":
            row, start = [], line
        elif token.type == "tr_close" and row is not None:
            found.add(Kind.ROW, "\t".join(row), start)
            row = None
        elif token.type == "inline":
            if row is not None:
                row.append(token.content.replace("\ufffc$", "$"))
            _inline(token, line, found, Kind.PROSE if row is None else Kind.WHOLE)
    found.passages.sort(key=lambda passage: passage.line)
    return found


def _inline(token: Token, line: int, found: Found, kind: Kind) -> None:
    """A paragraph, a heading or a cell. What is no text leaves a mark in it, so that nothing is read across."""
    children = token.children or []
    if any(child.type == "html_inline" for child in children):
        read_html(token.content.replace("\ufffc$", "$"), line, found)
        return
    prose = ""
    start = line
    for child in children:
        if child.type in _LINE_BREAK:
            prose, line = f"{prose}\n", line + 1
        elif child.type in _MATH:
            tex = child.content
            if tex[:1] == "`" == tex[-1:]:
                tex = tex[1:-1]
            found.add(Kind.TEX, tex, line)
            line += child.content.count("\n")
            prose += "\ufffc"
        elif child.type == "code_inline":
            found.add(Kind.WHOLE, child.content, line)
            prose += "\ufffc"
        elif child.type == "image":
            prose += "\ufffc"
            source = str(child.attrs.get("src", ""))
            read_html(f'<img src="{_quoted(source)}" alt="{_quoted(child.content)}">', line, found)
        elif child.type == "text":
            prose += child.content
    found.add(kind, prose, start)


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _without_displays(text: str, found: Found) -> str:
    """The text with single dollars round every formula of one line, and a mark for every longer one, which is found;
    line for line. What is between fences stays as it is."""
    made: list[str] = []
    held: list[str] = []
    fence, first = "", 1

    def flush() -> None:
        if held:
            made.append("".join(_marked(piece, first, found) for piece in pieces("\n".join(held), markdown=True)))
            held.clear()

    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if fence or mark:
            flush()
            made.append(line)
            if not fence and mark:
                fence = mark[1]
            elif mark and mark[1].startswith(fence) and line.rstrip().endswith(mark[1]):
                fence = ""
        else:
            first = first if held else number
            held.append(line)
    flush()
    return "\n".join(made)


def _marked(piece: Piece, first: int, found: Found) -> str:
    if not piece.tex:
        return piece.text
    if "\n" not in piece.text and "$" not in piece.text:
        # the mark keeps a digit before it away, for which the parser takes the last character where there is none
        return f"\ufffc${piece.text.strip()}$"
    lines = piece.text.split("\n")
    quoted = [_QUOTE.match(line) for line in lines[1:]]
    if all(quoted):
        lines = [lines[0], *(line[mark.end() :] for line, mark in zip(lines[1:], quoted, strict=True) if mark)]
    found.add(Kind.TEX, "\n".join(lines), first + piece.lines)
    return "\ufffc" + "\n" * (len(lines) - 1)
