"""A problem file to a checked `Problem`: the only place that converts layouts and draws numbers."""

from __future__ import annotations

import math
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tracer.calculus.equation import Equation, equation
from tracer.errors import TracerError, shortened, suggest
from tracer.ops import ACTIVATIONS, LOSSES, OPTIMIZERS
from tracer.run.keys import Draw, LayerKeys, OwnEquation, ProblemKeys

Array = np.ndarray[Any, np.dtype[Any]]

#: names the engine gives to values itself
RESERVED = re.compile(r"(x|t|eta|E|n|(z|a|w|b|delta|slope|d[a-z]\w*)\d+(_new)?|\w+_new|delta\d*|slope\d*)\Z")
LARGEST_FILE = 10_000_000


@dataclass(frozen=True)
class Layer:
    """One layer as the file gives it. `weights` is [i below, j], `bias` is (), [j] or None; all arrays read-only."""

    activation: str
    weights: Array | None
    bias: Array | None
    bias_updated: bool
    equations: tuple[Equation, ...]
    parameters: Mapping[str, Array]


@dataclass(frozen=True)
class Problem:
    """What a problem file says, checked. Arrays: `inputs` [n,i], `targets` [n,k], float64 and read-only."""

    name: str
    title: str
    source: str
    note: str
    notation: str
    style: str
    digits: int | str
    weights_layout: str
    inputs: Array | None
    targets: Array | None
    layers: tuple[Layer, ...]
    values: Mapping[str, Array]
    parameters: Mapping[str, Array]
    equations: tuple[Equation, ...]
    sizes: Mapping[str, int]
    loss: str | Equation
    rate: float | None
    steps: int
    optimizer: str
    update_order: str
    drawn: str  # how parameters were drawn, "" where all are given

    @property
    def bare(self) -> bool:
        """Whether the problem is equations alone, without layers."""
        return not self.layers


def built_in() -> dict[str, Path]:
    """The built-in problems, by name."""
    folder = resources.files("tracer.problems")
    found = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return {name.removesuffix(".toml"): Path(str(folder / name)) for name in found}


def load(problem: str | Path | Mapping[str, Any]) -> Problem:
    """A file, the name of a built-in problem, or a mapping with the same keys, to a `Problem`.

    Raises TracerError T101 to T107 and T201 to T204.

    >>> load("mazur").inputs.tolist()
    [[0.05, 0.1]]
    """
    if isinstance(problem, Mapping):
        return _problem(dict(problem), "problem")
    known = built_in()
    if str(problem) in known and not Path(problem).exists():
        path = known[str(problem)]
    else:
        path = Path(problem)
        if not path.exists():
            hint = suggest(str(problem), known) if "." not in path.name else ""
            raise TracerError(
                "T101", shortened(problem), "there is no such file and no built-in problem of this name.", hint
            )
    return parse(read(path), path.name)


def read(path: Path) -> str:
    """The text of a problem file. Raises TracerError T101."""
    try:
        if path.is_dir():
            raise TracerError("T101", path.name, "this is a folder.", "A problem is a TOML file.")
        if path.stat().st_size > LARGEST_FILE:
            raise TracerError(
                "T101", path.name, f"the file has {path.stat().st_size} bytes.", f"At most {LARGEST_FILE} are read."
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TracerError(
            "T101", path.name, f"byte {error.start} is not UTF-8.", "Save the file as UTF-8 text."
        ) from None
    except OSError as error:
        raise TracerError("T101", path.name, f"the file cannot be read: {error.strerror}.") from None


def parse(text: str, where: str = "problem") -> Problem:
    """The text of a problem file to a `Problem`; `where` names the file in errors."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TracerError(
            "T102", where, f"not TOML: {shortened(error, 200)}.", "See toml.io; texts stand in quotes."
        ) from None
    except RecursionError:
        raise TracerError("T102", where, "brackets are nested too deep.") from None
    return _problem(data, where)


def _problem(data: Mapping[str, Any], where: str) -> Problem:
    try:
        return _Reader(checked(data, where), where).problem()
    except RecursionError:
        raise TracerError(
            "T103", where, "lists or tables are nested too deep.", "Expected at most a list of matrices."
        ) from None


# -- numbers


def numbers(value: Any, where: str, what: str, ranks: tuple[int, ...]) -> Array:
    """Nested lists of finite numbers to an array of one of the `ranks`; `what` names them. Raises TracerError T105."""

    def refuse(place: tuple[int, ...], found: str, expected: str, remedy: str = "") -> TracerError:
        name = f"{what}[{','.join(map(str, place))}]" if place else what
        return TracerError("T105", where, f"{name} is {found}.", expected, remedy)

    def shape(part: Any, place: tuple[int, ...]) -> tuple[int, ...]:
        if isinstance(part, list):
            if not part:
                raise refuse(place, "empty", "Expected at least one number.")
            if len(place) == DEEPEST_LIST:
                raise refuse((), f"nested more than {DEEPEST_LIST} deep", f"Expected {expected}.")
            inner = [shape(item, (*place, number)) for number, item in enumerate(part, 1)]
            other = next((number for number, item in enumerate(inner, 1) if item != inner[0]), 0)
            if other:
                found = f"ragged: row 1 is {_size(inner[0])}, row {other} is {_size(inner[other - 1])}"
                raise refuse(place, found, "Expected rows of the same length.")
            return (len(part), *inner[0])
        if isinstance(part, bool) or not isinstance(part, int | float):
            raise refuse(place, shown(part), "Expected a number.", "Numbers stand without quotes: 0.5, -2, 1e-3.")
        if isinstance(part, int) and abs(part) > 2**53:
            raise refuse(place, shown(part), "Expected a number below 2**53.", "Write large numbers like 1.5e20.")
        if not math.isfinite(part):
            raise refuse(place, str(part), "Expected a finite number.")
        return ()

    expected = " or ".join(_KINDS[rank] for rank in ranks)
    found = shape(value.tolist() if isinstance(value, np.ndarray | np.generic) else value, ())
    if len(found) not in ranks:
        raise refuse((), _size(found), f"Expected {expected}.")
    return frozen(np.array(value, dtype=np.float64))


def frozen(array: Array) -> Array:
    """The same array, read-only."""
    array = np.ascontiguousarray(array) if array.ndim else array
    array.setflags(write=False)
    return array


_KINDS = {
    0: "a number",
    1: "a list of numbers",
    2: "a list of rows, like [[1, 2], [3, 4]]",
    3: "a list of matrices",
}


def _size(shape: tuple[int, ...]) -> str:
    """A shape in words: a number, a list of 3 numbers, a list of 2 lists of 3 numbers."""
    counts = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in zip(shape, _items(shape), strict=True)]
    return "a list of " + " of ".join(counts) if shape else "a single number"


def _items(shape: tuple[int, ...]) -> list[str]:
    return ["list"] * (len(shape) - 1) + ["number"]


class _Reader:
    """Checked keys to a `Problem`; one method a part of the file."""

    def __init__(self, keys: ProblemKeys, where: str) -> None:
        self.keys, self.where = keys, where
        self.random: Any = None
        self.drawn = ""

    def problem(self) -> Problem:
        keys, training = self.keys, self.keys.training
        self.check_parts()
        inputs, targets = self.data()
        layers = tuple(self.layers(inputs))
        rate = training.rate
        if rate is not None and not math.isfinite(rate):
            raise TracerError("T105", f"{self.where}, [training]", f"rate is {rate}, not a finite number.")
        if training.steps < 1 or training.steps > 10_000_000:
            raise TracerError(
                "T504", f"{self.where}, [training]", f"steps is {training.steps}.", "Expected 1 to 10000000."
            )
        if training.optimizer not in OPTIMIZERS:
            raise self.unknown("[training]", "optimizer", training.optimizer, OPTIMIZERS)
        for axis, size in keys.sizes.items():
            if size < 1:
                raise TracerError("T104", f"{self.where}, [sizes]", f"{axis} is {size}.", "A size is at least 1.")
        return Problem(
            name=self.where.removesuffix(".toml"),
            title=keys.title or self.where.removesuffix(".toml"),
            source=keys.source,
            note=keys.note,
            notation=keys.notation,
            style=keys.style,
            digits=keys.digits,
            weights_layout=keys.weights_layout,
            inputs=inputs,
            targets=targets,
            layers=layers,
            values={
                name: numbers(value, f"{self.where}, [values]", name, (0, 1, 2, 3))
                for name, value in keys.values.items()
            },
            parameters={
                name: numbers(value, f"{self.where}, [parameters]", name, (0, 1, 2, 3))
                for name, value in keys.parameters.items()
            },
            equations=self.equations(keys.equations, "equation"),
            sizes=dict(keys.sizes),
            loss=self.loss(),
            rate=rate,
            steps=training.steps,
            optimizer=training.optimizer,
            update_order=training.update_order,
            drawn=self.drawn,
        )

    def unknown(self, place: str, what: str, name: str, known: Mapping[str, Any]) -> TracerError:
        return TracerError(
            "T106", f"{self.where}, {place}", f"there is no {what} '{shortened(name)}'.", suggest(name, known)
        )

    def check_parts(self) -> None:
        keys = self.keys
        if keys.layers and keys.equations:
            raise TracerError(
                "T107",
                self.where,
                "both [[layers]] and equations are given.",
                "A layer's own equations stand inside its [[layers]] table.",
            )
        if not keys.layers and not keys.equations:
            raise TracerError(
                "T107",
                self.where,
                "neither [[layers]] nor equations are given.",
                "Run 'tracer new FILE' for an example.",
            )
        if keys.layers and keys.data is None:
            raise TracerError(
                "T107", self.where, "there is no [data] table.", "Layers need inputs, and targets for a loss."
            )
        if keys.equations and keys.data is not None:
            raise TracerError("T107", self.where, "bare equations have no [data].", "Give their values under [values].")
        if keys.layers and (keys.values or keys.parameters):
            raise TracerError(
                "T107",
                self.where,
                "[values] and [parameters] belong to bare equations.",
                "A layer's own parameters stand inside its [[layers]] table.",
            )
        for name in [*keys.values, *keys.parameters]:
            if not re.fullmatch(r"[A-Za-z_]\w{0,30}", name, re.ASCII) or name in ("sum", "size"):
                raise TracerError(
                    "T204",
                    self.where,
                    f"'{shortened(name)}' cannot be the name of a value.",
                    "A name is letters, digits and _.",
                )

    def data(self) -> tuple[Array | None, Array | None]:
        if self.keys.data is None:
            return None, None
        where = f"{self.where}, [data]"
        inputs = numbers(self.keys.data.inputs, where, "inputs", (1, 2))
        single = inputs.ndim == 1
        inputs = frozen(np.atleast_2d(inputs))
        if not self.keys.data.targets:
            return inputs, None
        targets = numbers(self.keys.data.targets, where, "targets", (1, 2))
        if targets.ndim == 1:
            targets = targets[None, :] if single or len(inputs) == 1 else targets[:, None]
        if len(targets) != len(inputs):
            raise TracerError(
                "T104",
                where,
                f"there are {len(inputs)} examples, but {len(targets)} targets.",
                "One row of targets per example.",
            )
        return inputs, frozen(targets)

    def equations(self, items: list[str | OwnEquation], what: str) -> tuple[Equation, ...]:
        made = []
        for number, item in enumerate(items, 1):
            keys = OwnEquation(equation=item) if isinstance(item, str) else item
            where = f"{self.where}, {what} {number}"
            made.append(
                equation(
                    keys.equation, keys.says, padded=keys.padded, slopes=keys.slopes, given=keys.given, where=where
                )
            )
        return tuple(made)

    def loss(self) -> str | Equation:
        text = self.keys.training.loss
        if "=" in text:
            made = equation(text, "loss", where=f"{self.where}, [training], loss")
            if made.left.name != "E" or made.left.indices:
                raise TracerError(
                    "T204",
                    f"{self.where}, [training]",
                    f"the loss is '{shortened(text)}'.",
                    "A loss of your own begins with 'E ='.",
                )
            return made
        if text and text not in LOSSES:
            raise self.unknown("[training]", "loss", text, LOSSES)
        if self.keys.layers and text and not self.keys.data.targets:  # type: ignore[union-attr]
            raise TracerError(
                "T107", f"{self.where}, [data]", "a loss needs targets.", "Add targets, or leave the loss out."
            )
        return text

    def layers(self, inputs: Array | None) -> list[Layer]:
        made: list[Layer] = []
        below = inputs.shape[1] if inputs is not None else 0
        for number, keys in enumerate(self.keys.layers, 1):
            layer, below = self.layer(keys, number, below)
            made.append(layer)
        return made

    def layer(self, keys: LayerKeys, number: int, below: int) -> tuple[Layer, int]:
        where = f"{self.where}, layer {number}"
        if keys.activation and keys.activation not in ACTIVATIONS:
            raise self.unknown(f"layer {number}", "activation", keys.activation, ACTIVATIONS)
        if keys.units is not None and keys.units < 1:
            raise TracerError("T104", where, f"units is {keys.units}.", "A layer has at least one unit.")
        if keys.equations:
            if keys.weights is not None or keys.bias is not None:
                raise TracerError(
                    "T107",
                    where,
                    "a layer with equations of its own has no weights or bias key.",
                    "Give them under parameters.",
                )
            equations = self.equations(keys.equations, f"layer {number}, equation")
            parameters = {name: numbers(value, where, name, (0, 1, 2, 3)) for name, value in keys.parameters.items()}
            return Layer(keys.activation, None, None, True, equations, parameters), keys.units or 0
        if keys.parameters:
            raise TracerError(
                "T107",
                where,
                "parameters belong to a layer with equations of its own.",
                "Use weights and bias, or add equations.",
            )
        weights = self.weights(keys, where, number, below)
        units = weights.shape[1]
        bias: Array | None = None
        if isinstance(keys.bias, Draw):
            bias = frozen(self.draw(keys.bias, (units,), where))
        elif keys.bias is not None:
            bias = numbers(keys.bias, where, "bias", (0, 1))
            if bias.ndim and len(bias) != units:
                raise TracerError(
                    "T104",
                    where,
                    f"there are {len(bias)} biases, but {units} units.",
                    "One bias per unit, or a single number for the layer.",
                )
        return Layer(keys.activation, weights, bias, keys.bias_updated, (), {}), units

    def weights(self, keys: LayerKeys, where: str, number: int, below: int) -> Array:
        out_in = self.keys.weights_layout == "out-in"
        if keys.weights is None:
            raise TracerError(
                "T107", where, "weights are missing.", 'Give a matrix, or { draw = "uniform" } together with units.'
            )
        if isinstance(keys.weights, Draw):
            if keys.units is None:
                raise TracerError(
                    "T107", where, "weights are drawn, but units is missing.", "Say how many units the layer has."
                )
            if not below:
                raise TracerError(
                    "T107", where, "weights are drawn above a layer of unknown width.", "Say units in the layer below."
                )
            shape = (keys.units, below) if out_in else (below, keys.units)
            weights = self.draw(keys.weights, shape, where)
        else:
            weights = numbers(keys.weights, where, "weights", (2,))
        weights = weights.T if out_in else weights
        rows = below or weights.shape[0]
        expected = (rows, keys.units or weights.shape[1])
        if weights.shape != expected:
            unit = "input" if number == 1 else "unit"
            shown, wanted = (weights.shape[::-1], expected[::-1]) if out_in else (weights.shape, expected)
            layout = "(units of this layer, units below)" if out_in else "(units below, units of this layer)"
            other = "in-out" if out_in else "out-in"
            below_name = "there" if number == 1 else f"but layer {number - 1}"
            kind = "are" if number == 1 else "has"
            raise TracerError(
                "T104",
                where,
                f"weights have shape {shown}, {'but ' if number == 1 else ''}{below_name} {kind} {rows} {unit}{'s' if rows != 1 else ''}.",
                f"Expected {layout} = {wanted}.",
                f'If your weights are written with a row per unit {"below" if out_in else "of the layer"}, set weights_layout = "{other}".',
            )
        return frozen(np.array(weights))

    def draw(self, how: Draw, shape: tuple[int, ...], where: str) -> Array:
        if not (math.isfinite(how.low) and math.isfinite(how.high) and how.low <= how.high):
            raise TracerError(
                "T105", where, f"numbers are drawn from {how.low} to {how.high}.", "low must not be above high."
            )
        keys = self.keys.random
        if keys.seed < 0 or keys.seed >= 2**32:
            raise TracerError("T504", f"{self.where}, [random]", f"seed is {keys.seed}.", "Expected 0 to 4294967295.")
        if self.random is None:
            legacy = keys.generator == "legacy"
            self.random = (
                np.random.RandomState(keys.seed).random_sample if legacy else np.random.default_rng(keys.seed).random
            )
            call = f"numpy.random.seed({keys.seed})" if legacy else f"numpy.random.default_rng({keys.seed})"
            self.drawn = f"drawn uniformly with {call}"
        if math.prod(shape) > 50_000_000:
            raise TracerError("T402", where, f"a matrix of shape {shape} is too large.")
        result: Array = how.low + (how.high - how.low) * self.random(shape)
        return result
