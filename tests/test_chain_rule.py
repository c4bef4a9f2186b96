"""Law 3 for the chain rule: a zoo of index patterns, each gradient against central differences and its known form.

The values come from an evaluator of its own, which takes an equation index by index with Python's floats, and so
shares nothing with the instructions that the engine runs. Every case goes two ways: its equations to `derive` with
sizes drawn at random, and its texts to `run` as bare equations.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.calculus.chain_rule import paths
from tracer.calculus.compiling import compile_equations
from tracer.calculus.derivation import Derived, derive
from tracer.calculus.equation import Equation, equation
from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
    Delta,
    Div,
    Expr,
    Index,
    Largest,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Size,
    Sum,
    Within,
    children,
    free_indices,
    names,
    put,
    walk,
)
from tracer.calculus.expression_text import to_text
from tracer.calculus.functions import FUNCTIONS
from tracer.calculus.in_place_code import compiled, in_place
from tracer.errors import TracerError
from tracer.run.run import run

Array = np.ndarray[Any, np.dtype[np.float64]]
Values = Mapping[str, Array]
CLOSE = 1e-6  # what the gradients are allowed, relative to the largest element
EXACT = 1e-12  # what is allowed between two ways of computing the same form


# -- an evaluator of its own: one index at a time, with Python's floats

MATH: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
    "tanh": math.tanh,
    "erf": math.erf,
    "max": max,
    "min": min,
    "sign": lambda u: float(np.sign(u)),
}
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda u, v: u < v,
    "<=": lambda u, v: u <= v,
    ">": lambda u, v: u > v,
    ">=": lambda u, v: u >= v,
    "==": lambda u, v: u == v,
}


@dataclass(frozen=True)
class Slow:
    """Where an expression is evaluated: the values, how far each axis runs, whether reads outside count as zero."""

    values: Values
    extents: Mapping[str, int]
    padded: bool = False

    def at(self, node: Expr, here: Mapping[str, int]) -> float:
        """The value of an expression with its free letters at the places `here`, which count from 1."""
        match node:
            case Index(name, _):
                return here[name]
            case Ref(name, indices):
                return self.read(name, [self.at(index, here) for index in indices])
            case Number(value):
                return float(value)
            case Size(axis):
                return float(self.extents[axis])
            case Neg(operand):
                return -self.at(operand, here)
            case Add(terms):
                return sum(self.at(term, here) for term in terms)
            case Mul(factors):
                # What stands beside a condition that does not hold is not looked at: it may read outside.
                guards = [part for part in factors if isinstance(part, Delta | Within)]
                if any(self.at(guard, here) == 0 for guard in guards):
                    return 0.0
                return math.prod(self.at(factor, here) for factor in factors)
            case Div(top, bottom):
                return self.at(top, here) / self.at(bottom, here)
            case Pow(base, exponent):
                return math.pow(self.at(base, here), self.at(exponent, here))
            case Call("where", (condition, first, second)):
                return self.at(first if self.at(condition, here) else second, here)
            case Call(function, arguments):
                return MATH[function](*(self.at(argument, here) for argument in arguments))
            case Compare(operator, left, right):
                return float(COMPARED[operator](self.at(left, here), self.at(right, here)))
            case Delta(left, right):
                return float(self.at(left, here) == self.at(right, here))
            case Within(index, axis):
                return float(1 <= self.at(index, here) <= self.extents[axis])
            case Sum(indices, body):
                ranges = [range(1, self.extents[index.axis] + 1) for index in indices]
                letters = [index.name for index in indices]
                found = [
                    self.at(body, {**here, **dict(zip(letters, places, strict=True))})
                    for places in itertools.product(*ranges)
                ]
                return max(found) if isinstance(node, Largest) else sum(found)
        raise AssertionError(node)

    def read(self, name: str, places: Sequence[float]) -> float:
        array = self.values[name]
        for place, size in zip(places, array.shape, strict=True):
            if not 1 <= place <= size:
                assert self.padded, f"{name}{list(places)} is outside {array.shape}"
                return 0.0
        return array.item(tuple(int(place) - 1 for place in places))


def slow_value(item: Equation, values: Values, extents: Mapping[str, int]) -> Array:
    """The left side of an equation, element by element."""
    letters = [index for index in item.left.indices if isinstance(index, Index)]
    result = np.empty([extents[index.axis] for index in letters])
    where = Slow(values, extents, item.padded)
    for place in np.ndindex(result.shape):
        result[place] = where.at(item.right, {index.name: at + 1 for index, at in zip(letters, place, strict=True)})
    return result


def slow_values(items: Sequence[Equation], given: Values, extents: Mapping[str, int]) -> dict[str, Array]:
    """All values: the given ones, and each equation's in turn."""
    values = dict(given)
    for item in items:
        values[item.left.name] = slow_value(item, values, extents)
    return values


def along(function: Callable[[Array], float], at: Array, direction: Array, distance: float = 1e-3) -> float:
    """The slope of a function along a direction, by four points (the error falls with distance**4)."""
    points = ((-2, 1), (-1, -8), (1, 8), (2, -1))
    total = sum(weight * function(np.asarray(at + steps * distance * direction)) for steps, weight in points)
    return total / (12 * distance)


def central_differences(function: Callable[[Array], float], at: Array, distance: float = 1e-3) -> Array:
    """The gradient of a function, element by element."""
    result = np.empty(at.shape)
    for place in np.ndindex(at.shape):
        direction = np.zeros(at.shape)
        direction[place] = 1.0
        result[place] = along(function, at, direction, distance)
    return result


def slow_gradient(
    items: Sequence[Equation],
    output: str,
    name: str,
    given: Values,
    extents: Mapping[str, int],
    distance: float = 1e-3,
) -> Array:
    """d output / d name by central differences of the evaluator above; what is routing stays as it is."""
    start = slow_values(items, given, extents) if any(item.routing for item in items) else {}
    fixed = {item.left.name: start[item.left.name] for item in items if item.routing}
    moving = [item for item in items if not item.routing]

    def moved(value: Array) -> float:
        return float(slow_values(moving, {**given, **fixed, name: value}, extents)[output])

    return central_differences(moved, given[name], distance)


def distance(found: Array, expected: Array) -> float:
    """The largest difference, relative to the largest element expected (at least 1e-3)."""
    assert np.shape(found) == np.shape(expected)
    largest = float(np.max(np.abs(expected), initial=0.0))
    return float(np.max(np.abs(found - expected), initial=0.0)) / max(largest, 1e-3)


def fast_values(
    items: Sequence[Equation], given: Values, extents: Mapping[str, int], wanted: Collection[str] = ()
) -> dict[str, Array]:
    """The same equations through the engine's instructions, compiled; the values `wanted`, else all."""
    shapes = {name: np.shape(value) for name, value in given.items()}
    for item in items:
        shapes[item.left.name] = tuple(extents[index.axis] for index in item.left.indices if isinstance(index, Index))
    program = compile_equations(items, extents, shapes)
    kept = {name: np.full((1, *shapes[name]), np.nan) for name in wanted or [item.left.name for item in items]}
    inputs = {name: shapes[name] for name in given}
    step = compiled(in_place(program, given=inputs, carried={}, kept=frozenset(kept)))
    plain = {name: value if np.ndim(value) else np.float64(value) for name, value in given.items()}
    step(0, 1, plain | dict(program.constants), kept, {})
    return {name: np.asarray(rows[0]) for name, rows in kept.items()}


def lookups(items: Sequence[Equation]) -> set[str]:
    """The values that say which place of another value is read; they have no gradient."""
    places = [place for item in items for part in walk(item.right) if isinstance(part, Ref) for place in part.indices]
    return {part.name for place in places for part in walk(place) if isinstance(part, Ref)}


def derived_gradients(
    items: Sequence[Equation], output: str, letters: Mapping[str, tuple[Index, ...]], prefix: str = "d"
) -> tuple[list[Equation], list[Derived]]:
    """Forward and backward equations, for every given value that is not a look-up; gradients are called d + name."""
    known = {item.left.name: item.left.indices for item in items} | dict(letters)
    wanted = [name for name in letters if name not in lookups(items)]
    found = derive(items, output, wanted, known, lambda name: prefix + name)  # type: ignore[arg-type]
    return [*items, *(item.equation for item in found)], found


# -- the zoo


@dataclass(frozen=True)
class Case:
    """An index pattern: equations with E last, the letters of what is given, and the sizes that are not free.

    `known` maps given and computed values to the textbook's gradients. `low` and `high` bound the values drawn.
    """

    name: str
    equations: tuple[str, ...]
    letters: Mapping[str, str]
    sizes: Mapping[str, int | Callable[[Mapping[str, int]], int]] = field(default_factory=dict)
    known: Callable[[Values], Mapping[str, Array]] | None = None
    padded: bool = False
    low: float = -1.5
    high: float = 1.5
    ids: Mapping[str, str] = field(default_factory=dict)  # a look-up -> the letter of the axis it points into
    prepare: Callable[[dict[str, Array]], None] | None = None
    bare: bool = True  # whether the sizes can be told from the equations and values alone, or from [sizes]
    said: tuple[str, ...] = ()  # the letters whose sizes must be said to `run`

    def items(self) -> list[Equation]:
        return [equation(text, padded=self.padded) for text in self.equations]

    def extents(self, draw: Callable[[str], int]) -> dict[str, int]:
        spelt = {part for item in self.items() for part in (*walk(item.left), *walk(item.right))}
        names = {part.axis for part in spelt if isinstance(part, Index | Size)}
        names |= {index.axis for part in spelt if isinstance(part, Sum) for index in part.indices}
        names |= {letter for text in self.letters.values() for letter in text}
        found = {name: draw(name) for name in sorted(names) if name not in self.sizes}
        for name, size in self.sizes.items():
            found[name] = size(found) if callable(size) else size
        return found

    def draw(self, extents: Mapping[str, int], seed: int) -> dict[str, Array]:
        random = np.random.default_rng(seed)
        made: dict[str, Array] = {}
        for name, text in self.letters.items():
            shape = tuple(extents[letter] for letter in text)
            if name in self.ids:
                made[name] = random.integers(1, extents[self.ids[name]] + 1, shape).astype(float)
            else:
                made[name] = np.asarray(random.uniform(self.low, self.high, shape))
        if self.prepare is not None:
            self.prepare(made)
        return made


def _softmax(z: Array) -> Array:
    powers = np.exp(z)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _dense(v: Values) -> dict[str, Array]:
    return {"w": v["x"].T @ v["c"], "b": v["c"].sum(axis=0), "x": v["c"] @ v["w"].T, "z": v["c"]}


def _sigmoid(v: Values) -> dict[str, Array]:
    a = 1 / (1 + np.exp(-v["z"]))
    return {"z": v["c"] * a * (1 - a), "c": a}


def _softmax_known(v: Values) -> dict[str, Array]:
    p = _softmax(v["z"])
    return {"z": p * (v["c"] - (v["c"] * p).sum(axis=1, keepdims=True))}


def _softmax_cross_entropy(v: Values) -> dict[str, Array]:
    p = _softmax(v["z"])
    return {"z": p * v["t"].sum(axis=1, keepdims=True) - v["t"], "t": -np.log(p)}


def _normalised_targets(v: Values) -> dict[str, Array]:
    return {"z": _softmax(v["z"]) - v["t"]}


def _to_sum_one(v: dict[str, Array]) -> None:
    v["t"] = v["t"] / v["t"].sum(axis=1, keepdims=True)


def _norm(axis: int) -> Callable[[Values], dict[str, Array]]:
    """Batch (axis 0) and layer (axis 1) norm: Ioffe, Szegedy (2015), the gradient in closed form."""

    def known(v: Values) -> dict[str, Array]:
        x, g, c = v["x"], v["g"], v["c"]
        centred = x - x.mean(axis=axis, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=axis, keepdims=True) + 0.01)
        hat = centred / scale
        inner = c * g
        spread = inner - inner.mean(axis=axis, keepdims=True) - hat * (inner * hat).mean(axis=axis, keepdims=True)
        return {"x": spread / scale, "g": (c * hat).sum(axis=0), "b": c.sum(axis=0)}

    return known


def _convolution(v: Values) -> dict[str, Array]:
    """Stride 2 and padding 1, written as loops over what is really there."""
    x, w, c = v["x"], v["w"], v["c"]
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for t in range(c.shape[0]):
        for k in range(w.shape[0]):
            at = 2 * t + k - 1
            if 0 <= at < x.shape[0]:
                dx[at] += w[k] @ c[t]
                dw[k] += np.outer(x[at], c[t])
    return {"x": dx, "w": dw, "b": c.sum(axis=0)}


def _convolution_2d(v: Values) -> dict[str, Array]:
    x, w, c = v["x"], v["w"], v["c"]
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for r, s in np.ndindex(c.shape):
        dx[r : r + w.shape[0], s : s + w.shape[1]] += c[r, s] * w
        dw += c[r, s] * x[r : r + w.shape[0], s : s + w.shape[1]]
    return {"x": dx, "w": dw}


def _pooling(v: Values) -> dict[str, Array]:
    return {"x": np.repeat(v["c"], 2) / 2}


def _gather(v: Values) -> dict[str, Array]:
    dw = np.zeros(v["w"].shape)
    for t, place in enumerate(v["ids"].astype(int) - 1):
        dw[place] += v["c"][t]
    return {"w": dw}


def _pairs(v: Values) -> dict[str, Array]:
    dw = np.zeros(v["w"].shape)
    for t in range(len(v["c"])):
        dw[int(v["rows"][t]) - 1, int(v["cols"][t]) - 1] += v["c"][t]
    return {"w": dw}


def _only(value: float, shape: tuple[int, ...], place: tuple[int, ...]) -> Array:
    result = np.zeros(shape)
    result[place] = value
    return result


def _windows(length: str, kernel: str, stride: int) -> Callable[[Mapping[str, int]], int]:
    return lambda sizes: (sizes[length] - sizes[kernel]) // stride + 1


_HEADS = ("q[s,d] = sum(m, x[s,m]*u[m,d])", "k[t,d] = sum(m, x[t,m]*v[m,d])", "r[t,h] = sum(m, x[t,m]*w[m,h])")
_ATTENTION = (
    *_HEADS,
    "y[s,t] = sum(d, q[s,d]*k[t,d])/sqrt(size(d))",
    "p[s,t] = exp(y[s,t])/sum(t2, exp(y[s,t2]))",
    "o[s,h] = sum(t, p[s,t]*r[t,h])",
    "E = sum(s, h, c[s,h]*o[s,h])",
)


def _gate(name: str, squashed: str) -> tuple[str, str]:
    net = f"net_{name}[n,j] = sum(i, x[n,i]*w_{name}[i,j]) + sum(k, h[n,k]*u_{name}[k,j]) + b_{name}[j]"
    return net, f"{name}[n,j] = {squashed.replace('NET', f'net_{name}[n,j]')}"


_LSTM = (
    *(text for name in ("i_gate", "f_gate", "o_gate") for text in _gate(name, "1/(1 + exp(-NET))")),
    *_gate("g_gate", "tanh(NET)"),
    "cell[n,j] = f_gate[n,j]*old[n,j] + i_gate[n,j]*g_gate[n,j]",
    "out[n,j] = o_gate[n,j]*tanh(cell[n,j])",
    "E = sum(n, j, c[n,j]*out[n,j])",
)
_LSTM_LETTERS = {
    "x": "ni",
    "h": "nk",
    "old": "nj",
    "c": "nj",
    **{f"w_{name}": "ij" for name in ("i_gate", "f_gate", "o_gate", "g_gate")},
    **{f"u_{name}": "kj" for name in ("i_gate", "f_gate", "o_gate", "g_gate")},
    **{f"b_{name}": "j" for name in ("i_gate", "f_gate", "o_gate", "g_gate")},
}
_RNN = (
    *(f"h{t}[j] = tanh(sum(i, x{t}[i]*w[i,j]) + sum(k, h{t - 1}[k]*u[k,j]) + b[j])" for t in (1, 2, 3)),
    "y = sum(j, h3[j]*v[j])",
    "E = (y - t)**2/2",
)

ZOO: tuple[Case, ...] = (
    Case(
        "dense",
        ("z[n,j] = sum(i, x[n,i]*w[i,j]) + b[j]", "E = sum(n, j, c[n,j]*z[n,j])"),
        {"x": "ni", "w": "ij", "b": "j", "c": "nj"},
        known=_dense,
    ),
    Case(
        "dense, weights the other way round, one bias",
        ("z[n,j] = sum(i, w[j,i]*x[n,i]) + b", "E = sum(n, j, c[n,j]*z[n,j])"),
        {"x": "ni", "w": "ji", "b": "", "c": "nj"},
        known=lambda v: {"w": v["c"].T @ v["x"], "b": np.asarray(v["c"].sum()), "x": v["c"] @ v["w"]},
    ),
    Case(
        "sigmoid",
        ("a[n,j] = 1/(1 + exp(-z[n,j]))", "E = sum(n, j, c[n,j]*a[n,j])"),
        {"z": "nj", "c": "nj"},
        known=_sigmoid,
    ),
    Case(
        "softmax in one equation",
        ("p[n,k] = exp(z[n,k])/sum(l, exp(z[n,l]))", "E = sum(n, k, c[n,k]*p[n,k])"),
        {"z": "nk", "c": "nk"},
        {"l": lambda sizes: sizes["k"]},
        _softmax_known,
    ),
    Case(
        "softmax in three equations",
        ("e[n,k] = exp(z[n,k])", "s[n] = sum(k, e[n,k])", "p[n,k] = e[n,k]/s[n]", "E = sum(n, k, c[n,k]*p[n,k])"),
        {"z": "nk", "c": "nk"},
        known=_softmax_known,
    ),
    Case(
        "cross entropy",
        ("E = -sum(n, k, t[n,k]*log(p[n,k]))",),
        {"p": "nk", "t": "nk"},
        known=lambda v: {"p": -v["t"] / v["p"], "t": -np.log(v["p"])},
        low=0.1,
    ),
    Case(
        "binary cross entropy",
        ("E = -sum(n, t[n]*log(a[n]) + (1 - t[n])*log(1 - a[n]))/size(n)",),
        {"a": "n", "t": "n"},
        known=lambda v: {"a": (v["a"] - v["t"]) / (v["a"] * (1 - v["a"])) / len(v["a"])},
        low=0.1,
        high=0.9,
    ),
    Case(
        "softmax with cross entropy, any targets",
        ("p[n,k] = exp(z[n,k])/sum(l, exp(z[n,l]))", "E = -sum(n, k, t[n,k]*log(p[n,k]))"),
        {"z": "nk", "t": "nk"},
        {"l": lambda sizes: sizes["k"]},
        _softmax_cross_entropy,
    ),
    Case(
        "softmax with cross entropy, targets that sum to 1",
        ("p[n,k] = exp(z[n,k])/sum(l, exp(z[n,l]))", "E = -sum(n, k, t[n,k]*log(p[n,k]))"),
        {"z": "nk", "t": "nk"},
        {"l": lambda sizes: sizes["k"]},
        _normalised_targets,
        low=0.1,
        prepare=_to_sum_one,
    ),
    Case(
        "log of a sum of exponentials",
        ("E = sum(n, log(sum(k, exp(z[n,k]))))",),
        {"z": "nk"},
        known=lambda v: {"z": _softmax(v["z"])},
    ),
    Case(
        "mean squared error",
        ("E = sum(n, k, (a[n,k] - t[n,k])**2)/(size(n)*size(k))",),
        {"a": "nk", "t": "nk"},
        known=lambda v: {"a": 2 * (v["a"] - v["t"]) / v["a"].size, "t": 2 * (v["t"] - v["a"]) / v["a"].size},
    ),
    Case(
        "batch norm",
        (
            "m[j] = sum(n, x[n,j])/size(n)",
            "v[j] = sum(n, (x[n,j] - m[j])**2)/size(n)",
            "y[n,j] = g[j]*(x[n,j] - m[j])/sqrt(v[j] + 0.01) + b[j]",
            "E = sum(n, j, c[n,j]*y[n,j])",
        ),
        {"x": "nj", "g": "j", "b": "j", "c": "nj"},
        known=_norm(0),
    ),
    Case(
        "layer norm",
        (
            "m[n] = sum(j, x[n,j])/size(j)",
            "v[n] = sum(j, (x[n,j] - m[n])**2)/size(j)",
            "hat[n,j] = (x[n,j] - m[n])/sqrt(v[n] + 0.01)",
            "y[n,j] = g[j]*hat[n,j] + b[j]",
            "E = sum(n, j, c[n,j]*y[n,j])",
        ),
        {"x": "nj", "g": "j", "b": "j", "c": "nj"},
        known=_norm(1),
    ),
    Case(
        "convolution",
        ("y[t] = sum(k, x[t + k - 1]*w[k])", "E = sum(t, c[t]*y[t]**2)"),
        {"x": "p", "w": "k", "c": "t"},
        {"p": lambda sizes: sizes["k"] + sizes["t"] - 1},
    ),
    Case(
        "convolution with stride, padding and channels",
        ("y[t,o] = sum(k, m, x[2*t + k - 3,m]*w[k,m,o]) + b[o]", "E = sum(t, o, c[t,o]*y[t,o])"),
        {"x": "pm", "w": "kmo", "b": "o", "c": "to"},
        {"p": 5, "k": 3, "t": 3},
        _convolution,
        padded=True,
    ),
    Case(
        "convolution that keeps the length",
        ("y[t] = sum(k, x[t + k - 2]*w[k])", "E = sum(t, c[t]*y[t]**2)"),
        {"x": "p", "w": "k", "c": "t"},
        {"k": 3, "p": lambda sizes: sizes["t"]},
        padded=True,
    ),
    Case(
        "convolution with dilation",
        ("y[t] = sum(k, x[t + 2*k - 2]*w[k])", "E = sum(t, c[t]*y[t])"),
        {"x": "p", "w": "k", "c": "t"},
        {"p": lambda sizes: sizes["t"] + 2 * sizes["k"] - 2},
    ),
    Case(
        "convolution in the book's sense, kernel turned round",
        ("y[t] = sum(k, x[t - k + 1]*w[k])", "E = sum(t, c[t]*y[t])"),
        {"x": "p", "w": "k", "c": "t"},
        {"p": lambda sizes: sizes["t"]},
        padded=True,
    ),
    Case(
        "convolution in two dimensions",
        ("y[r,s] = sum(i, j, x[r + i - 1,s + j - 1]*w[i,j])", "E = sum(r, s, c[r,s]*y[r,s])"),
        {"x": "pq", "w": "ij", "c": "rs"},
        {
            "i": 2,
            "j": 3,
            "p": lambda sizes: sizes["r"] + 1,
            "q": lambda sizes: sizes["s"] + 2,
        },
        _convolution_2d,
    ),
    Case(
        "average pooling",
        ("y[t] = sum(k, x[2*t + k - 2])/size(k)", "E = sum(t, c[t]*y[t])"),
        {"x": "p", "c": "t"},
        {"k": 2, "p": lambda sizes: 2 * sizes["t"]},
        _pooling,
        said=("k",),
    ),
    Case(
        "every second element",
        ("y[t] = x[2*t - 1]", "E = sum(t, c[t]*y[t]**2)"),
        {"x": "p", "c": "t"},
        {"p": lambda sizes: 2 * sizes["t"]},
    ),
    Case(
        "no letter alone: x[2*i + 2*j]",
        ("E = sum(i, j, c[i,j]*x[2*i + 2*j])",),
        {"x": "p", "c": "ij"},
        {"p": lambda sizes: 2 * sizes["i"] + 2 * sizes["j"]},
    ),
    Case(
        "reversed",
        ("y[i] = x[5 - i]", "E = sum(i, c[i]*y[i]**2)"),
        {"x": "p", "c": "i"},
        {"i": 4, "p": 4},
        lambda v: {"x": 2 * v["c"][::-1] * v["x"]},
        said=("i",),
    ),
    Case(
        "neighbours",
        ("E = sum(t, c[t]*(x[t + 1] - x[t + 0])**2)",),
        {"x": "p", "c": "t"},
        {"p": lambda sizes: sizes["t"] + 1},
    ),
    Case(
        "neighbours without weights",
        ("E = sum(t, x[t + 1] - x[t + 0])",),
        {"x": "p"},
        {"p": lambda sizes: sizes["t"] + 1},
        lambda v: {"x": _only(1.0, v["x"].shape, (-1,)) - _only(1.0, v["x"].shape, (0,))},
        bare=False,
    ),
    Case(
        "scaled dot-product attention",
        _ATTENTION,
        {"x": "sm", "u": "md", "v": "md", "w": "mh", "c": "sh"},
        {"s": 3, "t": 3, "t2": 3, "d": 2, "m": 2},
    ),
    Case("LSTM cell", _LSTM, _LSTM_LETTERS, {"n": 2, "i": 1, "j": 2, "k": 2}),
    Case(
        "RNN over three steps, weights shared",
        _RNN,
        {"x1": "i", "x2": "i", "x3": "i", "h0": "k", "w": "ij", "u": "kj", "b": "j", "v": "j", "t": ""},
        {"j": 2, "k": 2},
    ),
    Case(
        "gather",
        ("y[t,d] = w[ids[t],d]", "E = sum(t, d, c[t,d]*y[t,d])"),
        {"w": "vd", "ids": "t", "c": "td"},
        {"v": 3},
        _gather,
        ids={"ids": "v"},
    ),
    Case(
        "gather at pairs",
        ("E = sum(t, c[t]*w[rows[t],cols[t]])",),
        {"w": "ij", "rows": "t", "cols": "t", "c": "t"},
        known=_pairs,
        ids={"rows": "i", "cols": "j"},
    ),
    Case(
        "one place read twice, each time alone",
        ("E = x[1] + x[ids[1]] - x[ids[2]]",),
        {"x": "i", "ids": "t"},
        {"t": 2},
        lambda v: {
            "x": sum(
                (
                    sign * _only(1.0, v["x"].shape, (int(place) - 1,))
                    for sign, place in ((1, 1), (1, v["ids"][0]), (-1, v["ids"][1]))
                ),
                np.zeros(v["x"].shape),
            )
        },
        ids={"ids": "i"},
    ),
    Case(
        "fixed elements",
        ("E = w[1,2]*x[1]**2 - w[2,1]*x[2]",),
        {"w": "ij", "x": "i"},
        {"i": 2, "j": 3},
        lambda v: {
            "w": _only(v["x"][0] ** 2, (2, 3), (0, 1)) - _only(v["x"][1], (2, 3), (1, 0)),
            "x": np.array([2 * v["w"][0, 1] * v["x"][0], -v["w"][1, 0]]),
        },
    ),
    Case(
        "minus one fixed element",
        ("E = -x[2]",),
        {"x": "i"},
        {"i": 3},
        lambda v: {"x": -_only(1.0, (3,), (1,))},
    ),
    Case(
        "one fixed row",
        ("E = sum(j, w[1,j]*x[j]**2)",),
        {"w": "ij", "x": "j"},
    ),
    Case(
        "diagonal",
        ("E = sum(i, w[i,i]*x[i])",),
        {"w": "ik", "x": "i"},
        {"k": lambda sizes: sizes["i"]},
        lambda v: {"w": np.diag(v["x"]), "x": np.diag(v["w"])},
    ),
    Case(
        "trace",
        ("E = sum(i, w[i,i])",),
        {"w": "ik"},
        {"k": lambda sizes: sizes["i"]},
        lambda v: {"w": np.eye(len(v["w"]))},
    ),
    Case("repeated factor", ("E = sum(i, x[i]*x[i])",), {"x": "i"}, known=lambda v: {"x": 2 * v["x"]}),
    Case(
        "quadratic form: one value at two letters",
        ("E = sum(i, j, x[i]*a[i,j]*x[j])",),
        {"x": "i", "a": "ij"},
        {"j": lambda sizes: sizes["i"]},
        lambda v: {"x": (v["a"] + v["a"].T) @ v["x"], "a": np.outer(v["x"], v["x"])},
    ),
    Case(
        "a matrix and its transpose",
        ("y[i,k] = sum(j, w[i,j]*w[k,j])", "E = sum(i, k, c[i,k]*y[i,k])"),
        {"w": "ij", "c": "ik"},
        {"k": lambda sizes: sizes["i"]},
        lambda v: {"w": (v["c"] + v["c"].T) @ v["w"]},
    ),
    Case(
        "the case of sympy issue 21891",
        ("y[i] = sum(j, w[i,j]*x[j])", "E = sum(i, c[i]*y[i])"),
        {"w": "ij", "x": "j", "c": "i"},
        known=lambda v: {"x": v["w"].T @ v["c"], "w": np.outer(v["c"], v["x"])},
    ),
    Case(
        "the same letter bound twice",
        ("E = sum(i, y[i]**2)*sum(i, x[i])",),
        {"x": "i", "y": "i"},
        known=lambda v: {"x": np.full(v["x"].shape, (v["y"] ** 2).sum()), "y": 2 * v["y"] * v["x"].sum()},
    ),
    Case(
        "a target spelt like a bound letter",
        ("E = x[1]*sum(i, exp(y[i]))",),
        {"x": "i", "y": "i"},
        known=lambda v: {"x": _only(np.exp(v["y"]).sum(), v["x"].shape, (0,)), "y": v["x"][0] * np.exp(v["y"])},
    ),
    Case(
        "bound letters spelt like the target of another equation",
        ("y[i] = x[i]*sum(j, w[j,i]*x[j])", "z[j] = y[j] + sum(i, w[i,j]*y[i])", "E = sum(i, z[i]**2)"),
        {"x": "i", "w": "ij"},
        {"j": lambda sizes: sizes["i"]},
    ),
    Case(
        "sums inside sums over one axis",
        ("E = sum(i, x[i]*sum(j, w[i,j]*tanh(sum(k, w[j,k]*x[k]))))",),
        {"x": "i", "w": "ij"},
        {"j": lambda sizes: sizes["i"], "k": lambda sizes: sizes["i"]},
    ),
    Case(
        "a value with three letters of one axis",
        ("E = sum(i, j, k, w[i,j,k]*w[j,k,i])*sum(i, j, k, w[i,j,k])",),
        {"w": "ijk"},
        {"i": 2, "j": 2, "k": 2},
    ),
    Case(
        "variance",
        ("E = sum(i, (x[i] - sum(k, x[k])/size(i))**2)/size(i)",),
        {"x": "i"},
        {"k": lambda sizes: sizes["i"]},
        lambda v: {"x": 2 * (v["x"] - v["x"].mean()) / v["x"].size},
    ),
    Case(
        "cosine similarity",
        ("E = sum(i, x[i]*y[i])/sqrt(sum(i, x[i]**2)*sum(i, y[i]**2))",),
        {"x": "i", "y": "i"},
        {"i": 3},
    ),
    Case("a sum over a letter that is not read", ("E = sum(i, j, x[i])",), {"x": "i", "y": "j"}, bare=False),
    Case("the same with two factors", ("E = sum(i, j, x[i]*z[i])",), {"x": "i", "z": "i", "y": "j"}, bare=False),
    Case("division", ("E = sum(i, x[i]/(y[i] + x[i]))",), {"x": "i", "y": "i"}, low=0.5),
    Case("chain of divisions", ("E = x/y/z/(x + y)",), {"x": "", "y": "", "z": ""}, low=0.5),
    Case(
        "powers",
        ("E = x**3 + y**-2 + x**0.5 + 2**x + x**y + (x*y)**(1/3) + x**0 + (-z)**3",),
        {"x": "", "y": "", "z": ""},
        known=lambda v: {
            "z": -3 * v["z"] ** 2,
            "y": -2 / v["y"] ** 3 + v["x"] ** v["y"] * np.log(v["x"]) + (v["x"] * v["y"]) ** (1 / 3) / (3 * v["y"]),
        },
        low=0.5,
    ),
    Case(
        "constants",
        ("E = 3*x - 0.25*x*4 + 10 - exp(1)*x - sqrt(2)*x/0.5",),
        {"x": ""},
        known=lambda v: {"x": np.asarray(2 - math.e - math.sqrt(8))},
    ),
    Case(
        "a root of a square",
        ("E = sum(i, y[i]*sqrt(x[i]**2))",),
        {"x": "i", "y": "i"},
        low=0.3,
        known=lambda v: {"x": v["y"], "y": v["x"]},
    ),
    Case("sizes", ("E = sum(i, size(i)*x[i])/size(j) + sum(j, y[j]**size(i))",), {"x": "i", "y": "j"}, low=0.5),
    Case(
        "nothing leads there",
        ("y = 0*x", "E = y + z"),
        {"x": "", "z": ""},
        known=lambda v: {"x": np.asarray(0.0), "z": np.asarray(1.0)},
    ),
    Case(
        "Gaussian error linear unit",
        ("a[i] = z[i]*(1 + erf(z[i]/sqrt(2)))/2", "E = sum(i, c[i]*a[i])"),
        {"z": "i", "c": "i"},
        known=lambda v: {
            "z": v["c"]
            * (
                (1 + np.array([math.erf(u / math.sqrt(2)) for u in v["z"]])) / 2
                + v["z"] * np.exp(-(v["z"] ** 2) / 2) / math.sqrt(2 * math.pi)
            )
        },
    ),
)


@pytest.mark.parametrize("case", ZOO, ids=lambda case: case.name)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data())
def test_derived(case: Case, data: st.DataObject) -> None:
    items = case.items()
    extents = case.extents(lambda letter: data.draw(st.integers(1, 3), letter))
    values = case.draw(extents, data.draw(st.integers(0, 999), "seed"))
    letters = {name: tuple(Index(letter, letter) for letter in text) for name, text in case.letters.items()}
    both, found = derived_gradients(items, "E", letters)
    fast = fast_values(both, values, extents)
    slow = slow_values(both, values, extents)
    known = dict(case.known(values)) if case.known else {}
    assert {item.of for item in found} >= known.keys()
    for name, value in fast.items():
        assert distance(value, slow[name]) <= EXACT, name
    for item in found:
        name = item.equation.left.name
        if item.of in known:
            assert distance(fast[name], known[item.of]) <= EXACT * 100, str(item.equation)
        if item.of in values:
            expected = slow_gradient(items, "E", item.of, values, extents)
            assert distance(fast[name], expected) <= CLOSE, str(item.equation)


@pytest.mark.parametrize("case", [case for case in ZOO if case.bare], ids=lambda case: case.name)
def test_bare_equations(case: Case) -> None:
    """The same graphs from their texts, with sizes and letters told by the engine."""
    items = case.items()
    extents = case.extents(lambda letter: 2 + len(letter) % 2)
    values = case.draw(extents, 1)
    unread = values.keys() - set().union(*(names(item.right) for item in items))
    trace = run(
        {
            "values": {name: value.tolist() for name, value in values.items() if name not in unread},
            "equations": [{"equation": text, "padded": case.padded} for text in case.equations],
            "sizes": {letter: extents[letter] for letter in ({"t"} & extents.keys() if case.padded else case.said)},
        }
    )
    assert distance(trace.value("E"), slow_values(items, values, extents)["E"]) <= EXACT
    for name in values.keys() - lookups(items) - unread:
        expected = slow_gradient(items, "E", name, values, extents)
        assert distance(trace.value(f"d{name}"), expected) <= CLOSE, str(trace.network.entry(f"d{name}"))


def test_a_minus_t_needs_targets_that_sum_to_one() -> None:
    case = next(case for case in ZOO if case.name.endswith("any targets"))
    z, t = [[0.1, 0.7, -0.4]], [[1.0, 1.0, 0.0]]
    trace = run({"values": {"z": z, "t": t}, "equations": list(case.equations)})
    short = _softmax(np.array(z)) - np.array(t)
    assert distance(trace.value("dz"), short) > 0.1
    assert distance(trace.value("dz"), _softmax_cross_entropy({"z": np.array(z), "t": np.array(t)})["z"]) <= EXACT


# -- functions and their kinks

AT = {"log": (0.4, 2.5), "sqrt": (0.3, 2.0)}  # where a function is not defined everywhere


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slope_of_every_function(name: str) -> None:
    """Away from its kinks, every function's slope in every argument."""
    function = FUNCTIONS[name]
    for point in AT.get(name, (-1.3, -0.4, 0.6, 1.7)):
        values = {letter: np.asarray(point + 0.9 * place) for place, letter in enumerate("uvw")}
        arguments = list("uvw"[: len(function.arguments)])
        if function.arguments[0] == "condition":
            arguments[0] = "u > 0.1"
        item = equation(f"E = {name}({', '.join(arguments)})")
        read = {letter: values[letter] for letter in names(item.right)}
        both, _ = derived_gradients([item], "E", dict.fromkeys(read, ()))
        found = fast_values(both, read, {})
        for letter in read:
            expected = slow_gradient([item], "E", letter, read, {})
            assert distance(found[f"d{letter}"], expected) <= CLOSE, f"{both} at {point}"


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "where"])
def test_functions_of_whole_arrays(name: str) -> None:
    """NumPy's function is the one that is meant, element by element."""
    points = np.array(AT.get(name, (-1.3, 0.0, 0.6, 1.7)))
    others = np.linspace(-2.0, 2.0, len(points))
    arguments = ["u[i]", "v[i]"][: len(FUNCTIONS[name].arguments)]
    item = equation(f"y[i] = {name}({', '.join(arguments)})")
    found = fast_values([item], {"u": points, "v": others}, {"i": len(points)})["y"]
    pairs = zip(points, others, strict=True)
    expected = [MATH[name](*pair[: len(arguments)]) for pair in pairs]
    assert distance(found, np.array(expected)) <= EXACT


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("max(0, x)", 0.0, 0.0),  # relu: the slope at 0 is 0, in Nair, Hinton (2010) as in PyTorch
        ("max(0, x)", 1e-300, 1.0),
        ("max(0, x)", -1e-300, 0.0),
        ("max(0, x)", -0.0, 0.0),
        ("max(x, 0)", 0.0, 1.0),  # of equal arguments the first counts
        ("max(0, 2*x)", 0.0, 0.0),
        ("max(x, 2*x)", 0.0, 1.0),
        ("max(2*x, x)", 0.0, 2.0),
        ("max(x, x)", 0.7, 1.0),
        ("min(0, x)", 0.0, 0.0),
        ("min(0, x)", -1e-300, 1.0),
        ("min(x, 0)", 0.0, 1.0),
        ("min(x, x)", 0.7, 1.0),
        ("abs(x)", 0.0, 0.0),
        ("abs(x)", 1e-300, 1.0),
        ("abs(x)", -1e-300, -1.0),
        ("abs(3*x - 3)", 1.0, 0.0),
        ("sign(x)", 0.0, 0.0),
        ("sign(x)", 2.0, 0.0),
        ("x*sign(x)", -2.0, -1.0),
        ("where(x > 0, 3*x, 5*x)", 0.0, 5.0),
        ("where(x >= 0, 3*x, 5*x)", 0.0, 3.0),
        ("where(x == 0, 3*x, 5*x)", 0.0, 3.0),
        ("where(x < 0, 3*x, 5*x)", -1.0, 3.0),
        ("where(x <= 0, 3*x, 5*x)", 1.0, 5.0),
        ("where(x > 0, x, 0.01*x)", -2.0, 0.01),
        ("where(x > 0, x, exp(x) - 1)", 0.0, 1.0),
        ("min(max(0, x), 6)", 6.0, 1.0),
        ("min(max(0, x), 6)", 7.0, 0.0),
        ("sqrt(x**2)", 0.0, 0.0),
        ("sqrt(x**2)", -3.0, -1.0),
    ],
)
def test_kinks(text: str, at: float, expected: float) -> None:
    trace = run({"values": {"x": at}, "equations": [f"E = {text}"]})
    assert trace["dx"] == expected
    each = re.sub(r"\bx\b", "x[i]", text)
    trace = run({"values": {"x": [at, at]}, "equations": [f"E = sum(i, {each})"]})
    assert trace["dx"].tolist() == [expected, expected]


# -- letters that could be captured


def test_put_keeps_letters_apart() -> None:
    """A bound letter gets a name that neither the new letters nor the free ones of the body have."""
    i, j, j2 = Index("i", "i"), Index("j", "j"), Index("j'", "j")
    changed = put(Sum((j,), Ref("w", (i, j, j2))), {i: j})
    assert set(free_indices(changed)) == {j, j2}
    values = {"w": np.arange(8.0).reshape(2, 2, 2)}
    where = Slow(values, {"i": 2, "j": 2})
    for one, two in itertools.product((1, 2), repeat=2):
        expected = sum(values["w"][one - 1, place, two - 1] for place in range(2))
        assert where.at(changed, {"j": one, "j'": two}) == expected


@pytest.mark.parametrize("letter", ["i", "j", "k", "i'", "n"])
def test_any_letter_may_name_the_target(letter: str) -> None:
    """The gradient of sum(i, x[i]*sum(j, w[i,j]*y[j])) is the same however its own letters are called."""
    item = equation("E = sum(i, x[i]*sum(j, w[i,j]*y[j]))*sum(k, y[k])")
    extents = {"i": 3, "j": 3, "k": 3, "n": 3, "i'": 3}
    random = np.random.default_rng(4)
    values = {"x": random.normal(size=3), "w": random.normal(size=(3, 3)), "y": random.normal(size=3)}
    for name, first in (("x", Index(letter, letter)), ("y", Index(letter, letter))):
        both, _ = derived_gradients([item], "E", {name: (first,)})
        expected = slow_gradient([item], "E", name, values, extents)
        assert distance(fast_values(both, values, extents)[f"d{name}"], expected) <= CLOSE, str(both[1])
        assert distance(slow_value(both[1], values, extents), expected) <= CLOSE, str(both[1])


def test_every_derived_equation_binds_each_letter_once() -> None:
    """No letter is bound inside its own scope, so that a reader, too, can tell them apart."""

    def check(node: Expr, scope: frozenset[str]) -> None:
        if isinstance(node, Sum):
            letters = [index.name for index in node.indices]
            assert not scope & set(letters), to_text(node)
            scope = scope | frozenset(letters)
        for part in children(node):
            check(part, scope)

    for case in ZOO:
        letters = {name: tuple(Index(letter, letter) for letter in text) for name, text in case.letters.items()}
        for item in derived_gradients(case.items(), "E", letters)[0]:
            check(item.right, frozenset(index.name for index in item.left.indices if isinstance(index, Index)))


# -- random equations

AXES = {"i": 2, "k": 2, "j": 3, "l": 3}
_TWO = Number(Fraction(2), "2")
RANKS = {"x": (2,), "y": (3,), "w": (2, 3), "q": (2, 2), "r": (3, 3), "s": ()}


def random_values(seed: int) -> dict[str, Array]:
    """A value for each name of RANKS, and places in an axis of two to look up."""
    random = np.random.default_rng(seed)
    values = {name: np.asarray(random.uniform(-1.2, 1.2, shape)) for name, shape in RANKS.items()}
    return {**values, "ids": random.integers(1, 3, 3).astype(float)}


def _letter(name: str) -> Index:
    return Index(name, name)


@st.composite
def expressions(draw: st.DrawFn, values: Mapping[str, tuple[int, ...]], scope: frozenset[str], depth: int) -> Expr:
    """An expression over letters in force, smooth everywhere, with sums, repeated letters and shifts."""
    inner = ("add", "multiply", "divide", "power", "function", "sum", "sum", "negative") if depth else ()
    within = expressions(values, scope, depth - 1) if depth else None
    match draw(st.sampled_from(("leaf", *inner))):
        case "leaf":
            found = []
            for name, shape in values.items():
                choices = [[letter for letter in sorted(scope) if AXES[letter] == size] for size in shape]
                if all(choices):
                    found.append((name, choices))
            if not found or draw(st.integers(0, 9)) == 0:
                return draw(st.sampled_from([_TWO, Number(Fraction(1, 2), "0.5"), *map(Size, sorted(scope))]))
            name, choices = draw(st.sampled_from(found))
            letters = [draw(st.sampled_from(options)) for options in choices]
            indices: list[Expr] = [Index(letter, letter) for letter in letters]
            place = draw(st.integers(0, 5))
            rows = sorted(scope & {"j", "l"})
            if indices and place == 0:  # back to front: size + 1 - letter
                indices[0] = Add((Number(Fraction(AXES[letters[0]] + 1)), Neg(indices[0])))
            elif indices and place == 1:
                indices[0] = Number(Fraction(1))
            elif indices and place == 2 and rows and AXES[letters[0]] == 2:
                indices[0] = Ref("ids", (Index(rows[0], rows[0]),))
            return Ref(name, tuple(indices))
        case "add":
            return Add((draw(within), draw(within), *([draw(within)] if draw(st.booleans()) else [])))
        case "multiply":
            return Mul((draw(within), draw(within)))
        case "divide":
            return Div(draw(within), Add((_TWO, Pow(draw(within), _TWO))))
        case "power":
            return Pow(draw(within), Number(Fraction(draw(st.integers(1, 3)))))
        case "function":
            return Call("tanh", (draw(within),))
        case "negative":
            return Neg(draw(within))
    free = sorted(AXES.keys() - scope)
    if not free:
        return draw(expressions(values, scope, depth - 1))
    letter = draw(st.sampled_from(free))
    return Sum((Index(letter, letter),), draw(expressions(values, scope | {letter}, depth - 1)))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(data=st.data())
def test_random_equations(data: st.DataObject) -> None:
    """Two random equations, the second reading the first, by `derive` and by `run`."""
    left = data.draw(st.sampled_from([("i",), ("j",), ("i", "j"), ("j", "i"), ("i", "k"), ()]), "left")
    first = Equation(
        Ref("h", tuple(Index(letter, letter) for letter in left)),
        data.draw(expressions(RANKS, frozenset(left), 3), "h"),
    )
    ranks = {**RANKS, "h": tuple(AXES[letter] for letter in left)}
    second = Equation(Ref("E"), data.draw(expressions(ranks, frozenset(), 4), "E"))
    items = [equation(str(first)), equation(str(second))]
    values = random_values(data.draw(st.integers(0, 99), "seed"))
    slow = slow_values(items, values, AXES)
    spelt = {size: [letter for letter in AXES if AXES[letter] == size] for size in (2, 3)}
    letters = {name: tuple(spelt[size][place] for place, size in enumerate(shape)) for name, shape in RANKS.items()}
    letters["w"] = ("i", "j")
    both, found = derived_gradients(items, "E", {name: tuple(map(_letter, text)) for name, text in letters.items()})
    fast = fast_values(both, values, AXES)
    assert distance(fast["E"], slow["E"]) <= EXACT * 100
    random = np.random.default_rng(1)
    turns = {item.of: random.uniform(-1, 1, values[item.of].shape) for item in found if item.of in values}

    def slope(name: str) -> float:
        """How E changes when the value moves along its direction."""

        def moved(value: Array) -> float:
            return float(slow_values(items, {**values, name: value}, AXES)["E"])

        return along(moved, values[name], turns[name])

    expected = {name: slope(name) for name in turns}
    scale = max([1e-3, *map(abs, expected.values())])
    for name in turns:
        error = abs(np.sum(fast[f"d{name}"] * turns[name]) - expected[name])
        assert error <= CLOSE * scale, [str(item) for item in both]
    read = names(first.right) | names(second.right)
    problem = {
        "values": {name: value.tolist() for name, value in values.items() if name in read},
        "equations": [str(item) for item in items],
        "sizes": AXES,
    }
    trace = run(problem)
    assert distance(trace.value("E"), slow["E"]) <= EXACT * 100
    for name in turns:
        gradient = trace.value(f"d{name}") if f"d{name}" in trace.network.shapes else np.zeros(values[name].shape)
        entry = trace.network.entry(f"d{name}")
        assert abs(np.sum(gradient * turns[name]) - expected[name]) <= CLOSE * scale, entry and str(entry.equation)


# -- what the chain rule says about itself


def test_one_path_for_each_way() -> None:
    """x reaches E along as many paths as it is read differently; a sum is one of them."""
    found = paths(equation("E = sum(i, x[i]*y[i]) + x[1]**2"), "x")
    assert [(to_text(path.coefficient), len(path.bound)) for path in found] == [("y[i]", 1), ("2*x[1]", 0)]


@pytest.mark.parametrize("constant", ["log(-2)", "log(0)", "sqrt(-1)", "1/(1 - 1)", "1e15" + "*1e15" * 24])
def test_constants_that_no_number_holds(constant: str) -> None:
    """They are an error of the equation, whatever SymPy calls them."""
    with pytest.raises(TracerError) as caught:
        run({"values": {"x": 2.0}, "equations": [f"E = x*({constant})"]})
    assert caught.value.code in ("T203", "T401")


def test_known_slopes_of_indexed_equations() -> None:
    """A stated slope has the indices the equation has; without them it would be laid over the wrong axes."""
    z = [[0.1, 0.2], [0.3, -0.4]]
    problem = {
        "values": {"z": z, "c": [[1.0, 2.0], [3.0, 4.0]]},
        "equations": [
            {"equation": "a[i,j] = tanh(z[j,i])", "slopes": {"z": "1 - a[i,j]**2"}},
            "E = sum(i, j, a[i,j]*c[i,j])",
        ],
    }
    expected = np.array([[1.0, 3.0], [2.0, 4.0]]) * (1 - np.tanh(z) ** 2)
    assert distance(run(problem).value("dz"), expected) <= EXACT


@pytest.mark.parametrize(
    ("text", "slope", "message"),
    [
        (
            "a[i] = tanh(z[i])",
            "1 - a**2",
            "the slope by 'z' reads a, but the equation has a at 1 index.\nWrite the same indices.   [T202]",
        ),
        (
            "a[i] = z[i]*z[1]",
            "z[i]",
            "the slope by 'z' is stated, but the equation reads 'z' in 2 ways.\n"
            "A known slope needs a value read in one way, outside sums.   [T204]",
        ),
        (
            "a = sum(i, z[i])",
            "1",
            "the slope by 'z' is stated, but the equation reads 'z' inside a sum.\n"
            "A known slope needs a value read in one way, outside sums.   [T204]",
        ),
    ],
)
def test_known_slopes_that_do_not_fit(text: str, slope: str, message: str) -> None:
    with pytest.raises(TracerError) as caught:
        equation(text, slopes={"z": slope})
    assert str(caught.value) == message
