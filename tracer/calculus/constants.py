"""The constants of an expression: what they come to, and how many digits that takes."""

from __future__ import annotations

import math

from tracer.calculus.expression import Add, Div, Expr, Index, Mul, Neg, Number, Pow, Ref, Size, children


def bits(node: Expr) -> float:
    """How long the numbers of an expression are at most in exact arithmetic, however it is multiplied out."""
    if isinstance(node, Number):
        return node.value.numerator.bit_length() + node.value.denominator.bit_length()
    if isinstance(node, Pow):
        power = constant(node.exponent)
        return bits(node.base) + bits(node.exponent) if power is None else bits(node.base) * max(abs(power), 1)
    return sum(bits(part) for part in children(node))


def constant(node: Expr) -> float | None:
    """The value of an expression without names, None if it has any; NaN where there is no finite value."""
    match node:
        case Number(number):
            return float(number)
        case Neg(operand):
            value = constant(operand)
            return None if value is None else -value
        case Ref() | Index() | Size():
            return None
    parts = [constant(part) for part in children(node)]
    if any(part is None for part in parts):
        return None
    numbers = [part for part in parts if part is not None]
    try:
        match node:
            case Add():
                return math.fsum(numbers)
            case Mul():
                return math.prod(numbers)
            case Div():
                return numbers[0] / numbers[1]
            case Pow():
                power = numbers[0] ** numbers[1]
                return power if isinstance(power, float) else math.nan
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return 1.0  # a function of constants: bounded by the limits on its arguments
