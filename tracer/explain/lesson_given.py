"""What a lesson says of single values, the given ones first: the second chapter."""

from __future__ import annotations

from functools import cached_property

from tracer.calculus.expression import Ref
from tracer.explain.batches_told import rows_of
from tracer.explain.constants_told import constant_says
from tracer.explain.conventions import conventions
from tracer.explain.direct import has_direct
from tracer.explain.error_parts import error_refs, error_sum
from tracer.explain.glossary import Word, glossary
from tracer.explain.gradient_told import GradientCheck, gradient_told
from tracer.explain.lesson_problem import ProblemTold
from tracer.explain.matrices import matrix_of
from tracer.explain.names import canonical, whole_number
from tracer.explain.part import MOST_UNITS, Unit, short
from tracer.explain.program_names import program_names
from tracer.explain.tables import Table
from tracer.explain.worked import anchor, worked, worked_element
from tracer.explain.written_out import written_out


class GivenTold(ProblemTold):
    """The given values, and single elements worked out."""

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The given values and the parameters at this step, whole, as TeX equations (those small enough)."""
        names = [*self._network.given, *self._network.parameters]
        order = {"x": 0, "t": 1, "w": 2, "b": 2, "eta": 4}
        names.sort(key=lambda name: order.get(self._network.roles[name].base, 3))
        made = [self._given(name) for name in names]
        return tuple(text for text in made if text)

    @property
    def has_biases(self) -> bool:
        """Whether some layer has a bias."""
        return any(layer.has_bias for layer in self.layers)

    @property
    def bias_letters(self) -> str:
        """The TeX symbol of a bias in index letters; "" where there is none."""
        name = next(
            (
                name
                for name in [*self._network.given, *self._network.parameters]
                if self._network.roles[name].base == "b"
            ),
            "",
        )
        return self.letters(name) if name else ""

    @property
    def trains_biases(self) -> bool:
        """Whether some bias is replaced."""
        return any(self._network.roles[name].base == "b" for name in self._network.updated)

    @cached_property
    def glossary(self) -> tuple[Word, ...]:
        """Every symbol of the lesson in index letters, with what it means."""
        return glossary(self._reading)

    @property
    def conventions(self) -> tuple[tuple[str, str], ...]:
        """The operations and functions with a kink, each with what is agreed about its slope there."""
        return conventions(self._network, self.language)

    @property
    def has_direct(self) -> bool:
        """Whether derivatives marked as direct stand in the chain rules."""
        return has_direct(self._network)

    def _given(self, name: str) -> str:
        if self._network.shapes[name]:
            return matrix_of(self._reading, name)
        ref = Ref(name)
        return short(self._reading, ref)

    @cached_property
    def given_units(self) -> tuple[Unit, ...]:
        """The single weights and biases and their values, in the order of the notation's numbers (at most 48)."""
        made: list[Unit] = []
        fixed = [name for name in self._network.given if self._network.roles[name].base == "b"]
        for name in [*self._network.parameters, *fixed]:
            for places in self._reading.elements(name):
                if len(made) == MOST_UNITS:
                    return tuple(made)
                made.append(self.unit(Ref(name, tuple(whole_number(place) for place in places))))
        return tuple(made)

    def unit(self, ref: Ref) -> Unit:
        """One element, worked out; `ref` is what the engine calls it (a story asks for a `quantity`)."""
        made = (
            worked(self._reading, canonical(ref, self._network))
            if not ref.indices
            else worked_element(self._reading, ref)
        )
        link = anchor(canonical(ref, self._network))
        number = self._reading.marked(ref.name, made.number)
        return Unit(made.name, link, made.symbol, made.tex(), short(self._reading, ref), number)

    @cached_property
    def given_data(self) -> tuple[str, ...]:
        """Inputs, targets and learning rate, as TeX equations."""
        return tuple(text for name in ("x", "t", "eta") if name in self._network.given and (text := self._given(name)))

    @cached_property
    def constants(self) -> tuple[Word, ...]:
        """The other given numbers, of an optimizer, a penalty and so on: a TeX equation, and what it is."""
        said = {"eta0": self.language.told("the first learning rate")}
        roles = self._network.roles
        names = [name for name in self._network.given if name in said or roles[name].kind == "option"]
        return tuple(
            Word(self._given(name), said.get(name) or constant_says(self._network, name, self.language))
            for name in names
        )

    def symbol(self, address: str) -> str:
        """The TeX symbol of an element or of a whole value."""
        return worked(self._reading, address).symbol

    def number(self, address: str) -> str:
        """A value as it is printed, as TeX."""
        return worked(self._reading, address).number.tex(self.notation.decimal)

    @property
    def rate(self) -> str:
        """The learning rate as TeX; "" where nothing is updated."""
        return self.number("eta") if "eta" in self._network.given else ""

    @cached_property
    def error_sum(self) -> str:
        """The error as the sum of the errors of single outputs, with numbers; "" where it has no such parts."""
        return error_sum(self._reading)

    @cached_property
    def error_parts(self) -> tuple[Unit, ...]:
        """The errors of the single outputs, of all examples, where their sum is told."""
        return tuple(self.unit(ref) for ref in error_refs(self._reading))

    @cached_property
    def program_names(self) -> Table | None:
        """The names of the listings beside the symbols of the page; None where they are the same."""
        return program_names(self._reading)

    @cached_property
    def written_out(self) -> tuple[str, ...]:
        """Each output as a formula in the inputs and parameters alone, layer by layer; () where too long."""
        return written_out(self._reading, self.example)

    @cached_property
    def gradient_check(self) -> GradientCheck | None:
        """Each gradient beside a central difference of the error, or why not; None where there is no gradient."""
        return gradient_told(self._reading)

    def whole_gradient_check(self) -> GradientCheck | None:
        """The same, however long it takes."""
        return gradient_told(self._reading, whole=True)

    @property
    def batch_rows(self) -> str:
        """The examples of the told step by their places in the data ("examples 3 and 2"); "" where all are used as
        they stand, and for a large batch."""
        return rows_of(self._reading.trace, self.step, self.language)
