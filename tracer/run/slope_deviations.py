"""The slope of an activation: left out, taken twice, or taken at the wrong place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tracer.calculus.chain_rule import Path
from tracer.calculus.equation import Equation
from tracer.calculus.expression import ONE, Add, Compare, Expr, Index, Mul, Neg, Ref, names, product, put, rebuild
from tracer.calculus.expression import replace as replace_values
from tracer.run.deviation import NOT_IN_PRINT, Deviation, Place, not_here
from tracer.run.editing import (
    gradient_of,
    kind_of_operation,
    layers_at,
    put_for,
    with_paths,
    with_rights,
)

if TYPE_CHECKING:
    from tracer.run.network import Network

Turn = Callable[[Equation, Path], Path]


def _with_slopes(network: Network, layers: list[int], change: Turn, otherwise: str) -> Network:
    """The network with the slopes of the activations of some layers changed."""

    def turned(item: Equation, path: Path) -> Path:
        own = kind_of_operation(network, item.left.name) == "activation"
        return change(item, path) if own and network.roles[item.left.name].layer in layers else path

    return with_paths(network, turned, otherwise)


def _elementwise(network: Network, name: str) -> bool:
    """Whether an activation reads one net input for each output; a softmax reads them all."""
    return len(network.operations[name].equations) == 1


def _at_activation(network: Network, place: Place) -> Network:
    # f(a) is put in last, so that a(1 - a) keeps its form, as in a program that calls f'(a).
    twice: dict[str, tuple[tuple[Expr, ...], Expr]] = {}

    def change(item: Equation, path: Path) -> Path:
        if not _elementwise(network, item.left.name):
            return path
        z, a = Ref(path.name, path.indices), item.left
        again = Ref(f"@{a.name}", a.indices)

        def moved(node: Expr) -> Expr:
            return a if node == z else again if node == a else rebuild(node, moved)

        slope = moved(path.coefficient)
        if again.name in names(slope):
            twice[again.name] = (a.indices, put_for(item.right, z, a))
        return replace(path, coefficient=slope, textbook=False)

    def written(ref: Ref) -> Expr:
        if ref.name not in twice:
            return ref
        indices, right = twice[ref.name]
        letters = {old: new for old, new in zip(indices, ref.indices, strict=True) if isinstance(old, Index)}
        return put(right, letters)

    otherwise = "no layer has an activation whose slope depends on where it is taken."
    made = _with_slopes(network, layers_at(network.problem, place), change, otherwise)
    rights = {entry.name: replace_values(entry.equation.right, written) for entry in made.phase("backward")}
    return with_rights(made, rights, otherwise) if twice else made


def _at_net_input(network: Network, place: Place) -> Network:
    def change(item: Equation, path: Path) -> Path:
        def moved(node: Expr) -> Expr:
            own = isinstance(node, Ref) and node.name == item.left.name
            return Ref(path.name, node.indices) if own else rebuild(node, moved)  # type: ignore[union-attr]

        return replace(path, coefficient=moved(path.coefficient), textbook=False)

    otherwise = "no slope of an activation here is written in its output."
    return _with_slopes(network, layers_at(network.problem, place), change, otherwise)


def _dropped(network: Network, layers: list[int], otherwise: str) -> Network:
    def change(item: Equation, path: Path) -> Path:
        return Path(path.name, ONE, (), item.left.indices)

    return _with_slopes(network, layers, change, otherwise)


def _slope_dropped(network: Network, place: Place) -> Network:
    return _dropped(network, layers_at(network.problem, place), "no layer has an activation with a slope to leave out.")


def _slope_dropped_hidden(network: Network, place: Place) -> Network:
    layers_at(network.problem, place)
    hidden = list(range(1, network.layers))
    return _dropped(network, hidden, "no hidden layer has an activation with a slope to leave out.")


def _slope_twice(network: Network, place: Place) -> Network:
    last = layers_at(network.problem, place)[-1]

    def change(item: Equation, path: Path) -> Path:
        own = path.coefficient != ONE and _elementwise(network, item.left.name)
        return replace(path, coefficient=product([path.coefficient, path.coefficient])) if own else path

    made = [
        entry for entry in network.phase("forward")
        if kind_of_operation(network, entry.name) == "activation" and network.roles[entry.name].layer == last
    ]  # fmt: skip
    if made and not _elementwise(network, made[-1].name):  # softmax: the slope of each output in its own net input
        entry = gradient_of(network, f"z{last}")
        if entry is None:
            raise not_here("there is no gradient.")
        a = Ref(made[-1].name, entry.equation.left.indices)
        slope = Mul((a, Add((ONE, Neg(a)))))
        return with_rights(network, {entry.name: Mul((entry.equation.right, slope))}, "")
    otherwise = "the output layer has no activation with a slope to multiply with again."
    return _with_slopes(network, [last], change, otherwise)


def _one_at_kink(network: Network, place: Place) -> Network:
    def change(_: Equation, path: Path) -> Path:
        def at(node: Expr) -> Expr:
            if isinstance(node, Compare) and node.operator == ">":
                return replace(node, operator=">=")
            return rebuild(node, at)

        return replace(path, coefficient=at(path.coefficient))

    otherwise = "no layer has an activation with a kink, such as relu."
    return _with_slopes(network, layers_at(network.problem, place), change, otherwise)


RECORDS = (
    Deviation(
        "slope-at-activation",
        "The slope is taken at the output of a unit in place of its net input",
        "The slope of an activation f belongs to the net input: f'(z). A function that turns z into the slope was "
        "given the output f(z), so it computes f'(f(z)).",
        "Take the slope at z; or, from the output a, by its own formula, which is a(1 - a) for the sigmoid.",
        "Damir Cavar, Backpropagation Tutorial (3-1 and 3-4-1 networks)",
        _at_activation,
        places=("layer",),
    ),
    Deviation(
        "slope-at-net-input",
        "The formula of the slope in the output is given the net input",
        "A formula such as a(1 - a) is right for the output a alone; with the net input, z(1 - z) is no slope "
        "of anything.",
        "Put the output of the unit into a formula that is written in the output.",
        NOT_IN_PRINT,
        _at_net_input,
        places=("layer",),
    ),
    Deviation(
        "slope-dropped",
        "The slope of the activation is left out of the delta",
        "The error reaches the net input through the activation, so the chain rule has its slope as a factor.",
        "Multiply what comes from above by the slope at the net input.",
        "filipecalasans/mlp, issue 1; jiexunsee/Neural-Network-with-Python, issue 1",
        _slope_dropped,
        places=("layer",),
    ),
    Deviation(
        "slope-dropped-hidden",
        "The slope of the activation is left out of the hidden deltas",
        "The way to a hidden net input leads through the activation of that unit; its slope is a factor there too.",
        "Multiply the sum of what comes from above by the slope at the hidden net input.",
        "udacity/deep-learning-v2-pytorch, issue 165",
        _slope_dropped_hidden,
    ),
    Deviation(
        "slope-twice",
        "The slope of the output's activation is multiplied in twice",
        "The delta of the output layer has the slope once. With a cross entropy it even cancels, which leaves a - t; a "
        "further slope makes the step far too small.",
        "Use either the derivative of the error in the output times the slope, or the short form a - t, not both.",
        NOT_IN_PRINT,
        _slope_twice,
    ),
    Deviation(
        "kink-slope-one",
        "At its kink the activation has the slope of the positive side",
        "At 0 there is no slope; this example takes that of the negative side, and the result depends on the choice.",
        "Say which slope is taken at 0, and keep to it.",
        NOT_IN_PRINT,
        _one_at_kink,
        places=("layer",),
    ),
)
