r"""A formula into its chains of relations: a = b \approx c is three sides with two signs between them.

A chain is read over the lines of an aligned display. It ends at a comma, at words, at an arrow, at a wide space. What
stands next to words or commas may be less than a side (in "sigmoid of 0 = 0.5" the left side is not 0): such a side is
`loose`, and nobody should compute with it. A side is `doubtful` where it can be read in another way as well: what
holds with it holds, and what does not is no fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from tracer.calculus.expression import Expr, Ref, walk
from tracer.calculus.language import parse_expression
from tracer.errors import TracerError
from tracer.read.commas_in_tex import can_be_both, with_wide_commas, without_commas
from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words, read_formula, written
from tracer.read.functions_in_tex import FUNCTIONS, with_known_functions
from tracer.read.tex_as_text import as_text
from tracer.read.typed_answer import finished

LONGEST_SIDE, MOST_SIDES = 1_000, 2_000  # characters of a side, sides of a formula


@dataclass(frozen=True)
class Side:
    """One side of a relation as it is printed. `expression` is its tree with a name for every number (`numbers` has
    them as they are printed) and for every letter; None for a side that is not read as arithmetic."""

    printed: str
    expression: Expr | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    loose: bool = False
    doubtful: bool = False
    percent: bool = False  # it is one number with a sign of per cent, which is not in the expression

    @property
    def numeric(self) -> bool:
        """Whether there are numbers in it and no letters."""
        if self.expression is None or self.loose:
            return False
        return all(part.name in self.numbers for part in walk(self.expression) if isinstance(part, Ref))

    @property
    def literal(self) -> str:
        """The number that it is, as it is printed; "" where it is more than one number."""
        text = self.printed.replace(" ", "").removesuffix("\\%" if self.percent else "\0")
        return text if self.numeric and _LITERAL.fullmatch(text) else ""


def tree_of(side: Side) -> Expr:
    """The tree of a side that was read."""
    assert side.expression is not None
    return side.expression


class Chain(NamedTuple):
    """Sides, and the signs between them: "=", "~" for any sign of approximation, "!=", "<", ">", "<=", ">=", "" for one
    that says nothing about numbers."""

    sides: tuple[Side, ...]
    signs: tuple[str, ...]
    rows: tuple[int, ...] = ()  # the line of its display in which each side begins, from 0


_LITERAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
SIGNS = {"=": "=", "<": "<", ">": ">", "\\ne": "!=", "\\neq": "!=", "\\sim": "", "\\equiv": "", "\\propto": ""} | {
    **dict.fromkeys(("\\approx", "\\simeq", "\\thickapprox", "\\approxeq", "\\doteq", "\\fallingdotseq"), "~"),
    **dict.fromkeys(("\\le", "\\leq", "\\leqslant"), "<="),
    **dict.fromkeys(("\\ge", "\\geq", "\\geqslant"), ">="),
}
_ENDS = ("\\quad", "\\qquad")
_ARROWS = (";", ",", "\\to", "\\rightarrow", "\\Rightarrow", "\\Longrightarrow", "\\longrightarrow", "\\implies",
           "\\iff", "\\Leftrightarrow", "\\mapsto", "\\therefore", "\\because", "\\leftarrow", "\\gets", "\\in",
           "\\land", "\\wedge", "\\lor", "\\vee", "\\hookleftarrow", "\\leadsto")  # fmt: skip
_OPERATORS = ("+", "-", "*", "/", "\\cdot", "\\times", "\\div", "\\pm", "\\mp", ".", ":")
_OPENING = ("(", "[", "\\{", "\\lbrace", "\\lfloor", "\\langle")
_CLOSING = (")", "]", "\\}", "\\rbrace", "\\rfloor", "\\rangle")
_ALIGNED = ("aligned", "align", "align*", "split", "gathered", "gather", "gather*", "eqnarray", "eqnarray*",
            "alignedat", "multline", "multline*", "flalign", "flalign*", "equation", "equation*", "math",
            "displaymath")  # fmt: skip
_SPACES = ("\\,", "\\;", "\\:", "\\!", "\\ ", "~", "\\displaystyle", "\\textstyle", "\\nonumber", "\\notag", "\\hfill",
           "\\small", "\\large", "\\normalsize", "\\footnotesize")  # fmt: skip
_DROPPED = re.compile(
    r"\\(?:label|tag\*?|hspace\*?|vspace\*?|color(?:\[[A-Z]+\])?|class|cssId|style|require|bbox(?:\[[^\]{}]{0,40}\])?)"
    r"[ ]?\{[^{}]{0,100}\}|\\(?:nonumber|notag|limits|nolimits|displaystyle|scriptstyle|tiny)(?![A-Za-z])"
)
_SIGNS_TYPED = str.maketrans(
    {"×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "−": "-", "–": "-", "≈": "\\approx ", "≃": "\\simeq ",
     "÷": "\\div ", "\u2062": "", "\u200b": "", "\u00a0": " ", "∗": "*"}
)  # fmt: skip
_TYPED_NUMBERS = (
    (re.compile(r"(?<![\w.\\])([0-9]+(?:\.[0-9]+)?)[eE]([+-][0-9]{1,3})(?![\w.])"), r"\1 \\cdot 10^{\2}"),
    (re.compile(r"(?<![\w.}])\.([0-9])"), r"0.\1"),
    (re.compile(r"\\(?:mathbf|boldsymbol|bm|mathrm|text|textbf|mathit)\{ ?(-?[0-9]+(?:\.[0-9]+)?) ?\}"), r"{\1}"),
)  # fmt: skip
_NUMBER = re.compile(r"(?<![A-Za-z_0-9.])[0-9]+(?:\.[0-9]+)?")
_SIZED = re.compile(r"\\(?:[Bb]igg?[lrm]?)(?![A-Za-z])")
#: words after which a relation begins, and before which one can end
_JOINING = ("so", "and", "thus", "hence", "therefore", "then", "or", "gives", "i.e", "since", "because", "while", "but")
_DONE = ("\\checkmark", "\\square", "\\blacksquare", "\\qed", "\\blacktriangle", "✓", "✔", ".")
_WRAPPERS = ("boxed", "narrowed", "fitted", "underline", "mathstrut")


class _Row(NamedTuple):
    """Where a line of a display begins, and whether its first cell is empty."""

    empty: bool


def chains_in_tex(tex: str, comma: str | None = "") -> list[Chain]:
    r"""A formula into its chains; raises TracerError T502 for what is no TeX that is read here. `comma` is what
    {,} stands for on the page: "." or "", nothing, where it parts thousands. What 1{,}000 is stays doubtful.

    >>> [(side.printed, side.numeric) for side in chains_in_tex(r"a = 0.5 \cdot 3 = 1.5")[0].sides]
    [('a', False), ('0.5 \\cdot 3', True), ('1.5', True)]
    """
    tex = _DROPPED.sub(" ", tex.translate(_SIGNS_TYPED))
    if can_be_both(tex):
        thousands, decimals = (chains_in_tex(without_commas(tex, mark)) for mark in ("", "."))
        read_so = [chain.sides for chain in (thousands if comma == "." else decimals)]
        found = decimals if comma == "." else thousands
        both = zip(found, read_so, strict=True)
        return [chain._replace(sides=tuple(map(_doubted, chain.sides, sides))) for chain, sides in both]
    tex = without_commas(tex, comma or "")
    tex = with_wide_commas(tex)
    for pattern, other in _TYPED_NUMBERS:
        tex = pattern.sub(other, tex)
    try:
        parts = read_formula(tex)
    except TracerError:
        if "\\\\" not in tex and "&" not in tex:
            raise
        parts = read_formula(f"\\begin{{aligned}}{tex}\\end{{aligned}}")  # lines without their environment
    return _Chains().all(_stream(parts))


def _stream(parts: Iterable[Node]) -> Iterator[Node | _Row]:
    """The parts of a formula in a row, without colours and boxes, with the lines of displays marked."""
    for part in parts:
        match part:
            case Group(inner):
                yield from _stream(inner)
            case Command("textcolor" | "role", (Words(), Group(inner))):
                yield from _stream(inner)
            case Command(name, (Group(inner),)) if name in _WRAPPERS:
                yield from _stream(inner)
            case Table(environment, _, rows) if environment in _ALIGNED or (
                environment == "array" and _has_signs(part)
            ):
                for row in rows:
                    yield _Row(not any(isinstance(node, Symbol | Script | Command) for node in row[0]))
                    for cell in row:
                        yield from _stream(cell)
                yield _Row(False)
            case Symbol(sign) if sign in _SPACES:
                pass
            case _:
                yield part


def _doubted(side: Side, other: Side) -> Side:
    """One reading of a side, doubtful where another one differs."""
    return replace(side, doubtful=side.doubtful or side.printed != other.printed)


def _has_signs(table: Table) -> bool:
    """Whether it is an array with signs of relation in cells of their own."""
    signs = (bool(cell) and _is(cell[0], SIGNS) for row in table.rows for cell in row)
    return table.environment == "array" and any(signs)


class _Chains:
    """The chains of one formula while they are read."""

    def __init__(self) -> None:
        self.found: list[Chain] = []
        self.sides: list[Side] = []
        self.signs: list[str] = []
        self.side: list[Node] = []
        self.loose = False  # what is left of the side at hand may belong to it
        self.parted = False  # what stands before the last comma is a relation
        self.depth = 0
        self.at, self.began = -1, -1  # the line of a display at hand, and that in which the side began
        self.rows: list[int] = []

    def all(self, stream: Iterable[Node | _Row]) -> list[Chain]:
        nodes: list[Node | _Row] = []
        for node in stream:
            if not (nodes and isinstance(nodes[-1], _Row) and _is(node, _ENDS)):  # a line that is moved to the right
                nodes.append(node)
        for place, node in enumerate(nodes):
            after = nodes[place + 1] if place + 1 < len(nodes) else None
            if isinstance(node, _Row):
                self.row(node, after)
            else:
                self.one(node, after)
        self.chain_ends(loose=self.depth != 0)
        return self.found

    def one(self, node: Node, after: Node | _Row | None) -> None:
        sign = node.tex if isinstance(node, Symbol) else ""
        if self.depth == 0 and sign in SIGNS:
            self.side_ends()
            self.signs.append(SIGNS[sign])
        elif self.depth == 0 and sign in _ENDS:
            joined = _is(after, (*_OPERATORS, *SIGNS)) or not self.side or _is(self.side[-1], _OPERATORS)
            if not joined:
                self.chain_ends()
            elif self.parted and not self.side:
                self.loose = False  # a comma and a wide space: what follows stands for itself
        elif self.depth == 0 and (sign in _ARROWS or isinstance(node, Words) or _words(node)):
            words = _words(node)
            told = words.text.lower().split() if words is not None else []
            parted = sign in (",", ";") and bool(self.signs)
            self.chain_ends(loose=(bool(told) and not _joins(told[0])) or bool(self.depth))
            self.parted = parted
            self.loose = sign in (",", ";") or (not sign and not (told and _joins(told[-1])))
        else:
            bare = node
            while isinstance(bare, Script):
                bare = bare.base
            plain = _SIZED.sub("", bare.tex) if isinstance(bare, Symbol) else ""
            self.depth += (plain in _OPENING) - (plain in _CLOSING)
            self.began = self.began if self.side else self.at
            self.side.append(node)

    def row(self, row: _Row, after: Node | _Row | None) -> None:
        """A new line: it goes on with the chain, with the side, or begins anew."""
        self.at += 1
        if not (self.side or self.signs):
            return
        open_ = self.depth > 0 or not self.side or _is(self.side[-1], _OPERATORS)
        if after is None or open_ or _is(after, SIGNS):
            return
        if _is(after, _OPERATORS):
            if row.empty or not _is(after, ("-", "+", "\\pm", "\\mp")):
                return
            self.chain_ends(loose=True)
            self.loose = True
        else:
            self.chain_ends()

    def side_ends(self, loose: bool = False) -> None:
        lone = self.parted and not self.sides and all(map(_sign_or_number, self.side))  # one number of a list
        self.sides.append(side_of(self.side, self.loose or loose or lone or self.depth != 0))
        self.rows.append(max(self.began, 0))
        self.side, self.loose = [], False

    def chain_ends(self, loose: bool = False) -> None:
        if self.signs and len(self.sides) < MOST_SIDES:
            self.side_ends(loose)
            self.found.append(Chain(tuple(self.sides), tuple(self.signs), tuple(self.rows)))
        self.sides, self.signs, self.rows, self.side, self.depth, self.loose = [], [], [], [], 0, False
        self.parted = False


def _is(node: Node | _Row | None, signs: Iterable[str]) -> bool:
    return isinstance(node, Symbol) and node.tex in signs


def _words(node: Node) -> Words | None:
    """The words that a node is; None for one that is none. A name in words with an index is a name."""
    match node:
        case Command("text" | "textrm" | "mbox", (Words() as words, *_)):
            return None if words.text.lower() in FUNCTIONS else words
    return None


def _joins(word: str) -> bool:
    return word.strip("(.,;:!") in _JOINING or word in (",", ".", ";", ":") or word.endswith(":")


def side_of(nodes: Iterable[Node], loose: bool = False) -> Side:
    """The parts of one side into the side."""
    nodes = list(nodes)
    while nodes and _is(nodes[-1], _DONE):
        nodes.pop()
    printed = written(nodes)
    percent = len(nodes) > 1 and _is(nodes[-1], ("\\%",)) and all(map(_sign_or_number, nodes[:-1]))
    nodes = nodes[:-1] if percent else nodes
    if not nodes or len(printed) > LONGEST_SIDE or _side_by_side(nodes):
        return Side(printed[:LONGEST_SIDE], loose=loose)
    try:
        text, marks = as_text(written(with_known_functions(nodes)))
    except TracerError:
        return Side(printed, loose=loose)
    side = side_from_text(printed, text, marks, loose)
    return replace(side, doubtful="\\sigma" in printed, percent=percent)


def _sign_or_number(node: Node) -> bool:
    return _is(node, ("-",)) or _a_number(node)


def side_from_text(printed: str, text: str, marks: Mapping[str, str], loose: bool) -> Side:
    """A side in the equation language into the side; `marks` are the names in it that stand for letters in TeX."""
    numbers: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        numbers[f"n{len(numbers)}"] = match[0]
        return f"n{len(numbers) - 1}"

    try:
        expression = finished(parse_expression(_NUMBER.sub(name, text), fixed=True), dict(marks))
    except TracerError:
        return Side(printed, loose=loose)
    return Side(printed, expression, numbers, loose)


def _side_by_side(nodes: list[Node]) -> bool:
    """Whether two numbers, or a number and a fraction, stand side by side: 1 234, 2 1/2. Nobody knows what is meant."""
    return any(
        _a_number(left) and (_a_number(right) or (isinstance(right, Command) and right.name.endswith("frac")))
        for left, right in pairwise(nodes)
    ) or any(_side_by_side(list(inner)) for node in nodes for inner in _inner(node))


def _inner(node: Node) -> Iterator[tuple[Node, ...]]:
    match node:
        case Group(parts) | Fenced(_, parts, _):
            yield parts
        case Command(_, arguments):
            yield from (argument.parts for argument in arguments if isinstance(argument, Group))
        case Script(base, below, above):
            yield (base,)
            yield from (script.parts for script in (below, above) if script is not None)


def _a_number(node: Node) -> bool:
    match node:
        case Symbol(tex):
            return tex[:1].isdigit()
        case Script(base):
            return _a_number(base)
        case Group(parts):
            return bool(parts) and _a_number(parts[0]) and len(parts) == 1
    return False
