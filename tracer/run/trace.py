"""A trace: every value a run kept, by step and by name."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tracer.calculus.chain_rule import Path
from tracer.calculus.equation import Equation
from tracer.calculus.expression import names
from tracer.errors import TracerError, suggest
from tracer.run.names import Address, Spellings, parse_address, pick
from tracer.run.network import Entry, Network
from tracer.run.problem import Array, Problem
from tracer.run.shown import Shown

if TYPE_CHECKING:
    from tracer.explain.worked import Worked


@dataclass(frozen=True)
class Segment:
    """Kept steps (1-based, ascending). `arrays[name]` has one row per step. Of consecutive steps (a range) what is
    carried has one row more, what the last step made of it; of others its replacements are kept beside it."""

    steps: range | tuple[int, ...]
    arrays: Mapping[str, Array]

    def row(self, step: int) -> int | None:
        """The row of a step, None where it was not kept here."""
        if isinstance(self.steps, range):
            return step - self.steps.start if step in self.steps else None
        place = bisect.bisect_left(self.steps, step)
        return place if place < len(self.steps) and self.steps[place] == step else None

    def value(self, name: str, row: int) -> Array | None:
        """A value at a row, None where it was not kept."""
        if name in self.arrays:
            return np.asarray(self.arrays[name][row])
        old = name.removesuffix("_new")
        return np.asarray(self.arrays[old][row + 1]) if old != name and old in self.arrays else None


@dataclass(frozen=True)
class Step(Shown):
    """One line of a trace: phase, name, the equation it was computed by, its value, and the paths it came by; the trace
    and the training step it is of."""

    number: int
    phase: str
    name: str
    entry: Entry
    value: Array
    trace: Trace | None = field(default=None, repr=False, compare=False)
    at: int | None = field(default=None, repr=False, compare=False)

    @property
    def equation(self) -> Equation:
        """The equation it was computed by."""
        return self.entry.equation

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths of the chain rule a gradient was collected from; () for other values."""
        return tuple(path for _, path in self.entry.ways)


@dataclass(frozen=True)
class Trace(Shown):
    """A run of a network: `segments` of kept steps, `losses` [step] of all steps, `after`: the forward pass that
    follows the last update. `rows` [step, place] are the examples (from 0) of each step and of that forward pass, None
    where every step uses them as they stand. `interrupted` tells that somebody stopped the run before its end.
    `spellings` maps the names of a notation to canonical addresses.

    >>> import tracer
    >>> trace = tracer.trace("mazur")
    >>> round(float(trace["E"]), 9), trace["w5"], round(float(trace["w1_new[1,1]"]), 9)
    (0.298371109, 0.4, 0.149780716)
    """

    network: Network
    segments: tuple[Segment, ...]
    losses: Array
    after: Mapping[str, Array]
    spellings: Spellings | None = None
    rows: Array | None = None
    interrupted: bool = False

    def __repr__(self) -> str:
        return f"Trace({self.problem.name!r}, {self.count} step{'s' if self.count != 1 else ''})"

    @property
    def problem(self) -> Problem:
        """The problem that was run."""
        return self.network.problem

    @property
    def count(self) -> int:
        """How many steps were run."""
        return len(self.losses)

    @property
    def kept(self) -> tuple[int, ...]:
        """The numbers of the steps whose values were kept."""
        return tuple(step for part in self.segments for step in part.steps)

    def value(self, name: str, step: int | None = None) -> Array:
        """The whole array of a canonical name at a step; `count + 1` is the forward pass after the last update.

        Raises TracerError T301 for an unknown name, T302 where the step must be said, T303 where it was not kept.
        """
        network = self.network
        if step is not None and name in network.given.keys() | network.parameters.keys():
            self._step(name, step)
        if name in network.given:
            return self._given(name, step)
        if name in network.parameters and f"{name}_new" not in network.shapes:
            return network.parameters[name]  # nothing replaces it
        if name in network.parts:
            return self._part(name, step)
        if name not in network.shapes:
            raise TracerError("T301", f"'{name}'", "there is no value of this name.", suggest(name, self.names()))
        step = self._step(name, step)
        if step == self.count + 1 and name in self.after:
            return self.after[name]
        for part in self.segments:
            row = part.row(step)
            value = None if row is None else part.value(name, row)
            if value is not None:
                return value
        if name == network.output and step <= self.count and not network.shapes[name]:
            return np.asarray(self.losses[step - 1])  # kept for every step
        if step == self.count + 1:
            raise TracerError(
                "T303",
                f"'{name}'",
                f"after the last update only the forward pass is computed; there is no step {step}.",
            )
        raise self.not_kept(step, f"'{name}'")

    def not_kept(self, step: int, where: str) -> TracerError:
        """T303 for a step whose values are not there, with the nearest ones that are."""
        kept = self.kept
        at = bisect.bisect_left(kept, step)
        near = " and ".join(str(one) for one in kept[max(at - 1, 0) : at + 1])
        told = f"The nearest that {'were' if 'and' in near else 'was'} kept: {near}." if near else "No step was kept."
        remedy = "Keep it: keep=[...] or keep='everything' from Python, --record on the command line."
        return TracerError("T303", where, f"step {step} was not kept.", told, remedy)

    def _given(self, name: str, step: int | None) -> Array:
        """A given value; of a mini-batch the rows that the step uses."""
        if self.rows is None or name not in ("x", "t"):
            return self.network.given[name]
        data = self.problem.inputs if name == "x" else self.problem.targets
        assert data is not None
        return np.asarray(data[self.rows[self._step(name, step) - 1]])

    def _part(self, name: str, step: int | None) -> Array:
        from tracer.run.forward_pass import compute

        item = self.network.parts[name]
        step = self._step(name, step)
        shape = tuple(self.network.extents[index.axis] for index in self.network.axes_of(name))
        values = {read: self.value(read, step) for read in names(item.right)}
        return compute([item], values, self.network, {name: shape})[name]

    def _step(self, name: str, step: int | None) -> int:
        last = self.count + 1
        if step is None:
            if self.count == 1:
                return 1
            raise TracerError(
                "T302",
                f"'{name}'",
                f"there are {self.count} steps.",
                f"Say which one: 1:{name} to {self.count}:{name}.",
            )
        if not 1 <= step <= last:
            raise TracerError(
                "T301",
                f"'{step}:{name}'",
                f"there is no step {step}.",
                f"Steps are 1 to {self.count}; {last} is the forward pass after the last.",
            )
        return step

    def names(self) -> list[str]:
        """All canonical names, in the order in which they are computed."""
        network = self.network
        made = [entry.name for entry in network.schedule]
        return [*network.given, *network.parameters, *network.state, *made, *network.parts]

    def steps(self, step: int | None = None) -> Iterator[Step]:
        """The lines of one training step, in order."""
        for number, entry in enumerate(self.network.schedule, 1):
            yield Step(number, entry.phase, entry.name, entry, self.value(entry.name, step), self, step)

    def address(self, text: str) -> Address:
        """What a name or address means: read in the notation in force, then canonically."""
        return parse_address(text, self.network, self.spellings)

    if TYPE_CHECKING:  # attached by `tracer`: a run never imports a printer

        def worked(self, name: str, *, notation: str = "", digits: int | str = "") -> Worked:
            """One quantity worked out completely."""

    def __getitem__(self, text: str) -> Any:
        """A value by address (`z1`, `2:w1[1,2]`, `w5`), or of an expression (`eta*dw1[1,2]`); a number or an array."""
        return pick(self, self.address(text))
