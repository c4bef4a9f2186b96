"""The names of `import tracer`: what they take, and one clear error for what they do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tracer


def test_a_gradient_check_takes_what_a_trace_takes() -> None:
    by_name = tracer.gradient_check("mazur")
    assert by_name == tracer.gradient_check(tracer.trace("mazur")) == tracer.gradient_check(tracer.load("mazur"))
    assert {item.name for item in by_name} == {"dw1", "dw2"}


def test_stability_takes_what_a_trace_takes(tmp_path: Path) -> None:
    made = tracer.trace("mazur", steps=20)
    tracer.save(made, tmp_path / "m.trace")
    keys = dict(made.problem.keys) | {"training": {**made.problem.keys["training"], "steps": 20}}
    assert tracer.stability(made) == tracer.stability(keys) == tracer.stability(tmp_path / "m.trace")
    assert (
        tracer.stability("mazur") == tracer.stability(tracer.load("mazur")) == tracer.stability(tracer.trace("mazur"))
    )
    assert tracer.gradient_check(tmp_path / "m.trace", 7) == tracer.gradient_check(made, 7)


def test_a_step_that_must_be_said() -> None:
    data = {"inputs": [[1.0, 0.5], [0.0, 1.0]], "targets": [[1, 0], [0, 1]]}
    layers = [{"weights": [[0.1, -0.2], [0.2, 0.3]], "activation": "softmax"}]
    training = {"loss": "cross-entropy", "rate": 0.5, "metrics": ["accuracy"], "steps": 40}
    made = tracer.trace({"data": data, "layers": layers, "training": training})
    with pytest.raises(tracer.TracerError) as caught:
        tracer.gradient_check(made)
    assert str(caught.value) == ("gradient check: there are 40 steps.\nSay which one: step=1 to step=40.   [T302]")
    for name in ("acc", "E", "w1"):
        with pytest.raises(tracer.TracerError) as caught:
            made[name]
        assert str(caught.value) == f"'{name}': there are 40 steps.\nSay which one: 1:{name} to 40:{name}.   [T302]"
    assert made["40:acc"] == made["41:acc"] == 1.0
    assert len(tracer.gradient_check(made, 40)) == 1


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
        (
            lambda: tracer.open_trace(None),  # type: ignore[arg-type]
            "trace file: this is no path: None.\nExpected a trace file.   [T101]",
        ),
        (lambda: tracer.stability(None), NO_PROBLEM.format(None)),  # type: ignore[arg-type]
        (lambda: tracer.gradient_check(5), NO_PROBLEM.format(5)),  # type: ignore[arg-type]
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
