"""[[layers]] of a problem file to layers: layouts are converted and numbers drawn here and nowhere else."""

from __future__ import annotations

import math

import numpy as np

from tracer.errors import TracerError
from tracer.ops import ACTIVATIONS
from tracer.run.choices import choice
from tracer.run.drawing import Drawing
from tracer.run.given_equations import equations, named
from tracer.run.given_numbers import LARGEST_MATRIX, check_size, frozen, numbers
from tracer.run.keys import Draw, LayerKeys, ProblemKeys
from tracer.run.problem import Array, Layer
from tracer.run.wording import counted, there_are


def layers(keys: ProblemKeys, inputs: Array | None, drawing: Drawing, where: str) -> tuple[Layer, ...]:
    """The layers of a file, which stand on `inputs` [n,i]. Raises TracerError T103 to T107, T201 to T204 and T402."""
    return _Reader(keys, drawing, where).layers(0 if inputs is None else inputs.shape[1])


class _Reader:
    """The layers of a file, one after another; `where` names the file."""

    def __init__(self, keys: ProblemKeys, drawing: Drawing, where: str) -> None:
        self.keys, self.drawing, self.where = keys, drawing, where

    def layers(self, below: int) -> tuple[Layer, ...]:
        made: list[Layer] = []
        for number, keys in enumerate(self.keys.layers, 1):
            layer, below = self.layer(keys, number, below)
            made.append(layer)
        return tuple(made)

    def layer(self, keys: LayerKeys, number: int, below: int) -> tuple[Layer, int]:
        where = f"{self.where}, layer {number}"
        activation = choice(keys.activation, ACTIVATIONS, "activation", where)
        if keys.units is not None:
            check_size(keys.units, "units", where)
        if keys.equations:
            if keys.weights is not None or keys.bias is not None:
                found = "a layer with equations of its own has no weights or bias key."
                raise TracerError("T107", where, found, "", "Give them under its parameters.")
            own = equations(keys.equations, f"{where}, equation")
            parameters = named(keys.parameters, f"{where}, parameters")
            return Layer(activation.name, None, None, True, own, parameters, activation.options), keys.units or 0
        if keys.parameters:
            found = "parameters belong to a layer with equations of its own."
            raise TracerError("T107", where, found, "", "Use weights and bias, or add equations.")
        weights = self.weights(keys, number, below, where)
        units = weights.shape[1]
        bias: Array | None = None
        if isinstance(keys.bias, Draw):
            bias = frozen(self.draw(keys.bias, (units,), (len(weights), units), where))
        elif keys.bias is not None:
            bias = numbers(keys.bias, where, "bias", (0, 1))
            if bias.ndim and len(bias) != units:
                found = f"{there_are(len(bias), 'bias', 'es')}, but {counted(units, 'unit')}."
                expected = "Expected one bias for each unit, or a single number for the layer."
                raise TracerError("T104", where, found, expected)
        return Layer(activation.name, weights, bias, keys.bias_updated, (), {}, activation.options), units

    def weights(self, keys: LayerKeys, number: int, below: int, where: str) -> Array:
        out_in = self.keys.weights_layout == "out-in"
        if keys.weights is None:
            remedy = 'Give a matrix, or { draw = "uniform" } together with units.'
            raise TracerError("T107", where, "weights are missing.", "", remedy)
        if isinstance(keys.weights, Draw):
            if keys.units is None:
                remedy = "Say how many units the layer has."
                raise TracerError("T107", where, "weights are drawn, but units is missing.", "", remedy)
            if not below:
                remedy = f"Say units in layer {number - 1}."
                raise TracerError("T107", where, "weights are drawn above a layer of unknown width.", "", remedy)
            shape = (keys.units, below) if out_in else (below, keys.units)
            weights = self.draw(keys.weights, shape, (below, keys.units), where)
        else:
            weights = numbers(keys.weights, where, "weights", (2,))
        weights = weights.T if out_in else weights
        expected = (below or weights.shape[0], keys.units or weights.shape[1])
        if weights.shape != expected:
            raise self.misshapen(weights.shape, expected, number)
        return frozen(np.array(weights))

    def misshapen(self, found: tuple[int, int], expected: tuple[int, int], number: int) -> TracerError:
        """Weights [units below, units] of another shape than the units ask for."""
        rows, units = expected
        if found[0] != rows:
            told = there_are(rows, "input") if number == 1 else f"layer {number - 1} has {counted(rows, 'unit')}"
        else:
            told = f"units is {units}"
        layout, row, other = "(units below, units of this layer)", "of this layer", "out-in"
        if self.keys.weights_layout == "out-in":
            layout, row, other = "(units of this layer, units below)", "below", "in-out"
            found, expected = found[::-1], expected[::-1]
        return TracerError(
            "T104",
            f"{self.where}, layer {number}",
            f"weights have shape {found}, but {told}.",
            f"Expected {layout} = {expected}.",
            f'If your weights are written with a row per unit {row}, set  weights_layout = "{other}".',
        )

    def draw(self, how: Draw, shape: tuple[int, ...], fans: tuple[int, int], where: str) -> Array:
        """Numbers of a shape; `fans` are the units below and of the layer."""
        if math.prod(shape) > LARGEST_MATRIX:
            limit = f"Expected at most {LARGEST_MATRIX:,} numbers."
            raise TracerError("T402", where, f"a matrix of shape {shape} is too large.", limit)
        return self.drawing.numbers(how, shape, *fans, where)
