"""A whole run on one screen: the loss and the metrics of some steps, and the final values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.explain.batches_told import each_its_own, next_is_another
from tracer.explain.numbers import Digits, printed
from tracer.run.problem import Array
from tracer.run.stability import MOST, Stability
from tracer.run.trace import Trace

MOST_ROWS = 20
MOST_NUMBERS = 12  # of a final value that is printed whole


def summary(trace: Trace, digits: Digits) -> str:
    """A trace to a table of at most 20 steps and its final values, in lines of plain text."""
    count = trace.count
    title = f"{trace.problem.title}: {count:,} step{'s' if count > 1 else ''}"
    table = _table(trace, digits)
    last = count + 1 if trace.after else count
    lines = [title, "", *table, *[""] * bool(table), *_own_batches(trace, bool(table)), _heading(trace)]
    for name in trace.network.final:
        lines.append(f"  {name} = {_told(np.asarray(trace.value(name, last)), digits)}")
    return "\n".join(lines) + "\n"


def _heading(trace: Trace) -> str:
    """What heads the final values."""
    if not trace.after:
        return "computed:"
    other = next_is_another(trace, trace.count)
    return f"after the last update{', in the forward pass of the next batch' if other else ''}:"


def _own_batches(trace: Trace, has_table: bool) -> list[str]:
    """What is to be said of a table of mini-batches."""
    return ["Each row tells of its own batch.", ""] if has_table and each_its_own(trace) else []


def survives(found: Stability) -> str:
    """What survives of a run that is moved by the last bit, in a sentence or two."""
    steps = f"{found.steps:,} steps end" if found.steps > 1 else "1 step ends"
    said = f"With every parameter moved by one unit in the last place, up and down, {steps} in figures that"
    worst = found.worst
    if found.digits == MOST:
        return f"{said} agree to {MOST} significant figures."
    figures = f"{worst.digits} significant figure{'s' if worst.digits != 1 else ''}"
    said = f"{said} agree to {figures} (the fewest: {worst.name})."
    return said if worst.digits > 3 else f"{said}\nThe run amplifies the last bit: other machines print other numbers."


def _table(trace: Trace, digits: Digits) -> list[str]:
    """The loss of some steps, of kept ones if there are any, with the metrics where their values were kept."""
    if trace.network.shapes[trace.network.output]:
        return []
    kept = set(trace.kept)
    chosen = spread(trace.kept or range(1, trace.count + 1), MOST_ROWS)
    metrics = trace.network.metrics
    rows = [("step", trace.network.output, *metrics)]
    for step in chosen:
        made = [trace.value(name, step) if step in kept else None for name in metrics]
        cells = ["" if value is None else printed(float(value), digits).text for value in made]
        rows.append((f"{step:,}", printed(float(trace.losses[step - 1]), digits).text, *cells))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def spread(steps: Sequence[int], most: int) -> list[int]:
    """At most so many of the steps, the first and the last among them, and between them round numbers if there are."""
    if len(steps) <= most:
        return list(steps)
    first = 0 if isinstance(steps, range) or len(steps) == steps[-1] else steps[0]
    apart, chosen = 1, list(steps)
    while len(chosen) > most:  # 1, 2, 5, 10, 20, 50, ...
        apart = apart * 5 // 2 if str(apart)[0] == "2" else apart * 2
        chosen = [steps[0], *(step for step in steps[1:-1] if (step - first) % apart == 0), steps[-1]]
    return chosen


def _told(value: Array, digits: Digits) -> str:
    """A number, a short list, or how large a long one is."""
    if value.size > MOST_NUMBERS:
        return f"{' x '.join(map(str, value.shape))} numbers"
    if value.ndim:
        return "[" + ", ".join(_told(row, digits) for row in value) + "]"
    return printed(float(value), digits).text
