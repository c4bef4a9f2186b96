"""Law 3 for every declared operation: derived = central differences = textbook form, on random shapes.

Nothing here names an operation: a new record in `tracer/ops` is tested by being there.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import fitting
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_chain_rule import (
    CLOSE,
    EXACT,
    Array,
    Slow,
    derived_gradients,
    distance,
    fast_values,
    lookups,
    slow_gradient,
    slow_value,
    slow_values,
)

from tracer.calculus.algebra import same
from tracer.calculus.chain_rule import paths
from tracer.calculus.equation import Equation, Textbook, equation, lifted
from tracer.calculus.expression import Call, Compare, Expr, Index, Mul, Neg, Number, Ref, Sum, names, rebuild, walk
from tracer.calculus.expression import replace as replaced
from tracer.ops import ACTIVATIONS, LOSSES, OPERATIONS, OPTIMIZERS, Op
from tracer.ops.pairs import PAIRS, Pair
from tracer.run.run import run

KINDS = ("layer", "activation", "loss", "penalty", "metric", "optimizer", "clipping", "schedule")
#: what stays one number when a scalar form is lifted
SCALARS = ("eta", "eta0", "step", "squares", "norm", "factor")
LETTERS = ("n", "k", "j")

IDS = [f"{op.kind} {op.name}" for op in OPERATIONS]
DIFFERENTIATED = [op for op in OPERATIONS if op.kind != "metric"]  # a metric is only looked at
TEXTBOOK = [(op, item, known) for op in OPERATIONS for item in op.equations for known in item.textbook if not known.at]


# -- an operation on shapes of our own


def indexed(op: Op, rank: int) -> list[Equation]:
    """An operation's equations with letters: scalar forms are lifted to `rank` axes."""
    letters = tuple(Index(letter, letter) for letter in LETTERS[:rank])
    scalars = dict.fromkeys([*SCALARS, *(option.name for option in op.options)], ())
    made = []
    for item in op.equations:
        own = () if item.left.name in scalars else letters
        # Beside a value with letters a scalar form has that value's: the softmax's own m[n] stays as it is.
        made.append(lifted(item, scalars, own) if item.scalar_form and not _indexed(op) else item)
    return made


def _indexed(op: Op) -> bool:
    return any(not item.scalar_form for item in op.equations)


def reads(items: Sequence[Equation]) -> list[Ref]:
    """Every place where a value is read that no equation makes."""
    made = {item.left.name for item in items}
    found = [part for item in items for part in walk(item.right) if isinstance(part, Ref)]
    return [part for part in found if part.name not in made]


def axes(items: Sequence[Equation], extents: dict[str, int]) -> dict[str, tuple[Index, ...]]:
    """The letters of each value that is read; a shifted or looked-up place gets a letter of its own."""
    found: dict[str, tuple[Index, ...]] = {}
    for part in reads(items):
        letters = []
        for place, index in enumerate(part.indices):
            if isinstance(index, Index):
                letters.append(index)
                continue
            own = Index(f"{part.name}_{place}", f"{part.name}_{place}")
            letters.append(own)
            ends = {part.name: extents[part.axis] for part in walk(index) if isinstance(part, Index)}
            furthest = 3 if names(index) else int(Slow({}, extents).at(index, ends))
            extents[own.axis] = max(furthest, extents.get(own.axis, 1))
        found.setdefault(part.name, tuple(letters))
    return found


def to_one_number(items: Sequence[Equation]) -> list[Equation]:
    """The equations, and where the last gives more than a number, a weighted sum of it."""
    left = items[-1].left
    if not left.indices:
        return list(items)
    letters = tuple(index for index in left.indices if isinstance(index, Index))
    body = Mul((Ref("weight_of_result", letters), left))
    return [*items, Equation(Ref("result"), Sum(letters, body))]


def draw(
    items: Sequence[Equation], letters: Mapping[str, tuple[Index, ...]], extents: Mapping[str, int], seed: int
) -> dict[str, Array]:
    """Values of both signs, or where the equations take only positive ones (a logarithm), positive; none near 0."""
    for signs in ((-1.0, 1.0), (1.0,)):
        random = np.random.default_rng(seed)
        values: dict[str, Array] = {}
        for name, own in letters.items():
            shape = tuple(extents[index.axis] for index in own)
            if name in lookups(items):
                values[name] = random.integers(1, 4, shape).astype(float)
            else:
                values[name] = np.asarray(random.uniform(0.1, 0.9, shape) * random.choice(signs, shape))
        try:
            slow_values(items, values, extents)
        except ValueError:  # of Python's math: a logarithm or a root of a negative number
            continue
        return values
    raise AssertionError("no values were found that the operation takes")


def sizes(items: Sequence[Equation], data: st.DataObject) -> dict[str, int]:
    parts = [part for item in items for part in (*walk(item.left), *walk(item.right))]
    found = {part.axis for part in parts if isinstance(part, Index)}
    found |= {index.axis for part in parts if isinstance(part, Sum) for index in part.indices}
    most = 4 if len(items) < 3 else 2  # several equations of many elements take the slow evaluator minutes
    drawn = {axis: data.draw(st.integers(1, most), axis) for axis in sorted(found)}
    places: dict[tuple[str, int], str] = {}  # two letters that read one place of a value run equally far
    for part in parts:
        for place, index in enumerate(part.indices if isinstance(part, Ref) else ()):
            if isinstance(index, Index):
                drawn[index.axis] = drawn[places.setdefault((part.name, place), index.axis)]
    return drawn


def kinked(items: Sequence[Equation]) -> bool:
    """Whether an equation has a kink somewhere."""
    calls = {part.function for item in items for part in walk(item.right) if isinstance(part, Call)}
    return bool(calls & {"abs", "max", "min", "sign", "where"})


# -- what every record says


@pytest.mark.parametrize("op", OPERATIONS, ids=IDS)
def test_record(op: Op) -> None:
    """Where it is from, what it is, and that its names are the ones its equations use."""
    assert len(op.source) >= 10
    assert op.says
    assert not op.says.endswith(".")
    assert op.kind in KINDS
    assert all(item.says for item in (*op.equations, *op.parts))
    read = {part.name for part in reads(op.equations)}
    assert {op.input, *op.parameters, *(option.name for option in op.options), *op.state} <= read
    assert all(option.says and option.allows(option.value) for option in op.options)
    assert all(any(item.left.name == f"{name}_new" for item in op.equations) for name in op.state)
    assert op.target in read or not op.target
    assert op.output == op.equations[-1].left.name
    assert [other.name for other in OPERATIONS if other.kind == op.kind].count(op.name) == 1


# -- derived = central differences


@pytest.mark.parametrize("op", DIFFERENTIATED, ids=lambda op: f"{op.kind} {op.name}")
@settings(max_examples=4, deadline=None, derandomize=True)
@given(data=st.data())
def test_gradients(op: Op, data: st.DataObject) -> None:
    """The gradient of everything an operation reads, with its textbook slopes and without."""
    items = to_one_number(indexed(op, data.draw(st.integers(0, 3), "rank")))
    extents = sizes(items, data)
    letters = axes(items, extents)
    values = draw(items, letters, extents, data.draw(st.integers(0, 999), "seed"))
    output = items[-1].left.name
    for forward in (items, [replace(item, textbook=()) for item in items]):
        both, found = derived_gradients(forward, output, letters, "gradient_of_")  # dw is a name of its own here
        fast = fast_values(both, values, extents)
        slow = slow_values(both, values, extents)
        assert all(distance(fast[name], slow[name]) <= EXACT for name in fast)
        for name in sorted(letters.keys() - lookups(items)):
            expected = slow_gradient(items, output, name, values, extents)
            gradient = (
                fast[f"gradient_of_{name}"] if any(item.of == name for item in found) else np.zeros(expected.shape)
            )
            if distance(gradient, expected) > CLOSE:  # perhaps a kink lies between the points, or a sharp bend
                near = slow_gradient(items, output, name, values, extents, 1e-4)
                assume(not kinked(items) or distance(near, expected) <= CLOSE)
                expected = near
            assert distance(gradient, expected) <= CLOSE, (op.name, name)


# -- derived = textbook form


def smooth(node: Expr, here: Mapping[str, Array]) -> Expr:
    """The expression without choices, as it holds around one point."""

    def value(part: Expr) -> float:
        return float(slow_value(Equation(Ref("part"), part), here, {}))

    match node:
        case Call("where", (Compare() as condition, first, second)):
            chosen = value(Call("where", (condition, Number(Fraction(1)), Number(Fraction(0)))))
            return smooth(first if chosen else second, here)
        case Call("max" | "min" as name, (first, second)):
            above = value(first) >= value(second)
            return smooth(first if above == (name == "max") else second, here)
        case Call("abs", (inside,)):
            return smooth(inside if value(inside) > 0 else Neg(inside), here)
        case Call("sign", (inside,)):
            return Number(Fraction(1 if value(inside) > 0 else -1))
    return rebuild(node, lambda part: smooth(part, here))


@pytest.mark.parametrize(
    ("op", "item", "known"), TEXTBOOK, ids=[f"{op.name} by {known.by}" for op, _, known in TEXTBOOK]
)
def test_textbook_slope_is_the_derived_one(op: Op, item: Equation, known: Textbook) -> None:
    """SymPy proves the two equal once the left side is put in for its name, on either side of every kink."""
    (path,) = paths(replace(item, textbook=()), known.by) or (None,)

    def left_to_right(ref: Ref) -> Expr:
        return item.right if ref == item.left else ref

    written_out = replaced(known.form, left_to_right)
    derived = path.coefficient if path is not None else equation("E = 0").right
    for side in (-0.7, 0.7):
        here = dict.fromkeys(names(item.right), np.asarray(0.3)) | {known.by: np.asarray(side)}
        assert same(smooth(written_out, here), smooth(derived, here)), f"{op.name}: {written_out} is not {derived}"
    for by in np.linspace(-3.0, 3.0, 12):
        others = {name: np.asarray(0.7) for name in names(item.right) - {known.by}}
        values = {**others, known.by: np.asarray(by)}
        slopes = [Equation(Ref("slope"), form) for form in (written_out, derived)]
        first, second = (float(slow_value(slope, values, {})) for slope in slopes)
        assert abs(first - second) <= EXACT * max(1.0, abs(second))


# -- the parts of a loss, and optimizers


@pytest.mark.parametrize("op", [op for op in LOSSES.values() if op.parts], ids=lambda op: op.name)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data())
def test_parts_add_up_to_the_loss(op: Op, data: st.DataObject) -> None:
    extents = sizes(op.equations, data)
    letters = axes(op.equations, extents)
    values = draw(op.equations, letters, extents, 1)
    values = slow_values(op.equations, values, extents)
    loss = values[op.output]
    parts = sum(float(slow_value(part, values, extents).sum()) for part in op.parts)
    assert abs(parts - loss) <= EXACT * max(1.0, abs(loss))


@pytest.mark.parametrize("name", OPTIMIZERS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data())
def test_optimizers(name: str, data: st.DataObject) -> None:
    """What a run makes of a parameter is what the optimizer's own equations give for it, element by element."""
    op = OPTIMIZERS[name]
    problem, _ = network(data, optimizer=name)
    trace = run(problem, steps=2)
    assert trace.network.updated
    for parameter, step in itertools.product(trace.network.updated, (1, 2)):
        gradient = next(entry.name for entry in trace.network.phase("backward") if entry.of == parameter)
        values = {op.input: trace.value(parameter, step), f"d{op.input}": trace.value(gradient, step)}
        values |= {option.name: trace.value(option.name) for option in op.options}
        values |= {letter: trace.value(f"{letter}{parameter}", step) for letter in op.state}
        values |= {"eta": trace.value("eta", step), "step": np.asarray(float(step))}
        rank = trace.value(parameter, step).ndim
        extents = dict(zip(LETTERS, trace.value(parameter, step).shape, strict=False))
        expected = slow_values(indexed(op, rank), values, extents)
        assert distance(trace.value(f"{parameter}_new", step), expected[op.output]) <= EXACT
        for letter in op.state:
            assert distance(trace.value(f"{letter}{parameter}_new", step), expected[f"{letter}_new"]) <= EXACT


# -- whole networks of every activation and loss


def network(
    data: st.DataObject, *, activation: str = "", loss: str = "", optimizer: str = ""
) -> tuple[dict[str, object], int]:
    """A random two-layer network as a problem, and the seed it was made with."""
    seed = data.draw(st.integers(0, 999), "seed")
    random = np.random.default_rng(seed)
    examples, *widths = (data.draw(st.integers(1, 3), what) for what in ("examples", "inputs", "hidden", "outputs"))
    loss = loss or data.draw(st.sampled_from(sorted(fitting.losses_for(activation) if activation else LOSSES)), "loss")
    last = activation or data.draw(st.sampled_from(fitting.last_activations(loss)), "last activation")
    first = activation or data.draw(st.sampled_from(sorted(ACTIVATIONS)), "activation")
    widths = [widths[0], max(widths[1], fitting.units(first)), max(widths[2], fitting.units(last, loss))]
    layers = []
    for (below, units), own in zip(itertools.pairwise(widths), (first, last), strict=True):
        bias = data.draw(st.sampled_from(["none", "one", "each"]), "bias")
        layer: dict[str, object] = {"weights": random.uniform(-1, 1, (below, units)).tolist()}
        layer["activation"] = own
        if bias != "none":
            layer["bias"] = 0.3 if bias == "one" else random.uniform(-1, 1, units).tolist()
        layers.append(layer)
    training: dict[str, object] = {"loss": loss, "rate": 0.5}
    if optimizer:
        training["optimizer"] = optimizer
    rows = {
        "inputs": random.uniform(0.1, 1, (examples, widths[0])),
        "targets": fitting.targets(loss, (examples, widths[-1]), random),
    }
    return {"data": {key: value.tolist() for key, value in rows.items()}, "layers": layers, "training": training}, seed


@pytest.mark.others
@pytest.mark.parametrize(
    ("activation", "loss"),
    [*((name, "") for name in ACTIVATIONS), *(("", name) for name in LOSSES)],
    ids=[*ACTIVATIONS, *LOSSES],
)
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],  # a busy machine; points near a kink
)
@given(data=st.data())
def test_networks(activation: str, loss: str, data: st.DataObject) -> None:
    """Every gradient of a run is the central difference of its forward equations, evaluated one index at a time."""
    problem, _ = network(data, activation=activation, loss=loss)
    trace = run(problem)
    forward = [entry.equation for phase in ("forward", "loss") for entry in trace.network.phase(phase)]
    given = {**trace.network.given, **trace.network.parameters}
    values = slow_values(forward, given, trace.network.extents)
    for item in forward:
        assert distance(trace.value(item.left.name), values[item.left.name]) <= EXACT
    backward = [entry for entry in trace.network.phase("backward") if entry.of in trace.network.parameters]
    assert {entry.of for entry in backward} == set(trace.network.parameters)
    for entry in backward:
        expected = slow_gradient(forward, trace.network.output, entry.of, given, trace.network.extents)
        if distance(trace.value(entry.name), expected) > CLOSE:  # perhaps a kink lies between the points
            near = slow_gradient(forward, trace.network.output, entry.of, given, trace.network.extents, 1e-4)
            assume(not kinked(forward) or distance(near, expected) <= CLOSE)
            expected = near
        assert distance(trace.value(entry.name), expected) <= CLOSE, str(entry.equation)


# -- what cancels between an activation and a loss


@pytest.mark.parametrize("pair", PAIRS.values(), ids=lambda pair: f"{pair.activation} with {pair.loss}")
def test_each_line_of_a_pair_is_the_gradient(pair: Pair) -> None:
    random = np.random.default_rng(2)
    targets = random.uniform(0.1, 0.9, (4, 3))
    targets /= targets.sum(axis=1, keepdims=True)  # add up to 1, though not of one class alone
    problem = {
        "data": {"inputs": random.uniform(-1, 1, (4, 2)), "targets": targets},
        "layers": [{"weights": random.uniform(-1, 1, (2, 3)), "activation": pair.activation}],
        "training": {"loss": pair.loss, "rate": 0.1},
    }
    trace = run(problem)
    values = {"a": trace["a1"], "t": trace["t"]}
    for line in pair.lines:
        found = slow_value(line, values, {"n": 4, "k": 3, "l": 3})
        assert distance(trace["delta1"], found) <= EXACT, str(line)
