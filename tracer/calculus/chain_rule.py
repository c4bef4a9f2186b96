"""The chain rule for one equation in index form, by paths instead of delta algebra.

Each occurrence v[E] and each enclosing sum is an opaque scalar; the ordinary derivative is taken in it and multiplied
along the way in. What comes out is a list of *paths*: coefficient, bound indices, index expressions E. The gradient
of v at K then needs E = K, which is solved for the bound or output indices; what cannot be solved stays one Kronecker
delta; a shift leaves a range condition. (Why not SymPy's own derivative of a Sum: it captures indices, issue 21891.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    ONE,
    ZERO,
    Add,
    Delta,
    Div,
    Expr,
    Index,
    Largest,
    Mul,
    Neg,
    Number,
    Ref,
    Sum,
    Within,
    children,
    free_indices,
    fresh_name,
    names,
    negated,
    product,
    put,
    rebuild,
    total,
    walk,
)
from tracer.errors import TracerError, shortened

if TYPE_CHECKING:
    from tracer.calculus.algebra import Table


@dataclass(frozen=True)
class Path:
    """One way a value v reaches the left side of an equation: d left = coefficient * d v[indices], over `bound`.

    `textbook` tells that the coefficient is the known form of the slope, not what SymPy derived.
    """

    name: str
    coefficient: Expr
    bound: tuple[Index, ...]
    indices: tuple[Expr, ...]
    textbook: bool = False


def paths(item: Equation, name: str) -> tuple[Path, ...]:
    """All ways in which the value `name` reaches the left side of an equation.

    >>> from tracer.calculus.equation import equation
    >>> from tracer.calculus.expression_text import to_text
    >>> [to_text(path.coefficient) for path in paths(equation("E = sum(k, (a[k] - t[k])**2)/2"), "a")]
    ['a[k] - t[k]']
    """
    for known in item.textbook:
        if known.by == name:
            if known.at:
                own = tuple(index for index in known.at if index not in item.left.indices)
                return (Path(name, known.form, own, known.at, True),)
            occurrence = next(part for part in walk(item.right) if isinstance(part, Ref) and part.name == name)
            return (Path(name, known.form, (), occurrence.indices, True),)
    from tracer.calculus.algebra import Table, from_sympy  # SymPy is imported when the first derivative is taken

    right = apart(item.right, {index.name for index in item.left.indices if isinstance(index, Index)})
    table = Table()
    try:
        return tuple(
            Path(name, from_sympy(coefficient, table), bound, indices)
            for coefficient, bound, indices in _paths(right, name, table)
            if coefficient != 0
        )
    except TracerError as error:
        raise error.at(f"equation '{shortened(item)}'") from None


def apart(node: Expr, taken: set[str]) -> Expr:
    """The same expression with every bound letter different from all others, so that nothing can be captured."""
    if isinstance(node, Sum):
        letters: dict[Index, Expr] = {}
        bound = []
        for index in node.indices:
            fresh = Index(fresh_name(index.name, taken), index.axis)
            letters[index] = fresh
            bound.append(fresh)
        return type(node)(tuple(bound), apart(put(node.body, letters), taken))
    return rebuild(node, lambda part: apart(part, taken))


def _opaque(node: Expr) -> list[Expr]:
    """The named values and the outermost sums of an expression, each once."""
    found: dict[Expr, None] = {}

    def visit(part: Expr) -> None:
        if isinstance(part, Ref | Sum):
            found.setdefault(part)
        else:
            for child in children(part):
                visit(child)

    visit(node)
    return list(found)


def _paths(node: Expr, name: str, table: Table) -> list[tuple[Any, tuple[Index, ...], tuple[Expr, ...]]]:
    from tracer.calculus.algebra import to_sympy

    found: list[tuple[Any, tuple[Index, ...], tuple[Expr, ...]]] = []
    whole = to_sympy(node, table)
    for part in _opaque(node):
        if name not in names(part):
            continue
        if isinstance(part, Largest):
            found_here = f"'{name}' is inside largest(...), which has no slope here."
            remedy = "If no gradient is to pass through it, say so: { equation = '...', routing = true }."
            raise TracerError("T204", "", found_here, "", remedy)
        slope = whole.diff(table.symbol(part))
        if isinstance(part, Ref) and part.name == name:
            found.append((slope, (), part.indices))
        elif isinstance(part, Sum):
            for coefficient, bound, indices in _paths(part.body, name, table):
                found.append((slope * coefficient, (*part.indices, *bound), indices))
    return found


def gradient_term(item: Equation, path: Path, target: tuple[Index, ...], outer: Expr | None) -> Expr:
    """What one path adds to the gradient of its value at `target`: the outer gradient times the coefficient,
    summed over every index that E = K leaves open.

    `outer` is the gradient of the equation's left side at its own indices, or None for 1 (the left side is E itself).
    """
    own = [index for index in item.left.indices if isinstance(index, Index)]
    taken = {index.name for index in target}
    letters: dict[Index, Expr] = {}
    unknown: list[Index] = []
    for index in [*own, *path.bound]:
        letters[index] = Index(fresh_name(index.name, taken), index.axis)
        unknown.append(letters[index])  # type: ignore[arg-type]
    # A letter of the equation may be spelt like one of the target: rename first, then solve.
    coefficient = put(path.coefficient, letters)
    factor = put(outer, letters) if outer is not None else ONE
    reads = [put(index, letters) for index in path.indices]
    solved, rest, conditions = _solve(reads, target, unknown)
    body = [_settle(factor, solved), _settle(coefficient, solved), *(_settle(part, solved) for part in conditions)]
    spelt = frozenset(index.name for index in (*target, *rest))
    return _summed(tuple(rest), [_clear(part, spelt) for part in body])


def _clear(node: Expr, taken: frozenset[str]) -> Expr:
    """The same expression with no bound letter spelt like one of `taken`, the letters in force around it."""
    if isinstance(node, Sum):
        inside = set(taken)
        letters: dict[Index, Expr] = {
            index: Index(fresh_name(index.name, inside), index.axis) for index in node.indices
        }
        return type(node)(tuple(letters.values()), _clear(put(node.body, letters), frozenset(inside)))  # type: ignore[arg-type]
    return rebuild(node, lambda part: _clear(part, taken))


def _settle(node: Expr, solved: dict[Index, Expr]) -> Expr:
    """Put the solutions in until none of the solved letters is left (one solution may name another)."""
    while any(index in solved for index in free_indices(node)):
        node = put(node, solved)
    return node


def _solve(
    reads: list[Expr], target: tuple[Index, ...], unknown: list[Index]
) -> tuple[dict[Index, Expr], list[Index], list[Expr]]:
    """Solve reads = target for the unknown letters: (solutions, letters still open, conditions left)."""
    solved: dict[Index, Expr] = {}
    conditions: list[Expr] = []
    for read, goal in zip(reads, target, strict=True):
        read = _settle(read, solved)
        affine = linear(read)
        choices = (
            []
            if affine is None
            else [index for index, factor in affine[0].items() if abs(factor) == 1 and index in unknown]
        )
        choices = [index for index in choices if index not in solved]
        if not choices:
            conditions.append(Delta(read, goal))
            continue
        assert affine is not None
        # Of a sum the last letter is taken, so that a convolution keeps its output index open.
        index = choices[-1]
        coefficients, constant = affine
        sign = coefficients[index]
        terms: dict[Index, int] = {goal: sign}
        for other, factor in coefficients.items():
            if other != index:
                terms[other] = terms.get(other, 0) - sign * factor
        solution = _affine(terms, -sign * constant)
        solved[index] = solution
        if solution != goal or not isinstance(read, Index):  # x[t + 0] too: t need not run as far as x
            conditions.append(Within(solution, index.axis))
    rest = [index for index in unknown if index not in solved]
    return solved, rest, conditions


def linear(node: Expr) -> tuple[dict[Index, int], int] | None:
    """An index expression as whole multiples of letters plus a constant; None if it is not (a look-up)."""
    match node:
        case Number(value):
            return {}, int(value)
        case Index():
            return {node: 1}, 0
        case Neg(operand):
            inside = linear(operand)
            return None if inside is None else ({index: -factor for index, factor in inside[0].items()}, -inside[1])
        case Add(terms):
            letters: dict[Index, int] = {}
            constant = 0
            for term in terms:
                part = linear(term)
                if part is None:
                    return None
                for index, factor in part[0].items():
                    letters[index] = letters.get(index, 0) + factor
                constant += part[1]
            return letters, constant
        case Mul(factors):
            parts = [linear(factor) for factor in factors]
            scale, moving = 1, None
            for part in parts:
                if part is None or (part[0] and moving is not None):
                    return None
                if part[0]:
                    moving = part
                else:
                    scale *= part[1]
            if moving is None:
                return {}, scale
            return {index: factor * scale for index, factor in moving[0].items()}, moving[1] * scale
    return None


def _affine(terms: dict[Index, int], constant: int) -> Expr:
    parts: list[Expr] = []
    for index, factor in sorted(terms.items(), key=lambda item: item[1] < 0):
        if factor:
            size = abs(factor)
            part: Expr = index if size == 1 else Mul((Number(Fraction(size)), index))
            parts.append(part if factor > 0 else Neg(part))
    if constant:
        number = Number(Fraction(abs(constant)))
        parts.append(number if constant > 0 else Neg(number))
    return ZERO if not parts else parts[0] if len(parts) == 1 else Add(tuple(parts))


def _summed(rest: tuple[Index, ...], factors: list[Expr]) -> Expr:
    """sum(rest, product of factors), with the factors that do not move taken in front of the sum."""

    def moves(part: Expr) -> bool:
        return any(index in rest for index in free_indices(part))

    negative = False
    flat: list[Expr] = []
    below: list[Expr] = []
    waiting = list(factors)
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, Mul):
            waiting[:0] = part.factors
        elif isinstance(part, Neg):
            negative = not negative
            waiting.insert(0, part.operand)
        elif isinstance(part, Div):
            waiting[:0] = [part.numerator]
            below.append(part.denominator)
        elif part != ONE:
            flat.append(part)
    outside = [part for part in flat if not moves(part)] if rest else flat
    inside = [part for part in flat if moves(part)] if rest else []
    below_outside = [part for part in below if not moves(part)] if rest else below
    below_inside = [part for part in below if moves(part)] if rest else []
    if any(part == ZERO for part in flat):
        return ZERO
    if rest:
        body = product(inside)
        body = Div(body, product(below_inside)) if below_inside else body
        outside.append(Sum(rest, body))
    result = product(outside)
    result = Div(result, product(below_outside)) if below_outside else result
    return negated(result) if negative else result


def gradient(items: Sequence[tuple[Equation, tuple[Path, ...], Expr | None]], target: tuple[Index, ...]) -> Expr:
    """The gradient of a value at `target`: the sum over the equations that read it, and over the paths through each."""
    return total([gradient_term(item, path, target, outer) for item, ways, outer in items for path in ways])


def local_slope(path: Path, here: dict[Index, Expr], at: tuple[Expr, ...]) -> Expr:
    """d left[here] / d v[at] along one path, all indices fixed: the coefficient, summed over what is left open."""
    target = tuple(Index(f"@{place}", "@") for place in range(len(at)))
    taken = {index.name for index in target}
    letters: dict[Index, Expr] = {index: Index(fresh_name(index.name, taken), index.axis) for index in path.bound}
    unknown = [letter for letter in letters.values() if isinstance(letter, Index)]
    reads = [put(put(index, letters), here) for index in path.indices]
    solved, rest, conditions = _solve(reads, target, unknown)
    coefficient = put(put(path.coefficient, letters), here)
    fixed: dict[Index, Expr] = dict(zip(target, at, strict=True))
    body = [put(_settle(part, solved), fixed) for part in (coefficient, *conditions)]
    spelt = frozenset(index.name for part in (*here.values(), *at, *rest) for index in free_indices(part))
    return _summed(tuple(rest), [_clear(part, spelt) for part in body])
