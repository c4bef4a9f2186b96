"""The pieces a lesson is told in: elements, tables, layers, and the parts of one step. Finished strings only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Expr, Index, Ref, Sum, names, put, walk
from tracer.calculus.expression import replace as replace_values
from tracer.explain.cancellation import Cancellation, cancellation
from tracer.explain.conventions import is_convention
from tracer.explain.inexact import why_inexact
from tracer.explain.matrices import MatrixEquation, matrix_equation, with_shapes
from tracer.explain.names import canonical, whole_number
from tracer.explain.numbers import printed
from tracer.explain.pictured import finished
from tracer.explain.reading import Reading
from tracer.explain.relations import ABOUT, EQUAL
from tracer.explain.roles import unmarked
from tracer.explain.tables import Table, all_elements
from tracer.explain.titles import is_own, title_of
from tracer.explain.worked import aligned, anchor
from tracer.run.network import Entry
from tracer.run.rounding import rules_of

if TYPE_CHECKING:
    from tracer.explain.lesson_problem import ProblemTold

FEW_UNITS = 6  # of more than that the first few are told
MOST_TERMS = 24  # terms of one sum that are written out
MOST_UNITS = 48  # elements of one value that are worked out one by one; the rest is left to tables


@dataclass(frozen=True)
class Unit:
    """One element: `name` as typed, `symbol`, its chain `tex` (symbol = ... = number), `short` (symbol = number), and
    `number`; all TeX."""

    name: str
    anchor: str
    symbol: str
    tex: str
    short: str
    number: str


@dataclass(frozen=True)
class LayerInfo:
    """One layer: `number` (0 is the input), `title` ("the hidden layer"), `units`, `activation` ("" for none); whether
    it has a bias, whether that is kept as it is, and whether the layer has equations of its `own`."""

    number: int
    title: str
    units: int
    activation: str
    has_bias: bool
    bias_kept: bool
    own: bool


class Part:
    """One line of the schedule as a story tells it."""

    def __init__(self, lesson: ProblemTold, entry: Entry, reading: Reading) -> None:
        self._lesson, self._entry, self._reading = lesson, entry, reading
        role = reading.network.roles[entry.name]
        #: name (str): the canonical name (`z1`, `dw2`); phase (str): forward, loss, backward or update;
        #: layer (int): the number of its layer, 0 for none; base (str): what the value is (`z`, `a`, `w`, `E`, ...) or
        #: is a gradient of; kind (str): value, gradient, new, state, option or metric
        self.name, self.phase, self.layer, self.base, self.kind = (
            entry.name,
            entry.phase,
            role.layer,
            role.base,
            role.kind,
        )
        #: exact (bool): false where it is only what was computed, no derivative or a line that a deviation changed
        self.exact = entry.exact

    @property
    def of_parameter(self) -> bool:
        """Whether it is the gradient of a parameter, or a new parameter."""
        return self._entry.of in self._reading.network.parameters

    @property
    def of(self) -> str:
        """For a gradient and a new parameter: the symbol of the value it belongs to, in index letters; else ""."""
        return self._lesson.letters(self._entry.of) if self._entry.of else ""

    @property
    def anchor(self) -> str:
        """A link target that stays the same."""
        again = "-again" if self._reading.step != self._lesson.step else ""
        return self.name.replace("_", "-") + again

    @cached_property
    def title(self) -> str:
        """What it is, in words: "net inputs of the hidden layer"."""
        return title_of(self._reading.network, self._entry, self._reading.language)

    @property
    def heading(self) -> str:
        """The title as a heading. What the user wrote is left as it is: a capital could make another name of it."""
        own = self.kind == "value" and is_own(self._reading.network, self.name)
        return self.title if own and self.says else self.title[:1].upper() + self.title[1:]

    @property
    def picture(self) -> str:
        """The address of a picture, where this is the last line of a layer in its phase; else ""."""
        return finished(self._lesson, self._reading.network, self._entry)

    @property
    def inexact(self) -> str:
        """Why the line is only what was computed, as a sentence; "" where it is what it is declared to be."""
        return why_inexact(self._reading.network, self._entry, self._reading.language)

    @property
    def says(self) -> str:
        """What the equation says."""
        return self._reading.language.said(self._entry.equation.says)

    @cached_property
    def operation(self) -> str:
        """What the operation does, in words; "" for derived equations, the user's own, a helper of an activation."""
        op = self._reading.network.operations.get(self.name)
        last = op is not None and self.base == op.output.removesuffix("_new")  # not what it is made of on the way
        return self._reading.language.of(op.says) if op and last and self.kind != "gradient" else ""

    @cached_property
    def op_note(self) -> str:
        """A convention of the operation that a reader should know."""
        op = self._reading.network.operations.get(self.name)
        return self._reading.language.of(op.note) if op else ""

    @property
    def remark(self) -> str:
        """What should be known about the formula of an activation; "" for a convention about its slope."""
        op = self._reading.network.operations.get(self.name)
        told = op is not None and self.base == "a" and self.kind == "value" and not is_convention(op.note)
        return self.op_note if told else ""

    @property
    def reads_new(self) -> bool:
        """Whether its equation reads parameters that this step has already replaced."""
        kinds = {self._reading.network.roles[name].kind for name in names(self._entry.equation.right)}
        return "new" in kinds

    @cached_property
    def symbol(self) -> str:
        """The symbol in index letters."""
        return self.formula.split(" = ", 1)[0]

    @cached_property
    def formula(self) -> str:
        """The equation in index letters."""
        return self._reading.general(self._entry.equation)

    @cached_property
    def repeats(self) -> bool:
        """Whether the first line of its only element is the general formula again."""
        units = self.units
        return len(units) == 1 and unmarked(units[0].tex).replace("&", "").replace("\\begin{aligned}\n", "").startswith(
            unmarked(self.formula)
        )

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
                right = self._reading.shown(Equation(of, path.coefficient)).right
                return f"{self._reading.names.derivative(of, by)} = {printer.tex(right)}"
        return ""

    @cached_property
    def slope_given(self) -> str:
        """What the textbook form of the slope assumes; "" for nothing."""
        given = next((book.given for item, _ in self._entry.ways for book in item.textbook if book.given), "")
        return self._reading.language.of(given)

    @cached_property
    def cancels(self) -> Cancellation | None:
        """For the delta of an output layer: what it comes to where activation and loss cancel each other; else None."""
        return cancellation(self._reading, self.name, (form.places for form in self._forms))

    @cached_property
    def matrix(self) -> MatrixEquation | None:
        """The equation between whole matrices, where it is a matrix product."""
        return matrix_equation(self._reading, self._entry.equation)

    @cached_property
    def shapes(self) -> str:
        """The matrix equation in symbols, with the shape under each matrix; "" where there is none."""
        return with_shapes(self._reading, self._entry.equation)

    @cached_property
    def matrix_tex(self) -> str:
        """The matrix equation with its numbers; "" where there is none or it is too large."""
        return aligned(self.matrix.symbol, self.matrix.lines) if self.matrix and self.matrix.lines else ""

    @cached_property
    def merged(self) -> Part:
        """The same gradient with the gradient before it written out (delta from the deltas above in one equation)."""
        entry = written_out(self._reading, self._entry)
        return self if entry is None else Part(self._lesson, entry, self._reading)

    @cached_property
    def read_first(self) -> tuple[Part, ...]:
        """The gradients it reads that could be written out if they were not rounded and carried on so."""
        reading = self._reading
        rounded = rules_of(reading.network).carried()
        entries = (reading.network.entry(name) for name in sorted(names(self._entry.equation.right)))
        return tuple(
            Part(self._lesson, entry, reading)
            for entry in entries
            if entry and entry.name in rounded and reading.network.roles[entry.name].kind == "gradient"
            if reading.network.roles[entry.name].base == "a"
        )

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The elements, one chain each: of the told example, at most 48 (of a wide value the first 6)."""
        return tuple(map(self._unit, self._forms[: self._told]))

    @property
    def _told(self) -> int:
        """How many elements are told: all that fit, or of more the first few."""
        return FEW_UNITS if len(self._forms) > MOST_UNITS else MOST_UNITS

    @cached_property
    def wide(self) -> bool:
        """Whether a single element adds up more terms than anybody would read."""
        return is_wide(self._entry.equation, self._reading.network.extents)

    @cached_property
    def summary(self) -> str:
        """The shape of a value that is not told whole, with its smallest and largest element, as a sentence in TeX; ""
        where all of it is told."""
        if self.complete:
            return ""
        reading = self._reading
        array = reading.trace.value(self.name, reading.step) * reading.sign(self.name)
        low, high = (
            reading.marked(self.name, printed(float(end), reading.digits)) for end in (array.min(), array.max())
        )
        shape = r" \times ".join(map(str, array.shape))
        return reading.language.told(
            "There are {shape} such values, between {low} and {high}; these are the first {number}.",
            shape=f"${shape}$",
            low=f"${low}$",
            high=f"${high}$",
            number=len(self.units),
        )

    @cached_property
    def values(self) -> Table:
        """All elements of the told example (at most 48) as a table of names and values."""
        rows = [
            (
                f"${form.symbol}$",
                f"${self._reading.marked(self.name, self._reading.printed(self.name, form.places)[1])}$",
            )
            for form in self._forms[: self._told]
        ]
        told = self._reading.language.told
        return Table((told("value"), told("number")), tuple(rows))

    @cached_property
    def examples(self) -> Table | None:
        """The values of all examples (at most 20), where a sum over the examples reads them: a gradient of a parameter
        adds them up. None for a single example."""
        network = self._reading.network
        sums = (entry for entry in network.phase("backward") if entry.of in network.parameters)
        read = any(self.name in names(entry.equation.right) for entry in sums)
        return all_elements(self._reading, self.name) if read and self._lesson.examples > 1 else None

    @property
    def complete(self) -> bool:
        """Whether `units` holds all elements of the told example."""
        return len(self._forms) <= MOST_UNITS

    @property
    def size(self) -> int:
        """How many elements there are in the told example."""
        return len(self._forms)

    @property
    def _forms(self) -> tuple[_Form, ...]:
        """What does not depend on the numbers, kept for the next step that is told."""
        kept = self._reading.network.memo.setdefault(self._reading.notation, {})
        key = ("forms", self.name, self._lesson.example)
        if key not in kept:
            kept[key] = tuple(self._new_forms())
        forms: tuple[_Form, ...] = kept[key]
        return forms

    def _new_forms(self) -> Iterator[_Form]:
        reading = self._reading
        axes = reading.network.axes[self.name]
        per_example = bool(axes) and axes[0].axis == "n"
        count = 0
        for places in reading.elements(self.name):
            if per_example and places[0] != self._lesson.example:
                continue
            ref = Ref(self.name, tuple(whole_number(place) for place in places))
            link = anchor(canonical(ref, reading.network))
            yield _Form(places, reading.names.spell(ref), link, reading.names.symbol(ref))
            count += 1
            if count > MOST_UNITS:
                return

    def _unit(self, form: _Form) -> Unit:
        reading = self._reading
        number = reading.printed(self.name, form.places)[1]
        text = reading.marked(self.name, number)
        again = "-again" if reading.step != self._lesson.step else ""
        brief = f"{form.symbol} {ABOUT if number.shortened else EQUAL} {text}"
        if self.wide:
            return Unit(form.name, form.link + again, form.symbol, brief, brief, text)
        lines = reading.element_steps(self._entry.equation, form.places, number)
        return Unit(form.name, form.link + again, form.symbol, aligned(form.symbol, lines), brief, text)


class _Form(NamedTuple):
    """One element without its numbers: its places (1-based), its name as typed, its link, its symbol."""

    places: tuple[int, ...]
    name: str
    link: str
    symbol: str


def is_wide(item: Equation, extents: Mapping[str, int]) -> bool:
    """Whether an equation adds up more terms than anybody would read."""
    sums = (part for part in walk(item.right) if isinstance(part, Sum))
    return any(math.prod(extents[index.axis] for index in part.indices) > MOST_TERMS for part in sums)


def written_out(reading: Reading, entry: Entry) -> Entry | None:
    """The entry whose equation has the gradient it reads written out, made once for a network."""
    kept = reading.network.memo.setdefault("written out", {})
    if entry.name not in kept:
        equation = _written_out(reading, entry)
        kept[entry.name] = None if equation is None else replace(entry, equation=equation)
    made: Entry | None = kept[entry.name]
    return made


def _written_out(reading: Reading, entry: Entry) -> Equation | None:
    """An entry with the gradient it reads written out: deltas in terms of the deltas above, an update in terms of
    delta and input. None where there is nothing to merge."""
    network = reading.network
    rounded = rules_of(network).carried()
    changed = False

    def write_out(ref: Ref) -> Expr:
        nonlocal changed
        inner = network.entry(ref.name)
        if inner is None or network.roles[ref.name].kind != "gradient":
            return ref
        if network.roles[ref.name].base != "a" and entry.phase != "update":
            return ref
        if ref.name in rounded:
            return ref  # written out it would be another number
        changed = True
        letters = {
            index: value
            for index, value in zip(inner.equation.left.indices, ref.indices, strict=True)
            if isinstance(index, Index)
        }
        return put(inner.equation.right, letters)

    right = replace_values(entry.equation.right, write_out)
    return replace(entry.equation, right=right) if changed else None


def short(reading: Reading, ref: Ref) -> str:
    """symbol = number, with the sign that says whether the number was shortened."""
    number = reading.number(ref)
    relation = ABOUT if number.shortened else EQUAL
    return f"{reading.names.symbol(ref)} {relation} {reading.marked(ref.name, number)}"
