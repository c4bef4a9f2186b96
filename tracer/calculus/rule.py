"""One named rule as a record, and the derivative that is still to be taken.

An open derivative is a call of the reserved function `d`, which no text of the language can write: `d(z, 1/u)`. Its
first argument is the variable: a value, or (inside the chain rule) a part of the formula that is treated as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tracer.calculus.expression import Call, Expr, Ref, replace, walk
from tracer.calculus.language import parse_expression

OPEN = "d"


@dataclass(frozen=True)
class Rule:
    """One named rule. `says` is a sentence; `general` its two sides in the letters u, v (functions of z), c, p
    (constants), None where the sentence says it better than a formula."""

    name: str
    says: str
    general: tuple[Expr, Expr] | None = None


@dataclass(frozen=True)
class SlopeRule(Rule):
    """A rule of differentiation: `apply(variable, formula)` is the derivative as far as this rule goes, with open
    derivatives left in it; None where the rule is not about such a formula."""

    apply: Callable[[Expr, Expr], Expr | None] = field(kw_only=True)


def open_slope(variable: Expr, formula: Expr) -> Call:
    """The derivative of a formula, not taken yet."""
    return Call(OPEN, (variable, formula))


def moves(formula: Expr, variable: Expr) -> bool:
    """Whether the variable stands in a formula."""
    return any(part == variable or _same_name(part, variable) for part in walk(formula))


def _same_name(part: Expr, variable: Expr) -> bool:
    return isinstance(part, Ref) and isinstance(variable, Ref) and part.name == variable.name


# -- the letters of general statements

Z = Ref("z")
#: functions of z whose formula is left open, and one of them in a third
U, V = Ref("u", (Z,)), Ref("v", (Z,))
ANY = Call("f", (U,))


def letters(text: str) -> Expr:
    """Text in which u and v are functions of z."""
    return replace(parse_expression(text), lambda ref: {"u": U, "v": V}.get(ref.name, ref))
