"""A list of equations to its backward equations: the gradient of one value with respect to all that lead to it.

The equations are gone through in reverse; the gradient of a value collects one term for every path through every
equation that reads it. A gradient is called `d` + name; the names dictionary may say otherwise (`z1` -> `delta1`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracer.calculus.chain_rule import Path, gradient, paths
from tracer.calculus.equation import Equation
from tracer.calculus.expression import Index, Ref, names, walk
from tracer.errors import TracerError, suggest


@dataclass(frozen=True)
class Derived:
    """The gradient of `of`: its equation, and the (equation, path) pairs it was collected from, in forward order."""

    of: str
    equation: Equation
    ways: tuple[tuple[Equation, Path], ...]


def in_order(equations: Sequence[Equation], given: Iterable[str]) -> list[Equation]:
    """The equations so that each one comes after what it reads, otherwise in the order they were written.

    Raises TracerError T204 for a name nobody gives, T205 for a circle.
    """
    known = set(given)
    made = {item.left.name for item in equations}
    for item in equations:
        unknown = sorted(names(item.right) - known - made)
        if unknown:
            raise TracerError(
                "T204",
                f"equation '{item}'",
                f"'{unknown[0]}' is not given and no equation makes it.",
                suggest(unknown[0], sorted(known | made)),
            )
    waiting, ordered = list(equations), []
    while waiting:
        ready = next((item for item in waiting if names(item.right) <= known), None)
        if ready is None:
            circle = " -> ".join(item.left.name for item in waiting)
            raise TracerError(
                "T205",
                "equations",
                f"these depend on each other in a circle: {circle}.",
                "Each value must come from earlier ones.",
            )
        waiting.remove(ready)
        ordered.append(ready)
        known.add(ready.left.name)
    return ordered


def derive(
    equations: Sequence[Equation],
    output: str,
    wanted: Iterable[str],
    indices: Mapping[str, tuple[Index, ...]],
    name_of: Callable[[str], str],
    terms: Iterable[str] = (),
) -> list[Derived]:
    """The backward equations for `wanted` values, output first.

    `equations` are in forward order; `output` is the scalar to differentiate; `indices` gives the index letters of
    every value; `terms` are values that the output only adds up, so that their gradient is 1 and nothing is said of it.
    Values that do not lead from a wanted one to the output get no gradient; none passes through routing.
    """
    wanted = set(wanted)
    equations = [item for item in equations if not item.routing]
    reads = {item.left.name: names(item.right) for item in equations}
    plain = {output, *terms}
    outer: dict[str, Ref | None] = dict.fromkeys(plain)
    found: list[Derived] = []
    for value in _backward_order(equations, _leading_to(equations, wanted) - plain):
        readers = [item for item in equations if value in reads[item.left.name] and item.left.name in outer]
        items = [(item, paths(item, value), outer[item.left.name]) for item in readers]
        target = indices[value]
        right = gradient(items, target)
        if not items:
            continue
        left = Ref(name_of(value), target)
        padded = any(item.padded for item in readers)
        ways = tuple((item, path) for item, all_paths, _ in items for path in all_paths)
        found.append(Derived(value, Equation(left, right, f"gradient of {value}", padded), ways))
        outer[value] = left
    return found


def _leading_to(equations: Sequence[Equation], wanted: set[str]) -> set[str]:
    """The wanted values and everything computed from them."""
    leads = set(wanted)
    for item in equations:
        if names(item.right) & leads:
            leads.add(item.left.name)
    return leads


def _backward_order(equations: Sequence[Equation], values: set[str]) -> list[str]:
    """Output first; a given value directly after the equation that first reads it, in the order it reads them."""
    order = [item.left.name for item in equations]
    rank: dict[str, int] = {}
    for place, item in enumerate(equations):
        for part in walk(item.right):
            if isinstance(part, Ref) and part.name not in order:
                rank.setdefault(part.name, -2 * place + 1)
    rank |= {name: -2 * place for place, name in enumerate(order)}
    return sorted((name for name in rank if name in values), key=lambda name: rank[name])
