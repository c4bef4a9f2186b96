"""The two printings of one list of instructions: what readers see and what runs give equal bits.

The listing is executed here line by line, as a reader would; the run writes in place. Equality is of float64 bits,
never of rounded numbers.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import fitting
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_chain_rule import (
    AXES,
    RANKS,
    ZOO,
    Array,
    Case,
    derived_gradients,
    expressions,
    fast_values,
    random_values,
    slow_gradient,
    slow_values,
)

from tracer.calculus.compiling import compile_equations
from tracer.calculus.equation import Equation, equation
from tracer.calculus.expression import Expr, Index
from tracer.calculus.expression_text import to_text
from tracer.calculus.in_place_code import compiled, in_place
from tracer.calculus.numpy_code import erf, python_name, readable
from tracer.ops import ACTIVATIONS, LOSSES
from tracer.run.building import build
from tracer.run.loading import load
from tracer.run.run import run, run_network
from tracer.run.trace import Trace

Problem = dict[str, Any]


def equal_bits(one: Any, other: Any) -> bool:
    """Whether two arrays are equal bit by bit; the two zeros count as equal, as they do in a listing's text."""
    return np.array_equal(np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64), equal_nan=True)


def executed(lines: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The names after the lines of a listing were run, as pasted into Python."""
    space: dict[str, Any] = {"np": np, "erf": erf, **{python_name(name): value for name, value in values.items()}}
    with np.errstate(all="ignore"):
        exec("\n".join(lines), space)  # noqa: S102 - the listing under test
    return space


# -- networks


@st.composite
def networks(draw: st.DrawFn) -> Problem:
    """A network of one to three layers with drawn numbers, every kind of bias, activation, loss and order."""
    random = np.random.default_rng(draw(st.integers(0, 9999), "seed"))
    examples = draw(st.integers(1, 20), "examples")
    widths = draw(st.lists(st.integers(1, 40), min_size=2, max_size=4), "widths")
    loss = draw(st.sampled_from(sorted(LOSSES)))
    activations = [draw(st.sampled_from(["", *ACTIVATIONS])) for _ in widths[2:]]
    activations.append(draw(st.sampled_from(fitting.last_activations(loss))))
    widths = [
        widths[0],
        *(max(width, fitting.units(name)) for width, name in zip(widths[1:], activations, strict=True)),
    ]
    widths[-1] = max(widths[-1], fitting.units(loss))
    layers: list[dict[str, Any]] = []
    for (below, units), activation in zip(itertools.pairwise(widths), activations, strict=True):
        layer: dict[str, Any] = {"weights": random.uniform(-1, 1, (below, units)).tolist()}
        layer["activation"] = activation
        bias = draw(st.sampled_from(["none", "one", "each"]))
        if bias != "none":
            layer["bias"] = 0.3 if bias == "one" else random.uniform(-1, 1, units).tolist()
            layer["bias_updated"] = draw(st.booleans())
        layers.append(layer)
    return {
        "data": {
            "inputs": random.uniform(-1, 1, (examples, widths[0])).tolist(),
            "targets": fitting.targets(loss, (examples, widths[-1]), random).tolist(),
        },
        "layers": layers,
        "training": {
            "loss": loss,
            "rate": 0.01 / (examples * max(widths) ** 2),  # small enough for the numbers to stay finite
            "steps": 4,
            "update_order": draw(st.sampled_from(["together", "one-by-one"])),
        },
    }


def listing(trace: Trace) -> tuple[list[str], dict[str, Any]]:
    """The lines of one step, and the values that they start from."""
    network = trace.network
    equations = [entry.equation for entry in network.schedule]
    names = [entry.name for entry in network.schedule]
    right = readable(compile_equations(equations, network.extents, network.shapes), names)
    start = {**network.given, **network.parameters}
    return [f"{python_name(name)} = {right[name]}" for name in names], {
        name: value if value.ndim else float(value) for name, value in start.items()
    }


@settings(max_examples=60, deadline=None, derandomize=True)
@given(networks())
def test_listing_and_run(problem: Problem) -> None:
    """Every value of every step, the listing's against the trace's."""
    trace = run(problem)
    lines, values = listing(trace)
    for step in range(1, trace.count + 1):
        space = executed(lines, values)
        for entry in trace.network.schedule:
            assert equal_bits(space[entry.name], trace.value(entry.name, step)), (step, entry.name, lines)
        values |= {name: space[f"{name}_new"] for name in trace.network.updated}
    for name in trace.network.updated:
        assert equal_bits(values[name], trace.after[name])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(networks(), st.sets(st.integers(1, 9), min_size=1, max_size=4))
def test_keeping_does_not_change_numbers(problem: Problem, steps: set[int]) -> None:
    """A run that keeps everything, the losses alone, or some steps makes the same numbers."""
    network = build(load(problem))
    everything = run_network(network, 9, "everything")
    losses = run_network(network, 9, "loss")
    some = run_network(network, 9, sorted(steps))
    assert losses.kept == ()
    assert some.kept == tuple(sorted(steps))
    for trace in (losses, some):
        assert equal_bits(trace.losses, everything.losses)
        assert trace.after.keys() == everything.after.keys()
        for name, value in everything.after.items():
            assert equal_bits(trace.after[name], value), name
    for step, entry in itertools.product(steps, network.schedule):
        assert equal_bits(some.value(entry.name, step), everything.value(entry.name, step)), (step, entry.name)
    for step, name in itertools.product(steps, network.parameters):
        assert equal_bits(some.value(name, step), everything.value(name, step)), (step, name)


@pytest.mark.parametrize("turned", list(itertools.product((False, True), repeat=2)), ids=str)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_product_and_dot(turned: tuple[bool, bool], data: st.DataObject) -> None:
    """`x @ w`, which is printed, and `x.dot(w, out)`, which runs, also of transposed matrices and rows of a trace."""
    rows, inner, columns = (data.draw(st.integers(1, 40)) for _ in range(3))
    random = np.random.default_rng(rows + 41 * inner + 1681 * columns)
    left, right = ((rows, inner), (inner, columns))
    x = random.normal(size=left[::-1]).T if turned[0] else random.normal(size=left)
    w = random.normal(size=right[::-1]).T if turned[1] else random.normal(size=right)
    kept = np.empty((3, rows, columns))
    for out in (np.empty((rows, columns)), kept[1]):
        x.dot(w, out)
        assert equal_bits(x @ w, out)
    for vector, matrix in ((x[0], w), (x[:, 0].copy(), x)):
        out = np.empty(matrix.shape[1])
        vector.dot(matrix, out)
        assert equal_bits(vector @ matrix, out)
    same = random.normal(size=(rows, inner))
    out = np.empty((rows, rows))
    same.dot(same.T, out)
    assert equal_bits(same @ same.T, out)


# -- every index pattern


def check_listing(both: Sequence[Equation], values: Mapping[str, Array], extents: Mapping[str, int]) -> None:
    """The listing of these equations, line by line, against what runs, which keeps everything or only E."""
    fast = fast_values(both, values, extents)
    assert equal_bits(fast_values(both, values, extents, {"E"})["E"], fast["E"])
    shapes = {name: value.shape for name, value in (values | fast).items()}
    names = [item.left.name for item in both]
    right = readable(compile_equations(both, extents, shapes), names)
    lines = [f"{name} = {right[name]}" for name in names]
    space = executed(lines, {name: value if value.ndim else float(value) for name, value in values.items()})
    for name in names:
        assert equal_bits(space[name], fast[name]), f"{name} = {right[name]}"
        assert np.shape(space[name]) == fast[name].shape, f"{name} = {right[name]}"
        # A listing prints floats where the trace has floats, also where they are whole.
        assert np.asarray(space[name]).dtype == np.float64, f"{name} = {right[name]}"


@pytest.mark.parametrize("case", ZOO, ids=lambda case: case.name)
def test_listing_of_every_pattern(case: Case) -> None:
    """Forward and backward equations of the zoo of index patterns, with axes long enough for NumPy to sum in parts."""
    extents = case.extents(lambda letter: 9 + len(letter) % 2)
    values = case.draw(extents, 3)
    letters = {name: tuple(Index(letter, letter) for letter in text) for name, text in case.letters.items()}
    check_listing(derived_gradients(case.items(), "E", letters)[0], values, extents)


@pytest.mark.parametrize(
    "text",
    [
        "y[b,d] = sum(a, c, p[a,c]*q[d,a,b])",
        "y[d,b] = sum(a, p[a,b]*q[d,a,b])",
        "y[a,b] = sum(c, d, q[d,a,b]*p[c,d]*p[a,c])",
        "y[c,a] = p[a,c] + sum(b, d, q[d,a,b])",
        "y[b,a] = sum(c, d, tanh(q[d,a,b])*p[a,c])",
    ],
)
def test_listing_of_long_sums(text: str) -> None:
    """Sums along axes that lie differently in memory: the order of summing is the same."""
    extents = {"a": 9, "b": 9, "c": 9, "d": 9}
    result = text.partition(" = ")[0]
    items = [equation(text), equation(f"E = sum({result[2]}, {result[4]}, {result}**2)")]
    random = np.random.default_rng(7)
    for _ in range(5):
        values = {"p": random.normal(size=(9, 9)), "q": random.normal(size=(9, 9, 9))}
        letters = {"p": (Index("a", "a"), Index("b", "b")), "q": tuple(Index(name, name) for name in "abc")}
        check_listing(derived_gradients(items, "E", letters)[0], values, extents)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(right=expressions(RANKS, frozenset(), 4), seed=st.integers(0, 99))
def test_listing_of_random_equations(right: Expr, seed: int) -> None:
    letters = {name: tuple(Index("ij"[size - 2], "ij"[size - 2]) for size in shape) for name, shape in RANKS.items()}
    letters |= {"q": (Index("i", "i"), Index("k", "k")), "r": (Index("j", "j"), Index("l", "l"))}
    both, _ = derived_gradients([equation(f"E = {to_text(right)}")], "E", letters)
    check_listing(both, random_values(seed), AXES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = -1", "-1.0"),
        ("y = 2", "2.0"),
        ("y[i] = 2", "np.broadcast_to(2.0, (3,)).copy()"),
        ("y[i] = -2*x[i]", "-2.0 * x"),
        ("y[i] = x[i]*2**-1", "x * np.power(2, -1.0)"),
        ("y[i] = 3*4 - x[i]", "3.0 * 4.0 - x"),
        ("y[i] = x[i] - (x[i] - 1)", "x - (x - 1)"),
        ("y[i] = x[i]/(x[i]*x[i])", "x / (x * x)"),
        ("y[i] = (x[i] + 1)**2", "(x + 1) ** 2"),
        ("y[i] = -(x[i]**2)", "-x ** 2"),
        ("y[i] = (-x[i])**2", "(-x) ** 2"),
        ("y[i] = where(x[i] > 0, 1, 0)", "np.where(x > 0, 1.0, 0.0)"),
        ("y[i] = max(0, x[i])", "np.maximum(0, x)"),
        ("y[i,j] = x[i]*v[j]", "x[:, None] * v"),
        ("y[j,i] = w[i,j]", "w.T.copy()"),
        ("y[j,i] = tanh(w[i,j])*v[j]", "np.tanh(w.T.copy()) * v[:, None]"),
        ("y[j,i] = v[j]", "np.broadcast_to(v[:, None], (2, 3)).copy()"),
        ("y[j,i] = sum(k, q[i,k,j]*w[k,j])", "np.einsum('abc,bc->ca', q, w, order='C')"),
        ("y[i,k] = sum(j, w[i,j]*w[k,j])", "w @ w.T"),
        ("y[i] = x[1]", "np.broadcast_to(x[0], (3,)).copy()"),
    ],
)
def test_listing_reads_as_written(text: str, expected: str) -> None:
    extents = {"i": 3, "j": 2, "k": 3}
    item = equation(text)
    shapes = {
        "x": (3,),
        "v": (2,),
        "w": (3, 2),
        "q": (3, 3, 2),
        "y": tuple(extents[index.axis] for index in item.left.indices),
    }  # type: ignore[union-attr]
    assert readable(compile_equations([item], extents, shapes), ["y"]) == {"y": expected}


# -- names

AWKWARD = (
    *("s", "r1", "c0", "kept", "given", "buffers", "first", "last", "step", "v_x", "kept_E", "c0_a", "r0_a"),
    *(
        "np",
        "np_",
        "lambda",
        "lambda_",
        "None",
        "print",
        "range",
        "zip",
        "int",
        "asarray",
        "add",
        "empty",
        "self",
    ),
    *("__builtins__", "__class__", "_", "l", "O"),
)


@pytest.mark.parametrize("shape", [(), (2,)], ids=["numbers", "vectors"])
def test_awkward_names(shape: tuple[int, ...]) -> None:
    """Values may be called what Python, NumPy or the printed source call things; all of them at once."""
    random = np.random.default_rng(2)
    values: dict[str, Array] = {name: np.asarray(random.uniform(0.5, 1.5, shape)) for name in AWKWARD}
    index = "[i]" if shape else ""
    terms = " + ".join(f"{name}{index}**2*{other}{index}" for name, other in itertools.pairwise([*AWKWARD, AWKWARD[0]]))
    text = f"E = sum(i, {terms})" if shape else f"E = {terms}"
    item = equation(text)
    expected = float(slow_values([item], values, {"i": 2})["E"])
    problem = {"parameters": {name: value.tolist() for name, value in values.items()}, "equations": [text]}
    trace = run({**problem, "training": {"rate": 0.001, "steps": 3}})
    assert abs(float(trace.value("E", 1)) - expected) <= 1e-12 * expected
    skimmed = run({**problem, "training": {"rate": 0.001, "steps": 3}}, keep="loss")
    assert equal_bits(skimmed.losses, trace.losses)
    for name in AWKWARD:
        gradient = slow_gradient([item], "E", name, values, {"i": 2})
        assert np.max(np.abs(trace.value(f"d{name}", 1) - gradient)) <= 1e-8, name
        assert equal_bits(trace.value(f"{name}_new", 1), values[name] - 0.001 * trace.value(f"d{name}", 1)), name
        assert equal_bits(skimmed.after[name], trace.after[name]), name
    lines, start = listing(trace)
    space = executed(lines, start)
    for entry in trace.network.schedule:
        assert equal_bits(space[python_name(entry.name)], trace.value(entry.name, 1)), entry.name


def test_python_names_stay_apart() -> None:
    made = [python_name(f"{name}{tail}") for name in AWKWARD for tail in ("", "_", "__")]
    assert len(set(made)) == len({f"{name}{tail}" for name in AWKWARD for tail in ("", "_", "__")})
    assert all(name.isidentifier() for name in made)


# -- the source that is compiled

CALLS = {
    *("add", "subtract", "multiply", "divide", "negative", "square", "power", "exp", "log", "sqrt", "abs", "tanh"),
    *("maximum", "minimum", "sign", "where", "less", "less_equal", "greater", "greater_equal", "equal", "einsum"),
    *(
        "copyto",
        "empty",
        "expand_dims",
        "asarray",
        "sum",
        "add_reduce",
        "max_reduce",
        "erf",
        "zip",
        "range",
        "int",
        "broadcast_to",
    ),
    "rounded",
}
ATTRIBUTES = {"dot", "transpose", "astype"}
ARGUMENTS = {"first", "last", "given", "kept", "buffers", "step", "s"}
ALLOWED = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.For, ast.Pass, ast.Assign, ast.Expr),
    *(ast.Call, ast.keyword, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.Constant),
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
)


def check_source(source: str, names: set[str]) -> None:
    """Every node of the source is of a kind, and every name in a table, that was looked at."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        assert isinstance(node, ALLOWED), ast.dump(node)
        match node:
            case ast.Name(id=name):
                register = name[0] in "rc" and name[1:].removesuffix("_a").isdigit()
                assert register or name.startswith(("v_", "kept_v_")) or name in CALLS | ARGUMENTS, name
            case ast.Attribute(attr=name):
                assert name in ATTRIBUTES, name
            case ast.Call(func=function):
                assert isinstance(function, ast.Attribute) or getattr(function, "id", "") in CALLS, ast.dump(node)
            case ast.keyword(arg=name):
                assert name in ("out", "order")
            case ast.Constant(value=str() as text):
                known = text in names or text[0] == "#" or set(text) <= set("abcdefghijklmnopqrstuvwxyz,->")
                assert known, text


def sources(equations: Sequence[Equation], given: Mapping[str, Array], extents: Mapping[str, int]) -> list[str]:
    """The source of these equations, kept and not kept."""
    shapes = {name: np.shape(value) for name, value in given.items()}
    for item in equations:
        shapes[item.left.name] = tuple(extents[index.axis] for index in item.left.indices if isinstance(index, Index))
    program = compile_equations(equations, extents, shapes)
    inputs = {name: shapes[name] for name in given}
    made = frozenset(item.left.name for item in equations)
    return [in_place(program, given=inputs, carried={}, kept=kept) for kept in (made, frozenset({"E"}))]


@pytest.mark.parametrize("case", ZOO, ids=lambda case: case.name)
def test_source_of_every_pattern(case: Case) -> None:
    extents = case.extents(lambda letter: 2)
    values = case.draw(extents, 1)
    letters = {name: tuple(Index(letter, letter) for letter in text) for name, text in case.letters.items()}
    both, _ = derived_gradients(case.items(), "E", letters)
    for source in sources(both, values, extents):
        check_source(source, {*values, *(item.left.name for item in both)})


def test_source_holds_nothing_but_the_table() -> None:
    """The globals of what is compiled: the calls of the table, no builtins, and the function itself."""
    values: dict[str, Array] = {name: np.asarray(1.5) for name in AWKWARD}
    text = f"E = {' + '.join(AWKWARD)}"
    for source in sources([equation(text)], values, {}):
        check_source(source, {*AWKWARD, "E"})
        space = compiled(source).__globals__  # type: ignore[attr-defined]
        assert space["__builtins__"] == {}
        assert space.keys() - {"__builtins__", "step"} == CALLS
        for name in CALLS - {"add_reduce", "max_reduce", "erf", "rounded", "zip", "range", "int"}:
            assert space[name] is getattr(np, name)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(networks())
def test_source_of_networks(problem: Problem) -> None:
    network = build(load(problem))
    equations = [entry.equation for entry in network.schedule]
    program = compile_equations(equations, network.extents, network.shapes)
    carried = {name: f"{name}_new" for name in network.updated}
    constant = {name: value for name, value in network.parameters.items() if name not in carried}
    given = {name: value.shape for name, value in (dict(network.given) | constant).items()}
    names = {*network.shapes, *network.given, *network.parameters}
    for kept in (frozenset(network.shapes) - network.given.keys(), frozenset({"E"}), frozenset()):
        kept = frozenset(name for name in kept if not name.endswith("_new") and name not in constant)
        check_source(in_place(program, given=given, carried=carried, kept=kept), names)
