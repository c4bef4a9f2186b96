"""The way back through the weights: which weight, which input, which path and which example a gradient reads."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tracer.calculus.chain_rule import Path
from tracer.calculus.equation import Equation
from tracer.calculus.expression import ONE, Expr, Number, Ref, Sum, put, rebuild
from tracer.run.deviation import NOT_IN_PRINT, Deviation, Place, not_here
from tracer.run.editing import (
    changed_where,
    gradient_of,
    is_number,
    kind_of_operation,
    layers_at,
    with_new,
    with_paths,
    without_factor,
)

if TYPE_CHECKING:
    from tracer.run.network import Entry, Network


def _through(network: Network, item: Equation, path: Path, layers: list[int], base: str) -> bool:
    """Whether a path leads through a layer of weights to its `base`: "w", or "x" for what it reads."""
    own = kind_of_operation(network, item.left.name) == "layer" and network.roles[item.left.name].layer in layers
    return own and (network.roles[path.name].base == "w") is (base == "w") and network.roles[path.name].base != "b"


def _input_forgotten(network: Network, place: Place) -> Network:
    layers = layers_at(network.problem, place)

    def change(item: Equation, path: Path) -> Path:
        return replace(path, coefficient=ONE) if _through(network, item, path, layers, "w") else path

    return with_paths(network, change, "no gradient of a weight is computed.")


def _net_input_below(network: Network, place: Place) -> Network:
    layers = layers_at(network.problem, place)
    below = {entry.name: entry.equation.textbook[0].by for entry in network.phase("forward")
             if kind_of_operation(network, entry.name) == "activation" and entry.equation.textbook}  # fmt: skip

    def change(item: Equation, path: Path) -> Path:
        def moved(node: Expr) -> Expr:
            return Ref(below.get(node.name, node.name), node.indices) if isinstance(node, Ref) else rebuild(node, moved)

        own = _through(network, item, path, layers, "w")
        return replace(path, coefficient=moved(path.coefficient)) if own else path

    return with_paths(network, change, "no weights are above an activation.")


def _weights_forgotten(network: Network, place: Place) -> Network:
    layers = layers_at(network.problem, place)

    def change(item: Equation, path: Path) -> Path:
        return replace(path, coefficient=ONE) if _through(network, item, path, layers, "x") else path

    return with_paths(network, change, "no delta is passed down through weights.")


def _transpose_forgotten(network: Network, place: Place) -> Network:
    layers = layers_at(network.problem, place)

    def change(item: Equation, path: Path) -> Path:
        match path.coefficient:
            case Ref(name, (first, second)) if _through(network, item, path, layers, "x"):
                rows, columns = network.shapes[name]
                if rows == columns > 1:
                    return replace(path, coefficient=Ref(name, (second, first)))
        return path

    return with_paths(network, change, "no delta is passed down through a square matrix of weights.")


def _hidden_errors(network: Network, place: Place) -> list[Entry]:
    """The lines in which what comes from several units above is added up."""
    layers_at(network.problem, place)
    results = (gradient_of(network, network.result_of(layer)) for layer in range(1, network.layers))
    return [entry for entry in results if entry]


def _first_path_only(network: Network, place: Place) -> Network:
    def change(right: Expr) -> Expr | None:
        match right:
            case Sum((index,), body) if network.extents[index.axis] > 1:
                return put(body, {index: ONE})
        return None

    entries = _hidden_errors(network, place)
    return changed_where(network, entries, change, "no hidden unit leads to several units above.")


def _last_example_only(network: Network, _: Place) -> Network:
    if network.problem.bare or network.extents["n"] == 1:
        raise not_here("there are not several examples in a step.")
    last = Number(Fraction(network.extents["n"]))

    def change(node: Expr) -> Expr:
        if isinstance(node, Sum) and any(index.axis == "n" for index in node.indices):
            rest = tuple(index for index in node.indices if index.axis != "n")
            body = put(node.body, {index: last for index in node.indices if index.axis == "n"})
            return type(node)(rest, body) if rest else body
        return rebuild(node, change)

    found = (gradient_of(network, name) for name in network.parameters)
    entries = [entry for entry in found if entry]
    return changed_where(network, entries, change, "no gradient of a parameter is computed.")


def _is_penalty(network: Network, item: Equation) -> bool:
    return kind_of_operation(network, item.left.name) == "penalty"


def _penalty_forgotten(network: Network, _: Place) -> Network:
    def change(item: Equation, path: Path) -> Path | None:
        return None if _is_penalty(network, item) else path

    return with_paths(network, change, "there is no penalty.")


def _penalty_factor(network: Network, _: Place) -> Network:
    def change(item: Equation, path: Path) -> Path:
        made = without_factor(path.coefficient, is_number(2)) if _is_penalty(network, item) else None
        return path if made is None else replace(path, coefficient=made)

    return with_paths(network, change, "there is no penalty whose derivative has a factor 2.")


def _one_by_one(network: Network, _: Place) -> Network:
    schedule = network.schedule
    if network.problem.update_order == "one-by-one":
        raise not_here("each parameter is replaced at once already (update_order).")
    if network.problem.clip is not None:
        raise not_here("the gradients are clipped, so all of them are needed before the first update.")
    if not network.updated:
        raise not_here("nothing is updated.", "Give a learning rate, or leave it out.")
    before = [entry for entry in schedule if entry.phase in ("forward", "loss")]
    updates = [entry for entry in schedule if entry.phase == "update"]
    made = [*before, *(entry for entry in updates if not entry.of)]  # the rate of this step
    done: set[str] = set()
    for entry in network.phase("backward"):
        made.append(replace(entry, equation=replace(entry.equation, right=with_new(entry.equation.right, done))))
        if entry.of in network.updated:
            made += [update for update in updates if update.of == entry.of]
            done.add(entry.of)
    if [e.equation for e in made if e.phase == "backward"] == [e.equation for e in network.phase("backward")]:
        raise not_here("no gradient reads a parameter that is replaced before it.")
    left = [entry for entry in updates if entry not in made]
    return replace(network, schedule=(*made, *left))


RECORDS = (
    Deviation(
        "one-by-one",
        "Each parameter is replaced at once, and later gradients read the new one",
        "All gradients belong to the weights that the forward pass used. A hidden delta that reads output weights "
        "which were replaced a moment ago is no derivative of the error.",
        "Compute all gradients first, then replace all parameters together.",
        "Matt Mazur (2015), whose printed errors come from it; kim-marcel/basic_neural_network, issue 7",
        _one_by_one,
    ),
    Deviation(
        "input-forgotten",
        "The gradient of a weight is the delta alone",
        "A weight reaches the net input times what comes in, so its gradient is delta times that input. The delta "
        "alone is the gradient of a bias.",
        "Multiply the delta of the unit above by the output of the unit below.",
        NOT_IN_PRINT,
        _input_forgotten,
        places=("layer",),
    ),
    Deviation(
        "net-input-below",
        "The gradient of a weight reads the net input of the unit below in place of its output",
        "What a weight is multiplied with in the forward pass is the output of the unit below, after its activation.",
        "Multiply by the value that the weight was multiplied with.",
        NOT_IN_PRINT,
        _net_input_below,
        places=("layer",),
    ),
    Deviation(
        "weights-forgotten",
        "The deltas above are added up without their weights",
        "A hidden unit reaches each unit above through a weight, which is the slope on that way.",
        "Multiply each delta above by the weight it came through, then add up.",
        NOT_IN_PRINT,
        _weights_forgotten,
        places=("layer",),
    ),
    Deviation(
        "transpose-forgotten",
        "The deltas are passed down through the weights without turning them",
        "On the way down the sum runs over the units above, so the matrix is transposed. Where it is square the shapes "
        "fit without that, and the wrong weights meet.",
        "Use the transposed matrix on the way down, or follow each weight by its name.",
        "jcjohnson/pytorch-examples, issues 28 and 29; hunkim/DeepLearningZeroToAll, issue 25",
        _transpose_forgotten,
        places=("layer",),
    ),
    Deviation(
        "first-path-only",
        "Only the way through the first unit above is counted",
        "A hidden unit reaches the error through every unit above it; the derivative is the sum of all ways.",
        "Add up what comes from every unit above.",
        NOT_IN_PRINT,
        _first_path_only,
    ),
    Deviation(
        "last-example-only",
        "The gradients are those of the last example alone",
        "The error adds up all examples of the step, and so does its gradient.",
        "Add the gradients of all examples (+=, not =) before the update.",
        NOT_IN_PRINT,
        _last_example_only,
    ),
    Deviation(
        "penalty-forgotten",
        "The penalty stands in the error, and not in the gradient",
        "What the weights pay changes with the weights, so it has a derivative too.",
        "Add the derivative of the penalty to the gradient of every weight.",
        NOT_IN_PRINT,
        _penalty_forgotten,
    ),
    Deviation(
        "penalty-factor",
        "The derivative of the penalty is without its factor 2",
        "This penalty has no half, so the derivative of its squares keeps the 2.",
        "Write the derivative of lambda w^2 as 2 lambda w, or put a half into the penalty.",
        NOT_IN_PRINT,
        _penalty_factor,
    ),
)
