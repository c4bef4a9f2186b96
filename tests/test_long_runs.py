"""A page of a long run prints the digits that survive when its parameters begin one bit away, and says so."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import tracer
from tracer.explain import long_run
from tracer.explain.lesson import lesson
from tracer.explain.numbers import Digits, printed, rounded
from tracer.publish.environment import styles

#: gradient descent with so large a rate is chaotic: a bit is lost in every other step
CHAOS: dict[str, Any] = {
    "equations": ["E = x**4/4 - x**2/2"],
    "parameters": {"x": 0.3},
    "training": {"rate": 1.97, "steps": 1200},
    "digits": 6,
}
#: x begins close to y, so that a bit of x is many bits of their distance
NEAR: dict[str, Any] = {
    "equations": ["E = (y - x)**4/4 - (y - x)**2/2"],
    "values": {"y": 1},
    "parameters": {"x": 1 + 1e-9},
    "training": {"rate": 0.001, "steps": 3000},
    "digits": "9sf",
}


def errors(text: str) -> dict[int, str]:
    return {int(step): error for step, error in re.findall(r"^\| (\d+) \| \$?([^|$]*)\$? \|$", text, re.MULTILINE)}


def figures(number: str) -> int:
    return len(re.sub(r"[-.]|\\times.*", "", number).lstrip("0").strip())


def test_the_digits_of_each_loss_are_counted() -> None:
    trace = tracer.trace(NEAR, keep="loss")
    moved = tracer.trace(NEAR | {"parameters": {"x": float(np.nextafter(1 + 1e-9, np.inf))}}, keep="loss")
    found = tracer.stability(trace)
    assert len(found.losses) == 3001
    for step in (1, 2000, 3000):
        apart = abs(trace.losses[step - 1] / moved.losses[step - 1] - 1)
        assert 10.0 ** -(found.losses[step - 1] + 1) <= apart * 3 and apart <= 10.0 ** -(found.losses[step - 1] - 1)


def test_a_table_of_errors_prints_the_digits_that_survive() -> None:
    text = tracer.render(NEAR)
    survive = tracer.stability(tracer.trace(NEAR, keep="loss")).losses
    assert len(errors(text)) > 10
    for step, error in errors(text).items():
        assert figures(error) == min(9, survive[step - 1]), (step, error)
    assert "An error has only the digits that survive" in text and "dash" not in text
    assert "On the machine that wrote this page it prints:" in text


def test_where_no_digit_survives_there_is_a_dash() -> None:
    text = tracer.render(CHAOS)
    found = errors(text)
    assert found[1] == "-0.042975" and found[1201] == found[1000] == "–"
    assert "where there is a dash, none does." in text


@pytest.mark.parametrize("style", styles())
def test_a_late_step_has_no_more_digits_than_survive(style: str) -> None:
    made = lesson(NEAR, step=2001)
    kept = tracer.stability(tracer.trace(NEAR, steps=2000, keep="loss")).digits
    assert 0 < kept < 9
    assert all(figures(unit.number) <= kept for part in made.forward for unit in part.units)
    text = tracer.render(NEAR, style=style, step=2001)
    assert f"2,000 steps lie before it, and {kept} significant figures survive them" in text
    assert figures(lesson(NEAR, step=1).forward[0].units[0].number) == 9
    assert "lie before it" not in tracer.render(NEAR, style=style)


def test_a_late_step_without_digits_says_so_first() -> None:
    text = tracer.render(CHAOS, step=1101)
    said = text.index("1,100 steps lie before it, and no digit survives them")
    assert said < text.index("## The problem" if "## The problem" in text else "## Forward pass")
    assert "holds for the run that wrote this page alone" in text


def test_a_run_that_keeps_its_digits_says_nothing() -> None:
    text = tracer.render("mazur", steps=1500, step=1201)
    assert not re.search("survive|machine|lie before it", text)
    assert lesson("mazur", steps=1500, step=1201).error_before == lesson("mazur", steps=1201, step=1201).error_before


def test_short_runs_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("measured")

    monkeypatch.setattr(long_run, "stability", refuse)
    tracer.render("mazur", steps=999, step=999)
    with pytest.raises(AssertionError, match="measured"):
        tracer.render("mazur", steps=1000)


def test_what_takes_too_long_is_not_measured_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_run, "MOST_LINES", 1_000)
    text = tracer.render(CHAOS, step=1101)
    assert "1,100 steps lie before it. Whether other machines print the same digits was not measured" in text
    assert "of so long a run was not measured" in text
    assert errors(text)[1201] != "–"


def test_a_run_that_diverges_when_it_is_moved_keeps_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    from tracer.run import stability
    from tracer.run.run import Diverged

    trace = tracer.trace("mazur", steps=3)

    def diverge(*_: Any) -> Any:
        raise Diverged(1, "E", None, trace.network)  # type: ignore[arg-type]

    monkeypatch.setattr(stability, "run_network", diverge)
    assert stability.stability(trace).losses.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (123.456, Digits(4, most=2), "1.2e2"),
        (123.456, Digits(4, most=5), "123.46"),
        (0.123456, Digits(4, most=5), "0.1235"),
        (0.123456, Digits(4, most=2), "0.12"),
        (0.123456, Digits(6, significant=True, most=3), "0.123"),
        (0.25, Digits(4, enough=9, most=1), "0.2"),
        (0.0000123456, Digits(4, most=1), "0.00001"),
        (0.5, Digits(4, most=1), "0.5"),
        (4.0, Digits(4, most=2), "4"),
        (0.0, Digits(4, most=2), "0"),
    ],
)
def test_no_number_has_more_figures_than_the_most(value: float, digits: Digits, text: str) -> None:
    assert printed(value, digits).text == text


def test_a_value_that_cannot_be_exact_has_no_more_either() -> None:
    assert rounded(1.0, Digits(4, most=3)).text == "1.00"
    assert rounded(1.0, Digits(4, most=1)).text == "1e0"
