"""The keys of a problem file, with their types and meanings, and the check that nothing else stands in one.

The reference page and the schema are made from these classes.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, Struct, convert, structs

from tracer.errors import TracerError, shortened, suggest


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


# -- the check

LARGEST_WHOLE = 10**40  # whole numbers beyond it are not written out in messages
#: where the keys of each class stand, for a key that stands elsewhere
PLACES: dict[type[Struct], str] = {
    Data: "under [data]",
    LayerKeys: "under [[layers]]",
    Training: "under [training]",
    Random: "under [random]",
    ArithmeticKeys: "under [arithmetic]",
    ProblemKeys: "at the top of the file, before the first [table]",
}
_WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def checked(data: Mapping[str, Any], where: str) -> ProblemKeys:
    """The content of a problem file to its keys; `where` names the file in errors.

    NumPy arrays and tuples count as lists. Raises TracerError T103 for an unknown key, a value of the wrong kind and
    a key that is missing.
    """
    plain = _plain(data)
    _check_table(plain, ProblemKeys, where)
    return convert(plain, ProblemKeys)


def _plain(value: Any) -> Any:
    """The same value made of what a TOML file can hold."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _check_table(table: Mapping[Any, Any], keys: type[Struct], where: str) -> None:
    known = _fields(keys)
    for key, value in table.items():
        if not isinstance(key, str) or key not in known:
            raise TracerError("T103", where, f"unknown key '{shortened(key)}'.", _known_elsewhere(key, keys))
        kind, description = known[key]
        if wrong := _misfit(value, kind, key):
            raise TracerError("T103", where, *wrong, f"{key}: {description}")
        for number, item in enumerate(value if isinstance(value, list) else [value], 1):
            inner = next((part for part in _members(kind, value, item) if _is_table(part)), None)
            if inner:
                name = _element(key, number) if isinstance(value, list) else f"[{key}]" if keys is ProblemKeys else key
                _check_table(item, inner, f"{where}, {name}")
    for field in structs.fields(keys):
        if field.required and field.name not in table:
            raise TracerError("T103", where, f"{field.name} is missing.", "", f"{field.name}: {known[field.name][1]}")


def _known_elsewhere(key: Any, keys: type[Struct]) -> str:
    """What to do about an unknown key: perhaps it only stands in the wrong place."""
    places = [place for other, place in PLACES.items() if other is not keys and key in _fields(other)]
    return f"This key belongs {places[0]}." if places else suggest(str(key), _fields(keys))


@cache
def _fields(keys: type[Struct]) -> dict[str, tuple[Any, str]]:
    """The type and the description of each key."""
    hints = typing.get_type_hints(keys, include_extras=True)
    return {name: (hint.__origin__, hint.__metadata__[0].description) for name, hint in hints.items()}


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _union(kind: Any) -> tuple[Any, ...]:
    """The members of a union without None, or the type alone."""
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return (kind,)
    return tuple(part for part in typing.get_args(kind) if part is not type(None))


def _members(kind: Any, value: Any, item: Any) -> list[Any]:
    """The types that `item` may have: a value of its own, or an element of the list `value`."""
    found = _union(kind)
    if isinstance(value, list):
        lists = (part for part in found if typing.get_origin(part) is list)
        found = tuple(inner for part in lists for inner in _union(typing.get_args(part)[0]))
    return [part for part in found if isinstance(item, Mapping)]


def _element(key: str, number: int) -> str:
    return f"{key.removesuffix('s')} {number}"


def _misfit(value: Any, kind: Any, name: str) -> tuple[str, str] | None:
    """What was found and what was expected, where a value is not of a type; None where it is."""
    if value is None and type(None) in typing.get_args(kind):
        return None
    for part in _union(kind):
        origin = typing.get_origin(part)
        if origin is list and isinstance(value, list):
            found = (_misfit(item, typing.get_args(part)[0], _element(name, at)) for at, item in enumerate(value, 1))
            return next((item for item in found if item), None)
        if origin is dict and isinstance(value, Mapping):
            if other := [key for key in value if not isinstance(key, str)]:  # only from Python: TOML has none
                return f"{name} has a key that is {shown(other[0])}.", "Expected texts as keys."
            found = (_misfit(item, typing.get_args(part)[1], f"{name}.{shortened(at)}") for at, item in value.items())
            return next((item for item in found if item), None)
    if any(_is(value, part) for part in _union(kind)):
        return None
    if float in _union(kind) and _is(value, int):
        return f"{name} is {shown(value)}.", "Expected a smaller number."
    return f"{name} is {shown(value)}.", f"Expected {either([_in_words(part, name) for part in _union(kind)])}."


def _is(value: Any, kind: Any) -> bool:
    """Whether a value is of a type that is neither a union nor a list nor a dict."""
    if typing.get_origin(kind) is Literal:
        return isinstance(value, str) and value in typing.get_args(kind)
    if kind is Any:
        return True
    if _is_table(kind):
        return isinstance(value, Mapping)
    if kind is float:
        return isinstance(value, float) or (_is(value, int) and abs(value) < LARGEST_WHOLE)
    origin = typing.get_origin(kind) or kind
    return isinstance(value, origin) and not (isinstance(value, bool) and kind is not bool)


def _in_words(kind: Any, name: str) -> str:
    """A type for a person who writes TOML."""
    origin = typing.get_origin(kind)
    if origin is Literal:
        return either([f'"{word}"' for word in typing.get_args(kind)])
    if origin is dict and name in ("activation", "loss", "optimizer", "schedule", "penalty"):
        return "{ name = ... }"
    if origin is list:
        return f"tables, each under its own [[{name}]]" if _is_table(typing.get_args(kind)[0]) else "a list"
    if kind is Draw:
        return '{ draw = "uniform" }'
    if kind is Record:
        return "{ every = 100 }"
    if kind is OwnEquation:
        return '{ equation = "..." }'
    if kind is LayerKeys:
        return "a table, [[layers]]"
    return _WORDS.get(kind) or f"a table, [{name}]"


def either(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def shown(value: Any) -> str:
    """A value of a problem file as it may stand in a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{shortened(value)}"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    if isinstance(value, int) and abs(value) >= LARGEST_WHOLE:
        return f"a whole number of {int(value.bit_length() * math.log10(2)) + 1} digits"
    return shortened(value)
