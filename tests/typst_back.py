r"""A page for Typst back into Markdown with `$..$` and `$$..$$`: an own reader of the mathematics of Typst.

It knows nothing of the program that wrote the page, and stops at what it does not know.

>>> tex_of('a_(1) = frac(1, 2) ⋅ "net"^(\\(1\\))')
'a_{1} = \\frac{1}{2} \\cdot \\mathrm{net}^{(1)}'
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NamedTuple

from html_back import escaped

_TOKEN = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|#[\w.]+|\d+(?:\.\d+)?|[A-Za-z][A-Za-z.]*[A-Za-z]|\\.|[^\s"#\\]', re.DOTALL)
_SIGNS = {"⋅": r"\cdot", "×": r"\times", "≈": r"\approx", "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum",
          "′": r"\prime", "⊤": r"\top", "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∈": r"\in", "→": r"\to",
          "∗": "*", "⋯": r"\cdots", "⋮": r"\vdots", "ϵ": r"\epsilon", "ε": r"\varepsilon", "ϕ": r"\phi",
          "φ": r"\varphi", "‖": r"\Vert", "|": r"\vert", "⟨": r"\langle",
          "⟩": r"\rangle", "⋱": r"\ddots", "±": r"\pm"}  # fmt: skip
_NAMES = {"thin": r"\,", "quad": r"\quad", "med": r"\:", "thick": r"\;", "space": r"\ ", "wide": r"\qquad"}
_NAMES |= {name: f"\\{name}" for name in ("exp", "ln", "log", "max", "min", "tanh", "cosh", "sinh")}
_ACCENTS = {"tilde": "tilde", "hat": "hat", "macron": "bar", "sqrt": "sqrt", "bold": "boldsymbol", "upright": "mathrm"}


class _Reader:
    """Mathematics of Typst while it is read."""

    def __init__(self, typst: str) -> None:
        found = list(_TOKEN.finditer(typst))
        assert "".join(match[0] for match in found) == typst, typst
        self.tokens = [match[0] for match in found if match[0].strip()]
        # a name is a function only where its bracket touches it
        self.calls = [match.start() for match in re.finditer(r"(?<=[A-Za-z])\(", typst)]
        self.typst, self.at = typst, 0
        self.places = [match.start() for match in found if match[0].strip()]

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
            parts.append(self.scripted(self.one()))
        return _spaced(parts)

    def scripted(self, base: str) -> str:
        scripts = {"_": "", "^": ""}
        while (token := self.ahead()) and token in scripts:
            self.take()
            assert not scripts[token]
            scripts[token] = f"{token}{{{self.bracketed()}}}"
        low, high = scripts.values()
        if base.startswith("\0"):
            return f"\\underset{low[1:]}{{{base[1:]}}}" if low else f"\\overset{high[1:]}{{{base[1:]}}}"
        primes = re.match(r"\^\{((?:\\prime)+)", high)
        if primes:
            base += "'" * primes[1].count("p")
            high = f"^{{{high[primes.end() :].strip()}".replace("^{}", "")
        return base + low + high

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
            return f"\\left{token}{inside}\\right{self.take()}"
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
                return f"\0{cells[0]}"
            case "cases":
                words = (re.sub(r"& \\mathrm\{(\w+)\}$", r"& \\text{\1}", cell) for cell in cells)
                return "\\begin{cases} " + " \\\\ ".join(words) + " \\end{cases}"
            case "mat":
                kind = {'"("': "pmatrix", '"["': "bmatrix", "#none": "matrix"}[delimiter]
                return f"\\begin{{{kind}}} " + " \\\\ ".join(" & ".join(row) for row in rows) + f" \\end{{{kind}}}"
        return f"\\{_ACCENTS[name]}{{{cells[0]}}}"


_BETWEEN = ("+", "-", "=", "<", ">", r"\cdot", r"\times", r"\approx", r"\le", r"\ge", r"\ne", r"\in", r"\to")


def _spaced(parts: list[str]) -> str:
    """Parts side by side, with spaces round the signs that stand between two."""
    text, operand = "", False
    for part in filter(None, parts):
        between = part in _BETWEEN
        spaced = between and operand
        touches = re.search(r"\\[A-Za-z]+$", text) and re.match(r"[A-Za-z]|\\(?!left)", part)
        text += f" {part} " if spaced else f" {part}" if touches else part
        operand = not between and part not in ("(", "[", ",", r"\,", r"\quad")
    return text.strip()


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
    return tex


# ---------------------------------------------------------------------------------------------- a page

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_FORMULA = re.compile(r'\$((?:"(?:[^"\\]|\\.)*"|\\.|[^$"\\])*)\$', re.DOTALL)


class Call(NamedTuple):
    """A function of a page, with what it is given in order: texts, formulas, other functions, lists."""

    name: str
    given: list[Any]


class Formula(NamedTuple):
    """What stands between dollars."""

    typst: str


def calls_of(page: str) -> list[Any]:
    """The story on a page, from its first line on: functions, and the spaces between them."""
    at = page.index("#show: paper.with(")
    content, end = _content(page, page.index("\n", at))
    assert end == len(page), page[end : end + 80]
    return content


def _content(page: str, at: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while at < len(page) and page[at] != "]":
        if page[at].isspace():
            found.append(page[at])
            at += 1
            continue
        assert page[at] == "#", f"something that is no function: {page[at : at + 60]!r}"
        if match := _STRING.match(page, at + 1):
            found.append(_unescaped(match[1]))
            at = match.end()
        else:
            match = re.compile(r"\w+").match(page, at + 1)
            assert match, page[at : at + 60]
            given: list[Any] = []
            at = match.end()
            if page[at] == "(":
                given, at = _given(page, at + 1)
            while at < len(page) and page[at] == "[":
                inside, at = _content(page, at + 1)
                given.append(inside)
                at += 1
            found.append(Call(match[0], given))
        at += page[at : at + 1] == ";"
    return found, at


def _given(page: str, at: int) -> tuple[list[Any], int]:
    """What stands in the round brackets that were opened before a place, and the place behind them."""
    found: list[Any] = []
    while page[at] != ")":
        if page[at].isspace() or page[at] == ",":
            at += 1
        elif match := _STRING.match(page, at):
            found.append(_unescaped(match[1]))
            at = match.end()
        elif match := _FORMULA.match(page, at):
            found.append(Formula(match[1]))
            at = match.end()
        elif page[at] == "[":
            inside, at = _content(page, at + 1)
            found.append(inside)
            at += 1
        else:
            match = re.compile(r"(?:(\w+)(:?))?(\(?)").match(page, at)
            assert match and match.end() > at, page[at : at + 60]
            at = match.end()
            if match[3]:
                inside, at = _given(page, at)
                found.append(Call(match[1], inside) if match[1] else inside)
            elif not match[2]:
                found.append(match[1])
    return found, at + 1


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda mark: {"n": "\n", "t": "\t"}.get(mark[1], mark[1]), text, flags=re.DOTALL)


def markdown_of(page: str) -> str:
    """The story on a page for Typst as Markdown: text, formulas, tables, listings."""
    title = re.search(r"#show: paper\.with\(" + _STRING.pattern, page)
    assert title
    text = "".join(map(_markdown, calls_of(page)))
    return f"# {escaped(_unescaped(title[1]))}\n\n{text}".strip() + "\n"


def _markdown(item: Any) -> str:
    if isinstance(item, str):
        return escaped(item)
    if isinstance(item, list):
        return "".join(map(_markdown, item))
    name, given = item
    match name:
        case "tex" | "kept":
            return f"${tex_of(given[1].typst)}$"
        case "display":
            rows = [_row(one.given) for one in given if isinstance(one, Call)]
            if len(rows) == 1:
                return f"\n\n$$\n{''.join(rows[0])}\n$$\n\n"
            whole = " \\\\\n".join(map(" &".join, rows))
            return f"\n\n$$\n\\begin{{aligned}}\n{whole}\n\\end{{aligned}}\n$$\n\n"
        case "listing":
            return f"\n\n```python\n{given[0]}\n```\n\n"
        case "raw":
            return f"`{given[0]}`"
        case "heading":
            return "#" * int(given[0]) + " " + _markdown(given[1])
        case "list" | "enum":
            return "\n\n".join(f"- {_markdown(one)}" for one in given if isinstance(one, list)) + "\n\n"
        case "ruled":
            sides, _, head, *cells = given
            width = len(sides)
            rows = [list(map(_markdown, head))] if head else [[""] * width]
            rows += [list(map(_markdown, cells[at : at + width])) for at in range(0, len(cells), width)]
            return "\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n\n"
        case "picture" | "drawing" | "label" | "title" | "align":
            return ""
        case "link" if isinstance(given[0], Call):
            text = re.sub(r"\xa0?\(\d+\)$", "", _markdown(given[1]))
            return f"[{text}](#{given[0].given[0]})"
        case "linebreak":
            return " "
    assert name in ("lead", "emph", "strong", "box", "link", "quote", "together"), name
    return _markdown(given[-1])


def _row(given: list[Any]) -> tuple[str, str]:
    left, *pieces = ((one[1] if isinstance(one, list) else one).typst for one in given)
    return tex_of(left), tex_of(" ".join(pieces))
