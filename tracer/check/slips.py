"""Slips of the pen behind wrong answers: two answers that stand in each other's place, two digits the wrong way round,
a point in the wrong place, a sign that is turned, a number that was miscopied and gone on with as it should have been.

Each is said only where the sheet itself shows it. What was worked out is then right; what was written down is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from tracer.read.number import Written

FIGURES = 3  # significant figures of a number before its digits are evidence
SHIFTS = (-3, -2, -1, 1, 2, 3)  # places that a point may be off by


class Kind(Enum):
    """What happened: two answers, or two neighbouring digits exchanged, a point misplaced, a sign turned, or a number
    miscopied."""

    EXCHANGED = "exchanged"
    DIGITS = "digits"
    POINT = "point"
    SIGN = "sign"
    COPIED = "copied"


class Slip(NamedTuple):
    """A slip, and the place of the answer that this one was exchanged with."""

    kind: Kind
    other: int = -1


class Wrong(NamedTuple):
    """A wrong answer: its place, as it was written, the `sign` of what its name means, the name of the value that it is
    an element of, and whether a number is accepted for it."""

    place: int
    written: Written
    sign: int
    value: str
    accepts: Callable[[float], bool]


def slips(wrong: Sequence[Wrong], gone_on: Iterable[int]) -> Mapping[int, Slip]:
    """The slips behind some wrong answers of a sheet, by place. `gone_on` are the places of numbers that later answers
    are right by as they should have been."""
    found: dict[int, Slip] = {place: Slip(Kind.COPIED) for place in gone_on}
    found |= {one.place: Slip(Kind.POINT) for one in wrong if point_misplaced(one)}
    found |= {one.place: Slip(Kind.SIGN) for one in wrong if sign_turned(one)}
    found |= {one.place: Slip(Kind.DIGITS) for one in wrong if digits_exchanged(one)}
    pairs = [(one, other) for one, other in combinations(wrong, 2) if _exchanged(one, other)]
    places = [one.place for pair in pairs for one in pair]
    for one, other in pairs:
        if places.count(one.place) == places.count(other.place) == 1:
            found |= {one.place: Slip(Kind.EXCHANGED, other.place), other.place: Slip(Kind.EXCHANGED, one.place)}
    return found


def _exchanged(one: Wrong, other: Wrong) -> bool:
    """Whether each of two elements of one value is what the other should be."""
    if one.value != other.value or min(one.written.figures or 0, other.written.figures or 0) < FIGURES - 1:
        return False
    return one.accepts(_number(other)) and other.accepts(_number(one))


def _number(one: Wrong) -> float:
    return one.sign * float(one.written.value)


def digits_exchanged(one: Wrong) -> bool:
    """Whether a wrong answer is right with two neighbouring digits the other way round.

    >>> answer = Written("0.5739", Fraction("0.5739"), 4, 4)
    >>> digits_exchanged(Wrong(0, answer, 1, "a1", lambda number: abs(number - 0.5793) < 5e-5))
    True
    """
    decimals, figures = one.written.decimals, one.written.figures
    if one.written.exact or decimals is None or figures is None or figures < FIGURES:
        return False
    whole = one.written.value * Fraction(10) ** decimals
    digits = str(abs(whole.numerator))
    tried = {f"{digits[:at]}{digits[at + 1]}{digits[at]}{digits[at + 2 :]}" for at in range(len(digits) - 1)} - {digits}
    turn = one.sign * (-1 if whole < 0 else 1)
    return any(one.accepts(float(turn * Fraction(int(text)) / Fraction(10) ** decimals)) for text in tried)


def point_misplaced(one: Wrong) -> bool:
    """Whether a wrong answer is right with its point a few places further on.

    >>> answer = Written("5.739", Fraction("5.739"), 3, 4)
    >>> point_misplaced(Wrong(0, answer, 1, "a1", lambda number: abs(number - 0.5739) < 5e-5))
    True
    """
    if (one.written.figures or 0) < FIGURES:
        return False
    return any(one.accepts(float(one.sign * one.written.value * Fraction(10) ** shift)) for shift in SHIFTS)


def sign_turned(one: Wrong) -> bool:
    """Whether a wrong answer is right with the other sign.

    >>> answer = Written("0.0213", Fraction("0.0213"), 4, 3)
    >>> sign_turned(Wrong(0, answer, 1, "dw1", lambda number: abs(number + 0.0213) < 5e-5))
    True
    """
    return (one.written.figures or 0) >= FIGURES - 1 and one.accepts(-_number(one))
