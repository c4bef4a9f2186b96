"""The gradient check as readers see it: two numbers that agree, the element that does not, and why nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import tracer
from tracer.explain.lesson import lesson
from tracer.run.loading import built_in
from tracer.run.trace import Trace


def rows(text: str) -> list[list[str]]:
    table = text.partition("| central difference |")[2].partition("\n\n")[0]
    return [[cell.strip(" $") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


@pytest.mark.parametrize("style", ["plain", "cavar"])
@pytest.mark.parametrize("notation", ["plain", "han-kamber"])
def test_a_page_shows_two_numbers_that_agree(style: str, notation: str) -> None:
    text = tracer.render("han-kamber", style=style, notation_name=notation, digits=6)
    found = rows(text)
    assert len(found) == 4
    assert all(
        formula == central and float(formula) != 0 and bound == "< 0.000001" for _, formula, central, bound in found
    )
    assert ("with the sign turned" in text) == (notation == "han-kamber")
    assert all(row[0].startswith("-") for row in found) == (notation == "han-kamber")


def wrong(trace: Trace, name: str, place: tuple[int, int]) -> Trace:
    """The same trace with one element of a gradient a little too large."""
    (segment,) = trace.segments
    arrays = {key: np.array(value) for key, value in segment.arrays.items()}
    arrays[name][(0, *place)] *= 1.001
    return replace(trace, segments=(replace(segment, arrays=arrays),))


def test_the_element_that_differs_most_is_shown() -> None:
    made = lesson(wrong(tracer.trace("mazur"), "dw2", (0, 1)), shown=6)
    check = made.gradient_check
    assert check is not None and check.table is not None and not check.agrees
    first, second = check.table.rows
    assert made.worked("dw2[1,2]").symbol in first[0] and float(first[3].strip("$")) == pytest.approx(2.7e-4, rel=0.1)
    assert float(first[1].strip("$")) == pytest.approx(float(first[2].strip("$")) * 1.001, abs=2e-6)
    assert second[3] == "$< 0.000001$"


def test_where_all_agree_the_largest_element_is_shown() -> None:
    trace = tracer.trace("mazur")
    for item in tracer.gradient_check(trace):
        place = tuple(at - 1 for at in item.place)
        assert abs(trace.value(item.name)[place]) == abs(trace.value(item.name)).max() == abs(item.gradient)
        assert item.central == pytest.approx(item.gradient, rel=1e-7)


MISTAKE = "a line that was changed is no derivative"


@pytest.mark.parametrize(
    ("how", "says"),
    [({"deviations": ["slope-dropped"]}, MISTAKE), ({"arithmetic": "3"}, "Results are rounded on the way")],
)
def test_a_run_that_is_not_checked_says_why(how: dict[str, Any], says: str) -> None:
    for style in ("plain", "cavar"):
        text = tracer.render("mazur", style=style, **how)
        assert text.count("Are these gradients right?") == 1 and says in text and not rows(text)


def test_large_networks_are_not_checked_on_a_page() -> None:
    problem = {
        "data": {"inputs": [[0.1] * 40], "targets": [[0.2] * 40]},
        "layers": [{"units": 40, "weights": {"draw": "uniform"}}],
        "training": {"loss": "half-squared-error", "rate": 0.1},
    }
    made = lesson(problem)
    assert made.gradient_check is not None and made.gradient_check.table is None
    assert "1,600 gradients, too many" in made.gradient_check.why_not
    whole = made.whole_gradient_check()
    assert whole is not None and whole.table is not None and whole.agrees


def test_a_page_without_gradients_says_nothing() -> None:
    forward = {"data": {"inputs": [1, 2]}, "layers": [{"weights": [[0.1], [0.2]]}]}
    assert lesson(forward).gradient_check is None
    assert "gradients right" not in tracer.render(forward)


@pytest.mark.parametrize("name", built_in())
def test_built_in_problems_agree_or_say_why_not(name: str) -> None:
    check = lesson(name, steps=1).gradient_check
    assert check is not None and (check.agrees or check.why_not)
