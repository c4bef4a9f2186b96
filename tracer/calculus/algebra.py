"""Expression trees to SymPy and back. This is the only module that imports SymPy, and it is imported late.

To SymPy everything but arithmetic and functions is opaque: each named value at its indices, each sum, is one
symbol of a `Table`, so SymPy never sees an index and cannot capture one (sympy issue 21891). On the way back
factors and terms are put in a reader's order, because SymPy sorts them for itself.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from tracer.calculus.expression import (
    ONE,
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
    Size,
    Sum,
    Within,
    negated,
    product,
)
from tracer.calculus.expression_text import to_text
from tracer.calculus.functions import FUNCTIONS
from tracer.calculus.language import parse_expression
from tracer.errors import TracerError


class Table:
    """The symbols that stand for opaque parts of expressions, both ways."""

    def __init__(self) -> None:
        self.symbols: dict[Expr, Any] = {}
        self.parts: dict[Any, Expr] = {}

    def symbol(self, part: Expr) -> Any:
        """The symbol of an opaque part; equal parts share one."""
        if part not in self.symbols:
            # The number keeps SymPy's own order equal to the order of appearance, whatever the names are.
            symbol = sympy.Symbol(
                f"s{len(self.symbols):03d}", real=True, positive=True if isinstance(part, Size) else None
            )
            self.symbols[part], self.parts[symbol] = symbol, part
        return self.symbols[part]


@cache
def _function(name: str) -> Any:
    """A SymPy function that stays as it is and differentiates by the declared slopes.

    SymPy's own Abs, Max, sign and Piecewise give Heaviside, DiracDelta and conditions that no reader asked for.
    """
    declared = FUNCTIONS.get(name)

    def fdiff(self: Any, argindex: int = 1) -> Any:
        if declared is None or not declared.slopes[argindex - 1]:
            return sympy.Integer(0)
        table = Table()
        slope = to_sympy(
            parse_expression(declared.slopes[argindex - 1].replace("where(condition,", "where(1 > condition,")), table
        )
        # `condition` is an argument like the others to SymPy; the comparison around it is only a way to parse it.
        if name == "where":
            chosen, other = (1, 0) if argindex == 2 else (0, 1)
            return self.func(self.args[0], sympy.Integer(chosen), sympy.Integer(other))
        values = dict(zip(declared.arguments, self.args, strict=True))
        return slope.xreplace(
            {symbol: values[part.name] for part, symbol in table.symbols.items() if isinstance(part, Ref)}
        )

    return type(f"own_{name}", (sympy.Function,), {"fdiff": fdiff, "is_real": True})


#: SymPy's own names for what it makes of sqrt(x**2)
_OWN_NAMES = {sympy.Abs: "abs"}
_PI = "3.141592653589793"
LARGEST_WHOLE = 10**300
_AVOID = "Choose other constants, or split the equation."

_NATIVE = {"exp": sympy.exp, "log": sympy.log, "sqrt": sympy.sqrt, "tanh": sympy.tanh, "erf": sympy.erf}


def to_sympy(node: Expr, table: Table) -> Any:
    """An expression tree to SymPy, by constructors only; opaque parts become symbols of the table."""
    match node:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Neg(operand):
            return -to_sympy(operand, table)
        case Add(terms):
            return sympy.Add(*(to_sympy(term, table) for term in terms))
        case Mul(factors):
            return sympy.Mul(*(to_sympy(factor, table) for factor in factors))
        case Div(top, bottom):
            return to_sympy(top, table) / to_sympy(bottom, table)
        case Pow(base, exponent):
            return sympy.Pow(to_sympy(base, table), to_sympy(exponent, table))
        case Call(name, arguments):
            function = _NATIVE.get(name) or _function(name)
            return function(*(to_sympy(argument, table) for argument in arguments))
        case Compare(operator, left, right):
            return _function(operator)(to_sympy(left, table), to_sympy(right, table))
    return table.symbol(node)  # Ref, Sum, Size, Index, Delta, Within


def from_sympy(node: Any, table: Table) -> Expr:
    """A SymPy expression back to a tree, in a reader's order.

    Products: fraction bars instead of negative powers, plain values before functions before brackets before sums.
    Sums: positive terms first, a common numerical factor taken out.
    """
    if node in table.parts:
        return table.parts[node]
    if node.is_Rational:
        return _number(node)
    if node.is_Add:
        return _sum(node, table)
    if node.is_Mul:
        return _product(node, table)
    if node.is_Pow:
        base, exponent = node.args
        if exponent == sympy.Rational(1, 2):
            return Call("sqrt", (from_sympy(base, table),))
        if exponent.could_extract_minus_sign():
            return Div(ONE, from_sympy(sympy.Pow(base, -exponent), table))
        return Pow(from_sympy(base, table), from_sympy(exponent, table))
    if node is sympy.E:
        return Call("exp", (ONE,))
    if node is sympy.pi:  # from the slope of erf
        return Number(Fraction(_PI), _PI)
    name = _OWN_NAMES.get(node.func) or type(node).__name__.removeprefix("own_")
    arguments = tuple(from_sympy(argument, table) for argument in node.args)
    if name in ("<", "<=", ">", ">=", "=="):
        return Compare(name, *arguments)
    if name in FUNCTIONS:
        return Call(name, arguments)
    if node.is_number:  # log(0), 1/0, sqrt(-1) and what follows from them
        raise TracerError("T203", "", "its slope has a constant that is not a finite real number.", _AVOID)
    raise AssertionError(f"SymPy returned {node.func}, which no equation can hold")


def _number(value: Any) -> Expr:
    if value.q == 1:
        return _whole(value.p) if value.p >= 0 else Neg(_whole(-value.p))
    ratio = Div(_whole(abs(value.p)), _whole(value.q))
    return ratio if value.p > 0 else Neg(ratio)


def _whole(value: Any) -> Number:
    """A whole number that float64 can hold."""
    if abs(value) > LARGEST_WHOLE:
        raise TracerError("T203", "", "its slope has a constant of more than 300 digits.", _AVOID)
    return Number(Fraction(int(value)))


def _rank(node: Expr) -> tuple[int, str]:
    """Where a factor stands in a product: values, functions, brackets, sums, conditions on indices."""
    kinds: tuple[tuple[type, ...], ...] = (
        (Number,),
        (Size,),
        (Ref, Index),
        (Pow, Call),
        (Add,),
        (Sum,),
        (Delta, Within),
    )
    inside = node.base if isinstance(node, Pow) and isinstance(node.base, Ref) else node
    for place, kind in enumerate(kinds):
        if isinstance(inside, kind):
            return place, ""
    return len(kinds), to_text(node)


def _product(node: Any, table: Table) -> Expr:
    number, rest = node.as_coeff_Mul()
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in rest.as_ordered_factors() if rest.is_Mul else [rest]:
        if factor.is_Pow and factor.args[1].could_extract_minus_sign():
            below.append(from_sympy(1 / factor, table))
        else:
            above.append(from_sympy(factor, table))
    if not number.is_Rational:
        above.append(from_sympy(number, table))
        number = sympy.Integer(1)
    above.sort(key=_rank)
    below.sort(key=_rank)
    if abs(number.p) != 1:
        above.insert(0, _whole(abs(number.p)))
    if number.q != 1:
        below.insert(0, _whole(number.q))
    top, bottom = product(above), product(below)
    result = top if bottom == ONE else Div(top, bottom)
    return negated(result) if number < 0 else result


def _sum(node: Any, table: Table) -> Expr:
    content, inner = node.primitive()
    if content != 1 and all(abs(term.as_coeff_Mul()[0]) == 1 for term in inner.args):
        return from_sympy(sympy.Mul(content, inner, evaluate=False), table)
    terms = [from_sympy(term, table) for term in node.as_ordered_terms()]
    terms.sort(key=lambda term: (isinstance(term, Neg), not isinstance(term, Number)))
    return Add(tuple(terms))


def same(left: Expr, right: Expr) -> bool:
    """Whether SymPy can prove two expressions equal (for proofs in tests, never on the way to numbers)."""
    table = Table()
    difference = to_sympy(left, table) - to_sympy(right, table)
    return bool(sympy.simplify(difference) == 0)
