"""Where the result of one step can lie, when what it was computed from was rounded, and each operation may have been.

A person who works by hand writes fewer digits than there are, and may round after every operation. `enclose` bounds
every result that can come out so. By the mean value theorem a result differs from the one without any rounding by no
more than the sum of what each rounding can move it; how far one can is the steepest slope it meets anywhere in the box
of all roundings, and interval arithmetic bounds that (Moore, Kearfott, Cloud 2009, Introduction to Interval Analysis,
chapter 6). Slopes are the declared ones of `FUNCTIONS`. All sheets of a class are arrays with one axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref, children
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.calculus.language import parse_expression
from tracer.calculus.numpy_code import erf

Array = Any  # an array over the sheets, or one number for all of them
#: more than float64 itself can have lost in one step, as a share of the numbers in it
LOST = 1e-12


class Known(NamedTuple):
    """A value as it stands on the sheets: its number, how far the one that was meant may be from it (a whole unit of
    its last digit), and with how many digits after the point it is written (inf where it is not)."""

    number: Array
    width: Array = 0.0
    decimals: Array = 0.0


class Digits(NamedTuple):
    """How far a person rounds: to `decimals`, or where `figures` is not 0 to so many significant figures."""

    decimals: Array
    figures: Array = 0

    def unit(self, size: Array) -> Array:
        """What a unit of the last digit is worth, in numbers of a size."""
        by_decimals = 10.0 ** -np.asarray(self.decimals, dtype=float)
        if not np.any(self.figures):
            return by_decimals
        leading = np.floor(np.log10(np.maximum(size, 1e-300)))
        return np.where(np.asarray(self.figures) > 0, 10.0 ** (leading - self.figures + 1), by_decimals)


class Enclosure(NamedTuple):
    """Where a result can lie before it is itself rounded: `number` is it without any rounding, `low` to `high` with
    roundings by up to a unit, and roundings by up to half a unit move it no further than `half`."""

    number: Array
    low: Array
    high: Array
    half: Array


def enclose(expression: Expr, known: Mapping[Ref, Known], digits: Digits) -> Enclosure:
    """An expression of fixed elements to where its result can lie, on every sheet.

    >>> net = parse_expression("x*w + b", "", fixed=True)
    >>> x, w, b = Known(0.5, 0.01, 2), Known(0.25), Known(0.1)
    >>> found = enclose(net, {Ref("x"): x, Ref("w"): w, Ref("b"): b}, Digits(2))
    >>> [round(float(end), 6) for end in (found.number, found.low, found.high)]
    [0.225, 0.2125, 0.2375]
    """
    with np.errstate(all="ignore"):
        return _Pass(expression, known, digits).enclosure()


class _Node(NamedTuple):
    """One operation of an expression and the places of what it takes."""

    part: Expr
    takes: tuple[int, ...]


@lru_cache(maxsize=8192)
def _nodes(expression: Expr) -> tuple[_Node, ...]:
    """An expression as a list, each operation after what it takes; what occurs twice is one node, so that the slopes of
    both places add up before they are bounded (a*(1 - a))."""
    nodes: list[_Node] = []
    places: dict[Expr, int] = {}

    def visit(part: Expr) -> int:
        if isinstance(part, Call) and part.function in ("max", "min") and len(part.arguments) > 2:
            *first, final = part.arguments
            part = Call(part.function, (Call(part.function, tuple(first)), final))
        if part not in places:
            takes = tuple(map(visit, children(part))) if not isinstance(part, Ref) else ()
            nodes.append(_Node(part, takes))
            places[part] = len(nodes) - 1
        return places[part]

    visit(expression)
    return tuple(nodes)


class _Pass:
    """One expression on its way through: forward for numbers and ranges, backward for slopes."""

    def __init__(self, expression: Expr, known: Mapping[Ref, Known], digits: Digits) -> None:
        self.nodes, self.known, self.digits = _nodes(expression), known, digits
        self.number: list[Array] = []
        self.low: list[Array] = []
        self.high: list[Array] = []
        self.unsure: Array = False  # where a choice hangs on the roundings; a jump has no slope
        for node in self.nodes:
            self.forward(node, last=len(self.number) == len(self.nodes) - 1)

    # -- forward: numbers, ranges, and how far each operation is rounded

    def forward(self, node: _Node, last: bool) -> None:
        part, takes = node
        ranges = [(self.low[place], self.high[place]) for place in takes]
        numbers = [self.number[place] for place in takes]
        if isinstance(part, Ref):
            value = self.known[part]
            number, low, high = value.number, value.number - value.width, value.number + value.width
        elif isinstance(part, Call) and part.function == "where":
            sure_yes, sure_no = _decided(part.arguments[0], *self.sides(takes[0]))
            number = np.where(self.number[takes[0]], numbers[1], numbers[2])
            low, high = (
                np.where(sure_yes, yes, np.where(sure_no, no, end(yes, no)))
                for end, yes, no in zip((np.minimum, np.maximum), ranges[1], ranges[2], strict=True)
            )
            self.unsure = self.unsure | ~(sure_yes | sure_no)
        elif isinstance(part, Compare):
            number, low, high = getattr(np, COMPARISONS[part.operator])(*numbers), 0.0, 1.0
        else:
            number = _apply(part, numbers)
            low, high = _range(part, ranges)
        rounding = 0.0 if last else self.rounding(node, low, high)
        inner = self.inside(node)
        self.number.append(number)
        self.low.append(low - rounding - inner)
        self.high.append(high + rounding + inner)

    def sides(self, condition: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        left, right = self.nodes[condition].takes
        return (self.low[left], self.high[left]), (self.low[right], self.high[right])

    def rounding(self, node: _Node, low: Array, high: Array) -> Array:
        """How far the result of an operation may have been rounded before the next one takes it."""
        part, takes = node
        if isinstance(part, Ref | Number | Neg | Compare) or (
            isinstance(part, Call) and part.function in ("abs", "max", "min", "sign", "where")
        ):
            return 0.0
        unit = self.digits.unit(np.maximum(np.abs(low), np.abs(high)))
        if not isinstance(part, Add):
            return unit
        # a sum of numbers as they are written has no more decimals than they have
        written = [self.decimals(place) for place in takes]
        if any(math.isinf(np.max(decimals)) for decimals in written):
            return unit
        exact = np.max(np.broadcast_arrays(*written), axis=0) <= self.digits.decimals
        return np.where(exact & (np.asarray(self.digits.figures) == 0), 0.0, unit)

    def decimals(self, place: int) -> Array:
        part = self.nodes[place].part
        match part:
            case Neg():
                return self.decimals(self.nodes[place].takes[0])
            case Ref():
                return self.known[part].decimals
            case Number(value) if value.denominator == 1:
                return 0
        return math.inf

    def inside(self, node: _Node) -> Array:
        """How far a product of three or more factors moves when the products on the way are rounded, in whatever
        order they are taken: one of k factors is multiplied by the n - k others, at most by the largest of them."""
        part, takes = node
        if not isinstance(part, Mul) or len(takes) < 3:
            return 0.0
        sizes = [np.maximum(np.abs(self.low[place]), np.abs(self.high[place])) for place in takes]
        ordered = -np.sort(-np.stack(np.broadcast_arrays(*sizes)), axis=0)
        products = np.cumprod(ordered, axis=0)
        by_decimals = 10.0 ** -np.asarray(self.digits.decimals, dtype=float) * products[: len(takes) - 2].sum(axis=0)
        if not np.any(self.digits.figures):
            return by_decimals
        by_figures = (len(takes) - 2) * products[-1] * 10.0 ** (1.0 - np.asarray(self.digits.figures))
        return np.where(np.asarray(self.digits.figures) > 0, by_figures, by_decimals)

    # -- backward: the slope of the result in each node, as an interval

    def enclosure(self) -> Enclosure:
        slopes: list[tuple[Array, Array] | None] = [None] * len(self.nodes)
        slopes[-1] = (1.0, 1.0)
        radius: Array = 0.0
        for place in range(len(self.nodes) - 1, -1, -1):
            slope, node = slopes[place], self.nodes[place]
            if slope is None:
                continue
            steepest = np.maximum(np.abs(slope[0]), np.abs(slope[1]))
            radius = radius + steepest * self.moved(node, place, last=place == len(self.nodes) - 1)
            for taken, local in zip(node.takes, self.slopes(node, place), strict=True):
                if local is None:
                    continue
                along = _times(slope, local)
                before = slopes[taken]
                slopes[taken] = along if before is None else (before[0] + along[0], before[1] + along[1])
        number = self.number[-1]
        radius = np.where(self.unsure | np.isnan(radius), np.inf, radius)
        slack = LOST * (1 + np.abs(number))
        low, high = (
            np.where(np.isnan(end), far, end) for end, far in ((self.low[-1], -np.inf), (self.high[-1], np.inf))
        )
        return Enclosure(
            number,
            np.maximum(low, number - radius) - slack,
            np.minimum(high, number + radius) + slack,
            radius / 2 + slack,
        )

    def moved(self, node: _Node, place: int, last: bool) -> Array:
        """How far the value of one node can be from what it would be without rounding it."""
        if isinstance(node.part, Ref):
            return self.known[node.part].width
        return (0.0 if last else self.rounding(node, self.low[place], self.high[place])) + self.inside(node)

    def slopes(self, node: _Node, place: int) -> list[tuple[Array, Array] | None]:
        """The slope of an operation in each of what it takes; None for a condition."""
        ranges = [(self.low[taken], self.high[taken]) for taken in node.takes]
        match node.part:
            case Neg():
                return [(-1.0, -1.0)]
            case Add():
                return [(1.0, 1.0)] * len(ranges)
            case Mul():
                return [_product([*ranges[:at], *ranges[at + 1 :]]) for at in range(len(ranges))]
            case Div():
                (top, bottom) = ranges
                inverse = _inverse(bottom)
                square = _times(inverse, inverse)
                below = _times(top, (np.maximum(square[0], 0.0), square[1]))
                return [inverse, (-below[1], -below[0])]
            case Pow(_, Number(exponent)):
                return [_times((float(exponent),) * 2, _power(ranges[0], float(exponent) - 1)), None]
            case Pow():
                base, power = ranges
                logarithm = (np.log(base[0]), np.log(base[1]))
                whole = (self.low[place], self.high[place])
                return [_times(power, _times(whole, _inverse(base))), _times(whole, logarithm)]
            case Call("where", (condition, _, _)):
                yes, no = _decided(condition, *self.sides(node.takes[0]))
                return [None, (np.where(yes, 1.0, 0.0), np.where(no, 0.0, 1.0)),
                        (np.where(no, 1.0, 0.0), np.where(yes, 0.0, 1.0))]  # fmt: skip
            case Call(function):
                names = dict(zip(FUNCTIONS[function].arguments, ranges, strict=True))
                return [_declared(slope, names) for slope in FUNCTIONS[function].slopes]
            case Compare():
                return [None, None]
        return []


# -- interval arithmetic


def _declared(slope: str, ranges: Mapping[str, tuple[Array, Array]]) -> tuple[Array, Array]:
    """The range of a declared slope (text in u and v) over ranges of its arguments."""
    found: list[tuple[Array, Array]] = []
    for part, takes in _nodes(parse_expression(slope, "")):
        inside = [found[place] for place in takes]
        match part:
            case Ref(name):
                found.append(ranges[name])
            case Compare():
                yes, no = _decided(part, *inside)
                found.append((np.where(yes, 1.0, 0.0), np.where(no, 0.0, 1.0)))
            case Call("where"):
                chosen, first, second = inside
                found.append((np.where(chosen[0] == 1, first[0], np.where(chosen[1] == 0, second[0],
                                       np.minimum(first[0], second[0]))),
                              np.where(chosen[0] == 1, first[1], np.where(chosen[1] == 0, second[1],
                                       np.maximum(first[1], second[1])))))  # fmt: skip
            case _:
                found.append(_range(part, inside))
    return found[-1]


def _decided(condition: Expr, left: tuple[Array, Array], right: tuple[Array, Array]) -> tuple[Array, Array]:
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


def _apply(part: Expr, numbers: list[Array]) -> Array:
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


def _range(part: Expr, ranges: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """The range of an operation over ranges of what it takes, without rounding."""
    match part:
        case Number(value):
            return float(value), float(value)
        case Neg():
            return -ranges[0][1], -ranges[0][0]
        case Add():
            return sum(low for low, _ in ranges), sum(high for _, high in ranges)
        case Mul():
            return _product(ranges)
        case Div():
            return _times(ranges[0], _inverse(ranges[1]))
        case Pow(_, Number(exponent)):
            return _power(ranges[0], float(exponent))
        case Pow():
            corners = [np.power(base, exponent) for base in ranges[0] for exponent in ranges[1]]
            return _ends(corners)
        case Call("abs"):
            low, high = ranges[0]
            return np.maximum(np.maximum(low, -high), 0.0), np.maximum(np.abs(low), np.abs(high))
    # every other function rises, or is level, in each of its arguments
    return _apply(part, [low for low, _ in ranges]), _apply(part, [high for _, high in ranges])


def _product(ranges: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    made = ranges[0] if ranges else (1.0, 1.0)
    for one in ranges[1:]:
        made = _times(made, one)
    return made


def _times(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
    return _ends([one * other for one in first for other in second])


def _ends(corners: list[Array]) -> tuple[Array, Array]:
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    return low, np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))


def _inverse(one: tuple[Array, Array]) -> tuple[Array, Array]:
    """1 / a range; everything where the range holds 0."""
    low, high = one
    through = (low <= 0) & (high >= 0)
    return np.where(through, -np.inf, np.divide(1.0, high)), np.where(through, np.inf, np.divide(1.0, low))


def _power(one: tuple[Array, Array], exponent: float) -> tuple[Array, Array]:
    """A range to a fixed power."""
    if exponent == 0:
        return 1.0, 1.0
    if exponent < 0:
        return _inverse(_power(one, -exponent))
    low, high = np.power(one[0], exponent), np.power(one[1], exponent)
    if exponent % 2 or exponent != round(exponent):
        return low, high
    through = (np.asarray(one[0]) <= 0) & (np.asarray(one[1]) >= 0)
    return np.where(through, 0.0, np.minimum(low, high)), np.maximum(low, high)
