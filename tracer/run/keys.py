"""The keys of a problem file, with their types and meanings.

The reference page and the schema are made from these classes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct


class Data(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """[data]: the examples."""

    inputs: Annotated[list[Any], Meta(description="One row per example; a single flat list is one example.")]
    targets: Annotated[list[Any], Meta(description="One row per example; a flat list for one output unit.")] = []
    labels: Annotated[
        list[int], Meta(description="The class of each example as a whole number, in place of targets.")
    ] = []
    first_label: Annotated[int, Meta(description="The number of the first class.")] = 0


class Draw(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """{ draw = "uniform", low = -1, high = 1 }: numbers to be drawn."""

    draw: Annotated[
        Literal["uniform", "normal", "zeros", "fan-in", "xavier", "xavier-normal", "he", "he-uniform"],
        Meta(
            description="uniform: low + (high - low) * random; normal: mean + deviation * randn; fan-in: uniform up to "
            "1/sqrt(units below); xavier, he: of Glorot and Bengio, of He and others."
        ),
    ]
    low: Annotated[float, Meta(description="Smallest number of a uniform draw.")] = -1.0
    high: Annotated[float, Meta(description="Largest number of a uniform draw.")] = 1.0
    mean: Annotated[float, Meta(description="Mean of a normal draw.")] = 0.0
    deviation: Annotated[float, Meta(description="Standard deviation of a normal draw.")] = 1.0


class Record(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """{ every = 100 }: every k-th step, from the first."""

    every: Annotated[int, Meta(description="How many steps from one to the next.")]


class OwnEquation(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """One equation with its explanation; a plain string is enough where nothing is to be said."""

    equation: Annotated[str, Meta(description="Text of the equation language.")]
    says: Annotated[str, Meta(description="What it is, in a few words.")] = ""
    padded: Annotated[bool, Meta(description="Whether reads outside the range count as zero.")] = False
    slopes: Annotated[dict[str, str], Meta(description="Known forms of slopes, by the name of the value.")] = {}
    given: Annotated[str, Meta(description="What the known forms assume, in words.")] = ""
    routing: Annotated[bool, Meta(description="Whether the value is fixed: no gradient passes through it.")] = False


class LayerKeys(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """[[layers]]: one layer, from the input side."""

    units: Annotated[int | None, Meta(description="Number of units; needed only where weights are drawn.")] = None
    activation: Annotated[
        str | dict[str, Any],
        Meta(description="Name of an activation, or { name = ..., alpha = ... }; none: the net input is the output."),
    ] = ""
    weights: Annotated[list[Any] | Draw | None, Meta(description="A row per unit below (see weights_layout).")] = None
    bias: Annotated[
        float | list[Any] | Draw | None,
        Meta(description="A list: one per unit. A number: shared by the layer. Left out: none."),
    ] = None
    bias_updated: Annotated[bool, Meta(description="false: the biases stay as they are.")] = True
    equations: Annotated[list[str | OwnEquation], Meta(description="The layer's own equations, reading x.")] = []
    parameters: Annotated[dict[str, Any], Meta(description="Parameters of the layer's own equations.")] = {}


class Training(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """[training]: what is minimised, and how."""

    loss: Annotated[
        str | dict[str, Any],
        Meta(description="Name of a loss, or { name = ..., width = ... }, or an equation for E in a and t."),
    ] = ""
    rate: Annotated[float | None, Meta(description="Learning rate eta; without it nothing is updated.")] = None
    schedule: Annotated[
        str | dict[str, Any],
        Meta(description="Name of a rate schedule, or { name = ..., gamma = ... }, or an equation for eta in step."),
    ] = ""
    steps: Annotated[int, Meta(description="Number of steps.")] = 1
    epochs: Annotated[int | None, Meta(description="Number of passes through the data, in place of steps.")] = None
    batch: Annotated[int | None, Meta(description="Examples in one step; left out: all of them.")] = None
    shuffle: Annotated[bool, Meta(description="true: every epoch has an order of its own.")] = False
    drop_last: Annotated[bool, Meta(description="true: examples that do not fill a batch are left out.")] = False
    optimizer: Annotated[
        str | dict[str, Any], Meta(description="Name of an optimizer, or { name = ..., beta = ... }.")
    ] = "gradient-descent"
    penalty: Annotated[
        str | dict[str, Any] | list[str | dict[str, Any]],
        Meta(description="Name of a penalty, or { name = ..., lambda2 = ... }, or a list of them."),
    ] = ""
    clip: Annotated[float | None, Meta(description="The longest gradient; longer ones are made shorter.")] = None
    metrics: Annotated[list[str], Meta(description="Names of metrics.")] = []
    record: Annotated[
        Literal["everything", "loss", "first-and-last"] | list[int] | Record,
        Meta(description="Which steps are kept with all their values: a word, a list, or { every = 100 }."),
    ] = "everything"
    update_order: Annotated[
        Literal["together", "one-by-one"],
        Meta(description="one-by-one: each parameter at once, output layer first, so that later gradients see it."),
    ] = "together"


class ArithmeticKeys(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """[arithmetic]: how results are rounded, as by hand."""

    digits: Annotated[
        int | str,
        Meta(description="Decimals of every result (3), significant figures ('3sf'), 'exact' or 'adaptive'."),
    ] = "exact"
    rounding: Annotated[
        Literal["half-even", "half-up", "truncate"],
        Meta(description="Which way a half goes; truncate: what is beyond the digits is cut off."),
    ] = "half-even"
    carried: Annotated[bool, Meta(description="false: only printed so; the run keeps all digits.")] = True
    quantities: Annotated[
        dict[str, int | str],
        Meta(description="Rules of single quantities: { a = '3sf', dw = 'exact', w2_new = '3 truncate' }."),
    ] = {}


class Random(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """[random]: how numbers are drawn."""

    seed: Annotated[int, Meta(description="The seed.")] = 0
    generator: Annotated[
        Literal["modern", "legacy"],
        Meta(description="modern: numpy.random.default_rng(seed); legacy: numpy.random.seed(seed)."),
    ] = "modern"


class ProblemKeys(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """A problem file: a network with data, or bare equations with values."""

    title: Annotated[str, Meta(description="Heading of the pages.")] = ""
    source: Annotated[str, Meta(description="Where the example was published.")] = ""
    note: Annotated[str, Meta(description="What a reader should know about the example.")] = ""
    notation: Annotated[str, Meta(description="Notation used unless another is asked for.")] = "plain"
    style: Annotated[str, Meta(description="Style of walkthrough used unless another is asked for.")] = "plain"
    digits: Annotated[
        int | str, Meta(description="Decimals printed (6), significant figures ('4sf'), or 'adaptive'.")
    ] = 6
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
    state: Annotated[
        dict[str, Any], Meta(description="What an optimizer carries at the start, by name (vw1); zeros unless given.")
    ] = {}
    deviations: Annotated[
        list[str | dict[str, Any]],
        Meta(description="Named mistakes that the run makes: names, or { name = ..., layer = 1 }."),
    ] = []
    training: Annotated[Training, Meta(description="Loss, learning rate, steps.")] = Training()
    random: Annotated[Random, Meta(description="Seed and generator for drawn numbers.")] = Random()
    arithmetic: Annotated[ArithmeticKeys | None, Meta(description="How results are rounded, as by hand.")] = None
