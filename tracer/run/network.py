"""A problem to a network: operations bound to names, sizes unified, and the schedule of what is computed when."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from tracer.calculus.chain_rule import Path
from tracer.calculus.derivation import Derived, derive, in_order
from tracer.calculus.equation import Equation, lifted, renamed
from tracer.calculus.expression import (
    Add,
    Expr,
    Index,
    Mul,
    Neg,
    Number,
    Ref,
    Size,
    Sum,
    free_indices,
    names,
    rebuild,
    walk,
)
from tracer.calculus.instructions import plain_indices
from tracer.calculus.language import to_text
from tracer.errors import TracerError, shortened, suggest
from tracer.ops import ACTIVATIONS, LAYERS, LOSSES, OPTIMIZERS, Op
from tracer.run.problem import LARGEST_MATRIX, Array, Layer, Problem, frozen

PHASES = ("forward", "loss", "backward", "update")
LARGEST_STEP = 2**27  # numbers a step may put down
LARGEST_SUM = 10**9  # products that a sum may add up; a product of two matrices may be LARGEST_PRODUCT
LARGEST_PRODUCT = 10**11


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
        return builder.network()
    except TracerError as error:
        raise error.at(problem.where) from None


class _Builder:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.extents: dict[str, int] = {}
        self.axes: dict[str, tuple[Index, ...]] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
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
        looked_up = {part.name for item in problem.equations for part in _lookups(item)}
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
        looked_up = {part.name for item in layer.equations for part in _lookups(item)}
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

    def fresh_axis(self, letter: str, size: int) -> Index:
        name = letter
        while name in self.extents and self.extents[name] != size:
            name += "2"
        self.extents[name] = size
        return Index(name, name)

    # -- binding one equation to names, axes and sizes

    def bind(self, item: Equation, spelt: Mapping[str, str], new_axis: Callable[[str], str], where: str) -> Equation:
        """The equation under the network's names, its letters tied to axes whose extents are known."""
        left = spelt.get(item.left.name, item.left.name)
        for slope in item.textbook:
            if unknown := sorted(names(slope.form) - names(item.right) - {item.left.name}):
                found = f"the slope by '{slope.by}' reads '{unknown[0]}', which is not in the equation."
                raise TracerError("T204", where, found, suggest(unknown[0], [item.left.name, *names(item.right)]))
        if item.scalar_form:
            made = renamed(item, dict(spelt), {})
            ranked = [self.axes_of(name) for name in names(made.right)]
            indices = max(ranked, key=len, default=())
            self.check_extents(made, where)
            own = {name: self.axes_of(name) for name in names(made.right)}
            if any(set(axes) - set(indices) for axes in own.values()):
                shapes = ", ".join(f"{name} {self.shapes[name]}" for name in sorted(own) if own[name])
                expected = "Expected values of one shape (and single numbers)."
                remedy = "Write the indices, as in f[i,j] = x[i]*y[j]."
                raise TracerError("T104", where, f"the shapes differ: {shapes}.", expected, remedy)
            made = lifted(made, own, indices)
        else:
            made = renamed(item, dict(spelt), self.letters(item, spelt, new_axis, where))
        self.axes[left] = tuple(index for index in made.left.indices if isinstance(index, Index))
        self.shapes[left] = tuple(self.extents[index.axis] for index in self.axes[left])
        return made

    def axes_of(self, name: str) -> tuple[Index, ...]:
        if name not in self.axes:
            self.axes[name] = tuple(
                self.fresh_axis(letter, size) for letter, size in zip("ijkl", self.shapes[name], strict=False)
            )
        return self.axes[name]

    def letters(
        self, item: Equation, spelt: Mapping[str, str], new_axis: Callable[[str], str], where: str
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        reads = [part for part in walk(item.right) if isinstance(part, Ref)]
        known = [part for part in reads if spelt.get(part.name, part.name) in self.axes]
        for part in [*known, *(part for part in reads if part not in known)]:
            name = spelt.get(part.name, part.name)
            shape = self.shapes[name]
            if not part.indices and not shape:
                continue
            if len(part.indices) != len(shape):
                count = "1 index" if len(part.indices) == 1 else f"{len(part.indices)} indices"
                found_here = f"{to_text(part)} has {count}, but {part.name} has shape {shape}."
                expected = f"Expected {len(shape)} of them." if shape else f"Expected {part.name} alone."
                raise TracerError("T202", where, found_here, expected)
            old = self.axes.get(name)
            made: list[Index] = []
            plain = plain_indices(part)
            for place, (index, size) in enumerate(zip(part.indices, shape, strict=True)):
                if isinstance(index, Index) and index.axis not in found:
                    axis = old[place].axis if old else new_axis(index.axis)
                    if self.extents.get(axis, size) != size:
                        axis = self.fresh_axis(index.axis, size).axis
                    found[index.axis] = axis
                    self.extents[axis] = size
                elif isinstance(index, Index) and self.extents[found[index.axis]] != size:
                    runs = f"index {index.axis} runs from 1 to {self.extents[found[index.axis]]}"
                    found_here = f"{runs}, but axis {place + 1} of {part.name} has {size} places."
                    expected = "Expected the same size wherever a letter stands."
                    raise TracerError("T104", where, found_here, expected)
                if plain and isinstance(index, Index):
                    made.append(Index(found[index.axis], found[index.axis]))
            if old is None and plain:
                self.axes[name] = tuple(made)
        for node in walk(item.right):
            for index in node.indices if isinstance(node, Sum) else ():
                if index.axis not in found:
                    found[index.axis] = self.infer(item, index.axis, found, spelt, new_axis, where)
        for letter in item.left.indices:
            assert isinstance(letter, Index)
            if letter.axis not in found:
                found[letter.axis] = self.infer(item, letter.axis, found, spelt, new_axis, where)
        self.check_extents(item, where, found)
        return found

    def check_extents(self, item: Equation, where: str, found: Mapping[str, str] = MappingProxyType({})) -> None:
        """Refuse size(q) of an index that is neither in the equation nor anywhere before it."""
        for node in walk(item.right):
            if isinstance(node, Size) and node.axis not in found and node.axis not in self.extents:
                known = ", ".join(sorted({*found} | {"n"} & {*self.extents}))
                text = f"size({node.axis}): there is no index '{node.axis}' here."
                raise TracerError("T202", where, text, f"Known: {known}." if known else "No index is known here.")

    def infer(
        self,
        item: Equation,
        letter: str,
        found: dict[str, str],
        spelt: Mapping[str, str],
        new_axis: Callable[[str], str],
        where: str,
    ) -> str:
        """The axis of a letter that only stands inside sums such as x[t+k-1]: as far as all reads stay in range."""
        from tracer.calculus.chain_rule import _linear

        size = self.problem.sizes.get(letter)
        if size is None and not item.padded:
            for part in walk(item.right):
                if not isinstance(part, Ref):
                    continue
                for index, extent in zip(part.indices, self.shapes[spelt.get(part.name, part.name)], strict=False):
                    linear = _linear(index)
                    if linear is None or Index(letter, letter) not in linear[0]:
                        continue
                    factor = linear[0][Index(letter, letter)]
                    others = [(other, count) for other, count in linear[0].items() if other.axis != letter]
                    if factor < 1 or any(other.axis not in found for other, _ in others):
                        continue
                    reach = sum(
                        count * (self.extents[found[other.axis]] if count > 0 else 1) for other, count in others
                    )
                    fits = (extent - linear[1] - reach) // factor
                    size = fits if size is None else min(size, fits)
        if size is None:
            text = f"how far '{letter}' runs cannot be told from the equation."
            raise TracerError("T206", where, text, "", f"Say it in the problem file: sizes = {{ {letter} = 3 }}, say.")
        if size < 1:
            raise TracerError(
                "T104", where, f"the other sizes leave no room for index '{letter}'.", "Expected at least one place."
            )
        axis = new_axis(letter)
        if self.extents.get(axis, size) != size:
            axis = self.fresh_axis(letter, size).axis
        self.extents[axis] = size
        return axis

    # -- what must hold before anything is computed

    def check_sizes(self, equations: Iterable[Equation]) -> None:
        """Refuse what would fill the memory while it is only being prepared."""
        for item in equations:
            parts = [item.left, *walk(item.right)]
            ranges = [node.indices for node in parts if isinstance(node, Ref) and plain_indices(node)]
            ranges += [(index,) for node in parts if isinstance(node, Ref) for index in node.indices]
            for indices in ranges:
                axes = {node.axis for index in indices for node in walk(index) if isinstance(node, Index)}
                count = math.prod(self.extents[axis] for axis in axes)
                if count > LARGEST_MATRIX:
                    found, limit = f"{count:,} places would be read or made.", f"Expected at most {LARGEST_MATRIX:,}."
                    raise TracerError("T402", f"equation '{shortened(item)}'", found, limit, "Make the sizes smaller.")
            for node in parts:
                if isinstance(node, Sum):
                    self.check_sum(item, node)

    def check_sum(self, item: Equation, node: Sum) -> None:
        letters = {*item.left.indices, *(part for part in walk(node) if isinstance(part, Index))}
        count = math.prod(self.extents[index.axis] for index in letters if isinstance(index, Index))
        factors = node.body.factors if isinstance(node.body, Mul) else (node.body,)
        product = all(isinstance(factor, Ref) and plain_indices(factor) for factor in factors)
        most = LARGEST_STEP if not product else LARGEST_SUM if len(factors) > 2 else LARGEST_PRODUCT
        if count > most:
            found, limit = f"{count:,} terms would be added up.", f"Expected at most {most:,}."
            raise TracerError("T402", f"equation '{shortened(item)}'", found, limit, "Make the sizes smaller.")

    def check_lookups(self, equations: Iterable[Equation]) -> None:
        """Refuse a place that is looked up and is no place: NumPy would count 0 from the end and cut 1.5 to 1."""
        for item in equations:
            for part in walk(item.right):
                if isinstance(part, Ref):
                    self.check_lookup(item, part)

    def check_lookup(self, item: Equation, ref: Ref) -> None:
        for index, extent in zip(ref.indices, self.shapes[ref.name], strict=False):
            if not names(index):
                continue
            places = np.ravel(self.places(item, index))
            wrong = places[(places != np.floor(places)) | (places < 1) | (places > extent)]
            if len(wrong):
                found = f"{to_text(ref)} looks up place {wrong[0]:g} of {ref.name}."
                expected = f"Expected whole numbers, 1 to {extent}."
                raise TracerError("T104", f"equation '{shortened(item)}'", found, expected)

    def places(self, item: Equation, node: Expr) -> Array:
        """All values that an index with looked-up places takes; one axis for each letter of the equation."""
        letters = free_indices(node)

        def value(part: Expr) -> Array:
            match part:
                case Index():
                    shape = [1] * len(letters)
                    shape[letters.index(part)] = -1
                    return np.arange(1.0, self.extents[part.axis] + 1).reshape(shape)
                case Number(number):
                    return np.asarray(float(number))
                case Size(axis):
                    return np.asarray(float(self.extents[axis]))
                case Neg(operand):
                    return -value(operand)
                case Add(terms):
                    return functools.reduce(np.add, map(value, terms))
                case Mul(factors):
                    return functools.reduce(np.multiply, map(value, factors))
                case Ref(name, indices) if name in self.given or (name in self.parameters and name not in self.trained):
                    self.check_lookup(item, part)
                    array = self.given[name] if name in self.given else self.parameters[name]
                    return np.asarray(array[tuple(value(index).astype(int) - 1 for index in indices)])
            found = f"the places in [{to_text(node)}] are not given."
            raise TracerError("T202", f"equation '{shortened(item)}'", found, "Only given values can be looked up.")

        return value(node)

    # -- the schedule

    def name_of(self, value: str) -> str:
        role = self.roles[value]
        return f"delta{role.layer}" if role.base == "z" and role.layer else f"d{value}"

    def network(self) -> Network:
        equations = [*self.forward, *self.loss]
        self.check_sizes(equations)
        self.check_lookups(equations)
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
        self.check_sizes(entry.equation for entry in schedule)
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


def _lookups(item: Equation) -> list[Ref]:
    """The values that are used to look up places of others, as ids in w[ids[t],d]."""
    inside = [index for part in walk(item.right) if isinstance(part, Ref) for index in part.indices]
    return [part for index in inside for part in walk(index) if isinstance(part, Ref)]
