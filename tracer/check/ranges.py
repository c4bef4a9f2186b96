"""Arithmetic of ranges: where the result of an operation can lie when what it takes lies somewhere in a range.

A range is a pair of arrays over the sheets, its lower and its upper end (Moore, Kearfott, Cloud 2009, Introduction to
Interval Analysis, chapter 2). Declared slopes (text in u and v) have ranges as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref, children
from tracer.calculus.functions import FUNCTIONS
from tracer.calculus.language import parse_expression
from tracer.calculus.numpy_code import erf
from tracer.check.digits import Array

Range = tuple[Array, Array]


class Node(NamedTuple):
    """One operation of an expression and the places of what it takes."""

    part: Expr
    takes: tuple[int, ...]


#: the lists of expressions that were seen lately, by where they stand in memory: to hash a tree takes longer
_SEEN: dict[int, tuple[Expr, tuple[Node, ...]]] = {}


def nodes(expression: Expr) -> tuple[Node, ...]:
    """An expression as a list, each operation after what it takes; what occurs twice is one node, so that the slopes of
    both places add up before they are bounded (a*(1 - a))."""
    seen = _SEEN.get(id(expression))
    if seen is not None and seen[0] is expression:
        return seen[1]
    if len(_SEEN) > 20_000:
        _SEEN.clear()
    made = _listed(expression)
    _SEEN[id(expression)] = expression, made
    return made


def _listed(expression: Expr) -> tuple[Node, ...]:
    found: list[Node] = []
    places: dict[Expr, int] = {}

    def visit(part: Expr) -> int:
        if isinstance(part, Call) and part.function in ("max", "min") and len(part.arguments) > 2:
            *first, final = part.arguments
            part = Call(part.function, (Call(part.function, tuple(first)), final))
        if part not in places:
            takes = tuple(map(visit, children(part))) if not isinstance(part, Ref) else ()
            found.append(Node(part, takes))
            places[part] = len(found) - 1
        return places[part]

    visit(expression)
    return tuple(found)


@lru_cache
def _parts(slope: str) -> tuple[Node, ...]:
    return nodes(parse_expression(slope, ""))


def declared(slope: str, ranges: Mapping[str, Range]) -> Range:
    """The range of a declared slope (text in u and v) over ranges of its arguments."""
    found: list[Range] = []
    for part, takes in _parts(slope):
        inside = [found[place] for place in takes]
        match part:
            case Ref(name):
                found.append(ranges[name])
            case Compare():
                yes, no = decided(part, *inside)
                found.append((np.where(yes, 1.0, 0.0), np.where(no, 0.0, 1.0)))
            case Call("where"):
                chosen, first, second = inside
                found.append((np.where(chosen[0] == 1, first[0], np.where(chosen[1] == 0, second[0],
                                       np.minimum(first[0], second[0]))),
                              np.where(chosen[0] == 1, first[1], np.where(chosen[1] == 0, second[1],
                                       np.maximum(first[1], second[1])))))  # fmt: skip
            case _:
                found.append(range_of(part, inside))
    return found[-1]


def decided(condition: Expr, left: Range, right: Range) -> Range:
    """Whether a condition holds for all numbers of two ranges, and whether it holds for none."""
    assert isinstance(condition, Compare)
    match condition.operator:
        case "<":
            return left[1] < right[0], left[0] >= right[1]
        case "<=":
            return left[1] <= right[0], left[0] > right[1]
        case ">":
            return left[0] > right[1], left[1] <= right[0]
        case ">=":
            return left[0] >= right[1], left[1] < right[0]
    same = (left[0] == left[1]) & (right[0] == right[1]) & (left[0] == right[0])
    return same, (left[1] < right[0]) | (left[0] > right[1])


def apply(part: Expr, numbers: list[Array]) -> Array:
    """The result of an operation, left to right as it is written."""
    match part:
        case Number(value):
            return float(value)
        case Neg():
            return -numbers[0]
        case Add():
            return sum(numbers[1:], numbers[0])
        case Mul():
            return math.prod(numbers[1:], start=numbers[0])
        case Div():
            return np.divide(numbers[0], numbers[1])
        case Pow():
            return np.power(numbers[0], numbers[1])
        case Call(function):
            return erf(numbers[0]) if function == "erf" else getattr(np, FUNCTIONS[function].numpy)(*numbers)
    raise AssertionError(part)


def range_of(part: Expr, ranges: list[Range]) -> Range:
    """The range of an operation over ranges of what it takes, without rounding."""
    match part:
        case Number(value):
            return float(value), float(value)
        case Neg():
            return -ranges[0][1], -ranges[0][0]
        case Add():
            return sum(low for low, _ in ranges), sum(high for _, high in ranges)
        case Mul():
            return product(ranges)
        case Div():
            return times(ranges[0], inverse(ranges[1]))
        case Pow(_, Number(exponent)):
            return power(ranges[0], float(exponent))
        case Pow():
            corners = [np.power(base, exponent) for base in ranges[0] for exponent in ranges[1]]
            return _ends(corners)
        case Call("abs"):
            low, high = ranges[0]
            return np.maximum(np.maximum(low, -high), 0.0), np.maximum(np.abs(low), np.abs(high))
    # every other function rises, or is level, in each of its arguments
    return apply(part, [low for low, _ in ranges]), apply(part, [high for _, high in ranges])


def product(ranges: list[Range]) -> Range:
    """The product of several ranges."""
    made = ranges[0] if ranges else (1.0, 1.0)
    for one in ranges[1:]:
        made = times(made, one)
    return made


def times(first: Range, second: Range) -> Range:
    """The product of two ranges."""
    if _is_point(first):
        first, second = second, first
    if _is_point(second):
        factor = second[0]
        if factor == 0:
            return 0.0, 0.0
        low, high = first if factor > 0 else (first[1], first[0])
        return low * factor, high * factor
    return _ends([one * other for one in first for other in second])


def _is_point(one: Range) -> bool:
    return isinstance(one[0], float) and one[0] == one[1]


def _ends(corners: list[Array]) -> Range:
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    return low, np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))


def inverse(one: Range) -> Range:
    """1 / a range; everything where the range holds 0."""
    low, high = one
    through = (low <= 0) & (high >= 0)
    return np.where(through, -np.inf, np.divide(1.0, high)), np.where(through, np.inf, np.divide(1.0, low))


def power(one: Range, exponent: float) -> Range:
    """A range to a fixed power."""
    if exponent == 0:
        return 1.0, 1.0
    if exponent < 0:
        return inverse(power(one, -exponent))
    low, high = np.power(one[0], exponent), np.power(one[1], exponent)
    if exponent % 2 or exponent != round(exponent):
        return low, high
    through = (np.asarray(one[0]) <= 0) & (np.asarray(one[1]) >= 0)
    return np.where(through, 0.0, np.minimum(low, high)), np.maximum(low, high)
