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
from typing import NamedTuple

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
from tracer.read.relations import Chain, Side, chains_in_tex, comma_on
from tracer.read.unread_relation import looks_numeric

SURE_FIGURES = 5  # a number with so many is taken to be a rounded one
COMPUTED_FIGURES = 15  # a number with so many was printed by a program
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


SPELLED = {"=": "=", "!=": "≠", "~": "≈", "<": "<", ">": ">", "<=": "≤", ">=": "≥", "": "?"}


class Unread(NamedTuple):
    """A relation that seems to be one of numbers, and was not judged."""

    line: int
    printed: str


@dataclass
class Audit:
    """What was found on a page: the chains with their lines, the relations that were judged and those that could not be
    read, and how many formulas there are, and the lines of those that could not be read."""

    source: str
    chains: list[tuple[Chain, int]] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    formulas: int = 0
    unread: list[int] = field(default_factory=list)  # their lines
    formula_pictures: int = 0
    pictures: int = 0
    skipped: list[Unread] = field(default_factory=list)

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
    own_sigmoid = any(map(_SIGMOID.search, (passage.text for passage in page.passages)))
    every = [pair for chain, line in made.chains for pair in _neighbours(chain, line)]
    readable = [
        bool(sign) and left.numeric and right.numeric and not (own_e and _has_e((left, right)))
        for left, sign, right, _ in every
    ]
    for (left, sign, right, _), read in zip(every, readable, strict=True):
        if read:  # what is rounded on the page has to be known before anything is judged
            evidence.learn(left, sign, right)
    for (left, sign, right, line), read in zip(every, readable, strict=True):
        relation = _judged(left, sign, right, line, evidence) if read else None
        doubtful = any(side.doubtful and not ("\\sigma" in side.printed and own_sigmoid) for side in (left, right))
        if relation is not None and not (doubtful and relation.holds > Holds.CUT):
            made.relations.append(relation)
        elif read or looks_numeric(left, right):
            printed = f"{left.printed} {SPELLED[sign]} {right.printed}"
            made.skipped.append(Unread(line, printed.replace("\ufffc", "")))
    made.skipped.sort(key=lambda one: one.line)
    return made


#: a page that says what its sigma is
_SIGMOID = re.compile(
    r"\\sigma *(?:\\left)? *\( *[A-Za-z_\\{}0-9]{1,20} *(?:\\right)? *\) *&? *= *&? *"
    r"\\[dt]?frac *\{ *1 *\} *\{ *1 *\+ *(?:e|\\exp)"
)


def _chains(page: Page, made: Audit) -> Iterator[tuple[Chain, int]]:
    comma = comma_on(passage.text for passage in page.passages if passage.kind is Kind.TEX)
    for passage in page.passages:
        match passage.kind:
            case Kind.TEX:
                made.formulas += 1
                try:
                    found = chains_in_tex(passage.text, comma)
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
        if left.printed and right.printed:
            yield left, sign, right, line + (chain.rows[place] if chain.rows else 0)


def _names_e(side: Side) -> bool:
    """Whether a letter e stands there that is no base of a power: then e is a name of the page's own."""
    return side.expression is not None and Ref("e") in walk(side.expression)


def _has_e(sides: tuple[Side, Side]) -> bool:
    return any(re.search(r"(?<![A-Za-z\\])e *(?:\^|\*\*)", side.printed) for side in sides)


class _Evidence:
    """What the page says of its own numbers: which it has got by rounding, which exactly, and with how many decimals it
    rounds."""

    def __init__(self) -> None:
        self.rounded: set[str] = set()
        self.exact: set[str] = set()
        self.meant: dict[str, Range] = {}  # where the values lie that were rounded to it
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
            self.keep(literal, left, abs(value.middle))
            self.decimals[decimals_of(literal)] += 1

    def keep(self, literal: str, left: Side, value: Fraction) -> None:
        """One more value that a number was rounded from, as far as its own numbers are known."""
        decimals = max(map(decimals_of, left.numbers.values()), default=0)
        try:
            found = value_of(_tree(left), left.numbers, self.is_rounded, Rounding(decimals, *NEAREST))
        except NoValue:
            found = Range(value, value)
        low, high = sorted(map(abs, (found.low, found.high)))
        before = self.meant.get(literal, Range(low, high))
        self.meant[literal] = Range(min(low, value, before.low), max(high, value, before.high))

    def is_rounded(self, literal: str) -> bool:
        """Whether a number has so many figures, or is the result of a rounding."""
        return _figures(literal) >= SURE_FIGURES or literal in self.rounded

    def sure(self, literal: str, result: int) -> bool | Range:
        """Whether a printed number may well be a rounded one, next to a result with so many decimals. One of which no
        more is known than that an equal one was rounded elsewhere on the page is a value that was rounded there."""
        decimals = decimals_of(literal)
        if not decimals or (literal in self.exact and literal not in self.rounded):
            return False
        habit = max(self.decimals[decimals], self.decimals[decimals + 1]) >= OFTEN and decimals >= max(result - 1, 2)
        return habit or _figures(literal) >= SURE_FIGURES or self.meant.get(literal, False)

    def perhaps(self, literal: str, result: int) -> bool | Range:
        """Whether it may be one if somebody says so."""
        decimals, figures = decimals_of(literal), _figures(literal)
        short = figures >= 2 and decimals >= max(result, 2)
        return short or (decimals > 0 and figures >= 3 and decimals >= result - 1) or self.sure(literal, result)


def _rounds_to(value: Fraction, number: Fraction, unit: Fraction) -> bool:
    """Whether a number is a value rounded, or cut off, to its digits."""
    return abs(value - number) <= unit / 2 or (abs(value - number) < unit and abs(number) < abs(value))


def _figures(literal: str) -> int:
    return len(literal.replace(".", "").lstrip("-0"))


def _tree(side: Side) -> Expr:
    assert side.expression is not None
    return side.expression


def _judged(left: Side, sign: str, right: Side, line: int, evidence: _Evidence) -> Relation | None:
    """One relation of numbers; None where a side has no value that can be computed."""
    if left.percent != right.percent:  # 33 % stands for 0.33, and for 33 where per cent is the unit
        for read in (_as_share, _as_unit):
            sides = (read(left), right) if left.percent else (left, read(right))
            said = _judged(sides[0], sign, sides[1], line, evidence)
            if said is None or said.holds is not Holds.FALSE:
                break
        return said and replace(said, left=left.printed, right=right.printed, digit=None)
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


def _as_unit(side: Side) -> Side:
    """A number of per cent without the sign."""
    return replace(side, printed=side.literal, percent=False)


def _as_share(side: Side) -> Side:
    """A number of per cent as a share: 12.5 % is 0.125."""
    whole, _, decimals = side.literal.lstrip("-").partition(".")
    text = f"{whole.zfill(3)[:-2]}.{whole.zfill(3)[-2:]}{decimals}"
    minus = side.literal.startswith("-")
    tree = Neg(Ref("n0")) if minus else Ref("n0")
    return Side(f"-{text}" if minus else text, tree, {"n0": text})


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
    if holds is None:
        return None
    values = (ends[0].middle, ends[1].middle)
    off = abs(values[0] - values[1])
    digit = _largest_wrong(values, right.literal) if holds is Holds.FALSE and sign in "=~" else None
    return Relation(line, left.printed, sign, right.printed, holds, values, off, digit)


def _holds(
    left: Side, sign: str, right: Side, ends: tuple[Range, Range], evidence: _Evidence, base: float
) -> Holds | None:
    if sign == "!=":
        return _unequal(ends)
    if (
        sign in ("<", "<=", ">", ">=")
        and left.literal
        and right.literal
        and _ordered_wrongly(left.literal, sign, right.literal)
    ):
        return Holds.FALSE
    if ends[0].exact and ends[1].exact and _compared(ends[0].low, sign, ends[1].low):
        return Holds.EXACT
    if sign in "=~" and _as_computed(left, right, ends):
        return Holds.ROUNDED
    if sign == "=" and ends[0].exact and ends[1].exact and _whole(left, right, ends[0]):
        return Holds.FALSE
    for holds, how in ((Holds.ROUNDED, NEAREST), (Holds.CUT, CUT)):
        if _fits(left, sign, right, evidence, how, base, sure=True):
            return holds
    if sign == "~" and (_roughly(ends, left, right) or _fits(left, sign, right, evidence, NEAREST, base, sure=False)):
        return Holds.ROUNDED
    return Holds.UNSURE if _fits(left, sign, right, evidence, CUT, base, sure=False) else Holds.FALSE


def _as_computed(left: Side, right: Side, ends: tuple[Range, Range]) -> bool:
    """Whether a number with all the digits of a computer is off by what a computer loses, as in
    1 - 0.9 = 0.09999999999999998."""
    if max(map(_figures, (left.literal, right.literal))) < COMPUTED_FIGURES:
        return False
    largest = max(abs(Fraction(one)) for one in (*left.numbers.values(), *right.numbers.values()))
    return abs(ends[0].middle - ends[1].middle) <= largest / 2**50


def _unequal(ends: tuple[Range, Range]) -> Holds | None:
    """Whether two values differ; None where that cannot be seen."""
    if ends[0].high < ends[1].low or ends[1].high < ends[0].low:
        return Holds.EXACT
    return Holds.FALSE if ends[0].exact and ends[1].exact else None


def _ordered_wrongly(left: str, sign: str, right: str) -> bool:
    """Whether two printed numbers stand in the wrong order, by more than rounding can have turned them."""
    apart = Fraction(left) - Fraction(right) if sign[0] == "<" else Fraction(right) - Fraction(left)
    return apart >= max(unit_of(left), unit_of(right))


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

    def operand(literal: str) -> bool | Range:
        return evidence.sure(literal, decimals) if sure else evidence.perhaps(literal, decimals)

    def value(side: Side, fresh: set[str]) -> Range:
        return value_of(_tree(side), side.numbers, lambda one: one in fresh or operand(one), rounding, base)

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
