"""Algebra with names: from a derivative as the rules leave it to the form that textbooks print.

Each record rewrites one derivative of one equation, or passes. They are tried once each, in the order of `REWRITES`,
which is the order of the well-known path for the sigmoid: from e/(1 + e)**2 over "add and subtract one" to a*(1 - a).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from tracer.calculus.equation import Equation
from tracer.calculus.expression import ONE, Add, Call, Div, Expr, Mul, Neg, Number, Pow, rebuild, walk
from tracer.calculus.gathering import gathered
from tracer.calculus.rule import Rule, letters


@dataclass(frozen=True)
class Rewrite(Rule):
    """A rule of algebra: `apply(equation, derivative)` is the same value in another form, None where it does not
    apply."""

    apply: Callable[[Equation, Expr], Expr | None] = field(kw_only=True)


def _everywhere(node: Expr, change: Callable[[Expr], Expr | None]) -> Expr | None:
    """The expression with `change` made wherever it gives something, from the outside in; None where it never does."""

    def visit(part: Expr) -> Expr:
        made = change(part)
        return rebuild(part, visit) if made is None else made

    result = visit(node)
    return None if result == node else result


def _is_one_more(bottom: Expr, top: Expr) -> bool:
    """Whether bottom = 1 + top."""
    return isinstance(bottom, Add) and bottom.terms in ((ONE, top), (top, ONE))


def _two_fractions(item: Equation, node: Expr) -> Expr | None:
    match node:
        case Div(top, Pow(base, exponent)) if exponent == Number(Fraction(2)) and _is_one_more(base, top):
            if gathered(item.right) == Div(ONE, base):
                return Mul((Div(ONE, base), Div(top, base)))
    return None


def _add_and_subtract_one(_: Equation, node: Expr) -> Expr | None:
    def change(part: Expr) -> Expr | None:
        match part:
            case Div(top, Add(terms) as bottom) if _is_one_more(bottom, top):
                return Div(Add((*terms, Neg(ONE))), bottom)
        return None

    return _everywhere(node, change)


def _split_the_fraction(_: Equation, node: Expr) -> Expr | None:
    def change(part: Expr) -> Expr | None:
        match part:
            case Div(Add((*terms, Neg(last))), Add(below) as bottom) if tuple(terms) == below:
                return Add((Div(bottom, bottom), Neg(Div(last, bottom))))
        return None

    return _everywhere(node, change)


def _cancel(_: Equation, node: Expr) -> Expr | None:
    return _everywhere(node, lambda part: ONE if isinstance(part, Div) and part.numerator == part.denominator else None)


def _substitute(item: Equation, node: Expr) -> Expr | None:
    known: dict[Expr, Expr] = {item.right: item.left, gathered(item.right): item.left}
    known = {form: name for form, name in known.items() if not isinstance(form, Number)}
    match item.right:
        case Call("log", (inner,)) if item.textbook:  # a = log(u) says that u = exp(a)
            known |= {Div(ONE, inner): Call("exp", (Neg(item.left),)), inner: Call("exp", (item.left,))}
    made = _everywhere(node, known.get)
    return None if made is None or _size(made) >= _size(node) else made


def _size(node: Expr) -> int:
    """How many parts an expression has: another form of equal length is not shorter to read."""
    return sum(1 for _ in walk(node))


REWRITES: tuple[Rewrite, ...] = (
    Rewrite("one fraction as two", "A fraction over a square is a product of two fractions.",
            (letters("u/v**2"), letters("1/v*(u/v)")), apply=_two_fractions),
    Rewrite("add and subtract one", "On top, 1 is added and taken away again, so that the bottom appears there.",
            (letters("u/(1 + u)"), letters("(1 + u - 1)/(1 + u)")), apply=_add_and_subtract_one),
    Rewrite("split the fraction", "A difference over a common bottom is a difference of two fractions.",
            (letters("(u - 1)/v"), letters("u/v - 1/v")), apply=_split_the_fraction),
    Rewrite("cancel", "Top and bottom are the same.", (letters("u/u"), ONE), apply=_cancel),
    Rewrite("substitute the output", "What the equation itself computes stands here again; its name is shorter.",
            apply=_substitute),
)  # fmt: skip
