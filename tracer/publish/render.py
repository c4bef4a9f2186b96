"""A problem to a finished page: lesson, story, tokens, writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tracer.explain.lesson import lesson
from tracer.explain.notation import notation_for
from tracer.explain.numbers import digits_for
from tracer.publish.environment import tell
from tracer.publish.files import write_whole
from tracer.publish.formats import WRITERS, format_named, format_of
from tracer.publish.story import read_story
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named


def render(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    *,
    format: str = "markdown",
    style: str = "",
    notation_name: str = "",
    digits: int | str = "",
    steps: int | None = None,
    decimal: str = "",
    times: str = "",
    arithmetic: int | str = "",
    step: int | None = None,
    deviations: Iterable[Any] | None = None,
    templates: str | Path | None = None,
) -> str:
    """A problem, a trace of it or a trace file to the text of a page. What is not given is as the problem file says.

    `format` is "markdown", "github", "kramdown", "island", "latex", "html", "stepper" or "notebook" (or a suffix: "md",
    "tex"), `style` a walkthrough style, `notation_name` a notation, `digits` decimals or significant figures ("4sf"),
    `steps` the number of training steps, `arithmetic` how results are rounded by hand ("3", "3sf truncate",
    "3 half-up printed", "adaptive", "exact"), `step` the one that is told (the first, or the first that a trace kept),
    `deviations` the named mistakes that the run makes (["slope-dropped"]; [] for none), `templates` a folder whose
    templates stand before those of the package. Raises TracerError for anything wrong.

    >>> page = render("mazur", digits=4)
    >>> page.splitlines()[0]
    '# A 2-2-2 network, one step of gradient descent'
    """
    format = format_named(format)
    source = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviations)
    checked = source.problem if isinstance(source, Trace) else source
    how = notation_for(checked, notation_name, decimal=decimal, times=times)
    made = lesson(source, notation_name=how, shown=digits_for(checked, digits), steps=steps, step=step)
    story = tell(made, style, None if templates is None else Path(templates))
    return WRITERS[format](read_story(story), made.title)


def render_to(path: Path, problem: str | Path | Problem | Trace, *, format: str = "", **how: Any) -> None:
    """A problem to a page in a file, written whole or not at all; the suffix says the format unless it is named."""
    write_whole(path, render(problem, format=format_of(path, format), **how))
