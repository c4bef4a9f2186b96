"""The lines of one step, from the inputs to the new parameters: the third chapter."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Self

from tracer.explain.all_names import all_names
from tracer.explain.derivations import Derivation, derivations_of
from tracer.explain.focus import Focus, focus_on, focus_on_layers
from tracer.explain.lesson_given import GivenTold
from tracer.explain.part import Part
from tracer.explain.pictured import address
from tracer.explain.stages import Stage, stages
from tracer.explain.tables import Table, example_table
from tracer.explain.training import changes
from tracer.explain.update_steps import UpdateOf, update_at, update_lines
from tracer.explain.whole import Whole, whole
from tracer.explain.worked import Worked, worked
from tracer.ops.catalogue import ACTIVATIONS


class StepTold(GivenTold):
    """One step, line by line."""

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

    @property
    def descends(self) -> bool:
        """Whether a parameter changes by the negative of its gradient times the learning rate, and by nothing else."""
        return len(self.update_rule) == 1 and self.deviating is None and not self.one_by_one

    def update_of(self, address: str) -> UpdateOf | None:
        """Every line that leads to one new parameter (`w1_new[1,2]`), and the state before and after (see
        `parts.md.j2`); None where a single line does."""
        return update_at(self._reading, address)

    @property
    def steps_down(self) -> tuple[Part, ...]:
        """The backward pass and the update in order, without the gradients that are written out in others."""
        return tuple(part for part in (*self.backward, *self.update) if part.base != "a" or not part.exact)

    @cached_property
    def example_table(self) -> Table | None:
        """Inputs, outputs and targets of every example (at most 20), at this step; None for a single example."""
        return example_table(self, self._reading)

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

    def worked(self, address: str) -> Worked:
        """One quantity worked out, with all paths of its chain rule; of a new parameter every line of its update."""
        made, update = worked(self._reading, address), self.update_of(address)
        return replace(made, update=update) if update else made

    def all_names(self) -> str:
        """Every number of the step under its names, in the notation and canonical, as plain text."""
        return all_names(self._reading)

    def quantity(self, address: str) -> Worked | Whole:
        """What an address stands for: one quantity worked out, or a whole value with all its elements."""
        return whole(self._reading, address) or self.worked(address)

    @cached_property
    def first_weights(self) -> tuple[Focus, ...]:
        """The first parameter of each layer told completely, output layer first."""
        return focus_on_layers(self, self._reading)

    def about(self, weight: str) -> Self:
        """The same lesson with one weight or bias (`w5`, `w1[1,2]`) in the place of the first of each layer."""
        made = copy(self)
        vars(made)["first_weights"] = (focus_on(self, self._reading, weight),)
        return made

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """The slope of each different activation of the network, derived line by line (see `parts.md.j2`)."""
        if self.bare:
            return ()
        used = dict.fromkeys(layer.activation for layer in self.problem.layers if layer.activation in ACTIVATIONS)
        return tuple(made for name in used for made in derivations_of(ACTIVATIONS[name], how=self.notation))

    @cached_property
    def changes(self) -> Table | None:
        """What the step made of each parameter: before, after, difference."""
        return changes(self._reading)

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
