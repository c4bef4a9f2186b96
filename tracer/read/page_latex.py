r"""A page in LaTeX into its passages: formulas and the text between them, after \begin{document}.

Macros of the page itself are not replaced: a formula with one is a formula that cannot be read.
"""

from __future__ import annotations

import re

from tracer.read.passage import Found, Kind
from tracer.read.tex_in_text import pieces

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_CODE = ("verbatim", "verbatim*", "Verbatim", "lstlisting", "minted", "comment")
_CODE_BEGINS = re.compile(r"\\begin\{(" + "|".join(re.escape(name) for name in _CODE) + r")\}")
_DOCUMENT = "\\begin{document}"
_PICTURE = re.compile(r"\\includegraphics\b")
#: rules between the rows of a table, and what else says nothing
_RULES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|par|item)\b")


def latex_page(text: str) -> Found:
    """The text of a LaTeX file into its passages."""
    found = Found()
    start = max(0, text.find(_DOCUMENT))
    line = text.count("\n", 0, start) + 1
    end = text.find("\\end{document}", start)
    text = text[start : end if end >= 0 else len(text)]
    while match := _CODE_BEGINS.search(text):
        close = f"\\end{{{match[1]}}}"
        after = text.find(close, match.end())
        if after < 0:
            break
        line = _read(text[: match.start()], line, found)
        if match[1] != "comment":
            found.add(Kind.CODE, text[match.end() : after], line)
        line += text.count("\n", match.start(), after)
        text = text[after + len(close) :]
    _read(text, line, found)
    return found


def _read(text: str, line: int, found: Found) -> int:
    """What stands between listings; returns the line after it."""
    text = _COMMENT.sub(r"\1", text)
    found.pictures += len(_PICTURE.findall(text))
    row: list[str] = []  # the cells of the row of a table at hand
    for piece in pieces(text):
        at = line + piece.lines
        if piece.tex:
            found.add(Kind.TEX, piece.text, at)
            row.append(f"${piece.text}$")
            continue
        for number, part in enumerate(piece.text.split("\n"), at):
            part = _RULES.sub("", part)
            if "\\\\" in part or not part.strip():
                _finish(row, part.partition("\\\\")[0], number, found)
                row = [part.partition("\\\\")[2]]
            else:
                row.append(part)
            if "\\" not in part and "&" not in part:
                found.add(Kind.PROSE, part, number)
    return line + text.count("\n")


def _finish(row: list[str], last: str, line: int, found: Found) -> None:
    """The row of a table, if it is one: it has one cell more than it has signs between cells."""
    text = "".join((*row, last))
    if text.count("&") == 1:
        found.add(Kind.ROW, "\t".join(cell.strip() for cell in text.split("&")), line)
