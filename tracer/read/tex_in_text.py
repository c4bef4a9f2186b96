r"""A text with TeX in it into its pieces: formulas between $, $$, \( \), \[ \] or in environments, and the text.

The delimiters are those of LaTeX and of MathJax. A dollar that stands for money is text: it has no partner in its
paragraph, or what is between two of them looks like no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ENVIRONMENTS = ("equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "flalign", "alignat")
_OPENS = re.compile(
    rf"\\begin\{{((?:{'|'.join(_ENVIRONMENTS)})\*?)\}}|\\\\?[(\[]|\\\$\$|\\.|\$latex |\$\$?|`+", re.DOTALL
)
_CLOSES = {
    "\\(": "\\)",
    "\\[": "\\]",
    "\\\\(": "\\\\)",
    "\\\\[": "\\\\]",
    "$$": "$$",
    "\\$$": "$$",
    "$": "$",
    "$latex ": "$",
}
_LIKE_A_FORMULA = re.compile(r"[=\\^_<>+*/]|\A\s*-?[0-9.]+\s*\Z|\A\s*[A-Za-z]'*\s*\Z|≈")
LONGEST_TEX = 20_000  # characters


class Piece(NamedTuple):
    """A formula (as `tex`) or the text between formulas, and how many lines stand before it."""

    tex: bool
    text: str
    lines: int


def pieces(text: str, markdown: bool = False) -> Iterator[Piece]:
    r"""A text into its pieces, in order. In `markdown`, \\( and \\[ open a formula too, for
    MathJax, and nothing does between backticks.

    >>> [piece.text for piece in pieces(r"so $a = 1$, and \[b = 2\]") if piece.tex]
    ['a = 1', 'b = 2']
    """
    at = start = lines = counted = 0
    missing: set[str] = set()  # what closes nothing any more; nobody looks for it twice

    def before(end: int) -> int:
        nonlocal lines, counted
        lines, counted = lines + text.count("\n", counted, end), end
        return lines

    while match := _OPENS.search(text, at):
        opened, at = match[0], match.end()
        if opened[0] == "`":
            if markdown and opened not in missing:
                end = _end(text, opened, at)
                at = end + len(opened) if end >= 0 else at
            continue
        if opened.startswith("\\begin{"):
            close, inside = f"\\end{{{match[1]}}}", match.start()
        else:
            if opened not in _CLOSES or (opened.startswith("\\\\") and not markdown):
                continue
            close, inside = _CLOSES[opened], match.end()
        if close in missing:
            continue
        end = _end(text, close, at)
        if end < 0:
            if close != "$":
                missing.add(close)
            continue
        formula = text[inside : end + len(close)] if opened.startswith("\\begin{") else text[inside:end]
        if close == "$" and not _LIKE_A_FORMULA.search(formula):
            continue
        if start < match.start():
            yield Piece(False, text[start : match.start()], before(start))
        yield Piece(True, formula[:LONGEST_TEX], before(inside))
        at = start = end + len(close)
    if start < len(text):
        yield Piece(False, text[start:], before(start))


def _end(text: str, close: str, at: int) -> int:
    """Where what closes a formula stands, -1 for nowhere; a single dollar is looked for in its paragraph alone."""
    if close != "$" and close[0] != "`":
        return text.find(close, at)
    limit = text.find("\n\n", at, at + LONGEST_TEX)
    limit = min(len(text), at + LONGEST_TEX) if limit < 0 else limit
    end = text.find(close, at, limit)
    while end > 0 and close == "$" and text[end - 1] == "\\":
        end = text.find("$", end + 1, limit)
    return end
