"""A problem ready to run: operations bound to names, sizes unified, and the schedule of what is computed when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracer.calculus.chain_rule import Path
from tracer.calculus.equation import Equation
from tracer.calculus.expression import Index
from tracer.ops import Op
from tracer.run.problem import Array, Problem

PHASES = ("forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Entry:
    """One line of the schedule: compute `name` by `equation`.

    For a gradient, `of` is the value it belongs to and `ways` are the paths of the chain rule it was collected from.
    `exact` is False where a line is only what was computed: a deviation changed it, or it is a gradient that reads an
    already updated parameter, or another gradient that is no derivative.
    """

    phase: str
    name: str
    equation: Equation
    of: str = ""
    ways: tuple[tuple[Equation, Path], ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Role:
    """What a name is made of: `z2` is base z in layer 2, `dw1` the gradient of w1, `w1_new` its replacement; `vw1` is
    the v that an optimizer carries `of` w1."""

    base: str
    layer: int = 0
    kind: str = "value"  # value, gradient, new, state, option
    of: str = ""


@dataclass(frozen=True)
class Network:
    """A problem ready to run. `axes` gives the index letters of every value, `extents` how far each runs; `memo` is
    scratch space for those who print the same network many times. With mini-batches `x` and `t` in `given` are those of
    the first one. `state` is what an optimizer carries besides the parameters, as it is at the start. `declared` is the
    network without its deviations, None where there are none."""

    problem: Problem
    schedule: tuple[Entry, ...]
    extents: Mapping[str, int]
    axes: Mapping[str, tuple[Index, ...]]
    shapes: Mapping[str, tuple[int, ...]]
    given: Mapping[str, Array]
    parameters: Mapping[str, Array]
    parts: Mapping[str, Equation]
    roles: Mapping[str, Role]
    output: str
    state: Mapping[str, Array] = field(default_factory=dict)
    operations: Mapping[str, Op] = field(default_factory=dict)  # name of a value -> the operation that makes it
    declared: Network | None = field(default=None, compare=False, repr=False)
    memo: dict[object, dict[object, Any]] = field(default_factory=dict, compare=False, repr=False)

    def phase(self, phase: str) -> tuple[Entry, ...]:
        """The entries of one phase, in order."""
        return tuple(entry for entry in self.schedule if entry.phase == phase)

    def entry(self, name: str) -> Entry | None:
        """The entry that computes a value, None for a given one."""
        return next((entry for entry in self.schedule if entry.name == name), None)

    def role(self, name: str) -> Role:
        """What a name is made of."""
        return self.roles[name]

    def axes_of(self, name: str) -> tuple[Index, ...]:
        """The index letters of a value or of a named part."""
        if name in self.axes:
            return self.axes[name]
        return tuple(index for index in self.parts[name].left.indices if isinstance(index, Index))

    @property
    def updated(self) -> tuple[str, ...]:
        """The parameters that a step replaces, in layer order."""
        return tuple(name for name in self.parameters if f"{name}_new" in self.shapes)

    @property
    def carried(self) -> dict[str, str]:
        """What a step replaces, and by what: `w1` by `w1_new`, `vw1` by `vw1_new`."""
        return {name: f"{name}_new" for name in [*self.updated, *self.state]}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics."""
        return tuple(name for name in self.parts if self.roles[name].kind == "metric")

    @property
    def final(self) -> tuple[str, ...]:
        """What a run is judged by at its end: loss, metrics, outputs, parameters."""
        result = [self.result_of(self.layers)] if self.layers else []
        return tuple(dict.fromkeys([self.output, *self.metrics, *result, *self.updated]))

    @property
    def layers(self) -> int:
        """How many layers there are above the input."""
        return len(self.problem.layers)

    def result_of(self, layer: int) -> str:
        """The name of what a layer passes on: `x` for the input, `a1` or `z1` for layer 1."""
        outputs = [entry.name for entry in self.phase("forward") if self.roles[entry.name].layer == layer]
        return "x" if layer == 0 else outputs[-1]
