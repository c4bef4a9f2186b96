"""The names of `import tracer`: what they take, and one clear error for what they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tracer


def test_a_gradient_check_takes_what_a_trace_takes() -> None:
    by_name = tracer.gradient_check("mazur")
    assert by_name == tracer.gradient_check(tracer.trace("mazur")) == tracer.gradient_check(tracer.load("mazur"))
    assert {item.name for item in by_name} == {"dw1", "dw2"}


def test_a_trace_can_be_rendered() -> None:
    trace = tracer.trace("mazur")
    assert tracer.render(trace) == tracer.render("mazur")
    assert tracer.render(trace, steps=2) == tracer.render("mazur", steps=2)


@pytest.mark.parametrize(("short", "long"), [("tex", "latex"), ("md", "markdown")])
def test_formats_have_the_names_of_their_files_too(short: str, long: str) -> None:
    assert tracer.render("hmkcode", format=short) == tracer.render("hmkcode", format=long)


def test_a_trace_is_told_in_one_line() -> None:
    assert repr(tracer.trace("mazur")) == "Trace('mazur', 1 step)"
    assert repr(tracer.trace("mazur", steps=3)) == "Trace('mazur', 3 steps)"


NO_PROBLEM = (
    "problem: this is no problem: {}.\n"
    "Expected a file, the name of a built-in problem, or a mapping with the keys of a file.   [T101]"
)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: tracer.load(None), NO_PROBLEM.format(None)),  # type: ignore[arg-type]
        (lambda: tracer.trace(5), NO_PROBLEM.format(5)),  # type: ignore[arg-type]
        (lambda: tracer.render([]), NO_PROBLEM.format([])),  # type: ignore[arg-type]
        (
            lambda: tracer.trace("mazur")[5],  # type: ignore[index]
            "'5': this is no name.\nExpected a text like w1[1,2], or 2:E for a step.   [T301]",
        ),
    ],
)
def test_what_is_no_problem_and_no_name(act: Callable[[], Any], message: str) -> None:
    with pytest.raises(tracer.TracerError) as caught:
        act()
    assert str(caught.value) == message
