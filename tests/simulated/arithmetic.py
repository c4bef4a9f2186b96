"""Arithmetic as people do it: all digits, rounded after every operation, or as a band of what rounding allows.

A formula is a small program over one of these (`formulas.py`); which one decides how it is worked out. Everything is
`decimal` with contexts of its own, so the digits are the same on every machine.
"""

from __future__ import annotations

import decimal
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

MODES = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "truncate": ROUND_DOWN}
FULL = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999,
               traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])  # fmt: skip
ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)
_LIMIT = Decimal(10000)  # e to more than this is no number of any sheet


class Digits(NamedTuple):
    """How many digits a column has: decimals ("dp") or significant figures ("sf")."""

    count: int
    kind: str = "dp"

    def __str__(self) -> str:
        return f"{self.count}{self.kind}"

    def unit(self, value: Decimal) -> Decimal:
        """One unit in the last place of a value written with these digits."""
        if self.kind == "dp":
            return ONE.scaleb(-self.count)
        return ONE.scaleb(value.adjusted() - self.count + 1) if value else ZERO

    def rounded(self, value: Decimal, mode: str) -> Decimal:
        """The value as it is written, with its zeros; zero has no sign.

        >>> print(Digits(3).rounded(Decimal("0.0596"), "truncate"), Digits(3, "sf").rounded(Decimal("0.5"), "half-up"))
        0.059 0.500
        """
        if self.kind == "sf" and value:
            value = Context(prec=self.count, rounding=MODES[mode]).plus(value)
        made = value.quantize(self.unit(value) or ONE, MODES[mode], FULL)
        return made if made else abs(made)


class Exact:
    """Every operation with 28 digits, as a calculator that is never written off."""

    one, two = ONE, TWO
    add, sub, mul, div, neg = FULL.add, FULL.subtract, FULL.multiply, FULL.divide, FULL.minus

    def number(self, value: int) -> Decimal:
        return Decimal(value)

    def exp(self, value: Decimal) -> Decimal:
        if abs(value) > _LIMIT:
            raise decimal.Overflow
        return FULL.exp(value)

    def ln(self, value: Decimal) -> Decimal:
        if value <= 0:  # a calculator says "error"
            raise decimal.InvalidOperation
        return FULL.ln(value)

    def tanh(self, value: Decimal) -> Decimal:
        twice = self.exp(self.mul(TWO, value))
        return self.div(self.sub(twice, ONE), self.add(twice, ONE))

    def relu(self, value: Decimal) -> Decimal:
        return max(ZERO, value)

    def positive(self, value: Decimal) -> Decimal:
        """1 where the value is positive, else 0: the slope of relu."""
        return ONE if value > 0 else ZERO


EXACT = Exact()


class ByOperation(Exact):
    """Every operation rounded to the digits of a column, as on paper."""

    def __init__(self, digits: Digits, mode: str) -> None:
        self.round = lambda value: digits.rounded(value, mode)
        if digits.kind == "sf":  # the context of `decimal` rounds like this by itself
            context = FULL.copy()
            context.prec, context.rounding = digits.count, MODES[mode]
            self.add, self.sub, self.mul, self.div = context.add, context.subtract, context.multiply, context.divide
            self.round = context.plus
        else:
            unit, way = ONE.scaleb(-digits.count), MODES[mode]
            self.round = lambda value: value.quantize(unit, way, FULL)
            self.add = lambda a, b: FULL.add(a, b).quantize(unit, way, FULL)
            self.sub = lambda a, b: FULL.subtract(a, b).quantize(unit, way, FULL)
            self.mul = lambda a, b: FULL.multiply(a, b).quantize(unit, way, FULL)
            self.div = lambda a, b: FULL.divide(a, b).quantize(unit, way, FULL)

    def exp(self, value: Decimal) -> Decimal:
        return self.round(Exact.exp(self, value))

    def ln(self, value: Decimal) -> Decimal:
        return self.round(Exact.ln(self, value))

    def tanh(self, value: Decimal) -> Decimal:  # one key of the calculator
        return self.round(EXACT.tanh(value))


Pair = tuple[Decimal, Decimal]


class Band:
    """Lower and upper bounds of what rounding can give, where each operation may be off by a share of a unit.

    Bounds are outer ones: a value that is read twice is taken as two, so the band may be wider than the truth. Sums
    of numbers with no more decimals than the column has need no rounding (`sums_exact`).
    """

    one, two = (ONE, ONE), (TWO, TWO)

    def __init__(self, digits: Digits, share: Decimal = ONE, sums_exact: bool = False) -> None:
        self.digits, self.share = digits, share
        self.summed = (lambda pair: pair) if sums_exact else self.wider

    def number(self, value: int) -> Pair:
        return Decimal(value), Decimal(value)

    def wider(self, pair: Pair) -> Pair:
        """The pair with the share of a unit in the last place on both sides."""
        unit = FULL.multiply(self.share, self.digits.unit(max(abs(pair[0]), abs(pair[1]))))
        return FULL.subtract(pair[0], unit), FULL.add(pair[1], unit)

    def neg(self, a: Pair) -> Pair:
        return -a[1], -a[0]

    def add(self, a: Pair, b: Pair) -> Pair:
        return self.summed((FULL.add(a[0], b[0]), FULL.add(a[1], b[1])))

    def sub(self, a: Pair, b: Pair) -> Pair:
        return self.summed((FULL.subtract(a[0], b[1]), FULL.subtract(a[1], b[0])))

    def mul(self, a: Pair, b: Pair) -> Pair:
        corners = [FULL.multiply(one, other) for one in a for other in b]
        return self.wider((min(corners), max(corners)))

    def div(self, a: Pair, b: Pair) -> Pair:
        if b[0] <= 0 <= b[1]:
            raise decimal.DivisionByZero
        corners = [FULL.divide(one, other) for one in a for other in b]
        return self.wider((min(corners), max(corners)))

    def exp(self, a: Pair) -> Pair:
        return self.wider((EXACT.exp(a[0]), EXACT.exp(a[1])))

    def ln(self, a: Pair) -> Pair:
        return self.wider((EXACT.ln(a[0]), EXACT.ln(a[1])))

    def tanh(self, a: Pair) -> Pair:
        return self.wider((EXACT.tanh(a[0]), EXACT.tanh(a[1])))

    def relu(self, a: Pair) -> Pair:
        return max(ZERO, a[0]), max(ZERO, a[1])

    def positive(self, a: Pair) -> Pair:
        return EXACT.positive(a[0]), EXACT.positive(a[1])
