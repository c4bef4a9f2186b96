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
from tracer.run.trace import Trace

if TYPE_CHECKING:
    from tracer.explain.lesson import Lesson
    from tracer.explain.worked import Worked
    from tracer.run.gradient_check import Comparison
    from tracer.run.problem import Problem

__all__ = ["TracerError", "gradient_check", "lesson", "load", "render", "trace"]
__version__ = "0.1.0"


def load(problem: str | Path | Mapping[str, Any]) -> Problem:
    """A problem file, the name of a built-in problem, or a mapping with the same keys, to a checked `Problem`."""
    from tracer.run.problem import load as load_problem

    return load_problem(problem)


def trace(
    problem: str | Path | Mapping[str, Any] | Problem,
    *,
    steps: int | None = None,
    keep: str | Iterable[int] = "everything",
    notation: str = "",
    arithmetic: int | str = "",
    deviations: Iterable[Any] | None = None,
) -> Trace:
    """A problem to its trace, whose values can be asked for by the names of a notation (the problem's own by default).

    `steps` overrides the problem's; `keep` is "everything", "loss" or the numbers of the steps to keep;
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


def render(problem: str | Path | Mapping[str, Any] | Problem, **how: Any) -> str:
    """A problem to the text of a page; see `tracer.publish.render.render` for the keywords."""
    from tracer.publish.render import render as render_page

    return render_page(problem, **how)


def lesson(problem: str | Problem | Trace, **how: Any) -> Lesson:
    """A problem, or a trace of it, to what a story template sees; see `tracer.explain.lesson.lesson`."""
    from tracer.explain.lesson import lesson as make

    return make(problem, **how)


def gradient_check(made: Trace, step: int | None = None) -> tuple[Comparison, ...]:
    """Every gradient of a trace against central differences of the loss."""
    from tracer.run.gradient_check import gradient_check as check

    return check(made, step)


def _worked(self: Trace, name: str, *, notation: str = "", digits: int | str = "") -> Worked:
    """One quantity worked out completely, in the notation and with the digits of the problem unless others are given.

    >>> print(trace("hmkcode").worked("h1").tex())
    h_{1} = i_{1} \\cdot w_{1} + i_{2} \\cdot w_{2} = 5 \\cdot 0.15 + 4 \\cdot 0.2 = 0.75 + 0.8 = 1.55
    """
    return lesson(self, notation_name=notation, shown=digits).worked(name)


# A run never imports a printer, so what prints is attached here.
Trace.worked = _worked  # type: ignore[method-assign]
