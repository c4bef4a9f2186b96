r"""A page into the relations on it that do not hold as printed, without knowing what it is about.

`=` holds where both sides are the same number; where only rounding makes it true, that is said of it, and is no fault.
`\approx` holds inside what the rounding of the printed numbers allows. A number is taken to be rounded only where
something speaks for it: it has five figures or more, or the page itself has got it by rounding. Where two or three
figures would have to be rounded ones with nothing else to say so, the relation is `UNSURE`, and no fault either: a
page is never accused where a reader could explain it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction

from tracer.calculus.expression import Call, Expr, Neg, Ref, rebuild, walk
from tracer.check.printed_value import (
    CUT,
    HALF,
    NEAREST,
    NoValue,
    Range,
    Rounding,
    decimals_of,
    unit_of,
    value_of,
)
from tracer.errors import TracerError
from tracer.read.passage import Kind, Page
from tracer.read.prose_arithmetic import chains_in_lines
from tracer.read.relations import Chain, Side, chains_in_tex

SURE_FIGURES = 5  # a number with so many is taken to be a rounded one
OFTEN = 2  # times that a page rounds to so many decimals, before its other numbers with as many are taken to be rounded


class Holds(IntEnum):
    """What is said of a relation; only the last is a fault."""

    EXACT = 0
    ROUNDED = 1  # after rounding
    CUT = 2  # only if digits were cut off
    UNSURE = 3  # only if short numbers in it were rounded before they were printed
    FALSE = 4


@dataclass(frozen=True)
class Relation:
    """Two neighbours with numbers alone in them, and what is said of them. `off` is how far the sides are apart,
    `digit` the largest digit of the right side that is wrong (-2: the second after the point; None: there is none)."""

    line: int
    left: str
    sign: str
    right: str
    holds: Holds
    values: tuple[Fraction, Fraction]
    off: Fraction
    digit: int | None = None
    turned: bool = False  # it would hold with the other sign in the exponent

    @property
    def printed(self) -> str:
        """The relation as it is printed."""
        return f"{self.left} {SPELLED[self.sign]} {self.right}"


SPELLED = {"=": "=", "~": "≈", "<": "<", ">": ">", "<=": "≤", ">=": "≥", "": "?"}


@dataclass
class Audit:
    """What was found on a page: the chains with their lines, the relations that were judged, and how many formulas
    there are, which could not be read, and how many relations of numbers have a side without a value."""

    source: str
    chains: list[tuple[Chain, int]] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    formulas: int = 0
    unread: list[int] = field(default_factory=list)  # their lines
    formula_pictures: int = 0
    pictures: int = 0
    passed_over: int = 0

    def of(self, holds: Holds) -> list[Relation]:
        """The relations of which this is said."""
        return [relation for relation in self.relations if relation.holds is holds]


def audit_page(page: Page) -> Audit:
    """A page into what is found on it."""
    made = Audit(page.source, formula_pictures=page.formula_pictures, pictures=page.pictures)
    for chain, line in _chains(page, made):
        made.chains.append((chain, line))
    evidence = _Evidence()
    own_e = any(_names_e(side) for chain, _ in made.chains for side in chain.sides)
    pairs = [pair for chain, line in made.chains for pair in _neighbours(chain, line) if not own_e or not _has_e(pair)]
    for left, sign, right, _ in pairs:  # what is rounded on the page has to be known before anything is judged
        evidence.learn(left, sign, right)
    for left, sign, right, line in pairs:
        relation = _judged(left, sign, right, line, evidence)
        if relation is None:
            made.passed_over += 1
        else:
            made.relations.append(relation)
    return made


def _chains(page: Page, made: Audit) -> Iterator[tuple[Chain, int]]:
    for passage in page.passages:
        match passage.kind:
            case Kind.TEX:
                made.formulas += 1
                try:
                    found = chains_in_tex(passage.text)
                except TracerError:
                    made.unread.append(passage.line)
                    continue
                below = _lines_of_rows(passage.text)
                for one in found:
                    rows = tuple(below[row] if row < len(below) else 0 for row in one.rows)
                    yield one._replace(rows=rows), passage.line
            case Kind.CODE | Kind.PROSE | Kind.WHOLE:
                lines = chains_in_lines(passage.text, passage.kind)
                yield from ((chain, passage.line + before) for chain, before in lines)


def _lines_of_rows(tex: str) -> tuple[int, ...]:
    """How many lines of the page stand before each line of a display."""
    before, found = 0, []
    for row in tex.split("\\\\"):
        found.append(before + row[: len(row) - len(row.lstrip())].count("\n"))
        before += row.count("\n")
    begins = re.match(r"\s*\\begin\{[a-z]+\*?\}(?:\{[^{}]*\})?\s*", tex)
    return (begins[0].count("\n") if begins else found[0], *found[1:])


def _neighbours(chain: Chain, line: int) -> Iterator[tuple[Side, str, Side, int]]:
    for place, (left, sign, right) in enumerate(zip(chain.sides, chain.signs, chain.sides[1:], strict=False), 1):
        if sign and left.numeric and right.numeric:
            yield left, sign, right, line + (chain.rows[place] if chain.rows else 0)


def _names_e(side: Side) -> bool:
    """Whether a letter e stands there that is no base of a power: then e is a name of the page's own."""
    return side.expression is not None and Ref("e") in walk(side.expression)


def _has_e(pair: tuple[Side, str, Side, int]) -> bool:
    return any(re.search(r"(?<![A-Za-z\\])e *(?:\^|\*\*)", side.printed) for side in (pair[0], pair[2]))


class _Evidence:
    """What the page says of its own numbers: which it has got by rounding, which exactly, and with how many decimals it
    rounds."""

    def __init__(self) -> None:
        self.rounded: set[str] = set()
        self.exact: set[str] = set()
        self.decimals: Counter[int] = Counter()

    def learn(self, left: Side, sign: str, right: Side) -> None:
        """One relation whose right side is a number."""
        literal = right.literal.removeprefix("-")
        if not literal:
            return
        try:
            value = value_of(_tree(left), left.numbers)
        except NoValue:
            return
        number = Fraction(right.literal)
        if value.low == value.high == number and sign == "=":
            if all(_figures(one) < SURE_FIGURES and one not in self.rounded for one in left.numbers.values()):
                self.exact.add(literal)
        elif "." in literal and _rounds_to(value.middle, number, unit_of(literal)):
            self.rounded.add(literal)
            self.decimals[decimals_of(literal)] += 1

    def sure(self, literal: str, result: int) -> bool:
        """Whether a printed number may well be a rounded one, next to a result with so many decimals."""
        decimals = decimals_of(literal)
        if not decimals or (literal in self.exact and literal not in self.rounded):
            return False
        habit = max(self.decimals[decimals], self.decimals[decimals + 1]) >= OFTEN and decimals >= max(result - 1, 2)
        return literal in self.rounded or habit or _figures(literal) >= SURE_FIGURES

    def perhaps(self, literal: str, result: int) -> bool:
        """Whether it may be one if somebody says so."""
        decimals, figures = decimals_of(literal), _figures(literal)
        short = figures >= 2 and decimals >= max(result, 2)
        return self.sure(literal, result) or short or (decimals > 0 and figures >= 3 and decimals >= result - 1)


def _rounds_to(value: Fraction, number: Fraction, unit: Fraction) -> bool:
    """Whether a number is a value rounded, or cut off, to its digits."""
    return abs(value - number) <= unit / 2 or (abs(value - number) < unit and abs(number) < abs(value))


def _figures(literal: str) -> int:
    return len(literal.replace(".", "").lstrip("0"))


def _tree(side: Side) -> Expr:
    assert side.expression is not None
    return side.expression


def _judged(left: Side, sign: str, right: Side, line: int, evidence: _Evidence) -> Relation | None:
    """One relation of numbers; None where a side has no value that can be computed."""
    bases = (math.e, 10.0, 2.0) if any(_is_log(side) for side in (left, right)) else (math.e,)
    found = [one for base in bases if (one := _in_base(left, sign, right, line, evidence, base)) is not None]
    if not found:
        return None
    best = min(found, key=lambda one: one.holds)
    if best.holds is Holds.FALSE and _turned(_tree(left)) != _tree(left):
        other = replace(left, expression=_turned(_tree(left)))
        again = _in_base(other, sign, right, line, evidence, math.e)
        best = replace(best, turned=again is not None and again.holds <= Holds.CUT)
    return best


def _turned(node: Expr) -> Expr:
    """A side with the other sign in every exponent of e."""
    if isinstance(node, Call) and node.function == "exp":
        (inner,) = node.arguments
        return Call("exp", (inner.operand if isinstance(inner, Neg) else Neg(inner),))
    return rebuild(node, _turned)


def _is_log(side: Side) -> bool:
    """Whether a logarithm stands in it whose base is not said."""
    return "log" in side.printed


def _in_base(left: Side, sign: str, right: Side, line: int, evidence: _Evidence, base: float) -> Relation | None:
    try:
        ends = (value_of(_tree(left), left.numbers, base=base), value_of(_tree(right), right.numbers, base=base))
        holds = _holds(left, sign, right, ends, evidence, base)
    except NoValue:
        return None
    values = (ends[0].middle, ends[1].middle)
    off = abs(values[0] - values[1])
    digit = _largest_wrong(values, right.literal) if holds is Holds.FALSE and sign in "=~" else None
    return Relation(line, left.printed, sign, right.printed, holds, values, off, digit)


def _holds(left: Side, sign: str, right: Side, ends: tuple[Range, Range], evidence: _Evidence, base: float) -> Holds:
    if ends[0].exact and ends[1].exact and _compared(ends[0].low, sign, ends[1].low):
        return Holds.EXACT
    if sign == "=" and ends[0].exact and ends[1].exact and _whole(left, right, ends[0]):
        return Holds.FALSE
    for holds, how in ((Holds.ROUNDED, NEAREST), (Holds.CUT, CUT)):
        if _fits(left, sign, right, evidence, how, base, sure=True):
            return holds
    if sign == "~" and (_roughly(ends, left, right) or _fits(left, sign, right, evidence, NEAREST, base, sure=False)):
        return Holds.ROUNDED
    return Holds.UNSURE if _fits(left, sign, right, evidence, CUT, base, sure=False) else Holds.FALSE


def _compared(left: Fraction, sign: str, right: Fraction) -> bool:
    match sign:
        case "=" | "~":
            return left == right
        case "<":
            return left < right
        case ">":
            return left > right
        case "<=":
            return left <= right
    return left >= right


def _whole(left: Side, right: Side, value: Range) -> bool:
    """Whether nothing was rounded: there are whole numbers alone, and the left side is one too."""
    literals = [*left.numbers.values(), *right.numbers.values()]
    return not any("." in literal for literal in literals) and value.low.denominator == 1


def _fits(
    left: Side, sign: str, right: Side, evidence: _Evidence, how: tuple[Fraction, Fraction], base: float, sure: bool
) -> bool:
    """Whether the sides meet when what may have been rounded was. A result (a side that is one number) is always a
    rounded one; in a side that is more, the numbers that the other side has not."""
    mine, theirs = set(left.numbers.values()), set(right.numbers.values())
    decimals = max(map(decimals_of, (mine | theirs) if not right.literal else theirs), default=0)
    rounding = Rounding(decimals, *how)

    def operand(literal: str) -> bool:
        return evidence.sure(literal, decimals) if sure else evidence.perhaps(literal, decimals)

    def value(side: Side, fresh: set[str]) -> Range:
        return value_of(_tree(side), side.numbers, lambda one: operand(one) or one in fresh, rounding, base)

    first = value(left, mine if left.literal and not right.literal else set())
    if right.literal:
        second = Range(Fraction(right.literal), Fraction(right.literal))
        known = first.exact and (first.low * 10 ** decimals_of(right.literal)).denominator == 1
        if not known:
            unit = unit_of(right.literal)
            second = second.wider(how[0] * unit, how[1] * unit)
            if how is CUT and first.exact and abs(first.low - Fraction(right.literal)) >= unit:
                return False
    else:
        known = first.exact and (first.low * 10**decimals).denominator == 1
        fresh = {literal for literal in theirs - mine if decimals_of(literal)}
        second = value(right, set() if known else fresh)
    match sign:
        case "=" | "~":
            return first.low <= second.high and second.low <= first.high
        case "<" | "<=":
            return first.low <= second.high
    return first.high >= second.low


def _roughly(ends: tuple[Range, Range], left: Side, right: Side) -> bool:
    """Whether a whole number with noughts at its end stands for one near it, as in 104 \\approx 100."""
    for side, (own, other) in ((right, ends[::-1]), (left, ends)):
        text = side.literal.lstrip("-")
        noughts = len(text) - len(text.rstrip("0"))
        if text.isdigit() and abs(own.middle - other.middle) <= HALF * 10**noughts:
            return True
    return False


def _largest_wrong(values: tuple[Fraction, Fraction], literal: str) -> int | None:
    """The place of the largest digit of a printed number that is not that of its value rounded to as many digits."""
    if not literal:
        return None
    decimals = decimals_of(literal)
    is_, should = (str(abs(round(value * 10**decimals))) for value in reversed(values))
    width = max(len(is_), len(should))
    for place, (mine, right) in enumerate(zip(is_.zfill(width), should.zfill(width), strict=True)):
        if mine != right:
            return width - 1 - place - decimals
    return None
