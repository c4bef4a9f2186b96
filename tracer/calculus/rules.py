"""The rules of differentiation, by name: each one turns one open derivative into smaller ones.

The order of `RULES` is the order in which they are tried. A new rule is one more record here; a new function in
`functions.FUNCTIONS` brings its rule along.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from tracer.calculus.expression import (
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Delta,
    Div,
    Expr,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Sum,
    put,
    replace,
    walk,
)
from tracer.calculus.functions import FUNCTIONS
from tracer.calculus.gathering import whole, without_ones
from tracer.calculus.language import parse_expression
from tracer.calculus.rule import ANY, SlopeRule, Z, letters, moves, open_slope

# -- constants and variables


def _constant(variable: Expr, formula: Expr) -> Expr | None:
    return None if moves(formula, variable) else ZERO


def _variable(variable: Expr, formula: Expr) -> Expr | None:
    return ONE if formula == variable else None


def _element(variable: Expr, formula: Expr) -> Expr | None:
    if not (isinstance(formula, Ref) and isinstance(variable, Ref)):
        return None
    pairs = zip(formula.indices, variable.indices, strict=True)
    return without_ones(Mul(tuple(Delta(left, right) for left, right in pairs if left != right)))


# -- sums


def _own_term(variable: Expr, formula: Expr) -> Expr | None:
    """Bound letters that are told by the variable: all other terms of the sum do not depend on it."""
    if not (isinstance(formula, Sum) and isinstance(variable, Ref)):
        return None
    reads = [part for part in walk(formula.body) if isinstance(part, Ref) and part.name == variable.name]
    told: dict[Index, Expr] = {}
    for index in formula.indices:
        for place, own in enumerate(variable.indices):
            if all(read.indices[place] == index for read in reads):
                told[index] = own
    if not told:
        return None
    rest = tuple(index for index in formula.indices if index not in told)
    body = open_slope(variable, put(formula.body, told))
    return Sum(rest, body) if rest else body


def _sum(variable: Expr, formula: Expr) -> Expr | None:
    return Sum(formula.indices, open_slope(variable, formula.body)) if isinstance(formula, Sum) else None


def _linearity(variable: Expr, formula: Expr) -> Expr | None:
    made = _term_by_term(variable, formula)
    return None if made == open_slope(variable, formula) else made


def _term_by_term(variable: Expr, formula: Expr) -> Expr:
    """The derivative with its sums taken apart, and constant factors and signs in front."""
    match formula:
        case Add(terms):
            return Add(tuple(_term_by_term(variable, term) for term in terms))
        case Neg(operand):
            return Neg(_term_by_term(variable, operand))
        case Mul(factors):
            fixed = tuple(factor for factor in factors if not moves(factor, variable))
            rest = tuple(factor for factor in factors if moves(factor, variable))
            if fixed and rest:
                return Mul((*fixed, _term_by_term(variable, rest[0] if len(rest) == 1 else Mul(rest))))
        case Div(top, bottom) if moves(top, variable) and not moves(bottom, variable):
            return Mul((Div(ONE, bottom), _term_by_term(variable, top)))
        case Div(top, bottom) if moves(bottom, variable) and not moves(top, variable) and top != ONE:
            return Mul((top, open_slope(variable, Div(ONE, bottom))))
    return open_slope(variable, formula)


# -- fractions, products, powers


def _reciprocal(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Div(top, bottom) if top == ONE:
            return Neg(Mul((Div(ONE, Pow(bottom, Number(Fraction(2)))), open_slope(variable, bottom))))
    return None


def _quotient(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Div(top, bottom):
            first = Mul((open_slope(variable, top), bottom))
            second = Mul((top, open_slope(variable, bottom)))
            return Div(Add((first, Neg(second))), Pow(bottom, Number(Fraction(2))))
    return None


def _product(variable: Expr, formula: Expr) -> Expr | None:
    if not isinstance(formula, Mul):
        return None
    factors = formula.factors
    return Add(
        tuple(
            Mul((*factors[:place], open_slope(variable, factor), *factors[place + 1 :]))
            for place, factor in enumerate(factors)
        )
    )


def _power(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Pow(base, exponent) if base == variable and not moves(exponent, variable):
            return without_ones(Mul((exponent, without_ones(Pow(base, _one_less(exponent))))))
    return None


def _one_less(exponent: Expr) -> Expr:
    match exponent, whole(exponent):
        case _, int(value):
            return Number(Fraction(value - 1)) if value > 0 else Neg(Number(Fraction(1 - value)))
    return Add((exponent, Neg(ONE)))


def _power_of_constant(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Pow(base, exponent) if exponent == variable and not moves(base, variable):
            return Mul((formula, Call("log", (base,))))
    return None


def _moving_exponent(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Pow(base, exponent) if moves(base, variable) and moves(exponent, variable):
            return open_slope(variable, Call("exp", (Mul((exponent, Call("log", (base,)))),)))
    return None


def _chain(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Call(_, (inner,)) if inner != variable:
            pass
        case Pow(inner, exponent) if inner != variable and not moves(exponent, variable):
            pass
        case Pow(base, inner) if inner != variable and not moves(base, variable):
            pass
        case _:
            return None
    return Mul((open_slope(inner, formula), open_slope(variable, inner)))


# -- functions


def _cases(variable: Expr, formula: Expr) -> Expr | None:
    match formula:
        case Call("where", (condition, first, second)):
            return Call("where", (condition, open_slope(variable, first), open_slope(variable, second)))
    return None


def _max_or_min(variable: Expr, formula: Expr) -> Expr | None:
    """The branch that is chosen; at a tie it is the first argument, as `functions` says."""
    match formula:
        case Call("max" | "min" as name, (first, second)):
            condition = Compare(">" if name == "max" else "<", second, first)
            return Call("where", (condition, open_slope(variable, second), open_slope(variable, first)))
    return None


def _slope_of(name: str) -> Callable[[Expr, Expr], Expr | None]:
    def apply(variable: Expr, formula: Expr) -> Expr | None:
        if formula != Call(name, (variable,)):
            return None
        slope = parse_expression(FUNCTIONS[name].slopes[0])
        return replace(slope, lambda ref: variable if ref.name == "u" else ref)

    return apply


# -- the table


def _rule(name: str, says: str, apply: Callable[[Expr, Expr], Expr | None], of: str | Expr = "") -> SlopeRule:
    """A record; its general statement is what it makes of `of`."""
    if not of:
        return SlopeRule(name, says, apply=apply)
    left = letters(of) if isinstance(of, str) else of
    right = apply(Z, left)
    assert right is not None, name
    return SlopeRule(name, says, (open_slope(Z, left), right), apply=apply)


_FUNCTION_WORDS = {
    "exp": ("exponential rule", "The exponential function is its own derivative."),
    "log": ("logarithm rule", "The slope of the natural logarithm is one over its argument."),
    "sqrt": ("root rule", "The slope of a square root is one over twice the root."),
    "tanh": ("tanh rule", "The slope of the hyperbolic tangent is one minus its square."),
    "erf": ("erf rule", "The slope of the error function is the bell curve it is the area under."),
    "abs": ("absolute value rule", "Its slope is 1 above zero and -1 below; at the kink it is taken as 0."),
    "sign": ("sign rule", "The sign is constant except for a jump at zero; its slope is taken as 0 there too."),
}  # fmt: skip

RULES: tuple[SlopeRule, ...] = (
    _rule("constant", "What does not depend on the variable has the derivative 0.", _constant, "c"),
    _rule("variable", "The derivative of the variable itself is 1.", _variable, "z"),
    _rule("two elements", "The derivative of one element by another is 1 where they are the same, else 0.", _element),
    _rule("one term of the sum", "Only one term depends on this one value; the others are constants.", _own_term),
    _rule("sum rule", "The derivative of a sum is the sum of the derivatives of its terms.", _sum),
    _rule("linearity", "A sum is differentiated term by term, and constant factors stay in front.", _linearity,
          "c*u + v"),
    _rule("reciprocal rule", "The derivative of one over u is minus the derivative of u, over u squared.",
          _reciprocal, "1/u"),
    _rule("quotient rule", "Derivative of the top times the bottom, minus top times derivative of the bottom, over the "
          "bottom squared.", _quotient, "u/v"),
    _rule("product rule", "Each factor is differentiated once while the others stay, and the results are added.",
          _product, "u*v"),
    _rule("power rule", "The exponent comes down as a factor and is lowered by one.", _power, "z**p"),
    *(_rule(*_FUNCTION_WORDS.get(name, (f"{name} rule", f"The known slope of {name}.")), _slope_of(name), f"{name}(z)")
      for name, function in FUNCTIONS.items() if len(function.arguments) == 1),
    _rule("exponential rule for another base", "A constant to the power z is itself times the logarithm of the "
          "constant.", _power_of_constant, "c**z"),
    _rule("power as exponential", "A power whose exponent moves too is written with e first.", _moving_exponent,
          "u**v"),
    _rule("chain rule", "The outer function is differentiated by its argument, times the derivative of the argument.",
          _chain, ANY),
    _rule("cases", "Each branch is differentiated by itself.", _cases, "where(c > 0, u, v)"),
    _rule("cases of max and min", "The argument that is chosen is differentiated.", _max_or_min, "max(u, v)"),
)  # fmt: skip
