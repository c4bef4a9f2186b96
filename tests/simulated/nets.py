"""The networks of a simulated class: numbers from a seed, the problem file in words, and the steps of the exercise.

`exercise` draws the numbers, `problem_file` writes what Tracer would be given, `program` lists the steps in the order
in which a sheet is read, with every formula already in place. Names are Tracer's, copied as strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import NamedTuple

from . import formulas
from .arithmetic import EXACT
from .formulas import USUAL, Formula, Plan, Unit, Ways
from .misconceptions import ALL, NOT_UNDER

HOUSE = "house"


class Shape(NamedTuple):
    """What a network is made of."""

    inputs: int
    hidden: int
    outputs: int
    activation: str = "sigmoid"
    output: str = "sigmoid"
    examples: int = 1
    epochs: int = 1
    fixed: bool = False  # Mazur's biases: one for each layer, and they stay

    @property
    def squared(self) -> bool:
        return self.output != "softmax"


SHAPES = {
    "mazur": Shape(2, 2, 2, fixed=True),
    "random-2-2-2": Shape(2, 2, 2),
    "tanh-2-3-1": Shape(2, 3, 1, "tanh", "tanh"),
    "relu-2-2-1": Shape(2, 2, 1, "relu", "linear"),
    "softmax-2-3-3": Shape(2, 3, 3, "sigmoid", "softmax"),
    "batch-2-2-2": Shape(2, 2, 2, examples=2),
    "two-epochs-2-2-2": Shape(2, 2, 2, epochs=2),
}


@dataclass(frozen=True)
class Exercise:
    """A network with its numbers, all of them as they are given: `given["w1[1,2]"]`."""

    net: str
    seed: str
    given: dict[str, Decimal]

    @property
    def shape(self) -> Shape:
        return SHAPES[self.net]


@dataclass(frozen=True, eq=False)
class Step:
    """One quantity that is asked for."""

    name: str
    kind: str  # z, a, E, delta, dw, db, w_new or b_new: a column of the sheet
    layer: int
    ways: Ways
    touched: tuple[str, ...] = ()  # the mistakes of the plan that change this formula


def conventions(net: str) -> tuple[str, ...]:
    """The conventions in which this network can be worked as well."""
    shape, made = SHAPES[net], [HOUSE, "t - o, plus"]
    if shape.squared:
        made.append("E without the half")
    if shape.examples > 1:
        made += ["mean", "mean, late"]
    elif shape.squared and shape.outputs > 1:
        made.append("mean")
    if shape.inputs == shape.hidden == shape.outputs:
        made.append("weights by row")
    if not shape.fixed:
        made.append("biases kept")
    return tuple(made)


def mistakes(net: str, convention: str = HOUSE, pool: tuple[str, ...] = ALL) -> tuple[str, ...]:
    """The mistakes that can be made here: those that change a formula."""
    return tuple(name for name in pool if name not in NOT_UNDER.get(convention, ()) and _changes(net, name))


@lru_cache(maxsize=1024)
def _changes(net: str, name: str) -> bool:
    if not _means_the_same(SHAPES[net], name):
        return False
    label = 0 if SHAPES[net].squared else 1
    return any(step.touched for step in program(net, Plan(HOUSE, frozenset({name})), label))


def _means_the_same(shape: Shape, name: str) -> bool:
    """Whether a mistake is here what its name says: no index out of range, no chain rule without a softmax's slopes."""
    if name == "transpose-forgotten":
        return shape.hidden == shape.outputs
    return shape.squared or name not in ("slope-dropped", "slope-at-net-input")


# The numbers


def exercise(net: str, seed: str) -> Exercise:
    """The numbers of an exercise from its seed; Mazur's are his."""
    if net == "mazur":
        return Exercise(net, seed, _mazur())
    random = Random(f"exercise {net} {seed}")
    while True:
        made = Exercise(net, seed, _drawn(SHAPES[net], random))
        if _fit_for_a_class(made):
            return made


def _mazur() -> dict[str, Decimal]:
    given = {"x[1]": ".05", "x[2]": ".10", "t[1]": ".01", "t[2]": ".99", "b1": ".35", "b2": ".60", "eta": ".5"}
    given |= {"w1[1,1]": ".15", "w1[2,1]": ".20", "w1[1,2]": ".25", "w1[2,2]": ".30"}
    given |= {"w2[1,1]": ".40", "w2[2,1]": ".45", "w2[1,2]": ".50", "w2[2,2]": ".55"}
    return {name: Decimal(value) for name, value in given.items()}


def _drawn(shape: Shape, random: Random) -> dict[str, Decimal]:
    def hundredths(low: int, high: int, signed: bool = False) -> Decimal:
        value = Decimal(random.randint(low, high)).scaleb(-2)
        return -value if signed and random.random() < 0.4 else value

    given: dict[str, Decimal] = {}
    for n in range(1, shape.examples + 1):
        given |= {_at("x", n, i, shape): hundredths(5, 120, True) for i in range(1, shape.inputs + 1)}
    for n in range(1, shape.examples + 1):
        if shape.squared:
            low, high = (1, 99) if shape.output == "sigmoid" else (5, 90)
            signed = shape.output != "sigmoid"
            given |= {_at("t", n, k, shape): hundredths(low, high, signed) for k in range(1, shape.outputs + 1)}
        else:
            label = random.randint(1, shape.outputs)
            given |= {_at("t", n, k, shape): Decimal(int(k == label)) for k in range(1, shape.outputs + 1)}
    for layer, below, units in ((1, shape.inputs, shape.hidden), (2, shape.hidden, shape.outputs)):
        for i in range(1, below + 1):
            given |= {f"w{layer}[{i},{j}]": hundredths(5, 95, True) for j in range(1, units + 1)}
        given |= {f"b{layer}[{j}]": hundredths(5, 60, True) for j in range(1, units + 1)}
    given["eta"] = Decimal(random.choice(("0.1", "0.2", "0.25", "0.5", "0.8")))
    return given


def _fit_for_a_class(made: Exercise) -> bool:
    """No unit of relu near its kink or all of them off, no output of a softmax near zero, no weights that are equal."""
    weights = [value for name, value in made.given.items() if name[0] == "w"]
    if len(set(weights)) < len(weights):
        return False
    from .student import worked_in_full

    values = worked_in_full(made)
    if made.shape.activation == "relu":
        hidden = [value for name, value in values.items() if name.startswith("z1")]
        return max(hidden) > 0 and min(abs(value) for value in hidden) > Decimal("0.02")
    if made.shape.output == "softmax":
        return min(value for name, value in values.items() if name.startswith("a2")) > Decimal("0.05")
    return True


# The problem file


def problem_file(made: Exercise) -> str:
    """The TOML text that Tracer is given."""
    shape, given = made.shape, made.given

    def row(name: str, n: int, units: int) -> str:
        return _listed(given[_at(name, n, k, shape)] for k in range(1, units + 1))

    def rows(name: str, units: int) -> str:
        found = [row(name, n, units) for n in range(1, shape.examples + 1)]
        return found[0] if len(found) == 1 else f"[{', '.join(found)}]"

    lines = [f'title = "Simulated class: {made.net}"', "", "[data]"]
    lines += [f"inputs = {rows('x', shape.inputs)}", f"targets = {rows('t', shape.outputs)}"]
    for layer, below, units, kind in (
        (1, shape.inputs, shape.hidden, shape.activation),
        (2, shape.hidden, shape.outputs, shape.output),
    ):
        found = [_listed(given[f"w{layer}[{i},{j}]"] for j in range(1, units + 1)) for i in range(1, below + 1)]
        lines += ["", "[[layers]]"]
        lines += [] if kind == "linear" else [f'activation = "{kind}"']
        lines += [f"weights = [{', '.join(found)}]"]
        if shape.fixed:
            lines += [f"bias = {_number(given[f'b{layer}'])}", "bias_updated = false"]
        else:
            lines += [f"bias = {_listed(given[f'b{layer}[{j}]'] for j in range(1, units + 1))}"]
    loss = "half-squared-error" if shape.squared else "cross-entropy"
    lines += ["", "[training]", f'loss = "{loss}"', f"rate = {_number(given['eta'])}"]
    lines += [f"steps = {shape.epochs}"] if shape.epochs > 1 else []
    return "\n".join(lines) + "\n"


def _number(value: Decimal) -> str:
    return f"{value:f}"


def _listed(values: Iterator[Decimal]) -> str:
    return f"[{', '.join(_number(value) for value in values)}]"


# The steps


def _at(name: str, n: int, unit: int, shape: Shape) -> str:
    return f"{name}[{n},{unit}]" if shape.examples > 1 else f"{name}[{unit}]"


@lru_cache(maxsize=4096)
def program(net: str, plan: Plan = Plan(), label: int = 0) -> tuple[Step, ...]:  # noqa: B008 (a record, never changed)
    """The steps of a sheet in the order of a trace; `label` is the output of a softmax that should be 1."""
    shape = SHAPES[net]

    def steps(errors: frozenset[str]) -> list[Step]:
        epochs = range(1, shape.epochs + 1)
        return [step for epoch in epochs for step in _epoch(shape, plan._replace(errors=errors), label, epoch)]

    made = steps(plan.errors)
    if not plan.errors:
        return tuple(made)
    if len(plan.errors) > 1:
        single = {error: program(net, plan._replace(errors=frozenset({error})), label) for error in sorted(plan.errors)}
        touched = zip(*([step.touched for step in found] for found in single.values()), strict=True)
        return tuple(replace(step, touched=sum(names, ())) for step, names in zip(made, touched, strict=True))
    pairs = zip(made, steps(frozenset()), strict=True)
    return tuple(
        replace(step, touched=tuple(plan.errors) if _differ(step.ways[USUAL], right.ways[USUAL]) else ())
        for step, right in pairs
    )


def _differ(one: Formula, other: Formula) -> bool:
    """Whether two formulas are two, at numbers that mean nothing."""
    return any(one(EXACT, numbers) != other(EXACT, numbers) for numbers in _MEANINGLESS)


class _Meaningless(dict[str, Decimal]):
    """A number for every name: outputs and targets between 0 and 1, the others of both signs."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def __missing__(self, name: str) -> Decimal:
        random = Random(f"meaningless {name}")
        value = Decimal(random.randint(1000, 9000)).scaleb(-4)
        turned = (random.random() < 0.5) == (self.seed == 0)  # relu tells the two signs apart
        positive = name.split(":")[-1][0] in "at" or turned
        self[name] = value if positive else -value
        return self[name]


_MEANINGLESS = tuple(_Meaningless(seed) for seed in range(2))


def label_of(made: Exercise) -> int:
    """The output of a softmax whose target is 1; 0 where there is no softmax."""
    if made.shape.squared:
        return 0
    return next(k for k in range(1, made.shape.outputs + 1) if made.given[f"t[{k}]"] == 1)


def _epoch(shape: Shape, plan: Plan, label: int, epoch: int) -> list[Step]:
    many = shape.epochs > 1
    here, before = (f"{epoch}:" if many else ""), f"{epoch - 1}:"
    examples = range(1, shape.examples + 1)
    sizes = (shape.inputs, shape.hidden, shape.outputs)
    steps: list[Step] = []

    def value(name: str, n: int, unit: int) -> str:
        return here + _at(name, n, unit, shape)

    def w(layer: int, i: int, j: int) -> str:
        if "weights-transposed" in plan.errors and sizes[layer - 1] == sizes[layer]:
            i, j = j, i
        return f"w{layer}[{i},{j}]" if epoch == 1 else f"{before}w{layer}_new[{i},{j}]"

    def b(layer: int, j: int) -> str:
        if shape.fixed:
            return f"b{layer}"
        return f"b{layer}[{j}]" if epoch == 1 else f"{before}b{layer}_new[{j}]"

    def below(layer: int, n: int, i: int) -> str:
        if layer == 1:
            return _at("x", n, i, shape)
        return hidden[n][i - 1].a

    def add(name: str, kind: str, layer: int, ways: Ways) -> None:
        steps.append(Step(name, kind, layer, ways))

    def units(layer: int, n: int, kind: str) -> list[Unit]:
        names = [value(f"z{layer}", n, j) for j in range(1, sizes[layer] + 1)]
        outs = names if kind == "linear" else [value(f"a{layer}", n, j) for j in range(1, sizes[layer] + 1)]
        targets = [_at("t", n, j, shape) if layer == 2 else "" for j in range(1, sizes[layer] + 1)]
        return [Unit(*found) for found in zip(names, outs, [kind] * sizes[layer], targets, strict=True)]

    hidden = {n: units(1, n, shape.activation) for n in examples}
    outputs = {n: units(2, n, shape.output) for n in examples}
    all_outputs = list(outputs.values())

    for layer, found, kind in ((1, hidden, shape.activation), (2, outputs, shape.output)):
        for n in examples:
            for j, unit in enumerate(found[n], 1):
                products = [(below(layer, n, i), w(layer, i, j)) for i in range(1, sizes[layer - 1] + 1)]
                add(unit.z, "z", layer, formulas.net_input(products, b(layer, j), plan))
        for n in examples if kind != "linear" else ():
            for unit in found[n]:
                names = [one.z for one in found[n]]
                add(unit.a, "a", layer, formulas.activation(unit, names, plan, hidden=layer == 1))
    labels = [] if shape.squared else [outputs[n][label - 1].a for n in examples]
    add(f"{here}E", "E", 2, formulas.error(all_outputs, labels, plan))

    of_outputs: dict[tuple[int, int], Formula] = {}
    for n in examples:
        for k, unit in enumerate(outputs[n], 1):
            ways = formulas.delta_of_output(unit, all_outputs, labels[n - 1] if labels else "", plan)
            of_outputs[n, k] = ways[USUAL]
            add(value("delta2", n, k), "delta", 2, ways)
    gradients(add, 2, sizes, examples, of_outputs, value, below, hidden, here, shape, plan)

    of_hidden: dict[tuple[int, int], Formula] = {}
    for n in examples:
        for i, unit in enumerate(hidden[n], 1):

            def weight(i: int, k: int) -> str:
                if "transpose-forgotten" in plan.errors:
                    i, k = k, i
                return f"{here}w2_new[{i},{k}]" if "one-by-one" in plan.errors else w(2, i, k)

            upward = range(1, shape.outputs + 1)
            above = [(value("delta2", n, k), weight(i, k)) for k in upward]
            whole = [(of_outputs[n, k], weight(i, k)) for k in upward]
            ways, _ = formulas.delta_of_hidden(unit, above, whole, plan)
            of_hidden[n, i] = ways[USUAL]
            add(value("delta1", n, i), "delta", 1, ways)
    gradients(add, 1, sizes, examples, of_hidden, value, below, hidden, here, shape, plan)

    for layer in (1, 2):
        for i in range(1, sizes[layer - 1] + 1):
            for j in range(1, sizes[layer] + 1):
                ways = formulas.update(w(layer, i, j), f"{here}dw{layer}[{i},{j}]", plan)
                add(f"{here}w{layer}_new[{i},{j}]", "w_new", layer, ways)
        for j in range(1, sizes[layer] + 1) if not shape.fixed else ():
            gradient = f"{here}db{layer}[{j}]" if shape.examples > 1 else value(f"delta{layer}", 1, j)
            if "bias-with-input" in plan.errors:
                gradient = f"{here}dw{layer}[1,{j}]"
            kept = plan.convention == "biases kept"
            ways = formulas.kept(b(layer, j)) if kept else formulas.update(b(layer, j), gradient, plan)
            add(f"{here}b{layer}_new[{j}]", "b_new", layer, ways)
    return steps


def gradients(add, layer, sizes, examples, deltas, value, below, hidden, here, shape, plan) -> None:  # type: ignore[no-untyped-def]
    """The gradients of the weights of a layer; with several examples those of the biases, which are sums then."""
    for i in range(1, sizes[layer - 1] + 1):
        read = i % sizes[layer - 1] + 1 if "other-input" in plan.errors else i
        for j in range(1, sizes[layer] + 1):
            terms = []
            for n in examples:
                comes_in = below(layer, n, read)
                if layer == 2 and "net-input-below" in plan.errors:
                    comes_in = hidden[n][read - 1].z
                terms.append((value(f"delta{layer}", n, j), deltas[n, j], comes_in))
            add(f"{here}dw{layer}[{i},{j}]", "dw", layer, formulas.gradient_of_weight(terms, plan))
    for j in range(1, sizes[layer] + 1) if shape.examples > 1 else ():
        found = [value(f"delta{layer}", n, j) for n in examples]
        add(f"{here}db{layer}[{j}]", "db", layer, formulas.gradient_of_bias(found, plan))


@lru_cache(maxsize=4096)
def by_hand(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps in an order in which they can be worked out also by one who replaces the upper weights first."""
    upper = [step for step in steps if step.kind in ("w_new", "b_new") and step.layer == 2]
    made: dict[Step, None] = {}
    for step in steps:
        if step.kind == "delta" and step.layer == 1:
            epoch = step.name.split(":")[0] if ":" in step.name else ""
            made |= dict.fromkeys(one for one in upper if not epoch or one.name.startswith(f"{epoch}:"))
        if step not in upper:
            made[step] = None
    return tuple(made)
