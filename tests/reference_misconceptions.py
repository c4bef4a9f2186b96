"""The reference page of misconceptions: what each named mistake changes, why it is wrong, what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

import test_deviations

from tracer.explain.deviations_told import Deviating
from tracer.explain.lesson import lesson
from tracer.run import (
    error_deviations,
    forward_deviations,
    gradient_deviations,
    reading_deviations,
    slope_deviations,
    update_deviations,
)
from tracer.run.deviation import Deviation
from tracer.run.deviations import with_deviations
from tracer.run.loading import load

KINDS = (
    ("Slopes of activations", slope_deviations),
    ("The error", error_deviations),
    ("Gradients", gradient_deviations),
    ("Updates", update_deviations),
    ("The forward pass", forward_deviations),
    ("Numbers that are read wrongly", reading_deviations),
)
HEAD = """\
# Misconceptions

Mistakes that have a name. A problem file makes them on purpose (`deviations = ["slope-dropped"]`, or
`{ name = "slope-dropped", layer = 1 }` where one happens in a place of its own), `tracer render mazur --deviation
slope-dropped` shows what comes of one beside the correct figures, and `tracer check` and `tracer audit` find them in
the work of others.

*Computed* is a line of a small network with the mistake in it, *correct* the same line without. A mistake that nobody
is known to have published says so in place of a source.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, file in KINDS:
        parts.append(f"\n## {title}\n")
        for record in file.RECORDS:
            parts += [f"\n### {record.name}\n", *_told(record)]
    return "".join(parts)


def _told(record: Deviation) -> Iterator[str]:
    yield f"\n**{record.title}.**\n"
    where = test_deviations.WHERE[record.name][0]
    made = _deviating(record, where)
    if made.changes:
        one = made.changes[0]
        rows = [rf"\text{{computed:}}\quad & {one.computed}"] if one.computed else []
        rows += [rf"\text{{correct:}}\quad & {one.correct}"] if one.correct else []
        yield "\n```math\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n```\n"
        if not one.computed:
            yield "\nThe line is left out.\n"
    elif made.order:
        yield "\nNo line changes; the order in which they are computed does.\n"
    elif made.read is not None:
        yield "\nNo line changes; other numbers go into them.\n"
    yield f"\nWhy it is wrong: {record.why}\n\nInstead: {record.remedy}\n"
    if record.places:
        yield f"\nWhere it happens can be said by {' and '.join(f'`{place}`' for place in record.places)}.\n"
    yield f"\nSource: {record.source}\n"


def _deviating(record: Deviation, where: object) -> Deviating:
    problem = load(where) if isinstance(where, dict) else where
    made = lesson(with_deviations(problem, [record.name])).deviating
    assert made is not None
    return made
