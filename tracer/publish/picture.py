"""A problem to a single picture of its network, or to a curve, as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tracer.errors import TracerError
from tracer.explain.lesson import lesson
from tracer.explain.notation import notation_for
from tracer.explain.numbers import digits_for
from tracer.publish.files import write_whole
from tracer.publish.picture_text import svg
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named


def diagram(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    *,
    until: str = "",
    weight: str = "",
    curve: str = "",
    notation_name: str = "",
    digits: int | str = "",
    steps: int | None = None,
    decimal: str = "",
    arithmetic: int | str = "",
    step: int | None = None,
    deviations: Iterable[Any] | None = None,
    colour: bool = True,
) -> str:
    """A problem, a trace of it or a trace file to a picture in SVG, with the numbers as a page prints them.

    `until` is what is computed in it ("a1", "delta2", "z1/2" of unit 2, "z2+a2+E", "again", "end"; "" for the weights
    alone), `weight` one whose ways to the error are lit ("w5"), `curve` an activation, "E", a metric, or a parameter
    over the steps ("w1"). Only one of the three is given. The others are those of `tracer.render`. Raises TracerError.
    """
    if sum(map(bool, (until, weight, curve))) > 1:
        raise TracerError("T107", "diagram", "until, weight and curve exclude each other.", "Expected one of them.")
    source = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviations)
    checked = source.problem if isinstance(source, Trace) else source
    how = notation_for(checked, notation_name, decimal=decimal, coloured=colour)
    made = lesson(source, notation_name=how, shown=digits_for(checked, digits), steps=steps, step=step)
    drawn = made.ways(weight) if weight else made.curve(curve) if curve else made.diagram(until)
    return svg(drawn)


def diagram_to(path: Path, problem: str | Path | Mapping[str, Any] | Problem | Trace, **how: Any) -> None:
    """A problem to a picture in a file, written whole or not at all.

    Raises TracerError T503 for a suffix nobody draws, and what `diagram` raises.
    """
    if path.suffix.lower() != ".svg":
        raise TracerError(
            "T503", str(path), f"nobody draws a picture as '{path.suffix or path.name}'.", "Expected a name in .svg."
        )
    write_whole(path, diagram(problem, **how))
