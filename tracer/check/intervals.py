"""Where the result of one step can lie, when what it was computed from was rounded, and each operation may have been.

A person who works by hand writes fewer digits than there are. There are two kinds of people. One rounds on paper: reads
the numbers as they are written, and may round after every operation, by up to a unit if digits are cut off. The other
carries more digits than are written: any number read may be off by a unit, and operations are not rounded. `enclose`
bounds the results of both. By the mean value theorem a result differs from the one without any rounding by no more than
the sum of what each rounding can move it; how far one can is the steepest slope it meets anywhere in the box of all
roundings, and arithmetic of ranges bounds that (Moore, Kearfott, Cloud 2009, Introduction to Interval Analysis, chapter
6). Slopes are the declared ones of `FUNCTIONS`. All sheets of a class are arrays with one axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.check.digits import Array, Digits, Known, decimals_in_full
from tracer.check.ranges import Node, Range, apply, decided, declared, inverse, nodes, power, product, range_of, times

#: more than float64 itself can have lost in one step, as a share of the numbers in it
LOST = 1e-12
#: those who carry more digits than they write round operations, if at all, by this share of a unit
GUARDED = 0.01
#: operations whose result needs no more digits than what they take
_NOT_ROUNDED = ("abs", "max", "min", "sign", "where")


class Enclosure(NamedTuple):
    """Where a result can lie before it is itself rounded: `number` is it without any rounding; up to `paper` from it
    for who rounds on paper, up to `carried` for who carries more digits; `low` to `high` for who does both."""

    number: Array
    paper: Array
    carried: Array
    low: Array
    high: Array


def enclose(expression: Expr, known: Mapping[Ref, Known], digits: Digits) -> Enclosure:
    """An expression of fixed elements to where its result can lie, on every sheet.

    >>> from tracer.calculus.language import parse_expression
    >>> net = parse_expression("x*w + b", "", fixed=True)
    >>> x, w, b = Known(0.5, 0.01, 2), Known(0.25), Known(0.1)
    >>> found = enclose(net, {Ref("x"): x, Ref("w"): w, Ref("b"): b}, Digits(2))
    >>> [round(float(one), 6) for one in found]
    [0.225, 0.01, 0.0026, 0.2125, 0.2375]
    """
    with np.errstate(all="ignore"):
        return _Pass(nodes(expression), known, digits).enclosure()


def number_of(expression: Expr, known: Mapping[Ref, Known]) -> Array:
    """The result of an expression at the numbers as they are, without any rounding; call it with NumPy's warnings off.

    >>> from tracer.calculus.language import parse_expression
    >>> float(number_of(parse_expression("x*w", "", fixed=True), {Ref("x"): Known(0.5), Ref("w"): Known(0.25)}))
    0.125
    """
    found: list[Array] = []
    for part, takes in nodes(expression):
        found.append(_number(part, [found[place] for place in takes], known))
    return found[-1]


def _number(part: Expr, numbers: list[Array], known: Mapping[Ref, Known]) -> Array:
    if isinstance(part, Ref):
        return known[part].number
    if isinstance(part, Compare):
        return getattr(np, COMPARISONS[part.operator])(*numbers)
    return apply(part, numbers)


_NOTHING = Known(np.nan)


class _Pass:
    """One expression on its way through: forward for numbers and ranges, backward for slopes."""

    def __init__(self, parts: tuple[Node, ...], known: Mapping[Ref, Known], digits: Digits) -> None:
        self.nodes, self.digits = parts, digits
        #: what is known of the values that are read, by their places; to look them up again and again takes long
        self.known = [known[part] if isinstance(part, Ref) else _NOTHING for part, _ in parts]
        self.number: list[Array] = []
        self.ranges: list[Range] = []
        self.rounded: list[Array] = []  # how far each operation may have been rounded before the next one takes it
        self.decimals: list[Array] = []  # with how many each number is written in full, or after it was rounded
        self.unsure: Array = False  # where a choice hangs on the roundings; a jump has no slope
        for node in self.nodes:
            self.forward(node, last=len(self.number) == len(self.nodes) - 1)

    # -- forward: numbers, ranges, and how far each operation is rounded

    def forward(self, node: Node, last: bool) -> None:
        part, takes = node
        ranges = [self.ranges[place] for place in takes]
        rounded: Array = 0.0
        if isinstance(part, Ref):
            value = self.known[len(self.number)]
            width = value.width + value.paper
            self.number.append(value.number)
            self.ranges.append((value.number - width, value.number + width))
            self.rounded.append(rounded)
            self.decimals.append(value.decimals)
            return
        needed = self.needed(node)
        self.number.append(_number(part, [self.number[place] for place in takes], {}))
        if isinstance(part, Neg):
            self.ranges.append((-ranges[0][1], -ranges[0][0]))
            self.rounded.append(rounded)
            self.decimals.append(needed)
            return
        if isinstance(part, Number):
            low = high = self.number[-1]
        elif isinstance(part, Call) and part.function == "where":
            sure_yes, sure_no = self.decided(takes[0])
            low, high = (
                np.where(sure_yes, yes, np.where(sure_no, no, end(yes, no)))
                for end, yes, no in zip((np.minimum, np.maximum), ranges[1], ranges[2], strict=True)
            )
            self.unsure = self.unsure | ~(sure_yes | sure_no)
        elif isinstance(part, Compare):
            low, high = 0.0, 1.0
        else:
            low, high = range_of(part, ranges)
            rounded = (0.0 if last else self.rounding(node, low, high)) + self.inside(node)
            low, high = low - rounded, high + rounded
        self.ranges.append((low, high))
        self.rounded.append(rounded)
        self.decimals.append(needed if isinstance(part, Number) else np.minimum(needed, self.digits.decimals))

    def decided(self, condition: int) -> tuple[Array, Array]:
        left, right = self.nodes[condition].takes
        return decided(self.nodes[condition].part, self.ranges[left], self.ranges[right])

    def rounding(self, node: Node, low: Array, high: Array) -> Array:
        """How far the result of an operation may have been rounded before the next one takes it."""
        part, _ = node
        if isinstance(part, Call) and part.function in _NOT_ROUNDED:
            return 0.0
        unit = self.digits.unit(np.maximum(np.abs(low), np.abs(high)))
        return np.where(self.is_exact(node), 0.0, unit) if isinstance(part, Add | Mul | Pow) else unit

    def is_exact(self, node: Node) -> Array:
        """Whether a sum, a product or a power needs no rounding: it has no more decimals than people write."""
        if self.digits.by_figures:
            return (np.asarray(self.digits.figures) == 0) & (self.needed(node) <= self.digits.decimals)
        return self.needed(node) <= self.digits.decimals

    def needed(self, node: Node) -> Array:
        """With how many decimals the result of an operation can be written in full, where nothing is rounded in it."""
        part, takes = node
        there = [self.decimals[place] for place in takes]
        match part:
            case Number(value):
                return decimals_in_full(value)
            case Mul():
                return sum(there)
            case Add() | Neg():
                return reduce(np.maximum, there)
            case Call(function) if function in _NOT_ROUNDED:
                return reduce(np.maximum, there)
            case Pow(_, Number(exponent)) if exponent.denominator == 1 and exponent > 0:
                return there[0] * int(exponent)
        return np.inf

    def inside(self, node: Node) -> Array:
        """How far a product of three or more factors moves when the products on the way are rounded, in whatever
        order they are taken: one of k factors is multiplied by the n - k others, at most by the largest of them. And
        how far a sum of three or more terms does: none of the sums on the way is larger than all terms together."""
        part, takes = node
        if not isinstance(part, Mul | Add) or len(takes) < 3:
            return 0.0
        sizes = [np.maximum(np.abs(low), np.abs(high)) for low, high in (self.ranges[place] for place in takes)]
        if isinstance(part, Add):
            return np.where(self.is_exact(node), 0.0, (len(takes) - 2) * self.digits.unit(sum(sizes)))
        ordered = -np.sort(-np.stack(np.broadcast_arrays(*sizes)), axis=0)
        products = np.cumprod(ordered, axis=0)
        moved: Array = self.digits.last * products[: len(takes) - 2].sum(axis=0)
        if self.digits.by_figures:
            figures = np.asarray(self.digits.figures)
            by_figures = (len(takes) - 2) * products[-1] * 10.0 ** (1.0 - figures)
            moved = np.maximum(np.where(figures > 0, by_figures, 0.0), moved)
        return np.where(self.is_exact(node), 0.0, moved)

    # -- backward: the slope of the result in each node, as a range

    def enclosure(self) -> Enclosure:
        slopes: list[Range | None] = [None] * len(self.nodes)
        slopes[-1] = (1.0, 1.0)
        paper: Array = 0.0
        carried: Array = 0.0
        for place in range(len(self.nodes) - 1, -1, -1):
            slope, node = slopes[place], self.nodes[place]
            if slope is None:
                continue
            part = node.part
            rounded = self.rounded[place]
            if isinstance(part, Ref):
                value = self.known[place]
                if np.ndim(value.width) or value.width or np.ndim(value.paper) or value.paper:
                    steepest = np.maximum(np.abs(slope[0]), np.abs(slope[1]))
                    paper = paper + steepest * value.paper
                    carried = carried + steepest * value.width
                continue
            if np.ndim(rounded) or rounded:
                moved = np.maximum(np.abs(slope[0]), np.abs(slope[1])) * rounded
                paper = paper + moved
                carried = carried + GUARDED * moved
            for taken, local in zip(node.takes, self.slopes(node, place), strict=True):
                if local is None or isinstance(self.nodes[taken].part, Number):
                    continue
                along = times(slope, local)
                before = slopes[taken]
                slopes[taken] = along if before is None else (before[0] + along[0], before[1] + along[1])
        number = self.number[-1]
        slack = LOST * (1 + np.abs(number))
        paper, carried = (np.where(self.unsure | np.isnan(one), np.inf, one) + slack for one in (paper, carried))
        low, high = (
            np.where(np.isnan(end), far, end) for end, far in zip(self.ranges[-1], (-np.inf, np.inf), strict=True)
        )
        both = paper + carried
        return Enclosure(
            number, paper, carried, np.fmax(low - slack, number - both), np.fmin(high + slack, number + both)
        )

    def slopes(self, node: Node, place: int) -> list[Range | None]:
        """The slope of an operation in each of what it takes; None for a condition."""
        ranges = [self.ranges[taken] for taken in node.takes]
        match node.part:
            case Neg():
                return [(-1.0, -1.0)]
            case Add():
                return [(1.0, 1.0)] * len(ranges)
            case Mul():
                return [product([*ranges[:at], *ranges[at + 1 :]]) for at in range(len(ranges))]
            case Div():
                (top, bottom) = ranges
                below = inverse(bottom)
                square = times(below, below)
                along = times(top, (np.maximum(square[0], 0.0), square[1]))
                return [below, (-along[1], -along[0])]
            case Pow(_, Number(exponent)):
                return [times((float(exponent),) * 2, power(ranges[0], float(exponent) - 1)), None]
            case Pow():
                base, exponent_range = ranges
                logarithm = (np.log(base[0]), np.log(base[1]))
                whole = self.ranges[place]
                return [times(exponent_range, times(whole, inverse(base))), times(whole, logarithm)]
            case Call("where"):
                yes, no = self.decided(node.takes[0])
                return [None, (np.where(yes, 1.0, 0.0), np.where(no, 0.0, 1.0)),
                        (np.where(no, 1.0, 0.0), np.where(yes, 0.0, 1.0))]  # fmt: skip
            case Call(function):
                names = dict(zip(FUNCTIONS[function].arguments, ranges, strict=True))
                return [declared(slope, names) for slope in FUNCTIONS[function].slopes]
            case Compare():
                return [None, None]
        return []
