"""The expression tree: what an equation is made of, in the order its author wrote it.

The tree is for reading, printing and evaluating; SymPy gets a copy (`algebra`) for derivatives, because it sorts
factors and terms and folds numbers. Indices count from 1, as on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Number:
    """A constant, exact. `text` is how the author wrote it ("0.50"); it does not take part in comparisons."""

    value: Fraction
    text: str = field(default="", compare=False)

    def __hash__(self) -> int:  # that of a Fraction takes ten times as long, and trees are looked up by the thousand
        return hash((self.value.numerator, self.value.denominator))


@dataclass(frozen=True, slots=True)
class Index:
    """An index letter; `axis` names the extent it runs over (two letters may run over one axis)."""

    name: str
    axis: str


@dataclass(frozen=True, slots=True)
class Size:
    """The extent of an axis: `size(n)` is the number of examples."""

    axis: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A named value, whole (`indices` empty) or at indices: `w[i,j]`."""

    name: str
    indices: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Neg:
    """-operand"""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Add:
    """A sum of terms; a term that is taken away is a `Neg`."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    """A product of factors, left to right."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Div:
    """numerator / denominator"""

    numerator: Expr
    denominator: Expr


@dataclass(frozen=True, slots=True)
class Pow:
    """base ** exponent"""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `functions.FUNCTIONS`, by name."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A condition, for `where`: left `operator` right, operator one of < <= > >= ==."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of `body` over all values of the bound `indices`."""

    indices: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Largest(Sum):
    """The largest value of `body` over all values of the bound `indices`. It binds letters as a sum does; it has no
    slope here, so an equation with it is routing: fixed in the forward pass."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Kronecker's delta: 1 where two index expressions are equal, else 0."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Within:
    """1 where an index expression lies in 1..size(axis), else 0."""

    index: Expr
    axis: str


Expr = (
    Number | Index | Size | Ref | Neg | Add | Mul | Div | Pow | Call | Compare | Sum | Delta | Within
)  # fmt: skip

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def children(node: Expr) -> tuple[Expr, ...]:
    """The parts of a node, in reading order."""
    match node:
        case Ref(_, indices):
            return indices
        case Neg(operand):
            return (operand,)
        case Add(parts) | Mul(parts) | Call(_, parts):
            return parts
        case Div(left, right) | Pow(left, right) | Compare(_, left, right) | Delta(left, right):
            return (left, right)
        case Sum(_, body):
            return (body,)
        case Within(index, _):
            return (index,)
    return ()


def rebuild(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node over changed parts."""
    match node:
        case Ref(name, indices):
            return Ref(name, tuple(map(change, indices))) if indices else node
        case Neg(operand):
            return Neg(change(operand))
        case Add(terms):
            return Add(tuple(map(change, terms)))
        case Mul(factors):
            return Mul(tuple(map(change, factors)))
        case Div(top, bottom):
            return Div(change(top), change(bottom))
        case Pow(base, exponent):
            return Pow(change(base), change(exponent))
        case Call(function, arguments):
            return Call(function, tuple(map(change, arguments)))
        case Compare(operator, left, right):
            return Compare(operator, change(left), change(right))
        case Sum(indices, body):
            return type(node)(indices, change(body))
        case Delta(left, right):
            return Delta(change(left), change(right))
        case Within(index, axis):
            return Within(change(index), axis)
    return node


def walk(node: Expr) -> Iterator[Expr]:
    """The node and everything below it, parents first."""
    yield node
    for part in children(node):
        yield from walk(part)


def names(node: Expr) -> set[str]:
    """The names of all values the expression reads."""
    return {part.name for part in walk(node) if isinstance(part, Ref)}


def free_indices(node: Expr) -> tuple[Index, ...]:
    """The index letters that no sum inside the expression binds, in reading order, each once."""
    found: dict[Index, None] = {}

    def visit(part: Expr, bound: frozenset[Index]) -> None:
        if isinstance(part, Index) and part not in bound:
            found.setdefault(part)
        inner = bound | frozenset(part.indices) if isinstance(part, Sum) else bound
        for child in children(part):
            visit(child, inner)

    visit(node, frozenset())
    return tuple(found)


def put(node: Expr, indices: Mapping[Index, Expr]) -> Expr:
    """Replace free indices. Bound letters that would capture one of the new ones get a fresh name first.

    >>> i, j = Index("i", "i"), Index("j", "j")
    >>> put(Sum((j,), Ref("w", (i, j))), {i: j}).indices
    (Index(name="j'", axis='j'),)
    """
    if not indices:
        return node
    if isinstance(node, Index):
        return indices.get(node, node)
    if isinstance(node, Sum):
        inside = {old: new for old, new in indices.items() if old not in node.indices}
        taken = {index.name for new in inside.values() for index in free_indices(new)}
        taken |= {index.name for index in free_indices(node)}
        bound: list[Index] = []
        for index in node.indices:
            fresh = Index(fresh_name(index.name, taken), index.axis)
            if fresh != index:
                inside[index] = fresh
            bound.append(fresh)
        return type(node)(tuple(bound), put(node.body, inside))
    return rebuild(node, lambda part: put(part, indices))


def replace(node: Expr, change: Callable[[Ref], Expr]) -> Expr:
    """Replace every named value by `change(value)`; the indices inside it are changed first."""
    if isinstance(node, Ref):
        return change(Ref(node.name, tuple(replace(index, change) for index in node.indices)))
    return rebuild(node, lambda part: replace(part, change))


def fresh_name(name: str, taken: set[str]) -> str:
    """`name`, with as many primes as it needs to be new; the result is added to `taken`."""
    while name in taken:
        name += "'"
    taken.add(name)
    return name


def product(factors: list[Expr]) -> Expr:
    """A product without ones and without products inside; a denominator stays with what it divides."""
    flat: list[Expr] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Mul) else [factor]
    flat = [factor for factor in flat if factor != ONE]
    sign = sum(isinstance(factor, Neg) for factor in flat) % 2
    flat = [factor.operand if isinstance(factor, Neg) else factor for factor in flat]
    flat = [factor for factor in flat if factor != ONE]
    result: Expr = ONE if not flat else flat[0] if len(flat) == 1 else Mul(tuple(flat))
    return Neg(result) if sign else result


def total(terms: list[Expr]) -> Expr:
    """A sum without zeros; a single term stands alone."""
    flat: list[Expr] = []
    for term in terms:
        flat += term.terms if isinstance(term, Add) else [term]
    flat = [term for term in flat if term != ZERO]
    return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))


def negated(node: Expr) -> Expr:
    """-node, with the minus moved to where a person would write it: -(a - t) is t - a."""
    match node:
        case Neg(operand):
            return operand
        case Add(terms):
            turned = [negated(term) for term in terms]
            return Add(tuple(sorted(turned, key=lambda term: isinstance(term, Neg))))
        case Mul(factors):
            for place, factor in enumerate(factors):
                if isinstance(factor, Add | Neg):
                    return product([*factors[:place], negated(factor), *factors[place + 1 :]])
        case Div(top, bottom):
            turned_top = negated(top)
            return Neg(node) if isinstance(turned_top, Neg) else Div(turned_top, bottom)
        case Number(value) if value < 0:
            return Number(-value)
    return Neg(node)
