"""The lesson: the context a story template sees. Finished strings and plain records; no arrays, no SymPy.

This is public API for people who write their own stories. TeX strings come without dollar signs. Everything is
computed when it is asked for.

Its chapters, each built on the one before: lesson_problem, lesson_given, lesson_step, lesson_training.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from tracer.errors import TracerError, shortened
from tracer.explain.curves import activation_table, curve, drawable_activations
from tracer.explain.diagram import diagram, ways
from tracer.explain.drawing import Drawing
from tracer.explain.lesson_training import TrainingTold
from tracer.explain.listing import Listing, network_class, script
from tracer.explain.notation import Notation, notation_for
from tracer.explain.numbers import Digits, digits_for
from tracer.explain.tables import Table
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import trace_of


class Lesson(TrainingTold):
    """A trace, told."""

    def __str__(self) -> str:
        return self.title

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

    @cached_property
    def script(self) -> Listing:
        """The network as a NumPy script, and what it prints."""
        return script(self._reading)

    @cached_property
    def network_class(self) -> Listing:
        """The network as a short class, and what it prints."""
        return network_class(self._reading)


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
