"""The lesson: the context a story template sees. Finished strings and plain records; no arrays, no SymPy.

This is public API for people who write their own stories. TeX strings come without dollar signs. Everything is
computed when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tracer.calculus.expression import Ref
from tracer.errors import TracerError, shortened
from tracer.explain.batches_told import each_its_own, next_is_another, rows_of
from tracer.explain.constants_told import constant_says, drawn_says
from tracer.explain.conventions import conventions
from tracer.explain.curves import activation_table, curve, drawable_activations
from tracer.explain.derivations import Derivation, derivations_of
from tracer.explain.deviations_told import Deviating, deviating
from tracer.explain.diagram import diagram, ways
from tracer.explain.diagram_content import MOST_UNITS as MOST_DRAWN
from tracer.explain.direct import has_direct
from tracer.explain.drawing import Drawing
from tracer.explain.error_parts import error_refs, error_sum
from tracer.explain.focus import Focus, focus_on_layers
from tracer.explain.glossary import Word, glossary
from tracer.explain.gradient_told import GradientCheck, gradient_told
from tracer.explain.inexact import replaced_at_once
from tracer.explain.language import Language
from tracer.explain.listing import Listing, network_class, script
from tracer.explain.long_run import LONG, LongRun, about_errors, before, of_errors
from tracer.explain.matrices import matrix_of
from tracer.explain.names import canonical, whole_number, with_names
from tracer.explain.notation import Notation, notation_for
from tracer.explain.numbers import Digits, Printed, digits_for
from tracer.explain.part import MOST_UNITS, LayerInfo, Part, Unit, anchor, short
from tracer.explain.pictured import address
from tracer.explain.program_names import program_names
from tracer.explain.reading import Reading
from tracer.explain.roles import roles_told
from tracer.explain.rules_told import told
from tracer.explain.stages import Stage, stages
from tracer.explain.tables import Table, example_table, history
from tracer.explain.titles import layer_title
from tracer.explain.training import WeightsOverSteps, changes, training_table, weights_over_steps
from tracer.explain.update_steps import UpdateOf, update_at, update_lines
from tracer.explain.whole import Whole, whole
from tracer.explain.worked import Worked, worked, worked_element
from tracer.explain.written_out import unit_by_unit, written_out
from tracer.ops.catalogue import ACTIVATIONS, METRICS
from tracer.run.problem import Problem
from tracer.run.stability import Stability
from tracer.run.trace import Trace
from tracer.run.trace_file import trace_of

VERSION = 1


class Lesson:
    """A trace, told."""

    #: version (int): that of this context
    version = VERSION

    def __init__(self, trace: Trace, how: Notation, shown: Digits, step: int = 1, example: int = 1) -> None:
        #: step (int): the number of the step that is told; example (int): the number of the example that is worked out
        self.step, self.example = step, example
        self._late, self._asked = before(trace, step), shown
        self._reading = Reading(with_names(trace, how), how, self._late.limited(shown) if self._late else shown, step)
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
        """Where the example was published (text; "" for nowhere)."""
        return self.problem.source

    @property
    def note(self) -> str:
        """What the problem file says about itself (text; "" for nothing)."""
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
    def language(self) -> Language:
        """The language of the page: its `tag`, and what `told` says in it."""
        return self._reading.language

    @property
    def coloured(self) -> bool:
        """Whether the roles of values are marked in formulas, for a page that shows them in colour."""
        return self.notation.coloured

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that values of this network have, of `input`, `target`, `weight`, `net`, `activation`, `gradient`
        and `new`."""
        return roles_told(self._network)

    @property
    def adds(self) -> bool:
        """Whether the notation passes back t - o and adds in the update."""
        return self.notation.error_sign < 0

    @property
    def one_by_one(self) -> bool:
        """Whether each parameter is replaced at once, so that later gradients see it."""
        return replaced_at_once(self._network)

    @cached_property
    def deviating(self) -> Deviating | None:
        """The named mistakes of the run, what they change, and the correct figures; None where it has none."""
        return deviating(self._reading)

    @cached_property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The layers from the input up."""
        if self.bare:
            return ()
        found = [LayerInfo(0, self.language.told("the input"), self._network.extents["u0"], "", False, False, False)]
        for number, layer in enumerate(self.problem.layers, 1):
            units = self._network.shapes[self._network.result_of(number)][-1]
            kept = layer.bias is not None and not layer.bias_updated
            own = bool(layer.equations)
            title = self.layer_title(number)
            found.append(LayerInfo(number, title, units, layer.activation, layer.bias is not None, kept, own))
        return tuple(found)

    def layer_title(self, number: int) -> str:
        """A layer in words."""
        return layer_title(self._network, number, self.language)

    @property
    def linear(self) -> bool:
        """Whether no layer has an activation that bends."""
        return not self.bare and all(
            layer.activation in ("", "identity") and not layer.equations for layer in self.problem.layers
        )

    @property
    def unit_by_unit(self) -> bool:
        """Whether every activation makes the output of a unit from its own net input alone (a softmax does not)."""
        return unit_by_unit(self._network)

    @property
    def drawn(self) -> str:
        """How the parameters were drawn; "" where all are given, and where a step tells what others left."""
        return drawn_says(self.problem.drawn, self.language) if self.step == 1 else ""

    @cached_property
    def arithmetic(self) -> tuple[str, ...]:
        """How results are rounded, in sentences of story Markdown; () where all digits are carried on."""
        return told(self._reading)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The given values and the parameters at this step, whole, as TeX equations (those small enough)."""
        names = [*self._network.given, *self._network.parameters]
        order = {"x": 0, "t": 1, "w": 2, "b": 2, "eta": 4}
        names.sort(key=lambda name: order.get(self._network.roles[name].base, 3))
        made = [self._given(name) for name in names]
        return tuple(text for text in made if text)

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

    @property
    def penalized(self) -> bool:
        """Whether weights add something to the error."""
        return bool(self.problem.penalties)

    @property
    def descends(self) -> bool:
        """Whether a parameter changes by the negative of its gradient times the learning rate, and by nothing else."""
        return len(self.update_rule) == 1 and self.deviating is None and not self.one_by_one

    @property
    def own(self) -> bool:
        """Whether a layer has equations of its own."""
        return any(layer.own for layer in self.layers)

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

    # -- the parts of one step

    @cached_property
    def forward(self) -> tuple[Part, ...]:
        """The lines of the forward pass."""
        return self._parts("forward")

    @cached_property
    def loss(self) -> tuple[Part, ...]:
        """The lines of the loss, the error last."""
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
    def all_updates(self) -> tuple[Part, ...]:
        """All updates, wherever they happen."""
        return self._parts("update")

    @cached_property
    def update_rule(self) -> tuple[Part, ...]:
        """The lines that replace the first parameter, in order: one, or what an optimizer makes on the way."""
        if not self._network.updated:
            return ()
        lines = update_lines(self._network, f"{self._network.updated[0]}_new")
        return tuple(Part(self, entry, self._reading) for entry in lines)

    def update_of(self, address: str) -> UpdateOf | None:
        """Every line that leads to one new parameter (`w1_new[1,2]`), and the state before and after (see
        `parts.md.j2`); None where a single line does."""
        return update_at(self._reading, address)

    @property
    def steps_down(self) -> tuple[Part, ...]:
        """The backward pass and the update in order, without the gradients that are written out in others."""
        return tuple(part for part in (*self.backward, *self.update) if part.base != "a" or not part.exact)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The step told node by node: inputs, each net input, outputs, deltas, gradients, update."""
        return stages(self)

    @cached_property
    def again(self) -> tuple[Part, ...]:
        """The forward pass and the loss after the update; () where nothing was updated."""
        trace = self._reading.trace
        after = self.step + 1
        if not trace.after or not (after == trace.count + 1 or after in trace.kept):
            return ()
        reading = replace(self._reading, step=after)
        return tuple(
            Part(self, entry, reading) for entry in [*self._network.phase("forward"), *self._network.phase("loss")]
        )

    def _parts(self, phase: str) -> tuple[Part, ...]:
        return tuple(Part(self, entry, self._reading) for entry in self._network.phase(phase))

    def part(self, name: str) -> Part:
        """The part of one canonical name."""
        entry = self._network.entry(name)
        if entry is None:
            raise KeyError(f"no equation computes '{name}'")
        return Part(self, entry, self._reading)

    # -- single quantities

    def worked(self, address: str) -> Worked:
        """One quantity worked out, with all paths of its chain rule; of a new parameter every line of its update."""
        made, update = worked(self._reading, address), self.update_of(address)
        return replace(made, update=update) if update else made

    def quantity(self, address: str) -> Worked | Whole:
        """What an address stands for: one quantity worked out, or a whole value with all its elements."""
        return whole(self._reading, address) or self.worked(address)

    def symbol(self, address: str) -> str:
        """The TeX symbol of an element or of a whole value."""
        return worked(self._reading, address).symbol

    def letters(self, name: str) -> str:
        """The TeX symbol of a value in index letters."""
        return self._reading.names.symbol(Ref(name, self._network.axes[name]))

    def whole(self, name: str) -> str:
        """The TeX symbol of a value as a whole."""
        return self._reading.names.symbol(Ref(name))

    def number(self, address: str) -> str:
        """A value as it is printed, as TeX."""
        return worked(self._reading, address).number.tex(self.notation.decimal)

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

    def error_at(self, step: int) -> str:
        """The error of a forward pass, as TeX."""
        return self._error_printed(step).tex(self.notation.decimal)

    def _error_printed(self, step: int) -> Printed:
        return replace(self._reading, step=step).as_printed("E", self._error(step))

    @cached_property
    def _errors(self) -> Stability | None:
        return of_errors(self._reading.trace)

    def at_step(self, name: str, step: int) -> str:
        """The error or a metric in any forward pass of the run, for a table of them (TeX): in a long run the digits
        that survive, "" where none does."""
        reading = replace(self._reading, step=step, digits=self._asked)
        if self._errors is not None:
            late = LongRun(step - 1, int(self._errors.losses[step - 1]))
            if not late.figures:
                return ""
            reading = replace(reading, digits=late.limited(self._asked))
        value = self._error(step) if name == "E" else float(reading.trace.value(name, step))
        return reading.as_printed(name, value).tex(self.notation.decimal)

    def element_at(self, name: str, places: tuple[int, ...], step: int) -> str:
        """An element of a parameter at a recorded step, for a table of them (TeX): of one late in a long run the digits
        that survive the run, "" where none does."""
        reading = replace(self._reading, step=step, digits=self._asked)
        if self._errors is not None and step > LONG:
            late = LongRun(step - 1, self._errors.digits)
            if not late.figures:
                return ""
            reading = replace(reading, digits=late.limited(self._asked))
        return reading.printed(name, places)[1].tex(self.notation.decimal)

    @property
    def late(self) -> str:
        """What is to be known about the numbers of a step late in a long run, in sentences; "" for nothing."""
        return self._late.told(self.language) if self._late else ""

    @cached_property
    def late_errors(self) -> str:
        """What is to be known about the errors of a long run, in a sentence of story Markdown; "" for nothing."""
        return about_errors(self._reading.trace, self._errors, self.language)

    @property
    def error_before(self) -> str:
        """The error of the told step, as TeX."""
        return self.error_at(self.step)

    @property
    def error_after(self) -> str:
        """The error after its update, as TeX."""
        return self.error_at(self.step + 1)

    @property
    def error_change(self) -> int:
        """-1 where the step made the error smaller, 1 where it made it larger, 0 where it did neither."""
        before, after = self._error(self.step), self._error(self.step + 1)
        return (after > before) - (after < before)

    @property
    def error_fell(self) -> bool:
        """Whether the step made the error smaller."""
        return self.error_change < 0

    @property
    def error_change_shows(self) -> bool:
        """Whether the two errors differ as they are printed."""
        return self._error_printed(self.step).value != self._error_printed(self.step + 1).value

    @property
    def uphill(self) -> bool:
        """Whether the learning rate is negative, so that a step goes along the gradient."""
        return (self.problem.rate or 0) < 0

    @cached_property
    def replaced(self) -> tuple[str, str]:
        """A parameter that the step replaces and its new value: two symbols, the same one in the next forward pass."""
        name = self._network.updated[0]
        ref = Ref(name, tuple(whole_number(1) for _ in self._network.shapes[name]))
        return self._reading.names.symbol(ref), self._reading.names.symbol(Ref(f"{name}_new", ref.indices))

    @cached_property
    def history(self) -> Table | None:
        """The error of at most 20 steps of the run, the first and the last among them; None for a single step."""
        return history(self, self._reading)

    @cached_property
    def example_table(self) -> Table | None:
        """Inputs, outputs and targets of every example (at most 20), at this step; None for a single example."""
        return example_table(self, self._reading)

    @cached_property
    def error_sum(self) -> str:
        """The error as the sum of the errors of single outputs, with numbers; "" where it has no such parts."""
        return error_sum(self._reading)

    @cached_property
    def error_parts(self) -> tuple[Unit, ...]:
        """The errors of the single outputs, of all examples, where their sum is told."""
        return tuple(self.unit(ref) for ref in error_refs(self._reading))

    @cached_property
    def first_weights(self) -> tuple[Focus, ...]:
        """The first parameter of each layer told completely, output layer first."""
        return focus_on_layers(self, self._reading)

    @property
    def conventions(self) -> tuple[tuple[str, str], ...]:
        """The operations and functions with a kink, each with what is agreed about its slope there."""
        return conventions(self._network, self.language)

    @property
    def has_direct(self) -> bool:
        """Whether derivatives marked as direct stand in the chain rules."""
        return has_direct(self._network)

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """The slope of each different activation of the network, derived line by line (see `parts.md.j2`)."""
        if self.bare:
            return ()
        used = dict.fromkeys(layer.activation for layer in self.problem.layers if layer.activation in ACTIVATIONS)
        return tuple(made for name in used for made in derivations_of(ACTIVATIONS[name], how=self.notation))

    # -- training

    @property
    def batch(self) -> int:
        """How many examples a step uses, where it does not use all of them; else 0."""
        batches = self.problem.batches
        return batches.size if batches and self._reading.trace.rows is not None else 0

    @property
    def batch_rows(self) -> str:
        """The examples of the told step by their places in the data ("examples 3 and 2"); "" where all are used as
        they stand, and for a large batch."""
        return rows_of(self._reading.trace, self.step, self.language)

    @property
    def next_batch(self) -> bool:
        """Whether the forward pass after the step reads other examples, so that the two errors cannot be compared."""
        return next_is_another(self._reading.trace, self.step)

    @property
    def next_rows(self) -> str:
        """The examples of the next forward pass by their places in the data; see `batch_rows`."""
        return rows_of(self._reading.trace, self.step + 1, self.language)

    @cached_property
    def next_data(self) -> tuple[str, ...]:
        """The inputs and targets of the next forward pass, as TeX equations (those small enough)."""
        reading = replace(self._reading, step=self.step + 1)
        return tuple(text for name in ("x", "t") if name in self._network.given and (text := matrix_of(reading, name)))

    @cached_property
    def batches_differ(self) -> bool:
        """Whether the errors of the run are those of different examples."""
        return each_its_own(self._reading.trace)

    @property
    def all_examples(self) -> int:
        """How many examples there are in the data."""
        return 0 if self.problem.inputs is None else len(self.problem.inputs)

    @property
    def shuffled(self) -> bool:
        """Whether every epoch has an order of its own."""
        return self.problem.batches is not None and self.problem.batches.generator is not None

    @property
    def learns_xor(self) -> bool:
        """Whether the data are the table of XOR: its four cases, each with its answer, as 0 and 1."""
        problem = self.problem
        if problem.inputs is None or problem.targets is None or problem.targets.shape[1:] != (1,):
            return False
        rows = np.column_stack((problem.inputs, problem.targets)).tolist()
        return sorted(rows) == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]

    @property
    def metrics(self) -> tuple[Word, ...]:
        """The metrics of the problem: the TeX symbol, what it tells, and its name."""
        made = (METRICS[name] for name in self.problem.metrics)
        symbol, of = self._reading.names.symbol, self.language.of
        return tuple(Word(symbol(Ref(op.output)), of(op.says), op.output) for op in made)

    @cached_property
    def training_table(self) -> Table | None:
        """The error and the metrics at the recorded steps; None where there are fewer than two."""
        return training_table(self, self._reading)

    @cached_property
    def weights_over_steps(self) -> tuple[WeightsOverSteps, ...]:
        """The weights of each layer at some of the recorded steps, each with the address of their curve; () where fewer
        than five steps were recorded."""
        return weights_over_steps(self, self._reading)

    @cached_property
    def changes(self) -> Table | None:
        """What the step made of each parameter: before, after, difference."""
        return changes(self._reading)

    @cached_property
    def gradient_check(self) -> GradientCheck | None:
        """Each gradient beside a central difference of the error, or why not; None where there is no gradient."""
        return gradient_told(self._reading)

    def whole_gradient_check(self) -> GradientCheck | None:
        """The same, however long it takes."""
        return gradient_told(self._reading, whole=True)

    # -- pictures

    @property
    def pictured(self) -> bool:
        """Whether the network is small enough for a picture at every step: six units a layer, and layers at all."""
        return not self.bare and all(layer.units <= MOST_DRAWN for layer in self.layers)

    def diagram(self, until: str = "") -> Drawing:
        """The network as a picture, with what is computed until a moment: "start", "a1", "z2+a2", "delta2", "again",
        "end"."""
        return diagram(self, self._reading, until)

    def ways(self, weight: str) -> Drawing:
        """The network with every way lit on which a weight reaches the error."""
        return ways(self, self._reading, weight)

    def curve(self, what: str) -> Drawing:
        """The curve of an activation, of the error or a metric, or of the elements of a parameter."""
        return curve(self, self._reading, what)

    @property
    def curved_activations(self) -> tuple[tuple[str, Table], ...]:
        """The activations of the network whose curve is worth a look, each with a table of some of its points."""
        used = dict.fromkeys(layer.activation for layer in self.problem.layers)
        curved = [name for name in used if name in drawable_activations() and name != "identity"]
        return tuple((name, activation_table(self, name)) for name in curved)

    @property
    def digits(self) -> Digits:
        """How many digits are printed."""
        return self._reading.digits

    @property
    def pictured_forward(self) -> str:
        """The address of a picture of the whole forward pass; "" where there is none."""
        return address(self, [part.name for part in self.forward]) if self.pictured else ""

    @property
    def pictured_backward(self) -> str:
        """The address of a picture of the whole backward pass; "" where there is none."""
        return address(self, [part.name for part in self.backward]) if self.backward else ""

    @property
    def pictured_updates(self) -> str:
        """The address of a picture of the update; "" where there is none."""
        return address(self, [part.name for part in self.update]) if self.update else ""

    # -- code

    @cached_property
    def program_names(self) -> Table | None:
        """The names of the listings beside the symbols of the page; None where they are the same."""
        return program_names(self._reading)

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
        """Each output as a formula in the inputs and parameters alone, layer by layer; () where too long."""
        return written_out(self._reading, self.example)


def lesson(
    problem: str | Path | Problem | Trace,
    *,
    notation_name: str | Notation = "",
    shown: int | str | Digits = "",
    steps: int | None = None,
    step: int | None = None,
    arithmetic: int | str = "",
    deviations: Iterable[Any] | None = None,
) -> Lesson:
    """A problem, a trace of it or a trace file to its `Lesson`; notation, digits, arithmetic and deviations are the
    problem's own unless given. `step` is the one that is told: the first of a problem, the first that was kept of a
    trace.

    Raises TracerError T301 for a step that was not run and T303 for one that was not kept, and what `trace_of` raises.
    """
    also = (step if isinstance(step, int) else 1,)
    trace = trace_of(problem, steps=steps, arithmetic=arithmetic, deviations=deviations, also=also)
    how, digits = notation_for(trace.problem, notation_name), digits_for(trace.problem, shown)
    return Lesson(trace, how, digits, told_step(trace, step))


def told_step(trace: Trace, step: int | None) -> int:
    """The step that a lesson tells. Raises TracerError T301 and T303."""
    if step is None:
        return trace.kept[0] if trace.kept else 1
    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= trace.count:
        found = f"there is no step {shortened(step)} to tell."
        raise TracerError("T301", "step", found, f"Expected 1 to {trace.count}.")
    if step not in trace.kept:
        raise trace.not_kept(step, "step")
    return step
