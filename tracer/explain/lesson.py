"""The lesson: the context a story template sees. Finished strings and plain records; no arrays, no SymPy.

This is public API for people who write their own stories. TeX strings come without dollar signs. Everything is
computed when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Add, Expr, Index, Number, Ref, put
from tracer.calculus.expression import replace as replace_values
from tracer.explain.listing import Listing, network_class, script
from tracer.explain.matrices import MatrixEquation, matrix_equation, matrix_of
from tracer.explain.names import canonical, with_names
from tracer.explain.notation import Notation, notation
from tracer.explain.numbers import Digits, digits, printed
from tracer.explain.reading import ABOUT, EQUAL, Reading
from tracer.explain.worked import Worked, aligned, element_lines, worked
from tracer.run.network import Entry
from tracer.run.problem import Problem
from tracer.run.run import run
from tracer.run.trace import Trace

VERSION = 1
MOST_UNITS = 48  # elements of one value that are worked out one by one; the rest is left to tables
MOST_ROWS = 20


@dataclass(frozen=True)
class Unit:
    """One element: `name` as typed, `symbol`, its chain `tex` (symbol = ... = number), and `number`, all TeX."""

    name: str
    anchor: str
    symbol: str
    tex: str
    number: str


@dataclass(frozen=True)
class Table:
    """A table of finished cells (TeX or text)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class LayerInfo:
    """One layer: `number` (0 is the input), `title` ("the hidden layer"), `units`, `activation` ("" for none)."""

    number: int
    title: str
    units: int
    activation: str
    has_bias: bool


class Part:
    """One line of the schedule as a story tells it."""

    def __init__(self, lesson: Lesson, entry: Entry, reading: Reading) -> None:
        self._lesson, self._entry, self._reading = lesson, entry, reading
        role = reading.network.roles[entry.name]
        #: canonical name (`z1`), phase, layer (0 for none), what the value is (`z`, `a`, `w`, ...) and its kind
        self.name, self.phase, self.layer, self.base, self.kind = entry.name, entry.phase, role.layer, role.base, role.kind
        #: False where it was computed from an already updated parameter, and so is no derivative
        self.exact = entry.exact

    @property
    def anchor(self) -> str:
        """A link target that stays the same."""
        again = "-again" if self._reading.step != self._lesson.step else ""
        return self.name.replace("_", "-") + again

    @cached_property
    def title(self) -> str:
        """What it is, in words: "net inputs of the hidden layer"."""
        return self._lesson.title_of(self._entry)

    @property
    def says(self) -> str:
        """What the equation says."""
        return self._entry.equation.says

    @cached_property
    def operation(self) -> str:
        """What the operation does, in words; "" for derived equations and the user's own."""
        op = self._reading.network.operations.get(self.name)
        return op.says if op and self.kind != "gradient" else ""

    @cached_property
    def op_note(self) -> str:
        """A convention of the operation that a reader should know."""
        source = self._entry.of if self.kind == "gradient" else self.name
        above = [entry for entry in self._reading.network.phase("forward") if entry.equation.textbook]
        if self.kind == "gradient":
            made = [entry.name for entry in above if any(item.by == source for item in entry.equation.textbook)]
            source = made[0] if made else ""
        op = self._reading.network.operations.get(source)
        return op.note if op else ""

    @cached_property
    def symbol(self) -> str:
        """The symbol in index letters."""
        return self.formula.split(" = ", 1)[0]

    @cached_property
    def formula(self) -> str:
        """The equation in index letters."""
        return self._reading.general(self._entry.equation)

    @cached_property
    def chain(self) -> str:
        """For a gradient: the chain rule in index letters, before the derivatives are worked out; else ""."""
        return self._reading.chain(self._entry) if self.kind == "gradient" and self.exact else ""

    @cached_property
    def slope(self) -> str:
        """For a gradient that passes an activation: the slope in its textbook form, as an equation; else ""."""
        for item, path in self._entry.ways:
            if path.textbook and item.left.name in self._reading.network.operations:
                of = Ref(item.left.name, item.left.indices)
                by = Ref(path.name, path.indices)
                printer = self._reading.printer()
                return f"{self._reading.names.derivative(of, by)} = {printer.tex(self._reading.shown(Equation(of, path.coefficient)).right)}"
        return ""

    @cached_property
    def slope_given(self) -> str:
        """What the textbook form of the slope assumes; "" for nothing."""
        return next((book.given for item, _ in self._entry.ways for book in item.textbook if book.given), "")

    @cached_property
    def matrix(self) -> MatrixEquation | None:
        """The equation between whole matrices, where it is a matrix product."""
        return matrix_equation(self._reading, self._entry.equation)

    @cached_property
    def matrix_tex(self) -> str:
        """The matrix equation with its numbers; "" where there is none or it is too large."""
        return aligned(self.matrix.symbol, self.matrix.lines) if self.matrix and self.matrix.lines else ""

    @cached_property
    def merged(self) -> Part:
        """The same gradient with the gradient before it written out (delta from the deltas above in one equation)."""
        return self._lesson.merge(self._entry, self._reading) or self

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The elements, one chain each: of the told example, at most 48."""
        return tuple(self._unit(ref) for ref in self._references()[:MOST_UNITS])

    @cached_property
    def values(self) -> Table:
        """All elements of the told example (at most 48) as a table of names and values."""
        rows = []
        for ref in self._references()[:MOST_UNITS]:
            number = self._reading.number(ref)
            rows.append((f"${self._reading.names.symbol(ref)}$", f"${number.tex(self._reading.notation.decimal)}$"))
        return Table(("value", "number"), tuple(rows))

    @property
    def complete(self) -> bool:
        """Whether `units` holds all elements of the told example."""
        return len(self._references()) <= MOST_UNITS

    @property
    def size(self) -> int:
        """How many elements there are in the told example."""
        return len(self._references())

    def _references(self) -> list[Ref]:
        reading = self._reading
        axes = reading.network.axes[self.name]
        per_example = bool(axes) and axes[0].axis == "n"
        chosen = []
        for places in reading.elements(self.name):
            if per_example and places[0] != self._lesson.example:
                continue
            chosen.append(Ref(self.name, tuple(_number(place) for place in places)))
            if len(chosen) > MOST_UNITS:
                break
        return chosen

    def _unit(self, ref: Ref) -> Unit:
        reading = self._reading
        symbol = reading.names.symbol(ref)
        return Unit(
            reading.names.spell(ref),
            _anchor(canonical(ref, reading.network), reading.step, self._lesson.step),
            symbol,
            aligned(symbol, self._lines(ref)),
            reading.number(ref).tex(reading.notation.decimal),
        )

    def _lines(self, ref: Ref) -> list[object]:
        return element_lines(self._reading, ref)  # type: ignore[return-value]


class _Merged(Part):
    """A gradient told by an equation in which the one before it is written out."""

    def __init__(self, lesson: Lesson, entry: Entry, reading: Reading, equation: Equation) -> None:
        super().__init__(lesson, replace(entry, equation=equation), reading)

    def _lines(self, ref: Ref) -> list[object]:
        places = tuple(int(index.value) for index in ref.indices if isinstance(index, Number))
        return self._reading.steps(self._reading.at(self._entry.equation, places), self._reading.number(ref))  # type: ignore[return-value]


class Lesson:
    """A trace, told. See the properties; `version` changes when one of them changes its meaning."""

    version = VERSION

    def __init__(self, trace: Trace, how: Notation, shown: Digits, step: int = 1, example: int = 1) -> None:
        self.step, self.example = step, example
        self._reading = Reading(with_names(trace, how), how, shown, step)
        self._network = trace.network

    # -- the problem

    @property
    def problem(self) -> Problem:
        """What the problem file says."""
        return self._reading.trace.problem

    @property
    def title(self) -> str:
        """The heading (text, as the user wrote it)."""
        return self.problem.title

    @property
    def source(self) -> str:
        """Where the example was published."""
        return self.problem.source

    @property
    def note(self) -> str:
        """What the problem file says about itself."""
        return self.problem.note

    @property
    def bare(self) -> bool:
        """Whether there are equations alone, no layers."""
        return self.problem.bare

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return self._network.extents.get("n", 1)

    @property
    def steps(self) -> int:
        """How many training steps were run."""
        return self._reading.trace.count

    @property
    def notation(self) -> Notation:
        """The notation in force."""
        return self._reading.notation

    @property
    def adds(self) -> bool:
        """Whether the notation passes back t - o and adds in the update."""
        return self.notation.error_sign < 0

    @property
    def one_by_one(self) -> bool:
        """Whether each parameter is replaced at once, so that later gradients see it."""
        return self.problem.update_order == "one-by-one"

    @cached_property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The layers from the input up."""
        if self.bare:
            return ()
        found = [LayerInfo(0, "the input", self._network.extents["u0"], "", False)]
        for number, layer in enumerate(self.problem.layers, 1):
            units = self._network.shapes[self._network.result_of(number)][-1]
            found.append(LayerInfo(number, self.layer_title(number), units, layer.activation, layer.bias is not None))
        return tuple(found)

    def layer_title(self, number: int) -> str:
        """A layer in words."""
        if number >= self._network.layers:
            return "the output layer"
        return "the hidden layer" if self._network.layers == 2 else f"hidden layer {number}"

    @property
    def linear(self) -> bool:
        """Whether no layer has an activation that bends."""
        return not self.bare and all(layer.activation in ("", "identity") and not layer.equations for layer in self.problem.layers)

    @property
    def drawn(self) -> str:
        """How parameters were drawn; "" where all are given."""
        return self.problem.drawn

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The given values and the parameters at this step, whole, as TeX equations (those small enough)."""
        names = [name for name in [*self._network.given, *self._network.parameters]]
        order = {"x": 0, "t": 1, "w": 2, "b": 2, "eta": 4}
        names.sort(key=lambda name: order.get(self._network.roles[name].base, 3))
        made = [self._given(name) for name in names]
        return tuple(text for text in made if text)

    def _given(self, name: str) -> str:
        if self._network.shapes[name]:
            return matrix_of(self._reading, name)
        ref = Ref(name)
        number = self._reading.number(ref)
        return f"{self._reading.names.symbol(ref)} {ABOUT if number.shortened else EQUAL} {number.tex(self.notation.decimal)}"

    @cached_property
    def given_units(self) -> tuple[Unit, ...]:
        """The single parameters and their values, in the order of the notation's numbers (at most 48)."""
        made: list[Unit] = []
        for name in self._network.parameters:
            for places in self._reading.elements(name):
                if len(made) == MOST_UNITS:
                    return tuple(made)
                made.append(self.unit(Ref(name, tuple(_number(place) for place in places))))
        return tuple(made)

    def unit(self, ref: Ref) -> Unit:
        """One element, worked out."""
        made = worked(self._reading, canonical(ref, self._network)) if not ref.indices else _worked(self._reading, ref)
        anchor = _anchor(canonical(ref, self._network), self.step, self.step)
        return Unit(made.name, anchor, made.symbol, made.tex(), made.number.tex(self.notation.decimal))

    # -- the parts of one step

    @cached_property
    def forward(self) -> tuple[Part, ...]:
        """The forward pass."""
        return self._parts("forward")

    @cached_property
    def loss(self) -> tuple[Part, ...]:
        """The loss."""
        return self._parts("loss")

    @cached_property
    def backward(self) -> tuple[Part, ...]:
        """The backward pass (with the updates inside it, where parameters are replaced one by one)."""
        if not self.one_by_one:
            return self._parts("backward")
        schedule = self._network.schedule
        last = max((place for place, entry in enumerate(schedule) if entry.phase == "backward"), default=-1)
        inside = [entry for entry in schedule[: last + 1] if entry.phase in ("backward", "update")]
        return tuple(Part(self, entry, self._reading) for entry in inside)

    @cached_property
    def update(self) -> tuple[Part, ...]:
        """The new parameters (those not told in the backward pass already)."""
        told = {part.name for part in self.backward}
        return tuple(part for part in self._parts("update") if part.name not in told)

    @cached_property
    def again(self) -> tuple[Part, ...]:
        """The forward pass and the loss after the update; () where nothing was updated."""
        trace = self._reading.trace
        after = self.step + 1
        if not trace.after or not (after == trace.count + 1 or after in trace.kept):
            return ()
        reading = replace(self._reading, step=after)
        return tuple(Part(self, entry, reading) for entry in [*self._network.phase("forward"), *self._network.phase("loss")])

    def _parts(self, phase: str) -> tuple[Part, ...]:
        return tuple(Part(self, entry, self._reading) for entry in self._network.phase(phase))

    def part(self, name: str) -> Part:
        """The part of one canonical name."""
        entry = self._network.entry(name)
        if entry is None:
            raise KeyError(f"no equation computes '{name}'")
        return Part(self, entry, self._reading)

    def title_of(self, entry: Entry) -> str:
        """What a line of the schedule computes, in words."""
        role = self._network.roles[entry.name]
        where = f" of {self.layer_title(role.layer)}" if role.layer else ""
        into = f" into {self.layer_title(role.layer)}" if role.layer else ""
        if role.kind == "new":
            return {"w": f"new weights{into}", "b": f"new biases{where}"}.get(role.base, f"new {entry.of}")
        if role.kind == "gradient":
            what = "gradient" if entry.exact else "what stands in for the gradient"
            if self.bare or role.base not in ("z", "a", "w", "b"):
                return f"{what} of {entry.of}"
            return {
                "z": f"deltas{where}",
                "a": f"{what} in the outputs{where}",
                "w": f"{what} in the weights{into}",
                "b": f"{what} in the biases{where}",
            }[role.base]
        if role.base == "E":
            return "the error"
        named = {"z": f"net inputs{where}", "a": f"outputs{where}"}
        return named.get(role.base, entry.equation.says or entry.name) if not self.bare else entry.equation.says or entry.name

    def merge(self, entry: Entry, reading: Reading) -> Part | None:
        """An entry whose equation has the gradients it reads written out once; None where there is nothing to merge."""
        network = reading.network
        changed = False

        def write_out(ref: Ref) -> Expr:
            nonlocal changed
            inner = network.entry(ref.name)
            if inner is None or network.roles[ref.name].kind != "gradient" or network.roles[ref.name].base != "a":
                return ref
            changed = True
            letters = {index: value for index, value in zip(inner.equation.left.indices, ref.indices, strict=True) if isinstance(index, Index)}
            return put(inner.equation.right, letters)

        right = replace_values(entry.equation.right, write_out)
        return _Merged(self, entry, reading, replace(entry.equation, right=right)) if changed else None

    # -- single quantities

    def worked(self, address: str) -> Worked:
        """One quantity worked out, with all paths of its chain rule."""
        return worked(self._reading, address)

    def symbol(self, address: str) -> str:
        """The TeX symbol of an element or of a whole value."""
        return self.worked(address).symbol

    def letters(self, name: str) -> str:
        """The TeX symbol of a value in index letters."""
        return self._reading.names.symbol(Ref(name, self._network.axes[name]))

    def whole(self, name: str) -> str:
        """The TeX symbol of a value as a whole."""
        return self._reading.names.symbol(Ref(name))

    def number(self, address: str) -> str:
        """A value as it is printed, as TeX."""
        return self.worked(address).number.tex(self.notation.decimal)

    @property
    def output(self) -> str:
        """The canonical name of what the network gives."""
        return self._network.result_of(self._network.layers) if not self.bare else self._network.output

    @property
    def rate(self) -> str:
        """The learning rate as TeX; "" where nothing is updated."""
        return self.number("eta") if "eta" in self._network.given else ""

    # -- the error, before and after

    def _error(self, step: int) -> float:
        trace = self._reading.trace
        return float(trace.losses[step - 1]) if step <= trace.count else float(trace.after["E"])

    @property
    def has_error(self) -> bool:
        """Whether there is a loss and an update to compare it after."""
        return "E" in self._network.shapes and bool(self._reading.trace.after)

    def _shown_error(self, step: int) -> str:
        return printed(self._error(step), self._reading.digits).tex(self.notation.decimal)

    @property
    def error_before(self) -> str:
        """The error of the told step, as TeX."""
        return self._shown_error(self.step)

    @property
    def error_after(self) -> str:
        """The error after its update, as TeX."""
        return self._shown_error(self.step + 1)

    @property
    def error_fell(self) -> bool:
        """Whether the step made the error smaller."""
        return self._error(self.step + 1) < self._error(self.step)

    @cached_property
    def history(self) -> Table | None:
        """The error of at most 20 steps of the run, the first and the last among them; None for a single step."""
        count = self._reading.trace.count
        if count == 1 or "E" not in self._network.shapes:
            return None
        last = count + 1 if self._reading.trace.after else count
        chosen = sorted({round(place) for place in np.linspace(1, last, min(last, MOST_ROWS))})
        symbol = self._reading.names.symbol(Ref("E"))
        rows = tuple((str(step), f"${self._shown_error(step)}$") for step in chosen)
        return Table(("forward pass", f"${symbol}$"), rows)

    @cached_property
    def example_table(self) -> Table | None:
        """Inputs, outputs and targets of every example (at most 20), at this step; None for a single example."""
        if self.bare or self.examples == 1:
            return None
        names = ["x", *(self._network.result_of(number) for number in range(1, self._network.layers + 1))]
        names += ["t"] if "t" in self._network.given else []
        columns = [(name, place) for name in names for place in range(1, self._network.shapes[name][1] + 1)]
        if len(columns) > 12:
            return None
        single = {name: Reading(self._reading.trace, self.notation, self._reading.digits, self.step) for name in names}
        header = ["example"]
        for name, place in columns:
            symbol = self._reading.names.symbol(Ref(name, (Index("n", "n"), _number(place))))
            header.append(f"${symbol}$")
        rows = []
        for example in range(1, min(self.examples, MOST_ROWS) + 1):
            cells = [str(example)]
            for name, place in columns:
                number = single[name].number(Ref(name, (_number(example), _number(place))))
                cells.append(f"${number.tex(self.notation.decimal)}$")
            rows.append(tuple(cells))
        return Table(tuple(header), tuple(rows))

    # -- code

    @cached_property
    def script(self) -> Listing:
        """The network as a NumPy script, and what it prints."""
        return script(self._reading)

    @cached_property
    def network_class(self) -> Listing:
        """The network as a short class, and what it prints."""
        return network_class(self._reading)

    # -- the prediction, written out

    @cached_property
    def written_out(self) -> tuple[str, ...]:
        """Each output as a formula in the inputs and parameters alone, step by step from the top; () where too long."""
        if self.bare or any(layer.equations for layer in self.problem.layers):
            return ()
        if np.prod([layer.units for layer in self.layers]) > 24 or self.layers[-1].units > 3:
            return ()
        result = []
        for place in range(1, self.layers[-1].units + 1):
            ref = Ref(self.output, (_number(self.example), _number(place)))
            symbol = self._reading.names.symbol(ref)
            rows = [f"{symbol} &= {self._expand(ref, depth)}" for depth in range(1, self._depth() + 1)]
            rows = [row if number == 0 else "&= " + row.split("&= ", 1)[1] for number, row in enumerate(dict.fromkeys(rows))]
            result.append("\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}")
        return tuple(result)

    def _depth(self) -> int:
        return self._network.layers

    def _expand(self, ref: Ref, depth: int) -> str:
        """The TeX of a value with the layers below it written out, `depth` layers deep."""
        reading = self._reading
        entry = self._network.entry(ref.name)
        if depth == 0 or entry is None or entry.phase not in ("forward", "loss"):
            return reading.names.symbol(ref)
        places = tuple(int(index.value) for index in ref.indices if isinstance(index, Number))
        op = self._network.operations.get(ref.name)
        if op is not None and op.kind == "activation":
            below = Ref(entry.equation.textbook[0].by if entry.equation.textbook else op.input, ref.indices)
            inside = self._expand(below, depth)
            return inside if op.name == "identity" else rf"\mathrm{{{op.name}}}\left({inside}\right)"
        right = reading.at(entry.equation, places)

        def atom(part: Ref) -> tuple[str, bool]:
            below = self._network.entry(part.name)
            text = self._expand(part, depth - 1)
            bends = below is not None and self._network.operations.get(part.name) is not None and text.startswith(r"\mathrm{")
            return text, isinstance(right, Add) and depth > 1 and below is not None and below.phase == "forward" and not bends

        return replace(reading.printer(), atom=atom).tex(right)


def _worked(reading: Reading, ref: Ref) -> Worked:
    from tracer.explain.worked import worked_element

    return worked_element(reading, ref)


def _number(value: int) -> Number:
    from fractions import Fraction

    return Number(Fraction(value))


def _anchor(address: str, step: int, told: int) -> str:
    """`w1[1,2]` -> w1-1-2: a link target."""
    base = address.replace("[", "-").replace("]", "").replace(",", "-").replace("_", "-")
    return base + ("-again" if step != told else "")


def lesson(
    problem: str | Problem | Trace,
    *,
    notation_name: str | Notation = "",
    shown: int | str | Digits = "",
    steps: int | None = None,
    step: int = 1,
) -> Lesson:
    """A problem, or a trace of it, to its `Lesson`; notation and digits are the problem's own unless given."""
    trace = problem if isinstance(problem, Trace) else run(problem, steps=steps)
    own = trace.problem
    return Lesson(trace, notation(notation_name or own.notation), digits(shown or own.digits), step)
