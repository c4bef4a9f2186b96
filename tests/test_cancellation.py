"""How the delta of an output layer gets short on the page: its forms, what the last one needs, the same numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

import tracer
from tracer.explain.lesson import lesson
from tracer.publish.environment import styles

PAIRS = [("softmax", "cross-entropy"), ("sigmoid", "binary-cross-entropy")]


def problem(activation: str, loss: str, targets: Any, inputs: Any = (1, 0.5)) -> dict[str, Any]:
    return {
        "data": {"inputs": list(inputs), "targets": targets},
        "layers": [{"weights": [[0.3, -0.2], [0.1, 0.4]], "activation": activation}],
        "training": {"loss": loss, "rate": 0.5},
    }


SOFTMAX = problem("softmax", "cross-entropy", [0, 1])
SIGMOID = problem("sigmoid", "binary-cross-entropy", [0, 1])
MEAN = problem("softmax", "cross-entropy-mean", [[0, 1], [0.4, 0.6]], [[1, 0.5], [0.2, -1]])


@pytest.mark.parametrize("style", styles())
@pytest.mark.parametrize("made", [SOFTMAX, SIGMOID], ids=["softmax", "sigmoid"])
def test_every_style_tells_it_once(made: dict[str, Any], style: str) -> None:
    text = tracer.render(made, style=style, digits=4)
    assert text.count("much of this cancels") == 1
    assert "&= a^{(1)}_{j} - t_{j}\n" in text
    assert text.count("\n\\delta^{(1)}_{1} = a^{(1)}_{1} - t_{1} \\approx ") == 1
    assert text.index("much of this cancels") < text.index("The last form gives the same number")


@pytest.mark.parametrize("made", [SOFTMAX, SIGMOID, MEAN], ids=["softmax", "sigmoid", "mean"])
def test_the_numbers_are_those_of_the_chain_rule(made: dict[str, Any]) -> None:
    told = lesson(made, shown=6).part("delta1")
    assert told.cancels is not None and told.cancels.holds
    assert len(told.cancels.units) == len(told.units) == 2
    for unit, short in zip(told.units, told.cancels.units, strict=True):
        end = re.escape(unit.number)
        assert short.startswith(unit.symbol) and re.search(rf" {end}$", short.removesuffix("\n\\end{aligned}"))
        assert short != unit.tex


def test_a_form_that_the_targets_do_not_allow_is_not_used() -> None:
    told = lesson(problem("softmax", "cross-entropy", [0.5, 1]), shown=6).part("delta1").cancels
    assert told is not None and not told.holds
    assert told.chain.count("=") == 3  # one of them inside the brackets of the first form
    assert r"\left(t_{1} + t_{2}\right) - t_{1}" in told.units[0]
    text = tracer.render(problem("softmax", "cross-entropy", [0.5, 1]))
    assert "would need that the targets of each example add up to 1. Here they do not" in text


def test_targets_that_add_up_to_1_by_float64_do() -> None:
    made = problem("softmax", "cross-entropy", [0.7, 0.2, 0.1])
    made["layers"][0]["weights"] = [[0.3, -0.2, 0.1], [0.1, 0.4, 0.2]]
    told = lesson(made).part("delta1").cancels
    assert 0.7 + 0.2 + 0.1 != 1 and told is not None and told.holds


def test_a_notation_that_passes_back_the_negative_begins_with_the_target() -> None:
    told = lesson(SOFTMAX, notation_name="han-kamber", shown=4).part("delta1").cancels
    assert told is not None
    last = told.lines[-1].tex
    assert last.index("T_{") < last.index(" - O_{")
    chain_rule = lesson(SOFTMAX, notation_name="han-kamber", shown=4).part("delta1").units
    for unit, short in zip(chain_rule, told.units, strict=True):
        assert short.split()[-1] == unit.number


@pytest.mark.parametrize("name", ["slope-dropped", "sign-of-error", "common-logarithm"])
def test_a_line_that_a_deviation_changed_is_not_told_short(name: str) -> None:
    assert lesson(SIGMOID, deviations=[name]).part("delta1").cancels is None
    assert "cancels" not in tracer.render(SIGMOID, deviations=[name])


def test_a_deviation_elsewhere_leaves_it() -> None:
    assert lesson(SIGMOID, deviations=["rate-twice"]).part("delta1").cancels is not None


@pytest.mark.parametrize("made", ["mazur", "cs231n-circuit", problem("softmax", "half-squared-error", [0, 1])])
def test_nothing_is_told_where_nothing_cancels(made: Any) -> None:
    assert "cancels" not in tracer.render(made)


def test_rounded_gradients_are_not_told_as_equal() -> None:
    text = tracer.render(SOFTMAX, arithmetic="2")
    assert "much of this cancels" in text and "the last form may give others" in text
    assert "The last form gives the same" not in text


def test_show_tells_it_too() -> None:
    text = str(lesson(SOFTMAX).quantity("delta1"))
    assert "    delta1[j] = Σ_j' " in text and "        = a1[j] - t_j\n" in text
    assert text.endswith("The last form needs that the targets of each example add up to 1. Here they do.")
