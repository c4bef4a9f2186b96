"""Expressions as QTI 2.1 computes them, over what a student has entered.

QTI has the arithmetic, powers and a list of functions (`mathOperator`); it has no condition inside an expression, so a
choice is made of signs: where(a > b, u, v) is u*s + v*(1 - s), with s = max(0, signum(a - b)).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref

_OPERATORS = {"exp": "exp", "log": "ln", "tanh": "tanh", "abs": "abs", "sign": "signum"}
DEEPEST = 60


class NotInQti(ValueError):
    """An expression that QTI cannot compute."""


def qti_expression(node: Expr, leaf: Callable[[Ref], ET.Element], depth: int = 0) -> ET.Element:
    """An expression as a QTI element; `leaf` gives that of a value. Raises NotInQti.

    >>> tree = qti_expression(Add((Ref("a"), Neg(Ref("b")))), lambda ref: ET.Element("variable", identifier=ref.name))
    >>> ET.tostring(tree, encoding="unicode")
    '<subtract><variable identifier="a" /><variable identifier="b" /></subtract>'
    """
    if depth > DEEPEST:
        raise NotInQti("too deep")

    def put(part: Expr) -> ET.Element:
        return qti_expression(part, leaf, depth + 1)

    match node:
        case Number(value):
            return number(float(value))
        case Ref():
            return leaf(node)
        case Neg(operand):
            return of("product", number(-1), put(operand))
        case Add((first, Neg(second))):
            return of("subtract", put(first), put(second))
        case Add(terms):
            return of("sum", *map(put, terms))
        case Mul(factors):
            return of("product", *map(put, factors))
        case Div(top, bottom):
            return of("divide", put(top), put(bottom))
        case Pow(base, exponent):
            return of("power", put(base), put(exponent))
        case Call("sqrt", (inner,)):
            return of("power", put(inner), number(0.5))
        case Call("max" | "min" as name, arguments):
            return of(name, *map(put, arguments))
        case Call("where", (Compare(operator, left, right), first, second)):
            holds = _holds(operator, put(left), put(right))
            other = of("subtract", number(1), holds)
            return of("sum", of("product", put(first), holds), of("product", put(second), other))
        case Call(name, (inner,)) if name in _OPERATORS:
            return operator_named(_OPERATORS[name], put(inner))
    raise NotInQti(type(node).__name__)


def _holds(operator: str, left: ET.Element, right: ET.Element) -> ET.Element:
    """1 where a comparison holds, else 0."""
    match operator:
        case ">":
            return _larger(left, right)
        case "<":
            return _larger(right, left)
        case ">=":
            return of("subtract", number(1), _larger(right, left))
        case "<=":
            return of("subtract", number(1), _larger(left, right))
    distance = operator_named("abs", of("subtract", left, right))
    return of("subtract", number(1), operator_named("signum", distance))


def _larger(one: ET.Element, other: ET.Element) -> ET.Element:
    return of("max", number(0), operator_named("signum", of("subtract", one, other)))


def of(tag: str, *parts: ET.Element) -> ET.Element:
    """An element with children."""
    made = ET.Element(tag)
    made.extend(parts)
    return made


def operator_named(name: str, inner: ET.Element) -> ET.Element:
    """A function of `mathOperator`."""
    made = ET.Element("mathOperator", name=name)
    made.append(inner)
    return made


def number(value: float) -> ET.Element:
    """A constant."""
    made = ET.Element("baseValue", baseType="float")
    made.text = repr(float(value))
    return made
