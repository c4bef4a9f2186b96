"""What can be asked of a problem: every value that its steps compute, each with the equation of its single element."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Expr, Index, Number, Ref, replace, walk
from tracer.check.digits import Known
from tracer.explain.instantiate import element, single_example
from tracer.explain.names import canonical, whole_number
from tracer.explain.reading import Reading
from tracer.run.names import evaluate
from tracer.run.network import Entry, Network

MOST_NODES = 1200  # parts of an equation with the values written out in it that are not asked for


@dataclass(frozen=True)
class Question:
    """One element that can be asked for: its `value` (a reference to the element at a step), its address, and what it
    is of: the canonical name and its places (1-based)."""

    value: Ref
    address: str
    step: int
    name: str
    places: tuple[int, ...]


def questions(network: Network, steps: int = 1) -> tuple[Question, ...]:
    """Every element that `steps` training steps compute, in the order in which they are computed.

    >>> from tracer.run.trace_file import trace_of
    >>> [question.address for question in questions(trace_of("mazur").network)][:4]
    ['z1[1]', 'z1[2]', 'a1[1]', 'a1[2]']
    """
    found = []
    for step in range(1, steps + 1):
        for entry in network.schedule:
            shape = network.shapes[entry.name]
            for places in np.ndindex(*shape):
                at = tuple(place + 1 for place in places)
                plain = Ref(entry.name, tuple(map(whole_number, at)))
                address = canonical(plain, network)
                found.append(
                    Question(at_step(plain, step), f"{step}:{address}" if steps > 1 else address, step, entry.name, at)
                )
    return tuple(found)


def as_numbered(reading: Reading, asked: Sequence[Question]) -> list[Question]:
    """The elements of each value in the order in which the notation numbers them: weights by the unit they lead to."""
    found: list[Question] = []
    for name, group in groupby(asked, key=lambda question: question.name):
        order = {places: place for place, places in enumerate(reading.elements(name))}
        found += sorted(group, key=lambda question: order.get(question.places, 0))
    return found


def at_step(ref: Ref, step: int) -> Ref:
    """The element as it is at a step; those of the first step keep their names."""
    return ref if step == 1 else Ref(f"{step}:{ref.name}", ref.indices)


def equations(network: Network, asked: Iterable[Question]) -> dict[Ref, Expr]:
    """The right side of each asked element: an expression of elements, of the same step or the one before."""
    entries = {entry.name: entry for entry in network.schedule}
    return {
        question.value: equation_at(network, entries[question.name], question)
        for question in asked
        if question.name in entries
    }


def equation_at(network: Network, entry: Entry, question: Question) -> Expr:
    """One line of the schedule at one element and step."""
    item: Equation = entry.equation
    indices = [index for index in item.left.indices if isinstance(index, Index)]
    return element_of(network, item.right, indices, question.places, question.step)


def element_of(network: Network, right: Expr, indices: Sequence[Index], places: tuple[int, ...], step: int = 1) -> Expr:
    """A right side at one element and step, in terms of elements."""

    def given(node: Expr) -> float:
        def read(ref: Ref) -> float:
            return float(
                network.given[ref.name][
                    tuple(int(place.value) - 1 for place in ref.indices if isinstance(place, Number))
                ]
            )

        return float(evaluate(node, read, network.extents))

    here = dict(zip(indices, places, strict=True))
    right = single_example(right, network.extents)
    made = element(right, here, network.extents, network.shapes, given, decide=False)
    return replace(made, lambda ref: before(network, ref, step))


def before(network: Network, ref: Ref, step: int) -> Ref:
    """What an equation of a step reads: a parameter or a state is what the step before made of it."""
    if ref.name in network.given:
        return ref
    if ref.name in network.carried:
        return ref if step == 1 else at_step(Ref(network.carried[ref.name], ref.indices), step - 1)
    return ref if ref.name in network.parameters else at_step(ref, step)


def written_out(right: Expr, equations: Mapping[Ref, Expr], asked: set[Ref]) -> Expr | None:
    """An equation in terms of what is asked and what is given: any other value is replaced by its own equation. None
    where that becomes too long."""

    def visit(ref: Ref) -> Expr:
        if ref in asked or ref not in equations:
            return ref
        return replace(equations[ref], visit)

    made = replace(right, visit)
    return made if sum(1 for _ in walk(made)) <= MOST_NODES else None


def inlined(value: Ref, equations: Mapping[Ref, Expr], asked: set[Ref]) -> set[str]:
    """The names of the lines that go into what is asked, without their steps: its own, and those written out in it."""
    found = {value}

    def visit(ref: Ref) -> None:
        if ref not in asked and ref in equations and ref not in found:
            found.add(ref)
            below(ref)

    def below(ref: Ref) -> None:
        for part in walk(equations[ref]):
            if isinstance(part, Ref):
                visit(part)

    below(value)
    return {ref.name.rpartition(":")[2] for ref in found}


def givens(network: Network) -> dict[Ref, Known]:
    """Every given element as everybody knows it: exact, with the decimals that it is given with."""
    found: dict[Ref, Known] = {}
    for name, array in {**network.given, **network.parameters, **network.state}.items():
        for places in np.ndindex(*array.shape):
            value = float(array[places])
            ref = Ref(name, tuple(whole_number(place + 1) for place in places))
            found[ref] = Known(value, 0.0, decimals_of(value))
    return found


def decimals_of(value: float) -> float:
    """With how many digits after the point a number is written out; inf for one that a float cannot be meant to be."""
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    after = len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0)
    return math.inf if after > 14 else max(0, after)
