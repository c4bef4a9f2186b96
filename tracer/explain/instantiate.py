"""A general equation to one of its elements: letters become numbers, sums are written out, conditions are decided."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
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
    Largest,
    Mul,
    Neg,
    Number,
    Ref,
    Size,
    Sum,
    Within,
    rebuild,
)


def single_example(node: Expr, extents: Mapping[str, int]) -> Expr:
    """The same expression where there is only one example: no sum over it, no division by its number."""
    if extents.get("n") != 1:
        return node
    node = rebuild(node, lambda part: single_example(part, extents))
    match node:
        case Sum(indices, body) if any(index.axis == "n" for index in indices):
            kept = tuple(index for index in indices if index.axis != "n")
            return type(node)(kept, body) if kept else body
        case Size("n"):
            return ONE
        case Mul(factors) if ONE in factors:
            rest = tuple(factor for factor in factors if factor != ONE)
            return ONE if not rest else rest[0] if len(rest) == 1 else Mul(rest)
        case Div(top, bottom) if bottom == ONE:
            return top
    return node


def element(
    node: Expr,
    here: Mapping[Index, int],
    extents: Mapping[str, int],
    shapes: Mapping[str, tuple[int, ...]],
    value: Callable[[Expr], float],
    decide: bool = True,
) -> Expr:
    """An expression at fixed indices. `value` evaluates an expression at fixed indices: it decides look-ups and, unless
    `decide` is False, conditions. Reads outside a value's range are zero (the engine has checked that the equation
    allows them)."""

    def place(index: Index) -> int:
        return 1 if index.axis == "n" and extents.get("n") == 1 else here[index]

    def whole(part: Expr) -> int:
        match part:
            case Number(number):
                return int(number)
            case Index():
                return place(part)
            case Neg(operand):
                return -whole(operand)
            case Add(terms):
                return sum(map(whole, terms))
            case Mul(factors):
                result = 1
                for factor in factors:
                    result *= whole(factor)
                return result
            case Size(axis):
                return extents[axis]
        return round(value(visit(part)))

    def visit(part: Expr) -> Expr:
        match part:
            case Index():
                return Number(Fraction(place(part)))
            case Size(axis):
                return Number(Fraction(extents[axis]))
            case Ref(name, indices):
                at = [whole(index) for index in indices]
                if any(not 1 <= place <= size for place, size in zip(at, shapes.get(name, ()), strict=False)):
                    return ZERO
                return Ref(name, tuple(Number(Fraction(place)) for place in at))
            case Delta(left, right):
                return ONE if whole(left) == whole(right) else ZERO
            case Within(index, axis):
                return ONE if 1 <= whole(index) <= extents[axis] else ZERO
            case Call("where", (Compare() as condition, first, second)) if decide:
                return visit(first) if value(visit(condition)) else visit(second)
            case Largest(indices, body):
                ranges = [range(1, extents[index.axis] + 1) for index in indices]
                every = [{**here, **dict(zip(indices, places, strict=True))} for places in itertools.product(*ranges)]
                found = tuple(element(body, fixed, extents, shapes, value, decide) for fixed in every)
                return found[0] if len(found) == 1 else Call("max", found)
            case Sum(indices, body):
                ranges = [range(1, extents[index.axis] + 1) for index in indices]
                written: list[Expr] = []
                for places in itertools.product(*ranges):
                    fixed = {**here, **dict(zip(indices, places, strict=True))}
                    term = element(body, fixed, extents, shapes, value, decide)
                    written += term.terms if isinstance(term, Add) else [term]
                written = [term for term in written if term != ZERO]
                return ZERO if not written else written[0] if len(written) == 1 else Add(tuple(written))
        made = rebuild(part, visit)
        match made:
            case Mul(factors) if ZERO in factors and not _from_where(part):
                return ZERO
            case Mul(factors) if any(
                isinstance(factor, Number) and factor == ONE and not _from_where(part) for factor in factors
            ):
                rest = tuple(factor for factor in factors if factor != ONE)
                return ONE if not rest else rest[0] if len(rest) == 1 else Mul(rest)
            case Add(terms) if len(terms) > 1:
                flat = _flat(terms)
                return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))
        return made

    return visit(node)


def _from_where(node: Expr) -> bool:
    """Whether a product holds a choice: its chosen 1 is worth showing (the slope of a rectified unit)."""
    return isinstance(node, Mul) and any(
        isinstance(factor, Call) and factor.function == "where" for factor in node.factors
    )


def _flat(terms: tuple[Expr, ...]) -> list[Expr]:
    found: list[Expr] = []
    for term in terms:
        found += term.terms if isinstance(term, Add) else [term]
    return [term for term in found if term not in (ZERO, Neg(ZERO))]
