"""A problem to its network, piece by piece: layers, loss, gradients, updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tracer.calculus.derivation import Derived, derive, in_order
from tracer.calculus.equation import Equation
from tracer.calculus.expression import Add, Expr, Index, Ref, names
from tracer.errors import TracerError
from tracer.ops import ACTIVATIONS, LAYERS, LOSSES, METRICS, PENALTIES, Op
from tracer.run.binding import Binding
from tracer.run.deviations import deviate, read_as_stated
from tracer.run.editing import with_new
from tracer.run.given_numbers import frozen
from tracer.run.limits import Known, check_lookups, check_sizes, lookups
from tracer.run.network import Entry, Network, Role
from tracer.run.problem import Array, Layer, Problem
from tracer.run.unused import check_read
from tracer.run.updating import Updating


def build(problem: Problem) -> Network:
    """A problem to its network, with its deviations. Raises TracerError T103, T104, T108, T202 to T206 and T402."""
    try:
        if not problem.deviations:
            return _as_declared(problem)
        declared = _as_declared(replace(problem, deviations=()))
        return deviate(_as_declared(read_as_stated(problem)), declared)
    except TracerError as error:
        raise error.at(problem.where) from None


def _as_declared(problem: Problem) -> Network:
    """A problem to its network as its equations and operations declare it."""
    builder = _Builder(problem)
    if problem.bare:
        builder.bare()
    else:
        builder.layered()
    made = builder.network()
    check_read(problem)
    return made


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
        self.state: Mapping[str, Array] = {}
        self.output = ""

    # -- the two kinds of problem

    def layered(self) -> None:
        problem = self.problem
        assert problem.inputs is not None
        first = slice(None) if problem.batches is None else problem.batches.rows(1)[0]
        self.give("x", frozen(problem.inputs[first]), ("n", "u0"), Role("x"))
        below = "x"
        for number, layer in enumerate(problem.layers, 1):
            below = self.layer(number, layer, below)
        if problem.targets is not None:
            self.targets(frozen(problem.targets[first]), below)
        if problem.loss:
            self.add_loss(problem.loss, below)
        for name in problem.metrics:
            self.add_metric(METRICS[name], below)
        self.output = "E" if problem.loss else below

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
            if self.shapes[below][-1] < op.units:
                found = f"{op.name} over {self.shapes[below][-1]} unit."
                expected = f"Expected at least {op.units}: of one unit it is always the same number."
                raise TracerError("T104", f"layer {number}", found, expected)
            spelt = {"z": below} | {item.left.name: f"{item.left.name}{number}" for item in op.equations}
            spelt |= {option.name: f"{option.name}{number}" for option in op.options}
            for name, value in layer.options.items():
                self.constant(f"{name}{number}", value, Role(name, number, "option"))
            for item in op.equations:
                self.compute(item, spelt, number, op, Role(item.left.name, number))
            below = f"a{number}"
            for slope in self.forward[-1].textbook:
                if slope.at:
                    continue  # one for each pair of units: no value of one shape
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
        # With penalties the loss itself is the error of the data, one term of E.
        spelt = {"a": below} | ({"E": "D"} if self.problem.penalties else {})
        where = "[training], loss"
        if isinstance(loss, Equation):
            items: tuple[Equation, ...] = (loss,)
        else:
            op = LOSSES[loss]
            items = op.equations
            self.check_loss(op, below, where)
            for name, value in self.problem.loss_options.items():
                self.constant(name, value, Role(name, 0, "option"))
            if op.input == "z":
                spelt["z"] = f"z{len(self.problem.layers)}"
            self.operations[spelt.get("E", "E")] = op
            for item in items:  # before the parts, which may read them
                self.loss.append(self.bind(item, spelt, lambda letter: letter, where))
                self.roles[self.loss[-1].left.name] = Role(self.loss[-1].left.name)
            for part in op.parts:
                bound = self.bind(part, spelt, lambda letter: letter, where)
                self.parts[part.left.name] = bound
                self.roles[part.left.name] = Role(part.left.name)
        if isinstance(loss, Equation):
            unknown = sorted(names(loss.right) - {"a", "t"})
            if unknown or "a" not in names(loss.right):
                found = f"'{unknown[0]}' is not known here." if unknown else "the outputs a are not in it."
                raise TracerError("T204", where, found, "A loss reads a, the outputs, and t, the targets.")
            self.loss.append(self.bind(loss, spelt, lambda letter: letter, where))
            self.roles[self.loss[-1].left.name] = Role(self.loss[-1].left.name)
        if self.problem.penalties:
            self.add_penalties()
        if self.shapes["E"]:
            remedy = "Add up: E = sum(n, k, ...) over examples n and outputs k, with a[n,k] and t[n,k]."
            raise TracerError("T104", where, f"E has shape {self.shapes['E']}.", "Expected a single number.", remedy)

    def check_loss(self, op: Op, below: str, where: str) -> None:
        """Refuse outputs and targets that a loss makes no sense of."""
        if self.shapes[below][-1] < op.units:
            found = f"{op.name} needs at least {op.units} output units, and there is {self.shapes[below][-1]}."
            remedy = "For one output that answers yes or no use binary-cross-entropy." if "entropy" in op.name else ""
            raise TracerError("T104", where, found, "", remedy)
        if op.input == "z" and not (self.problem.layers[-1].activation and f"z{len(self.problem.layers)}" in self.axes):
            found = f"{op.name} reads net inputs and outputs, but the last layer has no activation."
            raise TracerError("T107", where, found, "", 'Give it activation = "step".')
        targets = self.given["t"]
        low, high = op.targets
        wrong = (targets < low) | (targets > high)
        expected = f"{op.name} takes targets from {low:g} to {high:g}."
        if op.target_values:
            wrong = ~np.isin(targets, op.target_values)
            expected = f"{op.name} takes targets {' and '.join(f'{value:g}' for value in op.target_values)}."
        if wrong.any():
            place = [int(number) for number in np.argwhere(wrong)[0]]
            found = f"targets[{','.join(str(number + 1) for number in place)}] is {targets[tuple(place)]:g}."
            raise TracerError("T105", "[data]", found, expected)

    def add_penalties(self) -> None:
        """E = the error of the data + what every weight matrix pays."""
        terms: list[Expr] = [Ref("D")]
        for chosen in self.problem.penalties:
            op = PENALTIES[chosen.name]
            for name, value in chosen.options.items():
                self.constant(name, value, Role(name, 0, "option"))
            (item,) = op.equations
            for parameter in self.trained:
                if len(self.shapes[parameter]) != 2:
                    continue
                name = f"{op.output}{parameter}"
                spelt = {"w": parameter, op.output: name}
                self.loss.append(self.bind(item, spelt, lambda letter: letter, "[training], penalty"))
                self.roles[name] = Role(op.output, 0, "value", parameter)
                self.operations[name] = op
                terms.append(Ref(name))
        self.loss.append(Equation(Ref("E"), Add(tuple(terms)), "sum of the error of the data and the penalties"))
        self.shapes["E"], self.axes["E"], self.roles["E"] = (), (), Role("E")

    def add_metric(self, op: Op, below: str) -> None:
        """A metric is a part: evaluated when it is asked for."""
        if self.shapes[below][-1] < op.units:
            remedy = "Use binary-accuracy." if op.name == "accuracy" else ""
            found = f"{op.name} needs at least {op.units} output units, and there is {self.shapes[below][-1]}."
            raise TracerError("T104", "[training], metrics", found, "", remedy)
        targets = self.problem.targets
        if op.one_hot and targets is not None:
            wrong = ~(np.isin(targets, (0.0, 1.0)).all(axis=-1) & (targets.sum(axis=-1) == 1))
            if wrong.any():
                row = int(np.argmax(wrong))
                found = f"targets, row {row + 1}, do not name one class."
                remedy = f"Give labels, or leave {op.name} out of the metrics."
                raise TracerError("T105", "[data]", found, f"{op.name} takes one 1 in a row, and 0 elsewhere.", remedy)
        (item,) = op.equations
        if op.output in self.parts:
            raise TracerError("T107", "[training], metrics", f"two metrics make '{op.output}'.", "", "Leave one out.")
        self.parts[op.output] = self.bind(item, {"a": below}, lambda letter: letter, "[training], metrics")
        self.roles[op.output] = Role(op.output, 0, "metric")

    # -- values

    def constant(self, name: str, value: float, role: Role) -> None:
        """A given number: a rate, an option of an operation."""
        if name in self.shapes:
            remedy = "Choose another name for what the problem gives."
            raise TracerError("T204", "", f"the name '{name}' is one the engine gives itself.", "", remedy)
        self.give(name, frozen(np.array(float(value))), (), role)

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
        terms = names(self.loss[-1].right) if self.problem.penalties else ()
        derived = derive(equations, self.output, wanted, self.axes, self.name_of, terms) if scalar else []
        schedule = [Entry("forward", item.left.name, item) for item in self.forward]
        schedule += [Entry("loss", item.left.name, item) for item in self.loss]
        for gradient in derived:
            name = gradient.equation.left.name
            of = gradient.of
            self.shapes[name], self.axes[name] = self.shapes[of], self.axes[of]
            self.roles[name] = Role(self.roles[of].base, self.roles[of].layer, "gradient")
        updating = self.problem.rate is not None
        replaced = [item.of for item in derived if updating and item.of in self.parameters]
        gradients = {item.of: item.equation.left.name for item in derived}
        by = Updating(self.problem, self, self.roles, self.operations, {name: gradients[name] for name in replaced})
        schedule += self.backward_and_update(derived, replaced, by)
        self.given |= by.given
        self.state = by.state
        check_sizes((entry.equation for entry in schedule), self.extents)
        return Network(
            self.problem, tuple(schedule), self.extents, self.axes, self.shapes, self.given, self.parameters,
            self.parts, self.roles, self.output, self.state, self.operations,
        )  # fmt: skip

    def backward_and_update(self, derived: list[Derived], replaced: list[str], by: Updating) -> list[Entry]:
        together = self.problem.update_order == "together"
        backward: list[Entry] = [] if together else by.first()
        done: set[str] = set()
        inexact: set[str] = set()
        for item in derived:
            right, exact = item.equation.right, True
            if not together:
                right = with_new(right, done)
                exact = right == item.equation.right and not (names(right) & inexact)
            if not exact:
                inexact.add(item.equation.left.name)
            changed = replace(item.equation, right=right)
            backward.append(Entry("backward", item.equation.left.name, changed, item.of, item.ways, exact))
            if not together and item.of in replaced:
                backward += by.update(item.of)
                done.add(item.of)
        if together:
            order = [name for name in self.parameters if name in replaced]
            backward += by.first()
            for name in order:
                backward += by.update(name)
        return [*backward, *by.last()]
