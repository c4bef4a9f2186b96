"""Numbers of a problem that are read wrongly: what is computed with them is derived from them, so it is consistent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tracer.run.deviation import NOT_IN_PRINT, Deviation, Place, not_here
from tracer.run.editing import layers_at

if TYPE_CHECKING:
    from tracer.run.problem import Layer, Problem

Matrix = np.ndarray[Any, np.dtype[Any]]


def _with_layers(problem: Problem, place: Place, change: Callable[[Layer], Layer | None], otherwise: str) -> Problem:
    """The problem with the layers of a place changed, where `change` gives something."""
    layers = list(problem.layers)
    for number in layers_at(problem, place):
        layers[number - 1] = change(layers[number - 1]) or layers[number - 1]
    if all(new is old for new, old in zip(layers, problem.layers, strict=True)):
        raise not_here(otherwise)
    return replace(problem, layers=tuple(layers))


def _with_weights(problem: Problem, place: Place, change: Callable[[Matrix], Matrix | None], otherwise: str) -> Problem:
    def changed(layer: Layer) -> Layer | None:
        made = None if layer.weights is None else change(layer.weights)
        return None if made is None else replace(layer, weights=_sealed(made))

    return _with_layers(problem, place, changed, otherwise)


def _sealed(array: Matrix) -> Matrix:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


def _weights_transposed(problem: Problem, place: Place) -> Problem:
    def change(weights: Matrix) -> Matrix | None:
        return weights.T if weights.shape[0] == weights.shape[1] > 1 else None

    otherwise = "no layer has a square matrix of weights; one of another shape would not fit when it is turned."
    return _with_weights(problem, place, change, otherwise)


def _row_for_column(problem: Problem, place: Place) -> Problem:
    layer, unit, row = place.get("layer", 1), place.get("unit", 2), place.get("row", 1)

    def change(weights: Matrix) -> Matrix | None:
        below, units = weights.shape
        if not (unit <= units and row <= below <= units):
            return None
        made = np.array(weights)
        made[:, unit - 1] = weights[row - 1, :below]
        return made

    otherwise = f"layer {layer} has no unit {unit} with a whole row {row} of weights to read instead."
    return _with_weights(problem, {**place, "layer": layer}, change, otherwise)


def _weight_skipped(problem: Problem, place: Place) -> Problem:
    layers = layers_at(problem, place)
    layer, unit = place.get("layer", layers[-1]), place.get("unit", 1)

    def change(weights: Matrix) -> Matrix | None:
        if unit > weights.shape[1] or weights.shape[0] < 2:
            return None
        made = np.array(weights)
        made[:, unit - 1] = [*weights[1:, unit - 1], 0.0]
        return made

    otherwise = f"layer {layer} has no unit {unit} with two weights."
    return _with_weights(problem, {**place, "layer": layer}, change, otherwise)


def _inputs_swapped(problem: Problem, _: Place) -> Problem:
    if problem.inputs is None or problem.inputs.shape[1] < 2:
        raise not_here("there are no two inputs.")
    made = np.array(problem.inputs)
    made[:, [0, 1]] = made[:, [1, 0]]
    return replace(problem, inputs=_sealed(made))


def _bias_updated(updated: bool, otherwise: str) -> Callable[[Problem, Place], Problem]:
    def change(problem: Problem, place: Place) -> Problem:
        def changed(layer: Layer) -> Layer | None:
            wrong = layer.bias is not None and layer.bias_updated is not updated
            return replace(layer, bias_updated=updated) if wrong else None

        if problem.rate is None:
            raise not_here("nothing is updated.", "Give a learning rate, or leave it out.")
        return _with_layers(problem, place, changed, otherwise)

    return change


RECORDS = (
    Deviation(
        "weights-transposed",
        "The weights are read in the other layout",
        "A row of the matrix was taken for the weights of a unit where a column holds them, or the other way round. "
        "Where a matrix is square the shapes fit, and nothing warns.",
        "Find one weight in the picture of the network, and look in which row and column it stands.",
        NOT_IN_PRINT,
        reads=_weights_transposed,
        places=("layer",),
    ),
    Deviation(
        "row-for-column",
        "One unit reads a row of the weights in place of its own column",
        "The weights of a unit come from every unit below and lead to this one; a row holds those that lead from one "
        "unit below to all units. So weights of several units are mixed.",
        "Name both ends of each weight before it is multiplied: it begins at the input it is multiplied with.",
        "Nemotron-CC-Math, two paraphrases of Mazur's page; guevara/read-it-later, issue 9098",
        reads=_row_for_column,
        places=("layer", "unit", "row"),
    ),
    Deviation(
        "weight-skipped",
        "A weight of a unit is skipped, and those after it move up",
        "Every later weight is multiplied with the input before its own, and the last input has none.",
        "Write the products in the order of the inputs, one for each input.",
        "PostNetwork Academy, Understanding Neural Networks: Softmax, Cross-Entropy, and Backpropagation",
        reads=_weight_skipped,
        places=("layer", "unit"),
    ),
    Deviation(
        "inputs-swapped",
        "The first two inputs are exchanged",
        "Each of the two meets the weights of the other.",
        "Write the names of the inputs beside their values.",
        NOT_IN_PRINT,
        reads=_inputs_swapped,
    ),
    Deviation(
        "bias-not-updated",
        "The biases stay as they are",
        "A bias is a parameter like a weight, whose input is always 1: it has a gradient and takes a step.",
        "Update the biases with the sum of the deltas, or say that they are fixed (bias_updated = false).",
        "Matt Mazur (2015), whose biases are drawn as parameters and never updated",
        reads=_bias_updated(False, "no layer has biases that are updated."),
        places=("layer",),
    ),
    Deviation(
        "fixed-bias-updated",
        "Biases that are fixed take a step too",
        "The example keeps these biases as they are; with them updated every figure after the step is another one.",
        "Leave them as they are, or say that they are updated (bias_updated = true).",
        "programs that check Mazur's example with a library (ojAlgo's test says so)",
        reads=_bias_updated(True, "no layer has biases that are kept as they are."),
        places=("layer",),
    ),
)
