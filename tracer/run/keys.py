"""The keys of a problem file, with their types and meanings. Nothing else may stand in one.

The reference page and the schema are made from these classes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct


class Data(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[data]: the examples."""

    inputs: Annotated[list[Any], Meta(description="One row per example; a single flat list is one example.")]
    targets: Annotated[list[Any], Meta(description="One row per example; a flat list for one output unit.")] = []


class Draw(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """{ draw = "uniform", low = -1, high = 1 }: numbers to be drawn, low + (high - low) * random."""

    draw: Annotated[Literal["uniform"], Meta(description="The distribution.")]
    low: Annotated[float, Meta(description="Smallest number.")] = -1.0
    high: Annotated[float, Meta(description="Largest number.")] = 1.0


class OwnEquation(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """One equation with its explanation; a plain string is enough where nothing is to be said."""

    equation: Annotated[str, Meta(description="Text of the equation language.")]
    says: Annotated[str, Meta(description="What it is, in a few words.")] = ""
    padded: Annotated[bool, Meta(description="Whether reads outside the range count as zero.")] = False
    slopes: Annotated[dict[str, str], Meta(description="Known forms of slopes, by the name of the value.")] = {}
    given: Annotated[str, Meta(description="What the known forms assume, in words.")] = ""


class LayerKeys(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[[layers]]: one layer, from the input side."""

    units: Annotated[int | None, Meta(description="Number of units; needed only where weights are drawn.")] = None
    activation: Annotated[str, Meta(description="Name of an activation; none: the net input is the output.")] = ""
    weights: Annotated[list[Any] | Draw | None, Meta(description="A row per unit below (see weights_layout).")] = None
    bias: Annotated[
        float | list[Any] | Draw | None, Meta(description="A list: per unit. A number: shared. None: absent.")
    ] = None
    bias_updated: Annotated[bool, Meta(description="false: the biases stay as they are.")] = True
    equations: Annotated[list[str | OwnEquation], Meta(description="The layer's own equations, reading x.")] = []
    parameters: Annotated[dict[str, Any], Meta(description="Parameters of the layer's own equations.")] = {}


class Training(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[training]: what is minimised, and how."""

    loss: Annotated[str, Meta(description="Name of a loss, or an equation for E in a and t.")] = ""
    rate: Annotated[float | None, Meta(description="Learning rate eta; without it nothing is updated.")] = None
    steps: Annotated[int, Meta(description="Number of steps.")] = 1
    optimizer: Annotated[str, Meta(description="Name of an optimizer.")] = "gradient-descent"
    update_order: Annotated[
        Literal["together", "one-by-one"],
        Meta(description="one-by-one: each parameter at once, output layer first, so that later gradients see it."),
    ] = "together"


class Random(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[random]: how numbers are drawn."""

    seed: Annotated[int, Meta(description="The seed.")] = 0
    generator: Annotated[
        Literal["modern", "legacy"],
        Meta(description="modern: numpy.random.default_rng(seed); legacy: numpy.random.seed(seed)."),
    ] = "modern"


class ProblemKeys(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A problem file: a network with data, or bare equations with values."""

    title: Annotated[str, Meta(description="Heading of the pages.")] = ""
    source: Annotated[str, Meta(description="Where the example was published.")] = ""
    note: Annotated[str, Meta(description="What a reader should know about the example.")] = ""
    notation: Annotated[str, Meta(description="Notation used unless another is asked for.")] = "plain"
    style: Annotated[str, Meta(description="Style of walkthrough used unless another is asked for.")] = "plain"
    digits: Annotated[int | str, Meta(description="Decimals printed (6), or significant figures ('4sf').")] = 6
    weights_layout: Annotated[
        Literal["in-out", "out-in"],
        Meta(description="in-out: a row per unit below; out-in: a row per unit of the layer."),
    ] = "in-out"
    data: Annotated[Data | None, Meta(description="The examples of a network.")] = None
    layers: Annotated[list[LayerKeys], Meta(description="The layers of a network.")] = []
    values: Annotated[dict[str, Any], Meta(description="Given values of bare equations.")] = {}
    parameters: Annotated[dict[str, Any], Meta(description="Values of bare equations that are updated.")] = {}
    equations: Annotated[
        list[str | OwnEquation], Meta(description="Bare equations; the last one is differentiated.")
    ] = []
    sizes: Annotated[
        dict[str, int], Meta(description="Sizes that the equations do not tell (a padded convolution).")
    ] = {}
    training: Annotated[Training, Meta(description="Loss, learning rate, steps.")] = Training()
    random: Annotated[Random, Meta(description="Seed and generator for drawn numbers.")] = Random()
