"""A problem file to a checked `Problem`: the only place that converts layouts and draws numbers."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import to_builtins

from tracer.calculus.equation import Equation, equation
from tracer.calculus.language import RESERVED, to_text
from tracer.errors import TracerError, shortened, suggest
from tracer.ops import ACTIVATIONS, LOSSES, METRICS, OPTIMIZERS, PENALTIES, SCHEDULES
from tracer.run.choices import Choice, choice
from tracer.run.deviation import Chosen
from tracer.run.deviations import deviations_named
from tracer.run.drawing import Batches, Drawing
from tracer.run.keys import Draw, LayerKeys, OwnEquation, ProblemKeys, Record, checked, either, shown
from tracer.run.long_lists import with_arrays
from tracer.run.rounding import FULL_PRECISION, Arithmetic, arithmetic

Array = np.ndarray[Any, np.dtype[Any]]

LARGEST_FILE = 10_000_000  # bytes
LARGEST_MATRIX = 10_000_000  # numbers
MOST_STEPS = 10_000_000
DEEPEST_LIST = 8


@dataclass(frozen=True)
class Layer:
    """One layer as the file gives it. `weights` is [i below, j], `bias` is (), [j] or None; all arrays read-only."""

    activation: str
    weights: Array | None
    bias: Array | None
    bias_updated: bool
    equations: tuple[Equation, ...]
    parameters: Mapping[str, Array]
    options: Mapping[str, float] = field(default_factory=dict)  # of the activation


@dataclass(frozen=True)
class Problem:
    """What a problem file says, checked. Arrays: `inputs` [n,i], `targets` [n,k], float64 and read-only. `where` is
    how errors name the file."""

    name: str
    where: str
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
    loss_options: Mapping[str, float]
    penalties: tuple[Choice, ...]
    metrics: tuple[str, ...]
    rate: float | None
    schedule: Choice | Equation
    steps: int
    batches: Batches | None  # None where every step uses the examples as they stand
    optimizer: Choice
    clip: float | None
    state: Mapping[str, Array]
    update_order: str
    record: str | int | tuple[int, ...]  # "everything", "loss", "first-and-last", every k-th, or a list
    drawn: str  # how parameters were drawn, "" where all are given
    arithmetic: Arithmetic = FULL_PRECISION  # how results are rounded
    # what the file says, as `from_keys` takes it again; long lists are arrays
    keys: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    deviations: tuple[Chosen, ...] = ()  # named mistakes that the run makes

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
    if not isinstance(problem, str | Path):
        expected = "Expected a file, the name of a built-in problem, or a mapping with the keys of a file."
        raise TracerError("T101", "problem", f"this is no problem: {shortened(repr(problem))}.", expected)
    known = built_in()
    path = Path(problem)
    try:
        missing = not path.exists()
    except OSError as error:
        raise TracerError("T101", shortened(problem), f"the file cannot be read: {error.strerror}.") from None
    if missing and str(problem) in known:
        path = known[str(problem)]
    elif missing:
        hint = suggest(str(problem), known) if "." not in path.name else "Check the name and the folder it is in."
        found = "there is no such file and no built-in problem of this name."
        raise TracerError("T101", shortened(problem, 200), found, hint)
    return parse(read(path), shortened(path.name or path, 200))


def read(path: Path) -> str:
    """The text of a problem file. Raises TracerError T101."""
    where = shortened(path.name or path, 200)
    try:
        if path.is_dir():
            raise TracerError("T101", where, "this is a folder.", "Expected a TOML file.", "Name a file inside it.")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)  # never more, whatever it is: /dev/zero has no end
    except OSError as error:
        raise TracerError("T101", where, f"the file cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST_FILE:
        limit = f"Expected at most {LARGEST_FILE:,} bytes."
        raise TracerError("T101", where, "the file is too large.", limit, "Leave examples out.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x} is not UTF-8."
        raise TracerError("T101", f"{where}, line {line}", found, "", "Save the file as UTF-8 text.") from None


def parse(text: str, where: str = "problem") -> Problem:
    """The text of a problem file to a `Problem`; `where` names the file in errors."""
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise TracerError("T102", where, "brackets are nested too deep.") from None
    except ValueError as error:  # also for whole numbers with thousands of digits
        raise _not_toml(str(error), text, where) from None
    return _problem(data, where)


def _not_toml(message: str, text: str, where: str) -> TracerError:
    """What the TOML reader found wrong, with the line it stands in."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    said = shortened(found[1] if found else message, 200).rstrip(".")
    if "digits" in said:
        said = "a whole number has too many digits"
    if found and found[2]:
        line = text.split("\n")[int(found[2]) - 1].strip()
        where += f", line {found[2]}, column {found[3]} of '{shortened(line)}'"
    elif found:
        where += ", at the end"
    remedy = "Texts stand in quotes, lists in [ ]; toml.io shows the rest."
    return TracerError("T102", where, f"this is not TOML: {said[:1].lower()}{said[1:]}.", "", remedy)


def from_keys(keys: Mapping[str, Any], where: str) -> Problem:
    """The `keys` of a problem to the same `Problem`; `where` names it in errors."""
    return _problem(keys, where)


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

    expected = either([_KINDS[rank] for rank in ranks])
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
    """A shape in words: a single number, a list of 3 numbers, a list of 2 lists of 3 numbers."""
    words = [*["list"] * (len(shape) - 1), "number"]
    counts = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in zip(shape, words, strict=False)]
    return "a list of " + " of ".join(counts) if shape else "a single number"


class _Reader:
    """Checked keys to a `Problem`; one method a part of the file."""

    def __init__(self, keys: ProblemKeys, where: str) -> None:
        self.keys, self.where = keys, where
        self.drawing = Drawing(keys.random, where)

    def problem(self) -> Problem:
        keys, training = self.keys, self.keys.training
        self.check_parts()
        inputs, targets = self.data()
        layers = tuple(self.layers(inputs))
        rate = training.rate
        if rate is not None and not math.isfinite(rate):
            raise TracerError("T105", f"{self.where}, [training]", f"rate is {rate}.", "Expected a finite number.")
        place = f"{self.where}, [training]"
        optimizer = choice(training.optimizer, OPTIMIZERS, "optimizer", place)
        loss, loss_options = self.loss()
        batches, steps = self.batches(inputs)
        for axis, size in keys.sizes.items():
            self.check_size(size, "[sizes]", shortened(axis))
        return Problem(
            name=self.where.removesuffix(".toml"),
            where=self.where,
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
            values=self.named(keys.values, "[values]"),
            parameters=self.named(keys.parameters, "[parameters]"),
            equations=self.equations(keys.equations, "equation"),
            sizes=dict(keys.sizes),
            loss=loss,
            loss_options=loss_options,
            penalties=self.penalties(),
            metrics=self.metrics(),
            rate=rate,
            schedule=self.schedule(),
            steps=steps,
            batches=batches,
            optimizer=optimizer,
            clip=self.clip(),
            state=self.named(keys.state, "[state]"),
            update_order=training.update_order,
            record=self.record(steps),
            drawn=self.drawing.said,
            arithmetic=arithmetic(keys.arithmetic, f"{self.where}, [arithmetic]"),
            keys=with_arrays(to_builtins(keys)),
            deviations=deviations_named(keys.deviations, f"{self.where}, deviations"),
        )

    def unknown(self, place: str, what: str, name: str, known: Mapping[str, Any]) -> TracerError:
        return TracerError(
            "T106", f"{self.where}, {place}", f"there is no {what} '{shortened(name)}'.", suggest(name, known)
        )

    def check_size(self, size: int, place: str, what: str) -> None:
        if size < 1 or size > LARGEST_MATRIX:
            code, limit = ("T104", "at least 1") if size < 1 else ("T402", f"at most {LARGEST_MATRIX:,}")
            raise TracerError(code, f"{self.where}, {place}", f"{what} is {shown(size)}.", f"Expected {limit}.")

    def named(self, values: Mapping[str, Any], place: str) -> dict[str, Array]:
        """Arrays by name, the names checked."""
        where = f"{self.where}, {place}"
        for name in values:
            check_name(name, where)
        return {name: numbers(value, where, name, (0, 1, 2, 3)) for name, value in values.items()}

    def refused(self, found: str, remedy: str, place: str = "") -> TracerError:
        return TracerError("T107", f"{self.where}, {place}" if place else self.where, found, "", remedy)

    def check_parts(self) -> None:
        """Refuse parts of a file that are missing or exclude each other."""
        keys, training = self.keys, self.keys.training
        if keys.layers and keys.equations:
            remedy = "A layer's own equations stand inside its [[layers]] table."
            raise self.refused("both [[layers]] and equations are given.", remedy)
        if not keys.layers and not keys.equations:
            remedy = "Give one of them; 'tracer new FILE' makes an example."
            raise self.refused("neither [[layers]] nor equations are given.", remedy)
        if keys.layers and keys.data is None:
            raise self.refused("there is no [data] table.", "Layers need inputs, and targets for a loss.")
        if keys.equations and keys.data is not None:
            raise self.refused("bare equations have no [data].", "Give their values under [values].")
        if keys.layers and (keys.values or keys.parameters):
            remedy = "Inputs stand under [data], a layer's own parameters inside its [[layers]] table."
            raise self.refused("[values] and [parameters] belong to bare equations.", remedy)
        if keys.equations and training.loss:
            remedy = "The last equation is the one that is minimised; leave loss out."
            raise self.refused("bare equations have no loss.", remedy, "[training]")
        if keys.layers and training.rate is not None and not training.loss:
            remedy = "Name a loss, or leave the rate out."
            raise self.refused("there is a rate, but no loss to minimise.", remedy, "[training]")
        if (training.steps > 1 or training.epochs) and training.rate is None:
            word, count = ("epochs", training.epochs) if training.epochs else ("steps", training.steps)
            remedy = f"Without a rate nothing is updated; give one, or leave {word} out."
            raise self.refused(f"{word} is {shown(count)}, but there is no rate.", remedy, "[training]")

    def data(self) -> tuple[Array | None, Array | None]:
        if self.keys.data is None:
            return None, None
        where = f"{self.where}, [data]"
        inputs = numbers(self.keys.data.inputs, where, "inputs", (1, 2))
        single = inputs.ndim == 1
        inputs = frozen(np.atleast_2d(inputs))
        if self.keys.data.labels:
            return inputs, self.one_hot(len(inputs))
        if not self.keys.data.targets:
            return inputs, None
        targets = numbers(self.keys.data.targets, where, "targets", (1, 2))
        if targets.ndim == 1:
            targets = targets[None, :] if single or len(inputs) == 1 else targets[:, None]
        if len(targets) != len(inputs):
            found = f"there {_count(len(inputs), 'row')} of inputs, but {len(targets)} of targets."
            raise TracerError("T104", where, found, "Expected one row of targets for each example.")
        return inputs, frozen(targets)

    def equations(self, items: list[str | OwnEquation], what: str) -> tuple[Equation, ...]:
        made = []
        for number, item in enumerate(items, 1):
            keys = OwnEquation(equation=item) if isinstance(item, str) else item
            where = f"{self.where}, {what} {number}"
            known = equation(
                keys.equation,
                keys.says,
                padded=keys.padded,
                slopes=keys.slopes,
                given=keys.given,
                routing=keys.routing,
                where=where,
            )
            check_name(known.left.name, where)
            made.append(known)
        return tuple(made)

    def loss(self) -> tuple[str | Equation, dict[str, float]]:
        value, where = self.keys.training.loss, f"{self.where}, [training]"
        chosen = Choice() if "=" in value else choice(value, LOSSES, "loss", where)
        text = chosen.name or (value if isinstance(value, str) else "")
        if "=" in text:
            made = equation(text, "loss", where=f"{where}, loss")
            if made.left.name != "E" or made.left.indices:
                found = f"the loss makes '{to_text(made.left)}'."
                raise TracerError("T204", where, found, "Expected a loss of your own to begin with 'E ='.")
        if self.keys.data and text and not (self.keys.data.targets or self.keys.data.labels):
            raise self.refused("a loss needs targets.", "Add targets, or leave the loss out.", "[data]")
        return (made, {}) if "=" in text else (text, dict(chosen.options))

    def layers(self, inputs: Array | None) -> list[Layer]:
        made: list[Layer] = []
        below = inputs.shape[1] if inputs is not None else 0
        for number, keys in enumerate(self.keys.layers, 1):
            layer, below = self.layer(keys, number, below)
            made.append(layer)
        return made

    def layer(self, keys: LayerKeys, number: int, below: int) -> tuple[Layer, int]:
        where = f"{self.where}, layer {number}"
        activation = choice(keys.activation, ACTIVATIONS, "activation", where)
        if keys.units is not None:
            self.check_size(keys.units, f"layer {number}", "units")
        if keys.equations:
            if keys.weights is not None or keys.bias is not None:
                found = "a layer with equations of its own has no weights or bias key."
                raise self.refused(found, "Give them under its parameters.", f"layer {number}")
            equations = self.equations(keys.equations, f"layer {number}, equation")
            parameters = self.named(keys.parameters, f"layer {number}, parameters")
            return Layer(activation.name, None, None, True, equations, parameters, activation.options), keys.units or 0
        if keys.parameters:
            found = "parameters belong to a layer with equations of its own."
            raise self.refused(found, "Use weights and bias, or add equations.", f"layer {number}")
        weights = self.weights(keys, number, below)
        units = weights.shape[1]
        bias: Array | None = None
        if isinstance(keys.bias, Draw):
            bias = frozen(self.draw(keys.bias, (units,), (len(weights), units), where))
        elif keys.bias is not None:
            bias = numbers(keys.bias, where, "bias", (0, 1))
            if bias.ndim and len(bias) != units:
                found = f"there {_count(len(bias), 'bias', 'es')}, but {units} unit{'s' if units != 1 else ''}."
                expected = "Expected one bias for each unit, or a single number for the layer."
                raise TracerError("T104", where, found, expected)
        return Layer(activation.name, weights, bias, keys.bias_updated, (), {}, activation.options), units

    def weights(self, keys: LayerKeys, number: int, below: int) -> Array:
        place, out_in = f"layer {number}", self.keys.weights_layout == "out-in"
        if keys.weights is None:
            remedy = 'Give a matrix, or { draw = "uniform" } together with units.'
            raise self.refused("weights are missing.", remedy, place)
        if isinstance(keys.weights, Draw):
            if keys.units is None:
                remedy = "Say how many units the layer has."
                raise self.refused("weights are drawn, but units is missing.", remedy, place)
            if not below:
                remedy = f"Say units in layer {number - 1}."
                raise self.refused("weights are drawn above a layer of unknown width.", remedy, place)
            shape = (keys.units, below) if out_in else (below, keys.units)
            weights = self.draw(keys.weights, shape, (below, keys.units), f"{self.where}, {place}")
        else:
            weights = numbers(keys.weights, f"{self.where}, {place}", "weights", (2,))
        weights = weights.T if out_in else weights
        expected = (below or weights.shape[0], keys.units or weights.shape[1])
        if weights.shape != expected:
            raise self.misshapen(weights.shape, expected, number)
        return frozen(np.array(weights))

    def misshapen(self, found: tuple[int, int], expected: tuple[int, int], number: int) -> TracerError:
        """Weights [units below, units] of another shape than the units ask for."""
        rows, units = expected
        if found[0] != rows:
            told = f"there {_count(rows, 'input')}" if number == 1 else f"layer {number - 1} has {_units(rows)}"
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

    def one_hot(self, count: int) -> Array:
        """Classes as whole numbers to rows of targets: 1 for the class of an example, 0 for the others."""
        data, where = self.keys.data, f"{self.where}, [data]"
        assert data is not None
        if data.targets:
            raise self.refused("both targets and labels are given.", "Leave one of them out.", "[data]")
        if len(data.labels) != count:
            found = (
                f"there {_count(count, 'row')} of inputs, but {len(data.labels)} label{'s' * (len(data.labels) != 1)}."
            )
            raise TracerError("T104", where, found, "Expected one label for each example.")
        last = self.keys.layers[-1] if self.keys.layers else None
        units = None if last is None else last.units or self.width(last)
        classes = units or max(data.labels) - data.first_label + 1
        for number, label in enumerate(data.labels, 1):
            if not data.first_label <= label < data.first_label + classes:
                found = f"the label of example {number} is {shown(label)}."
                expected = f"Expected {data.first_label} to {data.first_label + classes - 1}, the classes of {classes} "
                raise TracerError(
                    "T105", where, found, f"{expected}output units.", "first_label says where they begin."
                )
        targets = np.zeros((count, classes))
        targets[np.arange(count), np.array(data.labels) - data.first_label] = 1.0
        return frozen(targets)

    def width(self, keys: LayerKeys) -> int | None:
        """How many units a layer has, where its weights tell; None where they are wrong or missing."""
        rows = keys.weights if isinstance(keys.weights, list) else []
        if self.keys.weights_layout == "out-in":
            return len(rows) or None
        return len(rows[0]) if rows and isinstance(rows[0], list) else None

    # -- training

    def batches(self, inputs: Array | None) -> tuple[Batches | None, int]:
        """Which examples each step uses, and how many steps there are."""
        training, place = self.keys.training, f"{self.where}, [training]"
        check_steps(training.steps, place)
        if inputs is None:
            for key in ("batch", "epochs", "shuffle", "drop_last"):
                if getattr(training, key):
                    raise self.refused(f"bare equations have no examples, so no {key}.", "Leave it out.", "[training]")
            return None, training.steps
        examples = len(inputs)
        size = examples if training.batch is None else training.batch
        if not 1 <= size <= examples:
            found = f"batch is {shown(size)}, but there {_count(examples, 'example')}."
            raise TracerError("T104", place, found, f"Expected 1 to {examples}.")
        if examples % size and not training.drop_last:
            found = f"{examples} examples do not make batches of {size}."
            even = either([str(one) for one in range(1, examples + 1) if examples % one == 0][:12])
            remedy = f"Set drop_last = true to leave {examples % size} of them out of each epoch."
            raise TracerError("T104", place, found, f"Expected {even}.", remedy)
        made = Batches(examples, size, self.drawing.for_orders() if training.shuffle else None)
        steps = training.steps
        if training.epochs is not None:
            if steps != 1:
                raise self.refused("both steps and epochs are given.", "Leave one of them out.", "[training]")
            if not 1 <= training.epochs <= MOST_STEPS:
                raise TracerError("T504", place, f"epochs is {shown(training.epochs)}.", "Expected at least 1.")
            steps = check_steps(training.epochs * made.in_epoch, place)
        return (None if made.whole else made), steps

    def penalties(self) -> tuple[Choice, ...]:
        value, place = self.keys.training.penalty, f"{self.where}, [training]"
        wanted = value if isinstance(value, list) else [value]
        found = tuple(choice(one, PENALTIES, "penalty", place) for one in wanted if one)
        outputs = [PENALTIES[one.name].output for one in found]
        if len(set(outputs)) < len(outputs):
            raise self.refused("two penalties of one kind are given.", "Leave one of them out.", "[training]")
        if found and (not self.keys.training.loss or self.keys.equations):
            raise self.refused("a penalty is added to a loss, and there is none.", "Name a loss.", "[training]")
        return found

    def metrics(self) -> tuple[str, ...]:
        for name in self.keys.training.metrics:
            if name not in METRICS:
                raise self.unknown("[training]", "metric", name, METRICS)
        if self.keys.training.metrics and not (self.keys.data and (self.keys.data.targets or self.keys.data.labels)):
            raise self.refused("metrics compare outputs with targets, and there are none.", "Add targets.", "[data]")
        return tuple(dict.fromkeys(self.keys.training.metrics))

    def schedule(self) -> Choice | Equation:
        value, place = self.keys.training.schedule, f"{self.where}, [training]"
        if value and self.keys.training.rate is None:
            raise self.refused("there is a schedule, but no rate.", "Give the rate it begins with.", "[training]")
        if isinstance(value, str) and "=" in value:
            made = equation(value, "learning rate", where=f"{place}, schedule")
            if made.left.name != "eta" or made.left.indices:
                found = f"the schedule makes '{to_text(made.left)}'."
                raise TracerError("T204", place, found, "Expected a schedule of your own to begin with 'eta ='.")
            return made
        return choice(value, SCHEDULES, "schedule", place)

    def clip(self) -> float | None:
        value = self.keys.training.clip
        if value is not None and not 0 < value < math.inf:
            raise TracerError("T105", f"{self.where}, [training]", f"clip is {value}.", "Expected a number above 0.")
        return value

    def record(self, steps: int) -> str | int | tuple[int, ...]:
        value, place = self.keys.training.record, f"{self.where}, [training]"
        if isinstance(value, Record):
            if value.every < 1:
                raise TracerError("T504", place, f"every is {shown(value.every)}.", "Expected at least 1.")
            return value.every
        if isinstance(value, list):
            for step in value:
                if not 1 <= step <= steps:
                    raise TracerError("T504", place, f"record has step {shown(step)}.", f"Expected 1 to {steps}.")
            return tuple(value)
        return value


def check_steps(steps: object, where: str) -> int:
    """A number of training steps, checked. Raises TracerError T504."""
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise TracerError("T504", where, f"steps is {shown(steps)}.", f"Expected a whole number, 1 to {MOST_STEPS:,}.")
    return steps


def check_name(name: str, where: str) -> None:
    """Refuse what cannot be the name of a value. Raises TracerError T204."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]{0,30}", name):
        expected = "A name is at most 31 letters, digits and _, and does not begin with a digit."
        raise TracerError("T204", where, f"'{shortened(name)}' cannot be the name of a value.", expected)
    if name in RESERVED:
        raise TracerError("T204", where, f"'{name}' is a function.", "", "Give the value another name.")


def _count(number: int, word: str, plural: str = "s") -> str:
    return f"is 1 {word}" if number == 1 else f"are {number} {word}{plural}"


def _units(number: int) -> str:
    return "1 unit" if number == 1 else f"{number} units"
