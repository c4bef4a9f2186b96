"""A forward pass alone: the equations in order, with any values in place of the given ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tracer.calculus.compiling import compile_equations
from tracer.calculus.equation import Equation
from tracer.calculus.in_place_code import compiled, in_place
from tracer.calculus.rounding import Rounding
from tracer.run.network import Network
from tracer.run.problem import Array

Compute = Callable[[Mapping[str, Array]], dict[str, Array]]


def forward_pass(
    network: Network,
    parameters: Mapping[str, Array],
    wanted: Iterable[str],
    carried: Mapping[str, Rounding] | None = None,
) -> dict[str, Array]:
    """Forward values and loss of a network with other parameters (and other given values, if named; a computed value
    that is named is held). What is `carried` is rounded as it is computed."""
    return repeated_pass(network, parameters, wanted, carried)(parameters)


def repeated_pass(
    network: Network,
    parameters: Mapping[str, Array],
    wanted: Iterable[str],
    carried: Mapping[str, Rounding] | None = None,
) -> Compute:
    """The same, prepared once for many passes in which the same names are given, with the same shapes."""
    entries = [*network.phase("forward"), *network.phase("loss")]
    equations = [entry.equation for entry in entries if entry.name not in parameters]
    given = {**network.given, **network.parameters}
    made = prepared(equations, {**given, **parameters}, network, carried=carried)
    names = list(wanted)

    def one_pass(other: Mapping[str, Array]) -> dict[str, Array]:
        found = made({**given, **other})
        return {name: found[name] for name in names}

    return one_pass


def compute(
    equations: Sequence[Equation],
    values: Mapping[str, Array],
    network: Network,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    carried: Mapping[str, Rounding] | None = None,
) -> dict[str, Array]:
    """The left sides of equations in order, by name; `shapes` are those of left sides the network does not have."""
    return prepared(equations, values, network, shapes, carried)(values)


def prepared(
    equations: Sequence[Equation],
    values: Mapping[str, Array],
    network: Network,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    carried: Mapping[str, Rounding] | None = None,
) -> Compute:
    """The same, to be done for other values of the same names and shapes."""
    shapes = {**network.shapes, **(shapes or {})}
    program = compile_equations(equations, network.extents, shapes, carried)
    names = [item.left.name for item in equations]
    given = {name: np.shape(value) for name, value in values.items() if name not in names}
    step = compiled(in_place(program, given=given, carried={}, kept=frozenset(names)))

    def run(values: Mapping[str, Array]) -> dict[str, Array]:
        kept = {name: np.empty((1, *shapes[name])) for name in names}
        inputs: dict[str, Any] = {
            name: value if np.ndim(value) else np.float64(value) for name, value in values.items() if name in given
        }
        with np.errstate(all="ignore"):
            step(0, 1, inputs | dict(program.constants), kept, {})
        return {name: np.asarray(kept[name][0]) for name in names}

    return run
