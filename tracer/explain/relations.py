"""Law 1, true as printed: when a relation between printed numbers is `=`, and when it is `\\approx`.

`=` holds in exact arithmetic of the numbers as they stand on the page. Whether it does is decided on exact decimals,
or on fractions where a division does not come out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, DivisionByZero, Inexact, InvalidOperation
from fractions import Fraction

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Sum, replace
from tracer.explain.numbers import Printed
from tracer.explain.skeleton import Row

EQUAL, ABOUT = "=", r"\approx"


def exact_row(row: Row, numbers: Sequence[Printed]) -> Decimal | Fraction | None:
    """The exact value of a row of printed numbers; None where it cannot be written down."""
    if row.in_decimals is not None:
        try:
            return row.in_decimals([number.decimal for number in numbers])
        except (Inexact, DivisionByZero, InvalidOperation):
            pass  # a division that does not come out: fractions can
    return exact(replace(row.expression, lambda ref: Number(numbers[int(ref.name[1:])].value)))


def same_value(first: Row, second: Row, numbers: Sequence[Printed], floats: Sequence[float]) -> bool:
    """Whether two rows of the same printed numbers are exactly equal. Most are not, and a look at float64 tells."""
    if not math.isclose(first.evaluate(floats), second.evaluate(floats), rel_tol=1e-12, abs_tol=1e-300):
        return False
    value = exact_row(first, numbers)
    other = exact_row(second, numbers)
    if value is None or other is None:
        return False
    return value == other if type(value) is type(other) else Fraction(value) == Fraction(other)


def gives(row: Row, numbers: Sequence[Printed], floats: Sequence[float], result: Printed) -> bool:
    """Whether a row of printed numbers is exactly the printed result."""
    if not math.isclose(row.evaluate(floats), float(result.text), rel_tol=1e-12, abs_tol=1e-300):
        return False
    value = exact_row(row, numbers)
    return value is not None and value == (result.decimal if isinstance(value, Decimal) else result.value)


def exact(node: Expr) -> Fraction | None:
    """The exact value of an expression of printed numbers; None where it has none that can be written down.

    >>> exact(Add((Number(Fraction(1, 10)), Number(Fraction(2, 10)))))
    Fraction(3, 10)
    """
    match node:
        case Number(value):
            return value
        case Neg(operand):
            inside = exact(operand)
            return None if inside is None else -inside
        case Compare() | Sum():
            return None
    parts = [exact(part) for part in _parts(node)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    match node:
        case Add():
            return sum(known, Fraction(0))
        case Mul():
            return math.prod(known, start=Fraction(1))
        case Div():
            return known[0] / known[1] if known[1] else None
        case Pow():
            base, power = known
            if power.denominator != 1 or abs(power) > 64 or (base == 0 and power < 0):
                return None
            return base ** int(power)
        case Call(function, _):
            return _exact_call(function, known)
    return None


def _parts(node: Expr) -> tuple[Expr, ...]:
    match node:
        case Add(parts) | Mul(parts) | Call(_, parts):
            return parts
        case Div(left, right) | Pow(left, right):
            return (left, right)
    return ()


def _exact_call(function: str, values: list[Fraction]) -> Fraction | None:
    match function:
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "abs":
            return abs(values[0])
        case "sign":
            return Fraction((values[0] > 0) - (values[0] < 0))
        case "exp" if values[0] == 0:
            return Fraction(1)
        case "log" if values[0] == 1:
            return Fraction(0)
        case "tanh" | "erf" if values[0] == 0:
            return Fraction(0)
        case "sqrt" if values[0] >= 0:
            top, bottom = math.isqrt(values[0].numerator), math.isqrt(values[0].denominator)
            root = Fraction(top, bottom)
            return root if root * root == values[0] else None
    return None
