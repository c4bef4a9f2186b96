"""Which examples of the data a step uses, and whether its error can be compared with that of another step."""

from __future__ import annotations

import numpy as np

from tracer.explain.language import ENGLISH, Language
from tracer.run.trace import Trace

MOST_NUMBERS = 12  # of a larger batch the rows are not listed


def next_is_another(trace: Trace, step: int) -> bool:
    """Whether the forward pass after a step reads other examples than the step: a batch, not all of the data."""
    rows = trace.rows
    return rows is not None and step < len(rows) and _differ(rows[step - 1], rows[step])


def each_its_own(trace: Trace) -> bool:
    """Whether the errors of a run are those of different examples."""
    return any(next_is_another(trace, step) for step in range(1, trace.count + 1))


def rows_of(trace: Trace, step: int, language: Language = ENGLISH) -> str:
    """The examples of a step by their places in the data: "example 2", "examples 3 and 2"; "" where every step uses
    the data as they stand, and for a large batch."""
    if trace.rows is None or step > len(trace.rows) or len(trace.rows[step - 1]) > MOST_NUMBERS:
        return ""
    numbers = [str(row + 1) for row in trace.rows[step - 1]]
    if len(numbers) == 1:
        return language.told("example {number}", number=numbers[0])
    return language.told("examples {numbers}", numbers=language.listed(numbers))


def _differ(one: object, other: object) -> bool:
    return not np.array_equal(np.sort(np.asarray(one)), np.sort(np.asarray(other)))
