"""One printed side of a relation into its exact value, and into where its value can lie if its numbers were rounded.

Numbers are fractions, exactly as they are printed; only functions (exp, square roots) are computed in float64, as
intervals. A result on the way that has more digits than are printed may have been rounded too, as by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tracer.calculus.expression import Add, Call, Div, Expr, Mul, Neg, Number, Pow, Ref

LARGEST_EXPONENT, MOST_BITS = 64, 40_000
_LOST = Fraction(1, 10**14)  # more than a function in float64 can be off, as a share of its value
_NEAR_ZERO = Fraction(1, 10**15)


class NoValue(Exception):
    """A side without a value that can be computed here."""


@dataclass(frozen=True)
class Range:
    """Where a value lies; `low` is `high` for one that is known exactly."""

    low: Fraction
    high: Fraction

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @property
    def middle(self) -> Fraction:
        """The number in the middle."""
        return (self.low + self.high) / 2

    def wider(self, below: Fraction, above: Fraction) -> Range:
        """With more on either side; of a negative one `above` is below, because digits are cut off towards zero."""
        if self.low >= 0:
            return Range(self.low - below, self.high + above)
        if self.high <= 0:
            return Range(self.low - above, self.high + below)
        return Range(self.low - max(below, above), self.high + max(below, above))


@dataclass(frozen=True)
class Rounding:
    """How numbers may have been rounded: to `decimals`, with the number that was meant up to `below` units nearer to
    zero and `above` units farther away."""

    decimals: int
    below: Fraction
    above: Fraction


HALF = Fraction(1, 2)
NEAREST, CUT = (HALF, HALF), (HALF, Fraction(1))


def unit_of(literal: str) -> Fraction:
    """What a unit of the last printed digit is worth."""
    return Fraction(1, 10 ** decimals_of(literal))


def decimals_of(literal: str) -> int:
    """How many digits a printed number has after the point."""
    return len(literal.partition(".")[2])


def value_of(
    expression: Expr,
    numbers: Mapping[str, str],
    rounded: Callable[[str], bool | Range] = lambda _: False,
    how: Rounding | None = None,
    base: float = math.e,
) -> Range:
    """A side into where its value lies. `rounded` says of a printed number whether it may be a rounded one (a range:
    of what lies there), `how` by how much, None for not at all; `base` is that of log. Raises NoValue for what has
    none, or is too large.

    >>> from tracer.read.prose_arithmetic import chains_in_text
    >>> from tracer.read.passage import Kind
    >>> side = chains_in_text("0.15*0.05 + 0.35 = 0.3575", Kind.CODE)[0].sides[0]
    >>> value_of(side.expression, side.numbers).low
    Fraction(143, 400)
    """
    return _Value(numbers, rounded, how, base).of(expression)


class _Value:
    def __init__(
        self, numbers: Mapping[str, str], rounded: Callable[[str], bool | Range], how: Rounding | None, base: float
    ) -> None:
        self.numbers, self.rounded, self.how, self.base = numbers, rounded, how, base

    def of(self, node: Expr, last: bool = True) -> Range:
        """The range of a node; a result on the way is rounded, the last one is not."""
        if (exact := self.whole_logarithm(node)) is not None:
            return exact
        match node:
            case Number(value):
                return Range(value, value)
            case Ref(name) if name in self.numbers:
                return self.literal(self.numbers[name])
            case Neg(operand):
                inner = self.of(operand, last)
                return Range(-inner.high, -inner.low)
            case Add(terms):
                ranges = [self.of(term, False) for term in terms]
                made = Range(
                    sum((one.low for one in ranges), Fraction()), sum((one.high for one in ranges), Fraction())
                )
            case Mul(factors):
                made = self.of(factors[0], False)
                for place, factor in enumerate(factors[1:], 2):
                    made = _times(made, self.of(factor, False))
                    made = made if place == len(factors) else self.on_the_way(made)
            case Div(Call("log", (top,)), Call("log", (bottom,))) if exact := _whole_logarithm(
                self.of(top), self.of(bottom)
            ):
                return exact
            case Div(top, bottom):
                made = _times(self.of(top, False), _inverse(self.of(bottom, False)))
            case Pow(below, exponent):
                root = isinstance(exponent, Div) and self.how is not None and self.how.decimals < 2
                made = self.power(self.of(below, False), self.of(exponent, last=root))  # nobody takes 1/3 for 0.3
            case Call(function, arguments):
                made = self.call(function, [self.of(argument, False) for argument in arguments])
            case _:
                raise NoValue
        if max(_bits(made.low), _bits(made.high)) > MOST_BITS:
            raise NoValue
        return made if last else self.on_the_way(made)

    def whole_logarithm(self, node: Expr) -> Range | None:
        """A quotient of logarithms that is a whole number, as log 8 to the base 2."""
        match node:
            case Div(Call("log", (number,)), Call("log", (base,))):
                return _whole_logarithm(self.of(number), self.of(base))
        return None

    def literal(self, text: str) -> Range:
        value = Fraction(text)
        plain = Range(value, value)
        meant = self.rounded(text) if self.how is not None else False
        if self.how is None or meant is False:
            return plain
        unit = unit_of(text)
        wide = plain.wider(self.how.below * unit, self.how.above * unit)
        if isinstance(meant, Range):
            return Range(max(wide.low, min(meant.low, value)), min(wide.high, max(meant.high, value)))
        return wide

    def on_the_way(self, made: Range) -> Range:
        """A result on the way, which may have been rounded where it has more digits than are printed."""
        if self.how is None or (made.exact and (made.low * 10**self.how.decimals).denominator == 1):
            return made
        unit = Fraction(1, 10**self.how.decimals)
        return made.wider(self.how.above * unit, self.how.below * unit)

    def power(self, base: Range, exponent: Range) -> Range:
        if exponent.exact and exponent.low.denominator == 1 and abs(exponent.low) <= LARGEST_EXPONENT:
            times = int(exponent.low)
            if times < 0:
                return _inverse(self.power(base, Range(-exponent.low, -exponent.low)))
            if max(_bits(base.low), _bits(base.high)) * max(times, 1) > MOST_BITS:
                raise NoValue
            ends = (base.low**times, base.high**times)
            lowest = Fraction(0) if times and times % 2 == 0 and base.low < 0 < base.high else min(ends)
            return Range(lowest, max(ends))
        if base.low <= 0:
            raise NoValue
        if base.exact and exponent.exact and exponent.low.numerator == 1 and exponent.low.denominator <= 64:
            root = Fraction(round(_root(base.low, exponent.low.denominator)))
            if root**exponent.low.denominator == base.low:  # the root is a whole number
                return Range(root, root)
        corners = [_computed(pow, b, e) for b in _ends(base) for e in _ends(exponent)]
        return Range(min(one.low for one in corners), max(one.high for one in corners))

    def call(self, function: str, ranges: list[Range]) -> Range:
        if function in ("max", "min"):
            choose = max if function == "max" else min
            return Range(choose(one.low for one in ranges), choose(one.high for one in ranges))
        (inner,) = ranges
        if function == "abs":
            ends = (abs(inner.low), abs(inner.high))
            return Range(Fraction(0) if inner.low < 0 < inner.high else min(ends), max(ends))
        if function == "sqrt" and inner.exact and inner.low >= 0:
            top, bottom = math.isqrt(inner.low.numerator), math.isqrt(inner.low.denominator)
            if (top * top, bottom * bottom) == (inner.low.numerator, inner.low.denominator):
                return Range(Fraction(top, bottom), Fraction(top, bottom))
        functions: dict[str, Callable[[float], float]] = {
            "exp": math.exp,
            "log": lambda x: math.log(x) / math.log(self.base),
            "sqrt": math.sqrt,
            "tanh": math.tanh,
            "erf": math.erf,
        }
        if function not in functions:
            raise NoValue
        if inner.exact and inner.low == 0 and function in ("exp", "tanh", "erf"):
            return Range(*(Fraction(function == "exp"),) * 2)
        low, high = (_computed(functions[function], end) for end in _ends(inner))
        return Range(low.low, high.high)


def _whole_logarithm(number: Range, base: Range) -> Range | None:
    """The logarithm of a power of its base, exactly; None for every other."""
    if not (number.exact and base.exact and number.low > 0 and base.low > 0 and base.low != 1):
        return None
    times = round(_logarithm(number.low) / _logarithm(base.low))
    if abs(times) > LARGEST_EXPONENT or _bits(base.low) * abs(times) > MOST_BITS or base.low**times != number.low:
        return None
    return Range(Fraction(times), Fraction(times))


def _logarithm(value: Fraction) -> float:
    return math.log(value.numerator) - math.log(value.denominator)


def _root(value: Fraction, degree: int) -> float:
    return math.exp(_logarithm(value) / degree)


def _ends(one: Range) -> tuple[Fraction, Fraction]:
    return one.low, one.high


def _computed(function: Callable[..., float], *arguments: Fraction) -> Range:
    """What float64 makes of it, with what it may have lost."""
    try:
        value = function(*map(float, arguments))
    except (ValueError, OverflowError, ZeroDivisionError):
        raise NoValue from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise NoValue
    number = Fraction(value)
    slack = abs(number) * _LOST + (_NEAR_ZERO if abs(number) < _NEAR_ZERO else 0)
    return Range(number - slack, number + slack)


def _times(left: Range, right: Range) -> Range:
    corners = [a * b for a in _ends(left) for b in _ends(right)]
    return Range(min(corners), max(corners))


def _inverse(one: Range) -> Range:
    if one.low <= 0 <= one.high:
        raise NoValue
    return Range(1 / one.high, 1 / one.low)


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()
