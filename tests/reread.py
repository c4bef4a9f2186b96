r"""An independent re-reader: the text of a rendered page into what is wrong with its printed relations.

It knows nothing of the program that wrote the page. It takes every formula of a Markdown page or a LaTeX article,
splits it into chains of relations, and works each relation out again from the printed numbers: `=` in exact
arithmetic, `\approx` in interval arithmetic, where a rounded number stands for all the numbers that round to it.

>>> check_page(r"so $0.15 \cdot 0.05 = 0.007$").findings[0].kind
'equal'

Kinds of findings: `equal`, `approx`, `strict` (holds only if the numbers given as exact are taken as rounded), `order`
(`<`, `>` and so on), `name` (not the recorded value), `zero` (a value that is not zero printed as zero), `shape` (of
matrices), `undefined` (such as a division by zero) and `unreadable`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import mpmath
from mpmath.ctx_iv import MPIntervalContext

_IV = MPIntervalContext()
_IV.prec = 200
_MP = mpmath.mp.clone()
_MP.prec = 240


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its kind, the line of the page (from 1), the relation as printed, and why."""

    kind: str
    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Result:
    """What is wrong, and how many relations were examined: per class, so that a caller can see a test is not empty."""

    findings: list[Finding] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)


def check_page(
    text: str,
    *,
    format: str = "markdown",
    values: Mapping[str, Any] | None = None,
    exact: Collection[str] = (),
    stated: Mapping[str, Collection[Stated]] | None = None,
    carried: Mapping[str, tuple[int, bool, str]] | None = None,
) -> Result:
    r"""A rendered page ("markdown" or "latex") into its findings.

    `values` are recorded values by the TeX of their names (a number, or rows of numbers for a matrix); `exact` are
    numbers, as printed, that are given and not rounded. Where a page states how it rounds, `stated` says it of its
    numbers, as printed, and `carried` of its names: the count, whether it counts significant figures, and the mode. A
    carried name stands for the rounded number; before it is rounded, the exact value of its line may stand in its
    chain. Classes counted: "numeric =", "numeric approx" and
    "numeric order" (both sides numbers), "matrix" (both sides numeric, a matrix among them), "name = number" (also once
    for every later number of a chain that begins with a known name), "symbolic", "one-sided" and "unreadable".
    """
    if format not in ("markdown", "latex"):
        raise ValueError(f"format is 'markdown' or 'latex', not {format!r}")
    text = without_colours(text)
    formulas = list(_markdown_formulas(text) if format == "markdown" else _latex_formulas(text))
    names = {_canonical(_tree(name)): value for name, value in (values or {}).items()}
    # where points stand in numbers, a comma between groups of three digits is no decimal comma
    whole = " ".join(tex for _, tex in formulas if tex is not None)
    points = bool(re.search(r"\d\.\d", whole)) and not re.search(r"(?<!\d)0\{,\}\d", whole)
    roundings = {_canonical(_tree(name)): how for name, how in (carried or {}).items()}
    by_number = _Stated({_plain(number): tuple(how) for number, how in stated.items()}) if stated else _UNSTATED
    exact = frozenset(_plain(number) for number in exact)
    page = _Page(names, exact, points, "e" not in names, by_number, roundings)
    result = Result()
    for line, tex in formulas:
        if tex is None:
            result.findings.append(Finding("unreadable", line, "$$", "this display is not closed before a blank line"))
            result.checked["unreadable"] += 1
        else:
            _check_formula(tex, line, page, result)
    return result


_COLOUR = re.compile(r"\\role\{\w+\}\{|\{\\color\{#[0-9a-f]{6}\}\{")


def without_colours(text: str) -> str:
    r"""A page without the commands that set colours, as in an article and as MathJax takes them.

    >>> print(without_colours(r"\role{net}{a_{1}} = {\color{#1e84c6}{5}}^{2}"))
    a_{1} = 5^{2}
    """
    while (found := _COLOUR.search(text)) is not None:
        end, depth = found.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        after = end + (found[0][0] == "{")  # the braces around it
        text = text[: found.start()] + text[found.end() : end - 1] + text[after:]
    return text


class Stated(NamedTuple):
    """How a printed number was rounded: "half-even", "half-up" or "truncate" (toward zero), and its last unit."""

    mode: str
    unit: Fraction

    def interval(self, size: Fraction) -> _Interval:
        """What is rounded to a number of this size (which is never negative)."""
        if self.mode != "truncate":
            return size - self.unit / 2, size + self.unit / 2
        return (size if size else -self.unit), size + self.unit

    def rounds(self, value: Fraction) -> Fraction:
        """A value, rounded so."""
        units = abs(value) / self.unit
        whole = math.floor(units)
        rest = units - whole
        if self.mode != "truncate" and (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and self.up(whole))):
            whole += 1
        return (1 if value > 0 else -1) * whole * self.unit

    def up(self, whole: int) -> bool:
        """Whether a half is rounded up."""
        return self.mode == "half-up" or whole % 2 == 1


def in_units(value: Fraction, count: int, significant: bool, mode: str) -> Stated:
    """The rule of a value: its last unit is fixed, or depends on its first figure."""
    if not significant or not value:
        return Stated(mode, Fraction(10) ** -count)
    leading = math.floor(math.log10(abs(value)))
    leading += (abs(value) >= Fraction(10) ** (leading + 1)) - (abs(value) < Fraction(10) ** leading)
    return Stated(mode, Fraction(10) ** (leading + 1 - count))


@dataclass(frozen=True, eq=False)
class _Stated:
    """The roundings of a page by number; a page has one, so that it can be a key."""

    by_number: Mapping[str, tuple[Stated, ...]]


_UNSTATED = _Stated({})


class _Page(NamedTuple):
    names: dict[str, Any]
    exact: frozenset[str]
    points: bool
    euler: bool
    stated: _Stated
    carried: Mapping[str, tuple[int, bool, str]]


# ---------------------------------------------------------------------------------------------- formulas of a page

_FENCE = re.compile(r"^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(`{3,}|~{3,})(.*)$")
_QUOTE = re.compile(r"^(?:[ \t]*>)+ ?")
_MARKDOWN = re.compile(
    r"\\."
    r"|\$\$(?P<display>(?:\\.|[^$\\\n]|\$(?!\$)|\n(?!\s*\n))+)\$\$"
    r"|(?P<open>\$\$)"
    r"|\$`(?P<github>[^`]+)`\$"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`)"
    r"|(?<!\d)\$(?!\s)(?P<inline>(?:\\.|[^$\\\n]|\n(?!\s*\n|\s*\|))+)(?<!\s)\$(?!\d)",
    re.DOTALL,
)


def _markdown_formulas(text: str) -> Iterator[tuple[int, str | None]]:
    """The formulas with their lines; None for a display that has no end. Fences other than `math` are skipped."""
    lines: list[str] = []
    fence, in_math, in_display = "", False, False
    for line in text.split("\n"):
        bare = line if in_display else _QUOTE.sub("", line)
        if fence:
            closes = re.fullmatch(rf"\s*{re.escape(fence[0])}{{{len(fence)},}}\s*", bare)
            lines.append("$$" if closes and in_math else bare.replace("$", " ") if in_math and not closes else "")
            if closes:
                fence, in_math = "", False
            continue
        if (opened := _FENCE.match(bare)) and not (opened[1][0] == "`" and "`" in opened[2]):
            fence, in_math = opened[1], opened[2].strip() == "math"
            lines.append("$$" if in_math else "")
            continue
        if bare.count("$$") % 2 and bare == line:
            in_display = not in_display
        elif not bare.strip():
            in_display = False
        lines.append(bare)
    page = "\n".join(lines)
    line_of = _line_counter(page)
    for match in _MARKDOWN.finditer(page):
        if match["open"]:
            yield line_of(match.start()), None
        elif name := next((name for name in ("display", "github", "inline") if match[name] is not None), None):
            tex = match[name].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            yield line_of(match.start(name)), tex


_VERBATIM = re.compile(
    r"\\begin\{(?P<name>verbatim\*?|Verbatim|lstlisting|minted|comment|Highlighting|alltt|tcblisting)\}.*?\\end\{(?P=name)\}"
    r"|\\(?:verb\*?|lstinline(?:\[[^\]]*\])?)(?P<mark>[^A-Za-z\s{]).*?(?P=mark)"
    r"|\\lstinline\{[^}]*\}|\\(?:url|href|path|nolinkurl)\{[^}]*\}"
    r"|(?P<keep>\\.)"
    r"|%[^\n]*",
    re.DOTALL,
)
_MATHS = "equation|align|gather|multline|flalign|eqnarray|alignat|displaymath|math|dmath"
_LATEX = re.compile(
    r"\\\[(?P<display>.*?)(?<!\\)\\\]"
    r"|\\\((?P<round>.*?)(?<!\\)\\\)"
    rf"|(?P<environment>\\begin\{{(?P<name>(?:{_MATHS})\*?)\}}.*?\\end\{{(?P=name)\}})"
    r"|\\."
    r"|\$\$(?P<dollars>(?:\\.|[^$\\])+)\$\$"
    r"|\$(?P<inline>(?:\\.|[^$\\])+)\$",
    re.DOTALL,
)


def _latex_formulas(text: str) -> Iterator[tuple[int, str]]:
    def blank(match: re.Match[str]) -> str:
        return match[0] if match["keep"] else "\n" * match[0].count("\n")

    page = _VERBATIM.sub(blank, text)
    line_of = _line_counter(page)
    begin = page.find(r"\begin{document}")
    for match in _LATEX.finditer(page, max(begin, 0)):
        for name in ("display", "round", "environment", "dollars", "inline"):
            if match[name] is not None:
                yield line_of(match.start(name)), match[name]


def _line_counter(text: str) -> Callable[[int], int]:
    breaks = [place for place, character in enumerate(text) if character == "\n"]
    return lambda place: bisect_right(breaks, place - 1) + 1


# ---------------------------------------------------------------------------------------------- TeX into a tree


class _Item(NamedTuple):
    """A piece of TeX. Kinds: num, char, cmd, text, sep, cell, row; with parts: frac, root, sup, sub, word, matrix."""

    kind: str
    text: str
    at: int
    end: int
    parts: tuple[Any, ...] = ()


_SPACE = r"(?:\s|~|\{\}|\\[,;:!> ])*"
_NUMBER = re.compile(
    r"(?:(?P<grouped>\d{1,3}(?:\\,\d{3})+(?!\d))|(?P<whole>\d+(?:\{,\}\d+)*)|(?=\.\d))"
    r"(?P<decimals>\.(?:\d{3}(?:\\,\d{3})*\\,\d{1,3}(?!\d)|\d+))?"
    rf"(?:{_SPACE}(?P<percent>\\%)"
    rf"|{_SPACE}\\(?:cdot|times)(?![A-Za-z]){_SPACE}10{_SPACE}\^{_SPACE}"
    r"(?:\{\s*(?P<power>[-+]?\s*\d+)\s*\}|(?P<digit>\d))"
    r"|[eE](?P<exponent>[-+]?\d+)(?![\d.]))?"
)
_LEXEME = re.compile(
    r"(?P<skip>(?:\s|~|\\[,;:!> /]|\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])\s*(?:\.(?!\d))?)+)"
    r"|(?P<row>\\\\\*?(?:\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in|mu|\\[a-z]+)\s*\])?|\\(?:newline|cr)(?![A-Za-z]))"
    r"|(?P<cmd>\\(?:(?:operatorname|hspace|vspace|tag)\*|[A-Za-z]+|.))"
    r"|(?P<char>.)",
    re.DOTALL,
)
_SKIP_WITH_ARGUMENT = {"label", "tag", "tag*", "color", "textcolor", "colorbox", "htmlClass", "class", "cssId", "style",
                       "phantom", "hphantom", "vphantom", "mspace", "vspace", "htmlId", "htmlData", "ref", "eqref",
                       "intertext", "shortintertext", "addlinespace", "cline"}  # fmt: skip
_WRAPPERS = {"boxed", "mathrel", "mathbin", "mathopen", "mathclose", "mathord", "mathop", "mathinner", "smash",
             "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "ensuremath", "mathstrut", "strut",
             "nonumber", "notag", "hline", "thinspace", "medspace", "thickspace", "negthinspace", "enspace",
             "allowbreak", "hfill", "toprule", "bottomrule", "midrule"}  # fmt: skip
_TEXTS = {"text", "mbox", "textrm", "textit", "textbf", "textsf", "texttt", "textnormal", "hbox"}
_FONTS = {"mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathbb", "mathcal", "mathfrak", "mathscr", "boldsymbol",
          "bm", "operatorname", "operatorname*", "hat", "widehat", "bar", "overline", "underline", "tilde",
          "widetilde", "vec", "dot", "ddot", "pmb"}  # fmt: skip
_LETTERLESS_FONTS = {"mathrm", "mathbf", "mathit", "mathsf", "mathtt", "boldsymbol", "bm", "pmb", "underline"}
_FUNCTIONS = {"exp": "exp", "ln": "ln", "tanh": "tanh", "erf": "erf", "max": "max", "min": "min", "sign": "sign",
              "sgn": "sign", "abs": "abs"}  # fmt: skip
_MATRICES = {"pmatrix", "bmatrix", "matrix", "smallmatrix", "psmallmatrix", "bsmallmatrix", "array", "pmatrix*",
             "bmatrix*"}  # fmt: skip
_ALIGNED = {"aligned", "alignedat", "split", "gathered", "align", "alignat", "gather", "flalign", "eqnarray",
            "equation", "multline", "displaymath", "math", "dmath"}  # fmt: skip


_FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac", r"\cfrac")


class _Unreadable(Exception):
    pass


class _Tokens:
    """The lexemes of a formula, and the way from them to a tree without wrappers, colours and superfluous braces."""

    def __init__(self, tex: str) -> None:
        self.tex = tex
        self.tokens: list[_Item] = []
        self.place = 0
        at = 0
        while at < len(tex):
            at = self._lex(at)

    def _lex(self, at: int) -> int:
        tex, tokens = self.tex, self.tokens
        character = tex[at]
        if match := _NUMBER.match(tex, at):
            end = at + 1 if self._takes_one_digit() else match.end()
            tokens.append(_Item("num", tex[at:end], at, end))
            return end
        match = _LEXEME.match(tex, at)
        assert match is not None
        end = match.end()
        if match["skip"]:
            return end
        if match["row"]:
            tokens.append(_Item("row", r"\\", at, end))
            return end
        if match["char"]:
            tokens.append(_Item("cell" if character == "&" else "char", character, at, end))
            return end
        name = match["cmd"][1:]
        if name in _WRAPPERS:
            return end
        if name in _SKIP_WITH_ARGUMENT:
            return self._raw(self._optional(end))[1]
        if name in ("quad", "qquad"):
            tokens.append(_Item("sep", "", at, end))
        elif name in ("hspace", "hspace*"):
            end = self._raw(end)[1]
            tokens.append(_Item("sep", "", at, end))
        elif name in _TEXTS:
            body, end = self._raw(end)
            tokens.append(_Item("text", body, at, end))
        elif name in ("begin", "end"):
            body, end = self._raw(end)
            if name == "begin":
                end = self._optional(end)
                if body.rstrip("*") in ("array", "alignat", "alignedat"):
                    end = self._raw(end)[1]
            tokens.append(_Item(name, body, at, end))
        else:
            tokens.append(_Item("cmd", "\\" + name, at, end))
        return end

    def _takes_one_digit(self) -> bool:
        """Whether what stands before a number takes one digit of it as its argument: `x^2`, the 1 and 2 of a half."""
        before = [token.text if token.kind != "num" else "0" for token in self.tokens[-2:]]
        return before[-1:] in (["^"], ["_"], [r"\sqrt"]) or any(
            before[-len(end) :] == end for name in _FRACTIONS for end in ([name], [name, "0"])
        )

    def _raw(self, at: int) -> tuple[str, int]:
        """The text of the group that begins at a place (or of one character), and where it ends."""
        while at < len(self.tex) and self.tex[at].isspace():
            at += 1
        if self.tex[at : at + 1] != "{":
            return self.tex[at : at + 1], min(at + 1, len(self.tex))
        depth = 0
        for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(self.tex, at):
            depth += {"{": 1, "}": -1}.get(match[0], 0)
            if depth == 0:
                return self.tex[at + 1 : match.start()], match.end()
        return self.tex[at + 1 :], len(self.tex)

    def _optional(self, at: int) -> int:
        match = re.compile(r"\s*\[[a-zA-Z]*\]").match(self.tex, at)
        return match.end() if match else at

    def build(self, stop: str = "") -> list[_Item]:
        """Items up to a closing brace (`}`) or the end of an environment (`end`), which is passed."""
        items: list[_Item] = []
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            if (token.text == "}" and token.kind == "char") or token.kind == "end":
                self.place += 1
                if stop == ("end" if token.kind == "end" else "}"):
                    return items
                items.append(_Item("cmd", r"\unbalanced", token.at, token.end))
                continue
            items += self._next()
        if stop:
            items.append(_Item("cmd", r"\unbalanced", len(self.tex), len(self.tex)))
        return items

    def _next(self) -> list[_Item]:
        token = self.tokens[self.place]
        self.place += 1
        name = token.text[1:] if token.kind == "cmd" else ""
        if token.kind == "char" and token.text == "{":
            return self.build("}")
        if token.kind == "char" and token.text in "^_":
            kind = "sup" if token.text == "^" else "sub"
            return [self._with_arguments(kind, "", token, 1)]
        if token.text in _FRACTIONS:
            return [self._with_arguments("frac", "", token, 2)]
        if name == "sqrt":
            return [self._root(token)]
        if name in ("underbrace", "overbrace"):
            body = self._argument()
            if self.place < len(self.tokens) and self.tokens[self.place].text in ("_", "^"):
                self.place += 1
                self._argument()
            return body
        if name in ("overset", "underset", "stackrel"):
            self._argument()
            return self._argument()
        if name in _FONTS:
            word = self._with_arguments("word", token.text, token, 1)
            return self._font(word, name)
        if token.kind == "begin":
            return self._environment(token)
        return [token]

    def _argument(self) -> list[_Item]:
        if self.place >= len(self.tokens):
            return []
        if self.tokens[self.place].kind in ("cell", "row", "end") or self.tokens[self.place].text == "}":
            return []
        return self._next()

    def _with_arguments(self, kind: str, text: str, token: _Item, count: int) -> _Item:
        parts = tuple(tuple(_in_one_line(self._argument())) for _ in range(count))
        return _Item(kind, text, token.at, self.tokens[self.place - 1].end, parts)

    def _root(self, token: _Item) -> _Item:
        index: list[_Item] = []
        if self.place < len(self.tokens) and self.tokens[self.place].text == "[":
            self.place += 1
            while self.place < len(self.tokens) and self.tokens[self.place].text != "]":
                index += self._next()
            self.place += 1
        root = self._with_arguments("root", "", token, 1)
        return root._replace(parts=(root.parts[0], tuple(index)))

    def _font(self, word: _Item, name: str) -> list[_Item]:
        letters = "".join(item.text for item in word.parts[0])
        if name in ("mathrm", "operatorname", "operatorname*", "mathit", "mathsf") and letters in _FUNCTIONS:
            return [word._replace(kind="cmd", text="\\" + letters, parts=())]
        if name == "mathrm" and letters == "e":
            return [word._replace(kind="char", text="e", parts=())]
        if name in _LETTERLESS_FONTS and not any(_is_symbol(item) for item in word.parts[0]):
            return list(word.parts[0])
        return [word]

    def _environment(self, token: _Item) -> list[_Item]:
        inner = self.build("end")
        name = token.text
        end = self.tokens[self.place - 1].end
        if name.rstrip("*") == "multline":
            return [item for item in inner if item.kind != "row"]
        if name.rstrip("*") in _ALIGNED or (name == "array" and any(item.text in _RELATIONS for item in inner)):
            return inner
        rows: list[list[list[_Item]]] = [[[]]]
        for item in inner:
            if item.kind == "row":
                rows.append([[]])
            elif item.kind == "cell":
                rows[-1].append([])
            else:
                rows[-1][-1].append(item)
        if len(rows) > 1 and rows[-1] == [[]]:
            rows.pop()
        kind = "matrix" if name in _MATRICES else "environment"
        return [_Item(kind, name, token.at, end, tuple(tuple(tuple(cell) for cell in row) for row in rows))]


def _in_one_line(items: Sequence[_Item]) -> list[_Item]:
    """What stands on several lines in a fraction or a root is one expression."""
    return [item for item in items if item.kind not in ("row", "cell", "sep")]


def _tree(tex: str) -> list[_Item]:
    return _Tokens(tex).build()


def _canonical(items: Sequence[_Item]) -> str:
    """Items written so that only superfluous spaces, braces, wrappers and the order of indices are lost."""
    written: list[str] = []
    scripts: list[str] = []
    for item in items:
        if item.kind in ("sub", "sup"):
            scripts.append(f"{'_' if item.kind == 'sub' else '^'}{{{_canonical(item.parts[0])}}}")
            continue
        written += sorted(scripts, reverse=True)  # the lower index first
        scripts.clear()
        if item.kind == "num":
            written.append(_plain(item.text))
        elif item.kind in ("frac", "root", "word"):
            arguments = "".join(f"{{{_canonical(part)}}}" for part in item.parts)
            written.append((item.text or "\\" + item.kind) + arguments)
        elif item.kind in ("matrix", "environment"):
            rows = r"\\".join("&".join(map(_canonical, row)) for row in item.parts)
            written.append(f"\\matrix{{{rows}}}")
        else:
            written.append(f"\\text{{{item.text}}}" if item.kind == "text" else item.text)
    return " ".join(written + sorted(scripts, reverse=True))


# ---------------------------------------------------------------------------------------------- a tree into chains

_RELATIONS = {"=": "=", r"\approx": "≈", "<": "<", ">": ">", r"\lt": "<", r"\gt": ">", r"\le": "≤", r"\leq": "≤",
              r"\leqslant": "≤", r"\ge": "≥", r"\geq": "≥", r"\geqslant": "≥", r"\ne": "≠", r"\neq": "≠",
              "≈": "≈", "≤": "≤", "≥": "≥", "≠": "≠", r"\coloneqq": "=",
              r"\sim": "~", r"\simeq": "~", r"\cong": "~", r"\equiv": "~", r"\propto": "~", r"\in": "~",
              r"\doteq": "~", r"\ll": "~", r"\gg": "~", r"\notin": "~", r"\lesssim": "~", r"\gtrsim": "~"}  # fmt: skip
_DOUBLED = {"<": "≤", ">": "≥", "=": "="}  # <=, >= and == are two signs each
_SEPARATORS = {",", ";", ":", ".", r"\to", r"\rightarrow", r"\longrightarrow", r"\Rightarrow", r"\implies", r"\iff",
               r"\Leftrightarrow", r"\leftarrow", r"\gets", r"\mapsto", r"\colon", r"\Longrightarrow", r"\leadsto",
               r"\land", r"\lor", r"\wedge", r"\vee", "→", "⇒", r"\leftrightarrow", r"\longmapsto"}  # fmt: skip
_CONTINUING = {"+", r"\cdot", r"\times", "/", r"\odot", r"\pm", r"\div", r"\circ", "*", r"\ast", r"\oslash"}
_BRACKETS = {"(": ")", "[": "]", r"\{": r"\}", r"\lvert": r"\rvert", r"\lbrace": r"\rbrace", r"\lparen": r"\rparen",
             r"\lbrack": r"\rbrack", r"\lVert": r"\rVert", r"\langle": r"\rangle"}  # fmt: skip
_CLOSING = set(_BRACKETS.values())


class _Member(NamedTuple):
    """One side of a relation, with the relation that leads to it ("" for the first of a chain) and its place."""

    relation: str
    at: int
    items: Sequence[_Item]


class _Chain:
    def __init__(self, indented: bool) -> None:
        self.members: list[tuple[str, int, list[_Item]]] = []
        self.indented = indented

    def waits(self) -> bool:
        """Whether the chain so far ends in a relation or an operator."""
        items = self.members[-1][2]
        return not items or _is_waiting(items[-1])


def _is_waiting(item: _Item) -> bool:
    """Whether something has to follow an item: it is a relation or an operator."""
    return item.kind in ("char", "cmd") and (
        item.text in _RELATIONS or item.text in _CONTINUING or item.text in ("-", "−")
    )


def _outer(items: Sequence[_Item]) -> list[bool]:
    """For each item whether it stands outside all brackets; a bracket without its partner is not counted."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for place, item in enumerate(items):
        if item.kind in ("char", "cmd"):
            if item.text in _BRACKETS:
                opened.append(place)
            elif item.text in _CLOSING and opened:
                pairs.append((opened.pop(), place))
    outer = [True] * len(items)
    for first, last in pairs:
        outer[first : last + 1] = [False] * (last - first + 1)
    return outer


def _chains(items: Sequence[_Item]) -> list[list[_Member]]:
    """A formula into chains; a row that begins with a relation goes on with the chain of the row above."""
    chains: list[_Chain] = []
    current: dict[int, _Chain] = {}
    for row in _rows(items):
        for column, group in _columns(row):
            _read_group(group, column, chains, current)
    return [[_Member(*member) for member in chain.members] for chain in chains]


_Outer = tuple[_Item, bool]


def _rows(items: Sequence[_Item]) -> Iterator[list[list[_Outer]]]:
    """Rows of cells; inside brackets a row or a cell does not end, and space is only space."""
    row: list[list[_Outer]] = [[]]
    for item, outer in zip(items, _outer(items), strict=True):
        if item.kind == "row":
            if outer:
                yield row
                row = [[]]
        elif item.kind == "cell":
            if outer:
                row.append([])
        elif outer or item.kind != "sep":
            row[-1].append((item, outer))
    yield row


def _columns(row: list[list[_Outer]]) -> Iterator[tuple[int, tuple[bool, list[_Outer]]]]:
    """The cells of a row, two to a column; each with whether the first of the two is empty."""
    cells: list[_Outer] = []
    column, start = 0, 0
    empty = len(row) > 1 and not row[0]
    for place, cell in enumerate(row):
        first = cell[0][0].text if cell else ""
        goes_on = first in _RELATIONS or first in _CONTINUING or (cells and _is_waiting(cells[-1][0]))
        if place and place % 2 == 0 and not goes_on:
            if cells or start == 0:
                yield column, (empty, cells)
            column, start, cells = place // 2, place, []
            empty = not cell and place + 1 < len(row)
        cells = cells + cell
    yield column, (empty, cells)


def _read_group(
    group: tuple[bool, list[_Outer]], column: int, chains: list[_Chain], current: dict[int, _Chain]
) -> None:
    indented, pairs = group
    at_start = True
    for segment in _segments(pairs):
        if not segment:
            indented = True
            continue
        parts: list[tuple[str, int, list[_Item]]] = [("", segment[0][0].at, [])]
        for item, outer in segment:
            if outer and item.kind in ("char", "cmd") and item.text in _RELATIONS:
                if item.text == "=" and not parts[-1][2] and parts[-1][0] in _DOUBLED:
                    parts[-1] = (_DOUBLED[parts[-1][0]], *parts[-1][1:])
                else:
                    parts.append((_RELATIONS[item.text], item.at, []))
            else:
                parts[-1][2].append(item)
        chain = current.get(column)
        first = segment[0][0].text
        # a row that begins with a minus goes on with a sum if its first cell is empty, and that of the sum is not
        minus_goes_on = first == "-" and indented and chain is not None and not chain.indented
        if not parts[0][2] and chain is not None:
            del parts[0]
        elif chain is not None and at_start and (chain.waits() or first in _CONTINUING or minus_goes_on):
            chain.members[-1][2].extend(parts.pop(0)[2])
        else:
            chain = _Chain(indented)
            chains.append(chain)
            current[column] = chain
        chain.members += parts
        at_start = indented = False


def _segments(pairs: list[_Outer]) -> Iterator[list[_Outer]]:
    """The parts between separators: signs of punctuation, wide spaces, arrows, and text that is a remark."""
    segment: list[_Outer] = []
    for place, (item, outer) in enumerate(pairs):
        if item.kind == "text" and outer:
            following = pairs[place + 1][0].kind if place + 1 < len(pairs) else ""
            remark = (
                not re.search(r"\w", item.text)
                or item.text != item.text.strip()
                or item.text.startswith("(")
                or bool(segment and not _is_waiting(segment[-1][0]))
            )
            separates = remark and following not in ("sub", "sup")
        else:
            separates = outer and (item.kind == "sep" or (item.kind in ("char", "cmd") and item.text in _SEPARATORS))
            if separates and item.text == ":" and place + 1 < len(pairs) and pairs[place + 1][0].text == "=":
                continue  # := is a relation
        if separates:
            yield segment
            segment = []
        else:
            segment.append((item, outer))
    yield segment


# ---------------------------------------------------------------------------------------------- items into numbers

_SYMBOLS = set(
    r"""alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi varpi
    rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi
    Omega partial nabla sum prod int infty ldots dots cdots vdots ddots dotsc dotsb ell hbar Re Im prime forall exists
    emptyset mid star dagger arg lim sup inf det softmax lfloor rfloor lceil rceil nexists varnothing imath jmath
    bullet""".split()
)
_TRANSPOSED = {r"\top", "T", r"\intercal", r"\mathsf{T}", r"\mathrm{T}", r"\text{T}", r"\mathsf{\top}"}

Node = tuple[Any, ...]


def _is_symbol(item: _Item) -> bool:
    if item.kind in ("word", "environment"):
        return True
    if item.kind == "text":
        return any(character.isalpha() for character in item.text)
    if item.kind in ("char", "cmd"):
        return item.text == "'" or item.text[0].isalpha() or (item.text[0] == "\\" and item.text[1:] in _SYMBOLS)
    return False


def _walk(items: Iterable[Any]) -> Iterator[_Item]:
    for item in items:
        if isinstance(item, _Item):
            yield item
            yield from _walk(item.parts)
        else:
            yield from _walk(item)


def _is_symbolic(items: Sequence[_Item], euler: bool) -> bool:
    """Whether letters stand in it, other than functions, e with an exponent, and pi beside something else."""
    for place, item in enumerate(items):
        following = items[place + 1].kind if place + 1 < len(items) else ""
        if euler and item.text == "e" and item.kind == "char" and following == "sup":
            continue
        if item.text == r"\pi" and len(items) > 1 and following not in ("sub", "sup"):
            continue
        if item.kind == "sup" and _canonical(item.parts[0]) in _TRANSPOSED:
            continue
        if _is_symbol(item):
            return True
        if item.kind == "matrix":
            if any(_is_symbolic(cell, euler) for row in item.parts for cell in row):
                return True
        elif item.parts and any(_is_symbolic(part, euler) for part in item.parts):
            return True
    return False


class _Reading(NamedTuple):
    """What one side is: "number" with its node, "symbolic", "unreadable" with the reason, or "empty"."""

    what: str
    node: Node = ()
    why: str = ""


def _read(items: Sequence[_Item], points: bool, euler: bool) -> _Reading:
    if not items:
        return _Reading("empty")
    if _is_symbolic(items, euler) or not any(item.kind == "num" for item in _walk(items)):
        return _Reading("symbolic")
    try:
        return _Reading("number", _Reader(items, points).read())
    except _Unreadable as problem:
        return _Reading("unreadable", why=str(problem))


class _Reader:
    """Items into an expression: sums of products of powers, read as they look."""

    def __init__(self, items: Sequence[_Item], points: bool) -> None:
        self.items, self.points, self.place, self.bars = items, points, 0, 0

    def read(self) -> Node:
        node = self._sum()
        if self.place < len(self.items):
            raise _Unreadable(f"nothing is known to go on with {self._here()!r}")
        return node

    def _text(self) -> str:
        item = self.items[self.place] if self.place < len(self.items) else None
        return item.text if item is not None and item.kind in ("char", "cmd") else ""

    def _kind(self) -> str:
        return self.items[self.place].kind if self.place < len(self.items) else ""

    def _here(self) -> str:
        if self.place >= len(self.items):
            return "the end"
        item = self.items[self.place]
        return item.text or item.kind

    def _inner(self, items: Sequence[_Item]) -> Node:
        return _Reader(items, self.points).read()

    def _sum(self) -> Node:
        node = self._signed()
        while self._text() in ("+", "-", "−"):
            operator = "+" if self._text() == "+" else "-"
            self.place += 1
            node = (operator, node, self._signed())
        return node

    def _signed(self) -> Node:
        if self._text() in ("-", "−"):
            self.place += 1
            return ("neg", self._signed())
        if self._text() == "+":
            self.place += 1
            return self._signed()
        return self._product()

    def _product(self) -> Node:
        node = self._power()
        while self.place < len(self.items):
            text = self._text()
            if text in (r"\cdot", r"\times", "*", r"\ast", "·", "×"):
                self.place += 1
                node = ("*", node, self._operand())
            elif text in ("/", r"\div"):
                self.place += 1
                node = ("/", node, self._operand())
            elif text in (r"\odot", r"\circ", "⊙"):
                self.place += 1
                node = ("odot", node, self._operand())
            elif text == r"\oslash":
                self.place += 1
                node = ("oslash", node, self._operand())
            elif self._begins_factor():
                before = self.items[self.place - 1]
                if before.kind == "num" and self._kind() == "num":
                    raise _Unreadable(f"two numbers side by side: {before.text} {self._here()}")
                node = ("*", node, self._power())
            else:
                break
        return node

    def _operand(self) -> Node:
        if self._text() in ("-", "−"):
            self.place += 1
            return ("neg", self._operand())
        return self._power()

    def _begins_factor(self) -> bool:
        text, kind = self._text(), self._kind()
        if text in ("|", r"\vert"):
            return not self.bars
        return kind in ("num", "frac", "root", "matrix") or text in _BRACKETS or text in ("e", r"\pi") or (
            text[1:] in _FUNCTIONS and text.startswith("\\")
        )  # fmt: skip

    def _power(self) -> Node:
        if self._text() == "e" and self.place + 1 < len(self.items):
            self.place += 2
            node: Node = ("call", "exp", (self._inner(self.items[self.place - 1].parts[0]),))
        else:
            node = self._primary()
        while self._kind() == "sup":
            node = self._raised(node, self.items[self.place].parts[0])
            self.place += 1
        return node

    def _raised(self, node: Node, exponent: Sequence[_Item]) -> Node:
        if _canonical(exponent) in _TRANSPOSED:
            return ("T", node)
        return ("^", node, self._inner(exponent))

    def _primary(self) -> Node:
        if self.place >= len(self.items):
            raise _Unreadable("it ends where a number should stand")
        item, text = self.items[self.place], self._text()
        self.place += 1
        if item.kind == "num":
            _number(item.text, self.points)
            return ("num", item.text, self.points)
        if item.kind == "frac":
            return ("/", self._inner(item.parts[0]), self._inner(item.parts[1]))
        if item.kind == "root":
            body, index = item.parts
            if index:
                return ("^", self._inner(body), ("/", ("num", "1", False), self._inner(index)))
            return ("call", "sqrt", (self._inner(body),))
        if item.kind == "matrix":
            return self._matrix(item)
        if text in ("|", r"\vert"):
            self.bars += 1
            node = self._sum()
            self.bars -= 1
            if self._text() not in ("|", r"\vert"):
                raise _Unreadable("a bar without its partner")
            self.place += 1
            return ("call", "abs", (node,))
        if text in (r"\lVert", r"\langle"):
            raise _Unreadable(f"{text} is not known")
        if text in _BRACKETS:
            self.place -= 1
            parts = self._bracketed()
            if text == r"\lvert":
                return ("call", "abs", parts)
            return parts[0] if len(parts) == 1 else ("matrix", (parts,))
        if text == r"\pi":
            return ("pi",)
        if text.startswith("\\") and text[1:] in _FUNCTIONS:
            return self._call(_FUNCTIONS[text[1:]])
        raise _Unreadable(f"{item.text or item.kind!r} is not known here")

    def _matrix(self, item: _Item) -> Node:
        if len({len(row) for row in item.parts}) != 1:
            raise _Unreadable("the rows of a matrix have different lengths")
        if not all(cell for row in item.parts for cell in row):
            raise _Unreadable("a matrix has an empty place")
        return ("matrix", tuple(tuple(self._inner(cell) for cell in row) for row in item.parts))

    def _bracketed(self) -> tuple[Node, ...]:
        closing = _BRACKETS[self._text()]
        bars, self.bars = self.bars, 0
        self.place += 1
        parts = [self._sum()]
        while self._text() in (",", ";"):
            self.place += 1
            parts.append(self._sum())
        if self._text() != closing:
            raise _Unreadable(f"{closing} is missing before {self._here()}")
        self.place += 1
        self.bars = bars
        return tuple(parts)

    def _call(self, name: str) -> Node:
        exponents = []
        while self._kind() == "sup":
            exponents.append(self.items[self.place].parts[0])
            self.place += 1
        arguments = self._bracketed() if self._text() in ("(", "[", r"\{") else (self._power(),)
        if len(arguments) != 1 and name not in ("max", "min"):
            raise _Unreadable(f"{name} with {len(arguments)} arguments")
        node: Node = ("call", name, arguments)
        for exponent in exponents:
            node = self._raised(node, exponent)
        return node


class _Number(NamedTuple):
    value: Fraction
    half: Fraction  # half a unit of the last printed digit; 0 for an integer
    unit: int  # the last printed digit counts 10**unit
    plain: str


@lru_cache(maxsize=100_000)
def _number(text: str, points: bool) -> _Number:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _Unreadable(f"{text!r} is not a number")
    whole = (match["grouped"] or match["whole"] or "0").replace(r"\,", "")
    decimals = (match["decimals"] or "").replace(r"\,", "").removeprefix(".")
    rounded = bool(decimals)
    if "{,}" in whole:
        first, *rest = whole.split("{,}")
        groups = all(len(part) == 3 for part in rest) and len(first) <= 3 and first != "0"
        if groups and (points or decimals or len(rest) > 1):
            whole = first + "".join(rest)
        elif len(rest) == 1 and not decimals:
            whole, decimals, rounded = first, rest[0], True
        else:
            raise _Unreadable(f"{text!r}: neither a decimal comma nor groups of three digits")
    power = int(re.sub(r"\s", "", match["power"] or match["digit"] or match["exponent"] or "0"))
    if match["percent"]:
        power -= 2
    if abs(power) > 5000:
        raise _Unreadable(f"{text!r} is too large or too small")
    rounded = rounded or bool(match["power"] or match["digit"] or match["exponent"] or match["percent"])
    unit = power - len(decimals)
    scale = Fraction(10) ** unit
    return _Number(int(whole + decimals) * scale, scale / 2 if rounded else Fraction(0), unit, _plain(text))


def _plain(text: str) -> str:
    """The text of a number without its sign and spaces, with a point, and one sign of multiplication."""
    bare = re.sub(r"\s|~|\\[,;:!> ]|\{\}", "", text).replace("{,}", ".").replace(r"\times", r"\cdot")
    return re.sub(r"\^\{?\+?(-?\d+)\}?$", r"^{\1}", bare.removeprefix("-"))


# ---------------------------------------------------------------------------------------------- two arithmetics


class _Undefined(Exception):
    pass


class _Unbounded(Exception):
    """An interval reaches a place where the function has no bound."""


class _Shape(Exception):
    pass


class _Matrix(NamedTuple):
    rows: tuple[tuple[Any, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])


class _Arithmetic:
    """What both arithmetics share: the shapes of matrices. Scalars are whatever `scalar` and `call` understand."""

    def value(self, node: Node) -> Any:
        kind = node[0]
        if kind == "num":
            return self.number(_number(node[1], node[2]))
        if kind == "matrix":
            rows = tuple(tuple(self.value(cell) for cell in row) for row in node[1])
            if any(isinstance(cell, _Matrix) for row in rows for cell in row):
                raise _Shape("a matrix inside a matrix")
            return _Matrix(rows)
        if kind == "pi":
            return self.call("pi", ())
        if kind == "T":
            inner = self.value(node[1])
            if not isinstance(inner, _Matrix):
                raise _Shape("a number is transposed")
            return _Matrix(tuple(zip(*inner.rows, strict=True)))
        if kind == "neg":
            return _each(lambda a: self.scalar("-", self.zero, a), self.value(node[1]))
        if kind == "call":
            return self._call(node[1], [self.value(argument) for argument in node[2]])
        return self._binary(kind, self.value(node[1]), self.value(node[2]))

    def _call(self, name: str, values: list[Any]) -> Any:
        if len(values) > 1:
            value = values[0]
            for other in values[1:]:
                value = _pairwise(lambda a, b: self.call(name, (a, b)), value, other)
            return value
        if name in ("max", "min") and isinstance(values[0], _Matrix):
            cells = [cell for row in values[0].rows for cell in row]
            return self._call(name, cells) if len(cells) > 1 else cells[0]
        return _each(lambda a: self.call(name, (a,)), values[0])

    def _binary(self, kind: str, a: Any, b: Any) -> Any:
        if not isinstance(a, _Matrix) and not isinstance(b, _Matrix):
            return self.scalar({"odot": "*", "oslash": "/"}.get(kind, kind), a, b)
        if kind == "*" and isinstance(a, _Matrix) and isinstance(b, _Matrix):
            return self._product(a, b)
        if kind == "^" or (kind == "/" and isinstance(b, _Matrix)):
            raise _Shape("a power or quotient of matrices")
        return _pairwise(lambda x, y: self.scalar({"odot": "*", "oslash": "/"}.get(kind, kind), x, y), a, b)

    def _product(self, a: _Matrix, b: _Matrix) -> Any:
        if a.shape[1] == b.shape[0]:
            columns = list(zip(*b.rows, strict=True))
            return _Matrix(tuple(tuple(self._dot(row, column) for column in columns) for row in a.rows))
        if a.shape == b.shape and 1 in a.shape:  # two vectors with a dot between them
            return self._dot([x for row in a.rows for x in row], [y for row in b.rows for y in row])
        raise _Shape(f"a product of shapes {a.shape} and {b.shape}")

    def _dot(self, a: Sequence[Any], b: Sequence[Any]) -> Any:
        total = self.scalar("*", a[0], b[0])
        for x, y in zip(a[1:], b[1:], strict=True):
            total = self.scalar("+", total, self.scalar("*", x, y))
        return total

    zero: Any

    def number(self, number: _Number) -> Any:
        raise NotImplementedError

    def scalar(self, operator: str, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def call(self, name: str, values: tuple[Any, ...]) -> Any:
        raise NotImplementedError


def _each(function: Callable[[Any], Any], a: Any) -> Any:
    if isinstance(a, _Matrix):
        return _Matrix(tuple(tuple(map(function, row)) for row in a.rows))
    return function(a)


def _pairwise(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if isinstance(a, _Matrix) and isinstance(b, _Matrix):
        if a.shape != b.shape:
            raise _Shape(f"shapes {a.shape} and {b.shape}")
        return _Matrix(tuple(tuple(map(function, x, y)) for x, y in zip(a.rows, b.rows, strict=True)))
    if isinstance(a, _Matrix):
        return _each(lambda x: function(x, b), a)
    return _each(lambda y: function(a, y), b)


class _Exact(_Arithmetic):
    """Fractions; what has no exact value stays a tree, in which everything that has one is worked out."""

    zero = Fraction(0)

    def number(self, number: _Number) -> Any:
        return number.value

    def scalar(self, operator: str, a: Any, b: Any) -> Any:
        if not isinstance(a, Fraction) or not isinstance(b, Fraction):
            return self._tree(operator, a, b)
        if operator == "+":
            return a + b
        if operator == "-":
            return a - b
        if operator == "*":
            return a * b
        if operator == "/":
            if b == 0:
                raise _Undefined("a division by zero")
            return a / b
        return self._power(a, b)

    @staticmethod
    def _tree(operator: str, a: Any, b: Any) -> Any:
        if operator == "*" and 0 in (a, b):
            return Fraction(0)
        if a == {"+": 0, "*": 1}.get(operator):
            return b
        if b == {"+": 0, "-": 0, "*": 1, "/": 1, "^": 1}[operator]:
            return a
        if operator in "+*":
            a, b = sorted((a, b), key=repr)
        return (operator, a, b)

    def _power(self, a: Fraction, b: Fraction) -> Any:
        if b < 0 and a == 0:
            raise _Undefined("a negative power of zero")
        if abs(b) > 1024:
            return ("^", a, b)
        if b.denominator == 1:
            return a**b.numerator
        root = _perfect_root(a, b.denominator)
        return ("^", a, b) if root is None else root**b.numerator

    def call(self, name: str, values: tuple[Any, ...]) -> Any:
        fractions = all(isinstance(value, Fraction) for value in values)
        if name in ("max", "min"):
            if fractions or values[0] == values[-1]:
                return (max if name == "max" else min)(values) if fractions else values[0]
            return (name, *sorted(values, key=repr))
        if name == "pi":
            return ("pi",)
        a = values[0]
        if not fractions:
            inverse = {"ln": "exp", "exp": "ln"}.get(name)
            return a[1] if a[0] == inverse else (name, a)
        if name == "sign":
            return Fraction((a > 0) - (a < 0))
        if name == "abs":
            return abs(a)
        if name == "sqrt":
            if a < 0:
                raise _Undefined("a root of a negative number")
            root = _perfect_root(a, 2)
            return ("sqrt", a) if root is None else root
        if name == "ln" and a <= 0:
            raise _Undefined("a logarithm of a number that is not positive")
        known = {"exp": (0, 1), "ln": (1, 0), "tanh": (0, 0), "erf": (0, 0)}[name]
        return Fraction(known[1]) if a == known[0] else (name, a)


def _perfect_root(a: Fraction, degree: int) -> Fraction | None:
    if a < 0 or degree > 64:
        return None
    parts = []
    for number in (a.numerator, a.denominator):
        root = math.isqrt(number) if degree == 2 else _whole_root(number, degree)
        if root**degree != number:
            return None
        parts.append(root)
    return Fraction(*parts)


def _whole_root(number: int, degree: int) -> int:
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle - 1)
    return low


_Interval = tuple[Fraction, Fraction]


class _Intervals(_Arithmetic):
    """Pairs of fractions that hold every value between which the rounding of the printed numbers leaves a choice."""

    zero = (Fraction(0), Fraction(0))

    def __init__(self, exact: Collection[str] | None, stated: _Stated, result: bool = False) -> None:
        """`exact`: the numbers that are not rounded (None: none is); in a `result` whole numbers are rounded too."""
        self.exact = exact
        self.stated = stated
        self.result = result

    def number(self, number: _Number) -> _Interval:
        how = self.stated.by_number.get(number.plain)
        if how and self.exact is not None and number.plain not in self.exact:
            ends = [one.interval(number.value) for one in how]
            return min(low for low, _ in ends), max(high for _, high in ends)
        half = number.half or (Fraction(1, 2) if self.result else 0)
        if not half or self.exact is None or number.plain in self.exact:
            return number.value, number.value
        return number.value - half, number.value + half

    def scalar(self, operator: str, a: _Interval, b: _Interval) -> _Interval:
        if operator == "+":
            return a[0] + b[0], a[1] + b[1]
        if operator == "-":
            return a[0] - b[1], a[1] - b[0]
        if operator == "*":
            if b[0] == b[1]:
                a, b = b, a
            if a[0] == a[1]:
                products = [a[0] * b[0], a[0] * b[1]] if b[0] != b[1] else [a[0] * b[0]]
            else:
                products = [x * y for x in a for y in b]
            return min(products), max(products)
        if operator == "/":
            if b[0] <= 0 <= b[1]:
                raise _Undefined("a division by zero") if b[0] == b[1] else _Unbounded
            return self.scalar("*", a, (1 / b[1], 1 / b[0]))
        return self._power(a, b)

    def _power(self, a: _Interval, b: _Interval) -> _Interval:
        if b[0] == b[1] and b[0].denominator == 1 and abs(b[0]) <= 1024:
            power = b[0].numerator
            if power < 0:
                return self.scalar("/", (Fraction(1), Fraction(1)), self._power(a, (-b[0], -b[0])))
            ends = sorted((a[0] ** power, a[1] ** power))
            if power % 2 == 0 and power and a[0] < 0 < a[1]:
                ends[0] = Fraction(0)
            return ends[0], ends[1]
        if a[1] < 0:
            raise _Undefined("a broken power of a negative number")
        if a[0] <= 0:
            if b[0] < 0:
                raise _Unbounded
            if b[0] == 0:
                return Fraction(0), max(Fraction(1), self._power((a[1], a[1]), b)[1])
            return Fraction(0), self._power((a[1], a[1]), b)[1] if a[1] else Fraction(0)
        return self.call("exp", (self.scalar("*", self.call("ln", (a,)), b),))

    def call(self, name: str, values: tuple[_Interval, ...]) -> _Interval:
        if name in ("max", "min"):
            best = max if name == "max" else min
            return best(value[0] for value in values), best(value[1] for value in values)
        if name == "pi":
            return _fractions(_IV.pi)
        low, high = values[0]
        if name == "abs":
            ends = sorted((abs(low), abs(high)))
            return Fraction(0) if low < 0 < high else ends[0], ends[1]
        if name == "sign":
            return Fraction((low > 0) - (low < 0)), Fraction((high > 0) - (high < 0))
        if name == "exp" and high > 20_000:
            raise _Undefined("a value too large to work out") if low > 20_000 else _Unbounded
        if name == "exp" and low < -20_000:
            tiny = _transcendental("exp", Fraction(-20_000), max(high, Fraction(-20_000)))
            return Fraction(0), tiny[1]
        if name == "sqrt":
            if high < 0:
                raise _Undefined("a root of a negative number")
            low = max(low, Fraction(0))
        if name == "ln" and low <= 0:
            raise _Undefined("a logarithm of a number that is not positive") if high <= 0 else _Unbounded
        return _transcendental(name, low, high)


@lru_cache(maxsize=100_000)
def _transcendental(name: str, low: Fraction, high: Fraction) -> _Interval:
    """A rising function of an interval, its ends rounded outwards."""
    if name == "erf":
        slack = Fraction(1, 2**200)
        return _erf(low) - slack, _erf(high) + slack
    if name == "tanh" and max(abs(low), abs(high)) > 200:
        clamped = max(min(low, Fraction(200)), Fraction(-200)), max(min(high, Fraction(200)), Fraction(-200))
        ends = _transcendental("tanh", *clamped)
        return (Fraction(-1) if low < -200 else ends[0]), (Fraction(1) if high > 200 else ends[1])
    below, above = _outwards(low, False), _outwards(high, True)
    x = _IV.mpf([below, above])
    if name == "tanh":
        return _fractions(1 - 2 / (_IV.exp(2 * x) + 1))
    low_end, high_end = _fractions({"exp": _IV.exp, "ln": _IV.log, "sqrt": _IV.sqrt}[name](x))
    return low_end, high_end


def _outwards(x: Fraction, up: bool) -> Any:
    scale = 180 - x.numerator.bit_length() + x.denominator.bit_length()
    scaled = x * Fraction(2) ** scale
    return _MP.ldexp(_MP.mpf(math.ceil(scaled) if up else math.floor(scaled)), -scale)


def _erf(x: Fraction) -> Fraction:
    x = max(min(x, Fraction(30)), Fraction(-30))  # beyond, it differs from one by less than 2**-1000
    return _fraction(_MP.erf(_MP.mpf(x.numerator) / x.denominator)._mpf_)


def _fractions(x: Any) -> _Interval:
    low, high = x._mpi_
    return _fraction(low), _fraction(high)


def _fraction(mpf: tuple[int, int, int, int]) -> Fraction:
    sign, mantissa, exponent, _ = mpf
    if not mantissa and exponent:
        raise _Unbounded
    value = int(mantissa) * Fraction(2) ** exponent
    return -value if sign else value


# ---------------------------------------------------------------------------------------------- relations


class _Verdict(NamedTuple):
    checked: str
    kind: str = ""
    why: str = ""


def _is_matrix(node: Node) -> bool:
    if node[0] in ("matrix", "T"):
        return True
    return any(isinstance(part, tuple) and part and _is_matrix(part) for part in node[1:] if isinstance(part, tuple))


def _single(node: Node) -> tuple[int, _Number] | None:
    """The sign and the number, where a side is one number."""
    sign = 1
    while node[0] == "neg":
        sign, node = -sign, node[1]
    return (sign, _number(node[1], node[2])) if node[0] == "num" else None


def _is_literal(node: Node) -> bool:
    if node[0] == "matrix":
        return all(_single(cell) for row in node[1] for cell in row)
    return _single(node) is not None


def _cells(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, _Matrix):
        if value.shape == (1, 1):
            return [("", value.rows[0][0])]
        return [
            (f"row {i}, column {j}: ", cell) for i, row in enumerate(value.rows, 1) for j, cell in enumerate(row, 1)
        ]
    return [("", value)]


def _shape(value: Any) -> tuple[int, int]:
    return value.shape if isinstance(value, _Matrix) else (1, 1)


@lru_cache(maxsize=100_000)
def _numeric(relation: str, left: Node, right: Node, exact: frozenset[str], stated: _Stated) -> _Verdict:
    """A relation between two sides made of numbers."""
    checked = {"=": "numeric =", "≈": "numeric approx"}.get(relation, "numeric order")
    if _is_matrix(left) or _is_matrix(right):
        checked = "matrix"
    try:
        if relation == "=":
            return _Verdict(checked, *_equal(left, right))
        if relation == "≈":
            return _Verdict(checked, *_approximate(left, right, exact, stated))
        if relation in _ORDERS:
            return _Verdict(checked, *_ordered(relation, left, right))
    except _Undefined as problem:
        return _Verdict(checked, "undefined", str(problem))
    except _Shape as problem:
        return _Verdict(checked, "shape", str(problem))
    return _Verdict("unreadable", "unreadable", f"the relation {relation} between numbers")


def _pairs(left: Any, right: Any) -> list[tuple[str, Any, Any]]:
    if _shape(left) != _shape(right):
        raise _Shape(f"shapes {_shape(left)} and {_shape(right)}")
    return [(where, a, b) for (where, a), (_, b) in zip(_cells(left), _cells(right), strict=True)]


def _equal(left: Node, right: Node) -> tuple[str, str]:
    exact = _Exact()
    for where, a, b in _pairs(exact.value(left), exact.value(right)):
        if a == b:
            continue
        known = [f"{_show(x)}" if isinstance(x, Fraction) else "a value without a last digit" for x in (a, b)]
        return "equal", f"{where}the left is {known[0]}, the right {known[1]}"
    return "", ""


def _approximate(left: Node, right: Node, exact: frozenset[str], stated: _Stated) -> tuple[str, str]:
    if _is_literal(right):
        # what is rounded by a stated rule may become zero: then the rule decides
        cells = [right] if right[0] != "matrix" else [cell for row in right[1] for cell in row]
        ruled = [_number(*cell[1:]).plain in stated.by_number for cell in map(_unsigned, cells)]
        pairs = _pairs(_bounds(left, frozenset(), stated), _bounds(right, None, stated))
        for (where, a, b), by_rule in zip(pairs, ruled, strict=True):
            if b == (0, 0) and a is not None and (a[0] > 0 or a[1] < 0) and not by_rule:
                return "zero", f"{where}the left is {_show_interval(a)}, not zero"
    why = _apart(left, right, exact, stated)
    if why:
        loose = _apart(left, right, frozenset(), stated) if exact else why
        return ("approx", loose) if loose else ("strict", why)
    return "", ""


def _unsigned(node: Node) -> Node:
    while node[0] == "neg":
        node = node[1]
    return node


def _apart(left: Node, right: Node, exact: frozenset[str], stated: _Stated) -> str:
    """Why no values within the rounding are equal; empty where there are some."""
    # a number that stands alone on the right is a result: rounded, even if it is whole or looks like a given one
    literal = _is_literal(right)
    right_bounds = _bounds(right, frozenset() if literal else exact, stated, result=literal)
    for where, a, b in _pairs(_bounds(left, exact, stated), right_bounds):
        if a is not None and b is not None and (a[1] < b[0] or b[1] < a[0]):
            return f"{where}the left is {_show_interval(a)}, the right {_show_interval(b)}"
    return ""


def _bounds(node: Node, exact: frozenset[str] | None, stated: _Stated, result: bool = False) -> Any:
    """The interval of a side, or of each element; None where it has no bounds."""
    arithmetic = _Intervals(exact, stated, result)
    try:
        return arithmetic.value(node)
    except _Unbounded:
        shape = _shape(_Shapes().value(node))
        return None if shape == (1, 1) else _Matrix(((None,) * shape[1],) * shape[0])


class _Shapes(_Arithmetic):
    """Shapes alone."""

    zero = 0

    def number(self, number: _Number) -> int:
        return 0

    def scalar(self, operator: str, a: Any, b: Any) -> int:
        return 0

    def call(self, name: str, values: tuple[Any, ...]) -> int:
        return 0


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "≤": lambda a, b: a <= b,
    "≥": lambda a, b: a >= b,
    "≠": lambda a, b: a != b,
}


def _ordered(relation: str, left: Node, right: Node) -> tuple[str, str]:
    """Orders of the printed numbers as they stand."""
    for where, a, b in _pairs(_bounds(left, None, _UNSTATED), _bounds(right, None, _UNSTATED)):
        if a is None or b is None:
            return "unreadable", f"{where}too large to compare"
        if relation == "≠":
            holds = a[1] < b[0] or b[1] < a[0]
        elif relation in "<≤":
            holds = _ORDERS[relation](a[1], b[0])
        else:
            holds = _ORDERS[relation](a[0], b[1])
        if not holds:
            return "order", f"{where}the left is {_show_interval(a)}, the right {_show_interval(b)}"
    return "", ""


def _show(x: Fraction) -> str:
    rest, places = x.denominator, 0
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    while rest % 2 == 0 or rest % 5 == 0:
        rest = rest // 2 if rest % 2 == 0 else rest // 5
        places += 1
    if rest == 1 and places <= 40:
        return f"{Decimal(x.numerator * 10**places // x.denominator).scaleb(-places, Context(prec=400)):f}"
    digits = Context(prec=15).divide(Decimal(x.numerator), Decimal(x.denominator))
    return f"{x} = {digits}..." if len(str(x)) < 30 else f"{digits}..."


def _show_interval(x: _Interval) -> str:
    if x[1] - x[0] <= abs(x[0]) * Fraction(1, 10**30):
        return _show(x[0])
    return f"between {_show(x[0])} and {_show(x[1])}"


def _name(relation: str, value: Any, sign: int, number: _Number, stated: _Stated) -> tuple[str, str]:
    """A recorded value against the number printed for it: the finding's kind and why, or two empty texts."""
    printed = sign * number.value
    value = float(value)
    if not math.isfinite(value):
        return "name", f"the recorded value is {value}"
    if printed == 0 and value != 0:
        return "zero", f"the recorded value is {value!r}, not zero"
    twelve = [Context(prec=12, rounding=way).create_decimal(Decimal(value)) for way in _WAYS]
    twelve += [Context(prec=12, rounding=way).create_decimal(Decimal(repr(value))) for way in _WAYS]
    if relation == "=":
        return ("", "") if printed in map(Fraction, twelve) else ("name", f"the recorded value is {value!r}")
    if relation == "≈" and (how := stated.by_number.get(number.plain)):
        known = [Fraction(decimal) for decimal in (Decimal(repr(value)), *twelve)]
        right = any(printed in (one.rounds(each), each) for one in how for each in known)
        return ("", "") if right else ("name", f"the recorded value is {value!r}")
    if relation == "≈":
        unit = Fraction(10) ** number.unit
        for decimal in (Decimal(value), Decimal(repr(value)), *twelve):
            units = Fraction(decimal) / unit
            half_up = math.floor(abs(units) + Fraction(1, 2)) * (1 if units >= 0 else -1)
            if printed in (round(units) * unit, half_up * unit):
                return "", ""
        return "name", f"the recorded value is {value!r}"
    if relation in _ORDERS and not _ORDERS[relation](Fraction(value), printed):
        return "order", f"the recorded value is {value!r}"
    return "", ""


_WAYS = (ROUND_HALF_EVEN, ROUND_HALF_UP)
_TURNED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


def _named(relation: str, value: Any, node: Node, stated: _Stated) -> tuple[str, str] | None:
    """A recorded number or matrix against one side; None where the side is not a number or matrix of numbers."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, Sequence):
        single = _single(node)
        return None if single is None else _name(relation, value, *single, stated)
    rows = [list(row) if isinstance(row, Sequence) else [row] for row in value]
    if node[0] != "matrix" or not _is_literal(node):
        return None
    printed = [[_single(cell) for cell in row] for row in node[1]]
    if [len(row) for row in rows] != [len(row) for row in printed]:
        if not (all(len(row) == 1 for row in rows) and len(printed) == 1):
            return "shape", f"the recorded value has {len(rows)} rows of {len(rows[0]) if rows else 0}"
        rows = [[row[0] for row in rows]]  # a list of numbers may be printed as a row
        if len(rows[0]) != len(printed[0]):
            return "shape", f"the recorded value has {len(rows[0])} numbers"
    for i, (row, cells) in enumerate(zip(rows, printed, strict=True), 1):
        for j, (recorded, single) in enumerate(zip(row, cells, strict=True), 1):
            assert single is not None
            kind, why = _name(relation, recorded, *single, stated)
            if kind:
                return kind, f"row {i}, column {j}: {why}"
    return "", ""


class _Side(NamedTuple):
    """A member of a chain as it was read; `start` and `end` are its place in the formula, `name` what it may name."""

    relation: str
    at: int
    start: int
    end: int
    name: str
    reading: _Reading


@lru_cache(maxsize=20_000)
def _sides(tex: str, points: bool, euler: bool) -> tuple[tuple[_Side, ...], ...]:
    chains = []
    for chain in _chains(_tree(tex)):
        sides = []
        for relation, at, items in chain:
            reading = _read(items, points, euler)
            name = _canonical(items) if reading.what in ("symbolic", "unreadable") else ""
            start = min((item.at for item in items), default=at)
            end = max((item.end for item in items), default=at + 1)
            sides.append(_Side(relation, at, start, end, name, reading))
        chains.append(tuple(sides))
    return tuple(chains)


def _check_formula(tex: str, line: int, page: _Page, result: Result) -> None:
    for chain in _sides(tex, page.points, page.euler):
        check = _ChainCheck(chain, tex, line, page, result)
        check.readable()
        for place in range(1, len(chain)):
            check.neighbours(place)
        check.later_numbers()


class _ChainCheck(NamedTuple):
    chain: tuple[_Side, ...]
    tex: str
    line: int
    page: _Page
    result: Result

    def readable(self) -> None:
        for place, side in enumerate(self.chain):
            if side.reading.what == "unreadable" and not self._is_known(side):
                self._report("unreadable", place, place, side.reading.why)
                if len(self.chain) == 1:
                    self.result.checked["unreadable"] += 1

    def neighbours(self, place: int) -> None:
        """The relation that leads to a member."""
        left, right = self.chain[place - 1 : place + 1]
        verdict = self._with_name(left, right) or self._without_name(left, right)
        self.result.checked[verdict.checked] += 1
        if verdict.kind:
            self._report(verdict.kind, place - 1, place, verdict.why)

    def later_numbers(self) -> None:
        """Every number further on in a chain that begins with a known name."""
        first = self.chain[0]
        if not self._is_known(first):
            return
        relation = "="
        for place, side in enumerate(self.chain[1:], 1):
            if side.relation not in ("=", "≈"):
                return
            relation = "≈" if side.relation == "≈" else relation
            if place == 1 or side.reading.what != "number":
                continue
            named = _named(relation, self.page.names[first.name], side.reading.node, self.page.stated)
            if named is not None and self._before_rounding(place):
                named = "", ""
            if named is not None:
                self.result.checked["name = number"] += 1
                if named[0]:
                    self._report(named[0], 0, place, f"the chain begins with {first.name!r}, and {named[1]}")

    def _before_rounding(self, place: int) -> bool:
        """Whether a number is the value of a carried name's line, and the next and last one what it is rounded to. What
        the rounding of a value that is not exact has to be, the relation between the two decides."""
        how = self.page.carried.get(self.chain[0].name)
        if how is None or place + 2 != len(self.chain):
            return False
        here, after = (_single(side.reading.node) for side in self.chain[place:])
        if here is None or after is None or self.chain[-1].relation != "≈":
            return False
        value, result = here[0] * here[1].value, after[0] * after[1].value
        return not self._exactly(place) or in_units(value, *how).rounds(value) == result

    def _exactly(self, place: int) -> bool:
        """Whether a chain comes to a member without any approximation."""
        return all(side.relation == "=" for side in self.chain[1 : place + 1])

    def _is_known(self, side: _Side) -> bool:
        return side.name in self.page.names

    def _with_name(self, left: _Side, right: _Side) -> _Verdict | None:
        named = None
        if self._is_known(left) and right.reading.what == "number":
            named = _named(right.relation, self.page.names[left.name], right.reading.node, self.page.stated)
            place = self.chain.index(right)
            if named and named[0] and place == 1 and self._before_rounding(place):
                named = "", ""
        elif self._is_known(right) and left.reading.what == "number":
            turned = _TURNED.get(right.relation, right.relation)
            named = _named(turned, self.page.names[right.name], left.reading.node, self.page.stated)
        return None if named is None else _Verdict("name = number", *named)

    def _without_name(self, left: _Side, right: _Side) -> _Verdict:
        kinds = {"symbolic" if self._is_known(side) else side.reading.what for side in (left, right)}
        for kind, checked in (("empty", "one-sided"), ("unreadable", "unreadable"), ("symbolic", "symbolic")):
            if kind in kinds:
                return _Verdict(checked)
        verdict = _numeric(right.relation, left.reading.node, right.reading.node, self.page.exact, self.page.stated)
        return verdict if verdict.kind else self._rounded_as_stated(left, right) or verdict

    def _rounded_as_stated(self, left: _Side, right: _Side) -> _Verdict | None:
        """An exact value and what a carried name's rule makes of it: a tie tells one way of rounding from another."""
        how = self.page.carried.get(self.chain[0].name)
        place = self.chain.index(right)
        here, after = _single(left.reading.node), _single(right.reading.node)
        if how is None or right.relation != "≈" or not self._exactly(place - 1) or here is None or after is None:
            return None
        value, result = here[0] * here[1].value, after[0] * after[1].value
        if in_units(value, *how).rounds(value) == result:
            return None
        return _Verdict("numeric approx", "approx", f"{_show(value)} is not rounded to {_show(result)} ({how[2]})")

    def _report(self, kind: str, first: int, last: int, why: str) -> None:
        start, end = self.chain[first].start, self.chain[last].end
        if last - first > 1:  # a name and a number far from it
            text = f"{self.tex[start : self.chain[first].end]} ... {self.tex[self.chain[last].at : end]}"
        else:
            text = self.tex[start:end]
        line = self.line + self.tex.count("\n", 0, self.chain[last].at)
        self.result.findings.append(Finding(kind, line, " ".join(text.split()), why))
