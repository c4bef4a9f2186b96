"""The errors of a run, its batches, and what the parameters become: the fourth chapter."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from tracer.calculus.expression import Ref
from tracer.explain.batches_told import each_its_own, next_is_another, rows_of
from tracer.explain.lesson_step import StepTold
from tracer.explain.long_run import LONG, LongRun, about_errors, of_errors
from tracer.explain.matrices import matrix_of
from tracer.explain.names import whole_number
from tracer.explain.numbers import Printed
from tracer.explain.tables import Table, history
from tracer.explain.training import WeightsOverSteps, training_table, weights_over_steps
from tracer.run.stability import Stability


class TrainingTold(StepTold):
    """A run of many steps."""

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

    @cached_property
    def training_table(self) -> Table | None:
        """The error and the metrics at the recorded steps; None where there are fewer than two."""
        return training_table(self, self._reading)

    @cached_property
    def weights_over_steps(self) -> tuple[WeightsOverSteps, ...]:
        """The weights of each layer at some of the recorded steps, each with the address of their curve; () where fewer
        than five steps were recorded."""
        return weights_over_steps(self, self._reading)
