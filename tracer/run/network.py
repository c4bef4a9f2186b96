"""A problem to a network: operations bound to names, sizes unified, and the schedule of what is computed when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tracer.calculus.chain_rule import Path
from tracer.calculus.derivation import Derived, derive, in_order
from tracer.calculus.equation import Equation, lifted, renamed
from tracer.calculus.expression import (
    Expr,
    Index,
    Ref,
    names,
    rebuild,
)
from tracer.errors import TracerError
from tracer.ops import ACTIVATIONS, LAYERS, LOSSES, OPTIMIZERS, Op
from tracer.run.binding import Binding
from tracer.run.limits import Known, check_lookups, check_sizes, lookups
from tracer.run.problem import Array, Layer, Problem, frozen
from tracer.run.unused import check_read

PHASES = ("forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Entry:
    """One line of the schedule: compute `name` by `equation`.

    For a gradient, `of` is the value it belongs to and `ways` are the paths of the chain rule it was collected from;
    `exact` is False where it is computed from an already updated parameter and so is no derivative.
    """

    phase: str
    name: str
    equation: Equation
    of: str = ""
    ways: tuple[tuple[Equation, Path], ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Role:
    """What a name is made of: `z2` is base z in layer 2, `dw1` the gradient of w1, `w1_new` its replacement."""

    base: str
    layer: int = 0
    kind: str = "value"  # value, gradient, new


@dataclass(frozen=True)
class Network:
    """A problem ready to run. `axes` gives the index letters of every value, `extents` how far each runs; `memo` is
    scratch space for those who print the same network many times."""

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
    operations: Mapping[str, Op] = field(default_factory=dict)  # name of a value -> the operation that makes it
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
    def layers(self) -> int:
        """How many layers there are above the input."""
        return len(self.problem.layers)

    def result_of(self, layer: int) -> str:
        """The name of what a layer passes on: `x` for the input, `a1` or `z1` for layer 1."""
        outputs = [entry.name for entry in self.phase("forward") if self.roles[entry.name].layer == layer]
        return "x" if layer == 0 else outputs[-1]


def build(problem: Problem) -> Network:
    """A problem to its network. Raises TracerError T104, T202 to T206 and T402."""
    builder = _Builder(problem)
    try:
        if problem.bare:
            builder.bare()
        else:
            builder.layered()
        made = builder.network()
        check_read(problem)
        return made
    except TracerError as error:
        raise error.at(problem.where) from None


class _Builder(Binding):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sizes)
        self.problem = problem
        self.given: dict[str, Array] = {}
        self.parameters: dict[str, Array] = {}
        self.trained: list[str] = []  # parameters with a gradient
        self.forward: list[Equation] = []
        self.loss: list[Equation] = []
        self.parts: dict[str, Equation] = {}
        self.roles: dict[str, Role] = {}
        self.operations: dict[str, Op] = {}
        self.output = ""

    # -- the two kinds of problem

    def layered(self) -> None:
        problem = self.problem
        assert problem.inputs is not None
        self.give("x", problem.inputs, ("n", "u0"), Role("x"))
        below = "x"
        for number, layer in enumerate(problem.layers, 1):
            below = self.layer(number, layer, below)
        if problem.targets is not None:
            self.targets(problem.targets, below)
        if problem.loss:
            self.add_loss(problem.loss, below)
        self.output = "E" if problem.loss else below
        if problem.rate is not None:
            self.give("eta", frozen(np.array(float(problem.rate))), (), Role("eta"))

    def bare(self) -> None:
        problem = self.problem
        made = {item.left.name for item in problem.equations}
        every = [*problem.values, *problem.parameters, *(item.left.name for item in problem.equations)]
        engine = {f"d{name}" for name in every} | {f"{name}_new" for name in problem.parameters} | {"eta"}
        for name in every:
            if name in engine:
                found = f"the name '{name}' is one the engine gives itself."
                raise TracerError("T204", "", found, "", "Choose another name.")
            if name in problem.values and name in problem.parameters:
                raise TracerError("T204", "", f"'{name}' is both a value and a parameter.", "", "Leave one out.")
            if name in made and (name in problem.values or name in problem.parameters):
                raise TracerError("T204", "", f"'{name}' is given, and an equation makes it.", "", "Leave one out.")
            if every.count(name) > 1:
                found = f"two equations make '{name}'."
                raise TracerError("T204", "", found, "", "Give the second result a name of its own.")
        for name, value in [*problem.values.items(), *problem.parameters.items()]:
            self.shapes[name] = value.shape
            self.roles[name] = Role(name)
            (self.given if name in problem.values else self.parameters)[name] = value
        looked_up = {part.name for item in problem.equations for part in lookups(item)}
        self.trained = [name for name in every if name not in looked_up and name not in made]
        for item in in_order(problem.equations, [*problem.values, *problem.parameters]):
            bound = self.bind(item, {}, lambda letter: letter, f"equation '{item}'")
            self.forward.append(bound)
            self.roles[bound.left.name] = Role(bound.left.name)
        self.output = problem.equations[-1].left.name
        for name in self.given.keys() | self.parameters.keys():
            self.axes_of(name)
        if self.shapes[self.output]:
            if problem.rate is not None or problem.parameters:
                found = f"the last equation gives {self.output} with shape {self.shapes[self.output]}."
                raise TracerError("T104", "", found, "Expected a single number to minimise.", "End with a sum.")
            self.trained = []
        if problem.rate is not None:
            self.give("eta", frozen(np.array(float(problem.rate))), (), Role("eta"))

    # -- pieces of a layered network

    def layer(self, number: int, layer: Layer, below: str) -> str:
        if layer.equations:
            below = self.own_layer(number, layer, below)
        else:
            assert layer.weights is not None
            kind = "dense-without-bias" if layer.bias is None else "dense" if layer.bias.ndim else "dense-shared-bias"
            op = LAYERS[kind]
            spelt = {"x": below, "z": f"z{number}", "w": f"w{number}", "b": f"b{number}"}
            self.parameter(f"w{number}", layer.weights, Role("w", number), trained=True)
            if layer.bias is not None:
                self.parameter(f"b{number}", layer.bias, Role("b", number), trained=layer.bias_updated)
            for item in op.equations:
                self.compute(item, spelt, number, op, Role("z", number))
            below = f"z{number}"
        if layer.activation:
            op = ACTIVATIONS[layer.activation]
            spelt = {"z": below, "a": f"a{number}"}
            for item in op.equations:
                self.compute(item, spelt, number, op, Role("a", number))
            below = f"a{number}"
            for slope in self.forward[-1].textbook:
                left = Ref(f"slope{number}", self.axes[below])
                self.parts[left.name] = Equation(left, slope.form, f"slope of the {op.equations[0].says}")
                self.roles[left.name] = Role("slope", number)
        return below

    def own_layer(self, number: int, layer: Layer, below: str) -> str:
        where = f"layer {number}"
        made = [item.left.name for item in layer.equations]
        every = [*made, *layer.parameters]
        engine = {"x", "t", "eta", "E", "n", "slope", *(f"d{name}" for name in every)}
        for name in every:
            if name in engine or name.startswith("delta") or name.endswith("_new") or name[-1].isdigit():
                found = f"the name '{name}' is one the engine gives itself."
                remedy = "Choose another one, without a digit at its end: the number of the layer is added to it."
                raise TracerError("T204", where, found, "", remedy)
            if every.count(name) > 1:
                raise TracerError("T204", where, f"'{name}' is made twice.", "", "Give each value a name of its own.")
        if layer.activation and "a" in every:
            found = "'a' is what the activation makes."
            raise TracerError("T204", where, found, "", "Choose another name, or leave the activation out.")
        spelt = {"x": below} | {name: f"{name}{number}" for name in [*made, *layer.parameters]}
        looked_up = {part.name for item in layer.equations for part in lookups(item)}
        for name, value in layer.parameters.items():
            self.parameter(f"{name}{number}", value, Role(name, number), trained=name not in looked_up)
        try:
            ordered = in_order(layer.equations, ["x", *layer.parameters])
        except TracerError as error:
            raise error.at(where) from None
        for item in ordered:
            self.compute(item, spelt, number, None, Role(item.left.name, number))
        last = f"{made[-1]}{number}"
        if len(self.shapes[last]) < 2 or self.shapes[last][0] != self.extents["n"]:
            found = f"the last equation gives {made[-1]} with shape {self.shapes[last]}."
            raise TracerError("T104", where, found, "Expected a row for each example, like a[n,j].")
        return last

    def targets(self, targets: Array, below: str) -> None:
        axes = self.axes[below]
        if targets.shape != self.shapes[below]:
            found = f"targets have shape {targets.shape}, but the last layer gives {self.shapes[below]}."
            expected = "Expected a row for each example, with a number for each unit of the last layer."
            raise TracerError("T104", "[data]", found, expected)
        self.give("t", targets, tuple(index.axis for index in axes), Role("t"))

    def add_loss(self, loss: str | Equation, below: str) -> None:
        spelt = {"a": below}
        where = "[training], loss"
        if isinstance(loss, Equation):
            items: tuple[Equation, ...] = (loss,)
        else:
            op = LOSSES[loss]
            items = op.equations
            self.operations["E"] = op
            for part in op.parts:
                bound = self.bind(part, spelt, lambda letter: letter, where)
                self.parts[part.left.name] = bound
                self.roles[part.left.name] = Role(part.left.name)
        unknown = sorted(names(items[-1].right) - {"a", "t"})
        if unknown or "a" not in names(items[-1].right):
            found = f"'{unknown[0]}' is not known here." if unknown else "the outputs a are not in it."
            raise TracerError("T204", where, found, "A loss reads a, the outputs, and t, the targets.")
        for item in items:
            self.loss.append(self.bind(item, spelt, lambda letter: letter, where))
            self.roles[item.left.name] = Role(item.left.name)
        if self.shapes["E"]:
            remedy = "Add up: E = sum(n, k, ...) over examples n and outputs k, with a[n,k] and t[n,k]."
            raise TracerError("T104", where, f"E has shape {self.shapes['E']}.", "Expected a single number.", remedy)

    # -- values

    def give(self, name: str, value: Array, axes: tuple[str, ...], role: Role) -> None:
        self.given[name], self.shapes[name], self.roles[name] = value, value.shape, role
        self.extents |= dict(zip(axes, value.shape, strict=True))
        self.axes[name] = tuple(Index(axis, axis) for axis in axes)

    def parameter(self, name: str, value: Array, role: Role, *, trained: bool) -> None:
        self.shapes[name], self.roles[name] = value.shape, role
        if not value.shape:
            self.axes[name] = ()
        if trained:
            self.parameters[name] = value
            self.trained.append(name)
        else:
            self.given[name] = value

    def compute(self, item: Equation, spelt: Mapping[str, str], number: int, op: Op | None, role: Role) -> None:
        def new_axis(letter: str) -> str:
            return f"u{number}" if f"u{number}" not in self.extents else f"u{number}{letter}"

        bound = self.bind(item, spelt, new_axis, f"layer {number}, equation '{item}'")
        self.forward.append(bound)
        self.roles[bound.left.name] = role
        if op:
            self.operations[bound.left.name] = op

    # -- the schedule

    def name_of(self, value: str) -> str:
        role = self.roles[value]
        return f"delta{role.layer}" if role.base == "z" and role.layer else f"d{value}"

    def network(self) -> Network:
        equations = [*self.forward, *self.loss]
        check_sizes(equations, self.extents)
        fixed = {name: value for name, value in self.parameters.items() if name not in self.trained}
        check_lookups(equations, Known(self.extents, self.shapes, {**self.given, **fixed}))
        wanted = [name for name in self.trained if any(name in names(item.right) for item in equations)]
        scalar = not self.shapes[self.output]
        derived = derive(equations, self.output, wanted, self.axes, self.name_of) if scalar else []
        schedule = [Entry("forward", item.left.name, item) for item in self.forward]
        schedule += [Entry("loss", item.left.name, item) for item in self.loss]
        for gradient in derived:
            name = gradient.equation.left.name
            of = gradient.of
            self.shapes[name], self.axes[name] = self.shapes[of], self.axes[of]
            self.roles[name] = Role(self.roles[of].base, self.roles[of].layer, "gradient")
        updating = "eta" in self.given
        replaced = [item.of for item in derived if updating and item.of in self.parameters]
        for name in replaced:
            self.shapes[f"{name}_new"], self.axes[f"{name}_new"] = self.shapes[name], self.axes[name]
            self.roles[f"{name}_new"] = Role(self.roles[name].base, self.roles[name].layer, "new")
        schedule += self.backward_and_update(derived, replaced)
        check_sizes((entry.equation for entry in schedule), self.extents)
        return Network(
            self.problem, tuple(schedule), self.extents, self.axes, self.shapes, self.given, self.parameters,
            self.parts, self.roles, self.output, self.operations,
        )  # fmt: skip

    def backward_and_update(self, derived: list[Derived], replaced: list[str]) -> list[Entry]:
        together = self.problem.update_order == "together"
        backward: list[Entry] = []
        done: set[str] = set()
        inexact: set[str] = set()
        for item in derived:
            right, exact = item.equation.right, True
            if not together:
                right = _with_new(right, done)
                exact = right == item.equation.right and not (names(right) & inexact)
            if not exact:
                inexact.add(item.equation.left.name)
            changed = replace(item.equation, right=right)
            backward.append(Entry("backward", item.equation.left.name, changed, item.of, item.ways, exact))
            if not together and item.of in replaced:
                backward.append(self.update(item.of))
                done.add(item.of)
        if together:
            order = [name for name in self.parameters if name in replaced]
            backward += [self.update(name) for name in order]
        return backward

    def update(self, name: str) -> Entry:
        op = OPTIMIZERS[self.problem.optimizer]
        spelt = {"w": name, "dw": self.name_of(name), "w_new": f"{name}_new"}
        made = renamed(op.equations[-1], spelt, {})
        indices = self.axes[name]
        made = lifted(made, {name: indices, spelt["dw"]: indices, "eta": ()}, indices)
        self.operations[f"{name}_new"] = op
        return Entry("update", f"{name}_new", made, name)


def _with_new(node: Expr, done: set[str]) -> Expr:
    """The same expression reading the already replaced parameters."""
    if isinstance(node, Ref) and node.name in done:
        return Ref(f"{node.name}_new", node.indices)
    return rebuild(node, lambda part: _with_new(part, done))
