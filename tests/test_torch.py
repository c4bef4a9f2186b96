"""Gradients against PyTorch's automatic differentiation, in float64.

PyTorch is given the forward equations alone, evaluated here from their trees over whole grids of index letters; it
knows nothing of our chain rule, instructions or runs. Without PyTorch these tests are skipped, or fail where
TRACER_REQUIRE_ALL=1 says that nothing may be.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import pytest
from test_chain_rule import ZOO, Case, derived_gradients, distance, fast_values

from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
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
)
from tracer.run.gradient_check import gradient_check
from tracer.run.loading import built_in, load
from tracer.run.run import run

pytestmark = pytest.mark.others

Tensor = Any
CLOSE = 1e-10
#: one-by-one replaces parameters between gradients, so that later gradients are no derivatives
PROBLEMS = sorted(
    name for name in built_in() if load(name).update_order == "together" and load(name).arithmetic.full
)  # what is carried on rounded is no derivative


@pytest.fixture(scope="module")
def torch() -> Any:
    """PyTorch, or no test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns about at its own import is not ours
            return importlib.import_module("torch")
    except ImportError:
        if os.environ.get("TRACER_REQUIRE_ALL") == "1":
            pytest.fail("PyTorch is not installed, and TRACER_REQUIRE_ALL=1 wants every test to run")
        return pytest.skip("PyTorch is not installed: pip install torch")


# -- equations to tensors


class Grid:
    """An expression as a tensor with one axis for each letter in force, of the letter's size."""

    def __init__(self, torch: Any, values: Mapping[str, Tensor], extents: Mapping[str, int], padded: bool) -> None:
        self.torch, self.values, self.extents, self.padded = torch, values, extents, padded

    def at(self, node: Expr, scope: tuple[Index, ...]) -> Tensor:
        match node:
            case Number(value):
                return self.full(float(value), scope)
            case Size(axis):
                return self.full(float(self.extents[axis]), scope)
            case Ref(name, indices):
                return self.read(self.values[name], [self.place(index, scope) for index in indices], scope)
            case Neg(operand):
                return -self.at(operand, scope)
            case Add(terms):
                return reduce(self.torch.add, [self.at(term, scope) for term in terms])
            case Mul(factors):
                return reduce(self.torch.mul, [self.at(factor, scope) for factor in factors])
            case Div(top, bottom):
                return self.at(top, scope) / self.at(bottom, scope)
            case Pow(base, exponent):
                return self.at(base, scope) ** self.at(exponent, scope)
            case Call("where", (condition, first, second)):
                return self.torch.where(*(self.at(part, scope) for part in (condition, first, second)))
            case Call(function, arguments):
                known: Mapping[str, str] = {"max": "maximum", "min": "minimum"}
                call: Callable[..., Tensor] = getattr(self.torch, known.get(function, function))
                return call(*(self.at(argument, scope) for argument in arguments))
            case Compare(operator, left, right):
                sides = self.at(left, scope), self.at(right, scope)
                known = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq"}
                return getattr(self.torch, known[operator])(*sides)
            case Sum(indices, body):
                whole = self.at(body, (*scope, *indices))
                over = tuple(range(len(scope), whole.ndim))
                return whole.amax(dim=over) if isinstance(node, Largest) else whole.sum(dim=over)
        raise AssertionError(node)

    def shape(self, scope: tuple[Index, ...]) -> list[int]:
        return [self.extents[index.axis] for index in scope]

    def full(self, value: float, scope: tuple[Index, ...]) -> Tensor:
        return self.torch.full(self.shape(scope), value, dtype=self.torch.float64)

    def place(self, node: Expr, scope: tuple[Index, ...]) -> Tensor:
        """The places an index expression stands for, from 1, as whole numbers over the grid."""
        match node:
            case Number(value):
                return self.torch.full(self.shape(scope), int(value))
            case Index():
                along = self.torch.arange(1, self.extents[node.axis] + 1)
                own = [-1 if index == node else 1 for index in scope]
                return along.reshape(own).expand(self.shape(scope))
            case Neg(operand):
                return -self.place(operand, scope)
            case Add(terms):
                return reduce(self.torch.add, [self.place(term, scope) for term in terms])
            case Mul(factors):
                return reduce(self.torch.mul, [self.place(factor, scope) for factor in factors])
        return self.at(node, scope).long()

    def read(self, value: Tensor, places: list[Tensor], scope: tuple[Index, ...]) -> Tensor:
        if not places:
            return value.expand(self.shape(scope))
        inside = reduce(
            self.torch.logical_and,
            [(place >= 1) & (place <= size) for place, size in zip(places, value.shape, strict=True)],
        )
        assert self.padded or bool(inside.all())
        held = [place.clamp(1, size) - 1 for place, size in zip(places, value.shape, strict=True)]
        return self.torch.where(inside, value[tuple(held)], self.torch.zeros(()).double())


def torch_gradients(
    torch: Any, items: Sequence[Equation], output: str, given: Mapping[str, Any], extents: Mapping[str, int]
) -> tuple[float, dict[str, Any]]:
    """The output, and its gradient with respect to every value, given or computed."""
    values = {
        name: torch.tensor(np.array(value), dtype=torch.float64, requires_grad=True) for name, value in given.items()
    }
    for item in items:
        letters = tuple(index for index in item.left.indices if isinstance(index, Index))
        made = Grid(torch, values, extents, item.padded).at(item.right, letters)
        made = made.detach() if item.routing else made
        if made.requires_grad:
            made.retain_grad()
        values[item.left.name] = made
    values[output].backward()
    gradients = {name: value.grad.numpy() for name, value in values.items() if value.grad is not None}
    return float(values[output].detach()), gradients


# -- the comparisons


@pytest.mark.parametrize("name", PROBLEMS)
def test_built_in_problems(torch: Any, name: str) -> None:
    """Every gradient of the first step and of a later one, of parameters, given values and what is computed."""
    problem = load(name)
    trace = run(problem, steps=3)
    network = trace.network
    assert network.phase("backward")
    forward = [entry.equation for phase in ("forward", "loss") for entry in network.phase(phase)]
    for step in sorted({1, trace.count}):
        given = {name: trace.value(name, step) for name in [*network.given, *network.parameters]}
        output, expected = torch_gradients(torch, forward, network.output, given, network.extents)
        assert abs(float(trace.value(network.output, step)) - output) <= CLOSE * max(1.0, abs(output))
        compared = set()
        for entry in network.phase("backward"):
            gradient = expected.get(entry.of, np.zeros(trace.value(entry.of, step).shape))
            assert distance(trace.value(entry.name, step), gradient) <= CLOSE, (step, str(entry.equation))
            compared.add(entry.of)
        wanted = network.given.keys() - {"eta"} if problem.bare else network.parameters.keys()
        assert compared >= set(wanted)


@pytest.mark.parametrize("case", ZOO, ids=lambda case: case.name)
def test_every_index_pattern(torch: Any, case: Case) -> None:
    """The zoo of test_chain_rule, to ten digits instead of six."""
    items = case.items()
    extents = case.extents(lambda letter: 2 + len(letter) % 2)
    values = case.draw(extents, 5)
    letters = {name: tuple(Index(letter, letter) for letter in text) for name, text in case.letters.items()}
    both, found = derived_gradients(items, "E", letters)
    fast = fast_values(both, values, extents)
    output, expected = torch_gradients(torch, items, "E", values, extents)
    assert abs(float(fast["E"]) - output) <= CLOSE * max(1.0, abs(output))
    for item in found:
        gradient = expected.get(item.of, np.zeros(fast[f"d{item.of}"].shape))
        assert distance(fast[f"d{item.of}"], gradient) <= CLOSE, str(item.equation)


@pytest.mark.parametrize("name", PROBLEMS)
def test_gradient_check(name: str) -> None:
    """The check that users run agrees for every built-in problem, and covers every parameter it may."""
    trace = run(load(name), steps=1)
    found = gradient_check(trace)
    assert all(item.difference <= 1e-6 for item in found)
    exact = {entry.name for entry in trace.network.phase("backward") if entry.exact}
    wanted = {entry.name for entry in trace.network.phase("backward") if entry.of in trace.network.parameters}
    assert {item.name for item in found} >= exact & wanted


def test_gradient_check_holds_routing_values() -> None:
    """A net input of exactly 0, where a step unit would fire or not as a weight moves."""
    problem = {
        "data": {"inputs": [[1, 2]], "targets": [0]},
        "layers": [{"weights": [[0], [0]], "activation": "step"}],
        "training": {"loss": "perceptron-criterion", "rate": 1},
    }
    trace = run(load(problem))
    assert trace["dw1"].tolist() == [[1], [2]]
    assert all(item.difference < 1e-8 for item in gradient_check(trace))


def test_gradient_check_sees_a_wrong_gradient() -> None:
    trace = run("mazur", steps=1)
    (part,) = trace.segments
    wrong = np.array(part.arrays["dw1"])
    wrong[0, 0, 1] *= 1.001
    broken = replace(trace, segments=(replace(part, arrays={**part.arrays, "dw1": wrong}),))
    differences = {item.name: item.difference for item in gradient_check(broken)}
    assert differences["dw1"] > 1e-4
    assert differences["dw2"] < 1e-8


# -- optimizers

#: what a problem file says, and the same in PyTorch
OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "gradient-descent": ("gradient-descent", {"class": "SGD"}),
    "momentum": ({"name": "momentum", "beta": 0.8}, {"class": "SGD", "momentum": 0.8}),
    "nesterov": ({"name": "nesterov", "beta": 0.8}, {"class": "SGD", "momentum": 0.8, "nesterov": True}),
    "adagrad": ({"name": "adagrad", "epsilon": 1e-10}, {"class": "Adagrad", "eps": 1e-10}),
    "rmsprop": ({"name": "rmsprop", "rho": 0.95}, {"class": "RMSprop", "alpha": 0.95}),
    "adam": ({"name": "adam", "beta1": 0.8, "beta2": 0.9}, {"class": "Adam", "betas": (0.8, 0.9)}),
    "adamw": ({"name": "adamw", "decay": 0.05}, {"class": "AdamW", "weight_decay": 0.05}),
    "adamax": ("adamax", {"class": "Adamax"}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_end_where_those_of_torch_do(torch: Any, name: str) -> None:
    """Twenty steps of a softmax classifier, from the same weights, with the same examples."""
    random = np.random.default_rng(8)
    inputs, labels = random.uniform(-1, 1, (12, 4)), random.integers(0, 3, 12)
    weights, bias = random.uniform(-1, 1, (4, 3)), random.uniform(-1, 1, 3)
    ours, theirs = OPTIMIZERS[name]
    problem = {
        "data": {"inputs": inputs, "labels": labels.tolist()},
        "layers": [{"weights": weights, "bias": bias}],
        "training": {
            "loss": "softmax-cross-entropy-mean", "rate": 0.05, "optimizer": ours, "batch": 4, "steps": 20, "clip": 0.4
        },
    }  # fmt: skip
    trace = run(problem, keep="loss")
    layer = torch.nn.Linear(4, 3, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weights.T))
        layer.bias.copy_(torch.tensor(bias))
    settings = {key: value for key, value in theirs.items() if key != "class"}
    optimizer = getattr(torch.optim, theirs["class"])(layer.parameters(), lr=0.05, **settings)
    for step in range(20):
        rows = [(4 * step + place) % 12 for place in range(4)]
        loss = torch.nn.functional.cross_entropy(layer(torch.tensor(inputs[rows])), torch.tensor(labels[rows]))
        assert abs(float(loss.detach()) - trace.losses[step]) <= CLOSE
        optimizer.zero_grad()
        loss.backward()
        total = torch.sqrt(sum((part.grad**2).sum() for part in layer.parameters()))
        for part in layer.parameters():  # torch's own clipping adds 1e-6 to the norm
            part.grad *= torch.clamp(0.4 / total, max=1.0)
        optimizer.step()
    assert np.max(np.abs(trace.after["w1"] - layer.weight.detach().numpy().T)) <= 1e-9
    assert np.max(np.abs(trace.after["b1"] - layer.bias.detach().numpy())) <= 1e-9
