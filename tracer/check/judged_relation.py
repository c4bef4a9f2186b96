"""A relation between printed numbers into whether it holds: exactly, after rounding, or not at all."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction

from tracer.calculus.expression import Call, Expr, Neg, Ref, rebuild
from tracer.check.evidence import Evidence, figures_of
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
from tracer.read.relations import Side, tree_of

COMPUTED_FIGURES = 15  # a number with so many was printed by a program


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
    element: str = ""  # of a relation of matrices the element that was judged

    @property
    def printed(self) -> str:
        """The relation as it is printed."""
        return f"{self.left} {SPELLED[self.sign]} {self.right}"


SPELLED = {"=": "=", "!=": "≠", "~": "≈", "<": "<", ">": ">", "<=": "≤", ">=": "≥", "": "?"}


def judged_relation(left: Side, sign: str, right: Side, line: int, evidence: Evidence) -> Relation | None:
    """One relation of numbers; None where a side has no value that can be computed."""
    if left.percent != right.percent:  # 33 % stands for 0.33, and for 33 where per cent is the unit
        for read in (_as_share, _as_unit):
            sides = (read(left), right) if left.percent else (left, read(right))
            said = judged_relation(sides[0], sign, sides[1], line, evidence)
            if said is None or said.holds is not Holds.FALSE:
                break
        return said and replace(said, left=left.printed, right=right.printed, digit=None)
    bases = (math.e, 10.0, 2.0) if any(_is_log(side) for side in (left, right)) else (math.e,)
    found = [one for base in bases if (one := _in_base(left, sign, right, line, evidence, base)) is not None]
    if not found:
        return None
    best = min(found, key=lambda one: one.holds)
    if best.holds is Holds.FALSE and _turned(tree_of(left)) != tree_of(left):
        other = replace(left, expression=_turned(tree_of(left)))
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


def _in_base(left: Side, sign: str, right: Side, line: int, evidence: Evidence, base: float) -> Relation | None:
    try:
        ends = (value_of(tree_of(left), left.numbers, base=base), value_of(tree_of(right), right.numbers, base=base))
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
    left: Side, sign: str, right: Side, ends: tuple[Range, Range], evidence: Evidence, base: float
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
    if sign == "=" and left.literal and right.literal and decimals_of(left.literal) == decimals_of(right.literal):
        return Holds.FALSE  # 0.38 = 0.39: neither is a rounding of the other
    return Holds.UNSURE if _fits(left, sign, right, evidence, CUT, base, sure=False) else Holds.FALSE


def _as_computed(left: Side, right: Side, ends: tuple[Range, Range]) -> bool:
    """Whether a number with all the digits of a computer is off by what a computer loses, as in
    1 - 0.9 = 0.09999999999999998."""
    if max(map(figures_of, (left.literal, right.literal))) < COMPUTED_FIGURES:
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
    left: Side, sign: str, right: Side, evidence: Evidence, how: tuple[Fraction, Fraction], base: float, sure: bool
) -> bool:
    """Whether the sides meet when what may have been rounded was. A result (a side that is one number) is always a
    rounded one; in a side that is more, the numbers that the other side has not."""
    mine, theirs = set(left.numbers.values()), set(right.numbers.values())
    decimals = max(map(decimals_of, (mine | theirs) if not right.literal else theirs), default=0)
    rounding = Rounding(decimals, *how)

    def operand(literal: str) -> bool | Range:
        return evidence.sure(literal, decimals) if sure else evidence.perhaps(literal, decimals)

    def value(side: Side, fresh: set[str]) -> Range:
        return value_of(tree_of(side), side.numbers, lambda one: one in fresh or operand(one), rounding, base)

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
