"""A problem to a finished page: lesson, story, tokens, writer. One line a format in `WRITERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tracer.errors import TracerError, suggest
from tracer.explain.lesson import Lesson, lesson
from tracer.explain.notation import notation_for
from tracer.explain.numbers import digits_for
from tracer.publish.environment import tell
from tracer.publish.files import write_whole
from tracer.publish.latex import write_latex
from tracer.publish.markdown import write_markdown
from tracer.publish.story import read_story
from tracer.run.files import check_other_file
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named

#: format -> from a lesson and its story tokens to the text of the page
WRITERS: Mapping[str, Callable[[Lesson, Any], str]] = {
    "markdown": lambda _, tokens: write_markdown(tokens),
    "latex": lambda made, tokens: write_latex(tokens, title=made.title),
}
SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".tex": "latex"}


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
) -> str:
    """A problem, a trace of it or a trace file to the text of a page. What is not given is as the problem file says.

    `format` is "markdown" or "latex" (or "md", "tex"), `style` a walkthrough style, `notation_name` a notation,
    `digits` decimals or significant figures ("4sf"), `steps` the number of training steps, `arithmetic` how results are
    rounded by hand ("3", "3sf truncate", "3 half-up printed", "adaptive", "exact"), `step` the one that is told (the
    first, or the first that a trace kept), `deviations` the named mistakes that the run makes
    (["slope-dropped"]; [] for none). Raises TracerError for anything wrong.

    >>> page = render("mazur", digits=4)
    >>> page.splitlines()[0]
    '# A 2-2-2 network, one step of gradient descent'
    """
    format = SUFFIXES.get(f".{format}", format)
    if format not in WRITERS:
        raise TracerError("T503", "format", f"there is no format '{format}'.", suggest(format, WRITERS))
    source = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviations)
    checked = source.problem if isinstance(source, Trace) else source
    how = notation_for(checked, notation_name, decimal=decimal, times=times)
    made = lesson(source, notation_name=how, shown=digits_for(checked, digits), steps=steps, step=step)
    return WRITERS[format](made, read_story(tell(made, style)))


def format_of(path: Path) -> str:
    """The format a file's suffix asks for. Raises TracerError T503."""
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise TracerError(
            "T503", str(path), f"nobody knows the format of '{path.suffix or path.name}'.", f"Known suffixes: {known}."
        )
    return SUFFIXES[path.suffix.lower()]


def render_to(path: Path, problem: str | Path | Problem | Trace, **how: Any) -> None:
    """A problem to a page in a file, written whole or not at all; the format follows from the suffix."""
    check_other_file(path, problem)
    write_whole(path, render(problem, format=format_of(path), **how))
