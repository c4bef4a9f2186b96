"""A network to the same network with other lines: what deviations are made of.

Every function is pure. A line that is changed keeps its name, so that everything that reads it reads the changed value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tracer.calculus.chain_rule import Path, gradient_term
from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    ONE,
    Div,
    Expr,
    Index,
    Mul,
    Neg,
    Number,
    Ref,
    children,
    product,
    rebuild,
    total,
)
from tracer.calculus.gathering import without_ones
from tracer.run.deviation import Place, not_here

if TYPE_CHECKING:
    from tracer.run.network import Entry, Network
    from tracer.run.problem import Problem

OTHER = "another deviation has changed the same line already."


# -- what is there


def layers_at(problem: Problem, place: Place) -> list[int]:
    """The layers that a place means, all of them unless it says one. Raises T108 for bare equations."""
    count = len(problem.layers)
    if not count:
        raise not_here("bare equations have no layers.")
    if place.get("layer", 1) > count:
        raise not_here(f"there is no layer {place['layer']}.", f"Layers are 1 to {count}.")
    return [place["layer"]] if "layer" in place else list(range(1, count + 1))


def gradient_of(network: Network, value: str) -> Entry | None:
    """The line that computes the gradient of a value, None where there is none."""
    entries = (entry for entry in network.phase("backward") if entry.of == value)
    return next((entry for entry in entries if is_gradient(network, entry)), None)


def is_gradient(network: Network, entry: Entry) -> bool:
    """Whether a line computes a gradient."""
    return network.roles[entry.name].kind == "gradient"


def kind_of_operation(network: Network, name: str) -> str:
    """The kind of the operation that makes a value: layer, activation, loss, penalty, ...; "" for equations alone."""
    op = network.operations.get(name)
    return op.kind if op else ""


def updates(network: Network) -> list[Entry]:
    """The lines of the update that belong to a parameter; refused where nothing is updated."""
    found = [entry for entry in network.phase("update") if entry.of in network.parameters]
    if not found:
        raise not_here("nothing is updated.", "Give a learning rate, or leave it out.")
    return found


# -- expressions


def cleaned(node: Expr) -> Expr:
    """An expression without + 0, times 1 and times 0."""
    return without_ones(rebuild(node, cleaned))


def put_for(node: Expr, old: Expr, new: Expr) -> Expr:
    """An expression with `new` wherever `old` stands."""
    return new if node == old else rebuild(node, lambda part: put_for(part, old, new))


def reads(node: Expr, wanted: Callable[[Expr], bool]) -> bool:
    """Whether some part of an expression is wanted."""
    return wanted(node) or any(reads(part, wanted) for part in children(node))


def factors_of(node: Expr) -> tuple[Expr, ...]:
    """The factors of a product, or the one thing that it is."""
    return node.factors if isinstance(node, Mul) else (node,)


def without_factor(node: Expr, wanted: Callable[[Expr], bool]) -> Expr | None:
    """A product without the first wanted factor of its numerator; None where there is none."""
    match node:
        case Neg(operand):
            inner = without_factor(operand, wanted)
            return None if inner is None else Neg(inner)
        case Div(top, bottom):
            inner = without_factor(top, wanted)
            return None if inner is None else Div(inner, bottom)
    factors = list(factors_of(node))
    place = next((place for place, factor in enumerate(factors) if wanted(factor)), None)
    return None if place is None else product(factors[:place] + factors[place + 1 :])


def without_divisor(node: Expr, wanted: Callable[[Expr], bool]) -> Expr | None:
    """An expression whose divisors lose every wanted factor, also in its terms; None where there is none."""
    found = False

    def visit(part: Expr) -> Expr:
        nonlocal found
        part = rebuild(part, visit)
        if isinstance(part, Div):
            kept = [factor for factor in factors_of(part.denominator) if not wanted(factor)]
            if len(kept) < len(factors_of(part.denominator)):
                found = True
                bottom = product(kept)
                return part.numerator if bottom == ONE else Div(part.numerator, bottom)
        return part

    made = visit(node)
    return made if found else None


def is_number(value: int) -> Callable[[Expr], bool]:
    """A test for a whole number."""
    return lambda part: isinstance(part, Number) and part.value == value


def with_new(node: Expr, done: set[str]) -> Expr:
    """The same expression reading the already replaced parameters."""
    if isinstance(node, Ref) and node.name in done:
        return Ref(f"{node.name}_new", node.indices)
    return rebuild(node, lambda part: with_new(part, done))


# -- lines


def with_rights(network: Network, rights: Mapping[str, Expr], otherwise: str) -> Network:
    """The network with other right sides, by name; refused with `otherwise` where none differs."""
    made = []
    for entry in network.schedule:
        right = rights.get(entry.name, entry.equation.right)
        made.append(
            entry if right == entry.equation.right else replace(entry, equation=replace(entry.equation, right=right))
        )
    if tuple(made) == network.schedule:
        raise not_here(otherwise)
    return replace(network, schedule=tuple(made))


def changed_where(
    network: Network, entries: Iterable[Entry], change: Callable[[Expr], Expr | None], otherwise: str
) -> Network:
    """The network with the right sides of these lines changed, where `change` gives something."""
    rights = {entry.name: change(entry.equation.right) for entry in entries}
    return with_rights(network, {name: right for name, right in rights.items() if right is not None}, otherwise)


def with_paths(network: Network, change: Callable[[Equation, Path], Path | None], otherwise: str) -> Network:
    """The network with its gradients collected again along changed paths; None is a path that is left out."""
    made = []
    for entry in network.schedule:
        ways = tuple((item, new) for item, path in entry.ways if (new := change(item, path)) is not None)
        if is_gradient(network, entry) and ways != entry.ways:
            if _collected(network, entry) != entry.equation.right:
                raise not_here(OTHER, "Name this one before it, or leave it out.")
            entry = replace(entry, ways=ways)
            entry = replace(entry, equation=replace(entry.equation, right=_collected(network, entry)))
        made.append(entry)
    if [entry.equation.right for entry in made] == [entry.equation.right for entry in network.schedule]:
        raise not_here(otherwise)
    return replace(network, schedule=tuple(made))


def _collected(network: Network, entry: Entry) -> Expr:
    """The gradient that the paths of a line add up to, as `derive` collects it."""
    target = tuple(index for index in entry.equation.left.indices if isinstance(index, Index))
    terms = []
    for item, path in entry.ways:
        above = gradient_of(network, item.left.name)
        outer = None if above is None else Ref(above.name, item.left.indices)
        terms.append(gradient_term(item, path, target, outer))
    return total(terms)
