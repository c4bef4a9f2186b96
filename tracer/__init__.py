"""Worked examples of how a neural network learns: every number computed, every formula derived.

>>> import tracer
>>> round(tracer.trace("mazur")["E"], 9)
0.298371109
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.errors import TracerError
from tracer.run.shown import Shown
from tracer.run.trace import Trace

if TYPE_CHECKING:
    from tracer.check.report import Report
    from tracer.explain.lesson import Lesson
    from tracer.explain.worked import Worked
    from tracer.run.gradient_check import Comparison
    from tracer.run.problem import Problem
    from tracer.run.stability import Stability

__all__ = [
    "TracerError",
    "diagram",
    "expand",
    "gradient_check",
    "lesson",
    "load",
    "open_trace",
    "render",
    "report",
    "save",
    "stability",
    "trace",
]
__version__ = "0.1.0"


def load(problem: str | Path | Mapping[str, Any]) -> Problem:
    """A problem file, the name of a built-in problem, or a mapping with the same keys, to a checked `Problem`."""
    from tracer.run.loading import load as load_problem

    return load_problem(problem)


def trace(
    problem: str | Path | Mapping[str, Any] | Problem,
    *,
    steps: int | None = None,
    keep: str | Iterable[int] | None = None,
    notation: str = "",
    arithmetic: int | str = "",
    deviations: Iterable[Any] | None = None,
) -> Trace:
    """A problem to its trace, whose values can be asked for by the names of a notation (the problem's own by default).

    `steps` overrides the problem's; `keep` is "everything", "loss", "first-and-last" or the numbers of the
    steps to keep, what the problem says unless given;
    `arithmetic` is how results are rounded by hand ("3", "3sf truncate", "exact"; see [arithmetic] in a problem file);
    `deviations` are the named mistakes that the run makes (["slope-dropped"]; [] for none).

    >>> trace("hmkcode")["prediction"]
    0.3947
    """
    from tracer.explain.names import with_names
    from tracer.explain.notation import notation_for
    from tracer.run.deviations import with_deviations
    from tracer.run.problem import Problem
    from tracer.run.rounding import with_arithmetic
    from tracer.run.run import run as run_problem

    checked = problem if isinstance(problem, Problem) else load(problem)
    checked = with_deviations(with_arithmetic(checked, arithmetic), deviations)
    made = run_problem(checked, steps=steps, keep=keep)
    return with_names(made, notation_for(made.problem, notation))


def render(problem: str | Path | Mapping[str, Any] | Problem | Trace, **how: Any) -> str:
    """A problem, a trace of it or a trace file to the text of a page; see `tracer.publish.render.render` for the
    keywords."""
    from tracer.publish.render import render as render_page

    return render_page(problem, **how)


def diagram(problem: str | Path | Mapping[str, Any] | Problem | Trace, **how: Any) -> str:
    """The network of a problem, a trace of it or a trace file as a picture in SVG, with the numbers of a step; see
    `tracer.publish.picture.diagram` for the keywords.

    >>> diagram("mazur", until="delta2").count("<svg ")
    1
    """
    from tracer.publish.picture import diagram as draw

    return draw(problem, **how)


def lesson(problem: str | Path | Problem | Trace, **how: Any) -> Lesson:
    """A problem, a trace of it or a trace file to what a story template sees; see `tracer.explain.lesson.lesson`."""
    from tracer.explain.lesson import lesson as make

    return make(problem, **how)


def report(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    answers: str | Path | Mapping[str, Any],
    *,
    asked: str = "",
    digits: int | str = "",
    notation: str = "",
    hint: bool = False,
) -> Report:
    """The answers of one student to a report on them: a file, or names and what was written (`{"net_h1": "0.3775"}`; as
    text a number keeps its digits).

    `asked` says what was asked for (`"z,a,delta"`; all, unless given), `digits` how many decimals (4) or significant
    figures ("4sf"); `hint` shows the first wrong step and no number of the key. `tracer.publish.homework` has all else.

    >>> report("mazur", {"net_h1": "0.3775", "out_h1": "0.6101"}, asked="z1,a1").wrong[0].name
    'out_h1'
    """
    from tracer.publish.homework import checked_sheet, course_for, sheet_of

    sheet = sheet_of(answers) if isinstance(answers, Mapping) else answers
    course = course_for(problem, asked=asked, digits=digits, notation_name=notation)
    return checked_sheet(course, sheet, hint=hint)


def expand(fence: str, dialect: str = "markdown", *, file: str | Path = "") -> str:
    """The text of a fence, which asks for a piece of a trace, to Markdown in a dialect, or to "html"; `file` is the
    page it is for, from which the files in it are seen. See `tracer.publish.embed.expand.expand`.

    >>> expand('problem = "mazur"\\nshow = "value E"', "html").count("<math")
    1
    """
    from tracer.publish.embed.expand import expand as made
    from tracer.publish.embed.page import Page

    return made(fence, dialect, page=Page(Path(file)) if file else None)


def gradient_check(
    problem: str | Path | Mapping[str, Any] | Problem | Trace, step: int | None = None
) -> tuple[Comparison, ...]:
    """Every gradient of a problem, of a trace of it or of a trace file, against central differences of the loss; of
    more steps than one say which."""
    from tracer.run.gradient_check import gradient_check as check
    from tracer.run.trace_file import trace_of

    return check(trace_of(problem), step)


def save(made: Trace, path: str | Path) -> None:
    """A trace to a file that `open_trace` reads, written whole or not at all."""
    from tracer.run.trace_file import save as write

    write(made, path)


def open_trace(path: str | Path, *, notation: str = "") -> Trace:
    """A trace file to its trace, checked to the last byte; its arrays are mapped, so that a large file is not loaded.

    >>> save(trace("mazur", steps=100, keep=[1, 100]), "mazur.trace")
    >>> round(open_trace("mazur.trace")["100:w5"], 9)
    -1.806106031
    """
    from tracer.explain.names import with_names
    from tracer.explain.notation import notation_for
    from tracer.run.trace_file import open_trace as read

    made = read(path)
    return with_names(made, notation_for(made.problem, notation))


def stability(problem: str | Path | Mapping[str, Any] | Problem | Trace) -> Stability:
    """How many digits of the final figures of a problem, a trace of it or a trace file survive when every parameter is
    moved by one unit in the last place.

    >>> stability("mazur").digits >= 14
    True
    """
    from tracer.run.stability import stability as measure
    from tracer.run.trace_file import trace_of

    return measure(trace_of(problem))


def _worked(self: Trace, name: str, *, notation: str = "", digits: int | str = "") -> Worked:
    """One quantity worked out completely, in the notation and with the digits of the problem unless others are given;
    at the first step that was kept unless the name says which.

    >>> print(trace("hmkcode").worked("h1").tex())
    h_{1} = i_{1} \\cdot w_{1} + i_{2} \\cdot w_{2} = 5 \\cdot 0.15 + 4 \\cdot 0.2 = 0.75 + 0.8 = 1.55
    """
    return lesson(self, notation_name=notation, shown=digits).worked(name)


def _repr_mimebundle_(self: Shown, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None) -> Any:
    """What a notebook shows of a record: HTML, Markdown and plain text."""
    from tracer.publish.embed.shown import shown

    left = shown(self)
    return {kind: text for kind, text in left.items() if kind in (include or left) and kind not in (exclude or ())}


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext tracer`: a cell that begins with `%%trace` holds what is between the lines of a fence."""
    from tracer.publish.embed.jupyter import add_magic

    add_magic(shell)


# A run never imports a printer, so what prints is attached here.
Trace.worked = _worked  # type: ignore[method-assign]
Shown._repr_mimebundle_ = _repr_mimebundle_  # type: ignore[attr-defined]
