r"""A page for Typst back into Markdown with `$..$` and `$$..$$`: an own reader of the mathematics of Typst.

It knows nothing of the program that wrote the page, and stops at what it does not know.

>>> tex_of('a_(1) = frac(1, 2) ⋅ "net"^(\\(1\\))')
'a_{1} = \\frac{1}{2} \\cdot \\mathrm{net}^{(1)}'
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator

_TOKEN = re.compile(
    r'\s+|"(?:[^"\\]|\\.)*"|#[\w.]+|\d+(?:\.\d+)?|[A-Za-z][A-Za-z.]*[A-Za-z]|\\.|[^\s"#\\]', re.DOTALL
)
_SIGNS = {"⋅": r"\cdot", "×": r"\times", "≈": r"\approx", "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "′": r"\prime",
          "⊤": r"\top", "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∈": r"\in", "→": r"\to", "∗": "*",
          "⋯": r"\cdots", "⋮": r"\vdots", "ϵ": r"\epsilon", "ε": r"\varepsilon", "ϕ": r"\phi", "φ": r"\varphi",
          "‖": r"\Vert", "|": r"\vert", "⟨": r"\langle", "⟩": r"\rangle", "⋱": r"\ddots", "±": r"\pm"}  # fmt: skip
_NAMES = {"thin": r"\,", "quad": r"\quad", "med": r"\:", "thick": r"\;", "space": r"\ ", "wide": r"\qquad"}
_NAMES |= {name: f"\\{name}" for name in ("exp", "ln", "log", "max", "min", "tanh", "cosh", "sinh")}
_ACCENTS = {"tilde": "tilde", "hat": "hat", "macron": "bar", "sqrt": "sqrt", "bold": "boldsymbol", "upright": "mathrm"}


class _Reader:
    """Mathematics of Typst while it is read."""

    def __init__(self, typst: str) -> None:
        self.tokens = [token for token in _TOKEN.findall(typst) if token.strip()]
        assert "".join(self.tokens) == re.sub(r"\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "", typst) or '"' in typst
        # a name is a function only where its bracket touches it
        self.calls = [match.start() for match in re.finditer(r"(?<=[A-Za-z])\(", typst)]
        self.typst, self.at = typst, 0
        self.places = [match.start() for match in _TOKEN.finditer(typst) if match[0].strip()]

    def ahead(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.ahead()
        if not token or (wanted and token != wanted):
            raise ValueError(f"{token!r} where {wanted!r} is expected: {self.typst}")
        self.at += 1
        return token

    def row(self, stops: str = "") -> str:
        parts: list[str] = []
        while (token := self.ahead()) and token not in stops:
            if token in "_^":
                self.take()
                parts[-1] += f"{token}{{{self.bracketed()}}}"
                if token == "_" and parts[-1].startswith("\0"):
                    base, _, below = parts[-1][1:].partition("\0_")
                    parts[-1] = f"\\underset{below}{{{base}}}"
            else:
                parts.append(self.one())
        return " ".join(parts)

    def bracketed(self) -> str:
        self.take("(")
        inside = self.row(")")
        self.take(")")
        return inside

    def one(self) -> str:
        place = self.places[self.at]
        token = self.take()
        if token[0] == '"':
            return _word(json.loads(token))
        if re.fullmatch(r"[A-Za-z]|\d.*|[-+=<>!?/]", token):
            return token
        if token in "([":
            inside = self.row(")]")
            return f"\\left{token} {inside} \\right{self.take()}"
        if token[0] == "\\":
            assert token[1] in "()[]{},;:./", token
            return {"{": r"\lbrace", "}": r"\rbrace", ",": ",", ".": "."}.get(token[1], token[1])
        if re.fullmatch(r"[A-Za-z.]+", token):
            if place + len(token) in self.calls:
                return self.call(token)
            return _NAMES[token]
        if token in _SIGNS:
            return _SIGNS[token]
        kind, _, name = unicodedata.name(token).partition(" LETTER ")
        if kind not in ("GREEK SMALL", "GREEK CAPITAL"):
            raise ValueError(f"a sign nobody knows: {token}")
        name = name.lower().replace("lamda", "lambda")
        return f"\\{name.capitalize() if 'CAPITAL' in kind else name}"

    def call(self, name: str) -> str:
        self.take("(")
        rows: list[list[str]] = [[]]
        delimiter = ""
        if name in ("mat", "lr", "role", "ink") and (self.ahead() in ("delim", "size") or self.ahead()[0] == '"'):
            if self.ahead() in ("delim", "size"):
                self.take()
                self.take(":")
            delimiter = self.take()
            while self.take() != ",":
                pass
        while True:
            cell = [self.row(",;)&")]
            while self.ahead() == "&":
                self.take()
                cell.append(self.row(",;)&"))
            rows[-1].append(" & ".join(cell))
            end = self.take()
            if end == ")":
                break
            if end == ";":
                rows.append([])
        cells = rows[0]
        match name:
            case "frac":
                return f"\\frac{{{cells[0]}}}{{{cells[1]}}}"
            case "lr" | "role" | "ink" | "opening" | "closing":
                return cells[0]
            case "whole":
                return f"{{{cells[0]}}}"
            case "limits":
                return f"\0{cells[0]}\0"
            case "cases":
                return "\\begin{cases} " + " \\\\ ".join(cells) + " \\end{cases}"
            case "mat":
                kind = {'"("': "pmatrix", '"["': "bmatrix", "#none": "matrix"}[delimiter]
                return f"\\begin{{{kind}}} " + " \\\\ ".join(" & ".join(row) for row in rows) + f" \\end{{{kind}}}"
        return f"\\{_ACCENTS[name]}{{{cells[0]}}}"


def _word(text: str) -> str:
    if not text:
        return ""
    if re.fullmatch(r"[\d.]+,[\d,.]*\d", text):
        return text.replace(",", "{,}")
    if re.fullmatch(r"[A-Za-z0-9]+", text):
        return f"\\mathrm{{{text}}}"
    return f"\\text{{{text}}}"


def tex_of(typst: str) -> str:
    """Mathematics of Typst into TeX."""
    reader = _Reader(typst)
    tex = reader.row()
    if reader.ahead():
        raise ValueError(f"more than one formula: {typst}")
    return re.sub(r"\\underset\{(.*?)\}", r"\\underset{\1}", tex)


# ---------------------------------------------------------------------------------------------- a page

_STRING = r'"(?:[^"\\]|\\.)*"'
_FORMULA = rf"\$(?:{_STRING}|\\.|[^$\"])*\$"
_PIECES = re.compile(
    rf"#display\({_STRING}(?:, label: {_STRING})?,\n(?P<rows>(?:  row\(.*\),\n)+)\)"
    rf"|#tex\({_STRING}, (?P<inline>{_FORMULA})\);"
    rf"|#listing\((?P<code>{_STRING})\)"
    rf"|#(?:box\()?(?P<text>{_STRING})\)?;"
    rf"|#raw\((?P<raw>{_STRING})\);"
    rf"|#(?:picture|drawing)\({_STRING}, {_STRING}(?P<caption>)"
    rf"|(?P<label>#label\({_STRING}\))"
    r"|(?P<table>#ruled\(\([^()]*\), \([^()]*\), (?:\(\))?)",
    re.DOTALL,
)


def markdown_of(page: str) -> str:
    """The story on a page for Typst as Markdown: text, formulas, tables, listings."""
    story = page[page.index("#show: paper.with(") :]
    text, at = "", story.index("\n")
    for match in _PIECES.finditer(story, at):
        text += _outside(story[at : match.start()]) + _piece(match)
        at = match.end()
    return text + _outside(story[at:])


def _piece(match: re.Match[str]) -> str:
    if match["rows"]:
        lines = [line.strip()[4:-2] for line in match["rows"].splitlines()]
        return "\n\n$$\n\\begin{aligned}\n" + " \\\\\n".join(map(_row, lines)) + "\n\\end{aligned}\n$$\n\n"
    if match["inline"]:
        return f"${tex_of(match['inline'][1:-1])}$"
    if match["code"]:
        return f"\n\n```python\n{_string(match['code'])}\n```\n\n"
    if match["text"]:
        return _string(match["text"]).replace("$", r"\$")
    return f"`{_string(match['raw'])}`" if match["raw"] else "\n\n| " if match["table"] else ""


def _string(text: str) -> str:
    return re.sub(r"\\(.)", lambda mark: {"n": "\n", "t": "\t"}.get(mark[1], mark[1]), text[1:-1], flags=re.DOTALL)


def _row(row: str) -> str:
    left, *pieces = re.findall(_FORMULA, row, re.DOTALL)
    return f"{tex_of(left[1:-1])} &{tex_of(' '.join(piece[1:-1] for piece in pieces))}"


def _outside(text: str) -> str:
    """What stands between the pieces: the cells of tables, headings, and functions that hold text."""
    text = re.sub(r"#heading\(level: (\d)\)\[", lambda mark: "\n" + "#" * int(mark[1]) + " ", text)
    text = re.sub(r"\],\s*\n?\s*\[|\],\),?\s*\n?\s*\[", " | ", text) if "],\n  [" not in text else "\n| "
    return re.sub(r"#\w+[^\[\]\n]*\[|[\[\]]", "", text)


def formulas_of(page: str) -> Iterator[str]:
    """The TeX of every formula of a page."""
    for match in _PIECES.finditer(page, page.index("#show: paper.with(")):
        if match["rows"] or match["inline"]:
            yield _piece(match).strip().strip("$")
