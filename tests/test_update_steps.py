"""The update of one weight, line by line: what an optimizer makes of its gradient, and what it carries on."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import tracer
from tracer.explain.lesson import lesson
from tracer.explain.notation import NOTATIONS
from tracer.explain.plain_text import plain
from tracer.ops import OPTIMIZERS
from tracer.publish.environment import styles


def problem(**training: Any) -> dict[str, Any]:
    return {
        "data": {"inputs": [1.0, 0.5], "targets": [1.0]},
        "layers": [
            {"weights": [[0.2, -0.4], [0.3, 0.1]], "bias": [0.1, -0.2], "activation": "sigmoid"},
            {"weights": [[0.5], [-0.3]], "activation": "sigmoid"},
        ],
        "training": {"loss": "half-squared-error", "rate": 0.5, "steps": 3, **training},
    }


ADAM = problem(optimizer="adam")
CLIPPED = problem(optimizer="momentum", clip=0.05, schedule={"name": "exponential", "gamma": 0.5})


def test_every_line_of_adam_is_told_in_order() -> None:
    update = lesson(ADAM, shown=6).update_of("2:w1_new[1,2]")
    assert update is not None
    assert [plain(step.symbol) for step in update.steps] == [
        "m_(w1[1,2])^new",
        "v_(w1[1,2])^new",
        "mhat_(w1[1,2])",
        "vhat_(w1[1,2])",
        "w1_new[1,2]",
    ]
    trace = tracer.trace(ADAM)
    for name, step in zip(("mw1_new", "vw1_new", "mhatw1", "vhatw1", "w1_new"), update.steps, strict=True):
        assert float(step.lines[-1].tex) == pytest.approx(trace[f"2:{name}[1,2]"], rel=2e-2, abs=1e-6), name


def test_the_state_is_told_before_and_after() -> None:
    made = lesson(ADAM, shown=6)
    first, second = made.update_of("w1_new[1,2]"), made.update_of("2:w1_new[1,2]")
    assert first is not None and first.state is not None and second is not None and second.state is not None
    assert [row[1] for row in first.state.rows] == ["$1$", "$0$", "$0$"]
    assert [row[2] for row in first.state.rows] == [row[1] for row in second.state.rows]
    assert [plain(row[0].strip("$")) for row in second.state.rows] == ["step", "m_(w1[1,2])", "v_(w1[1,2])"]


def test_the_rate_of_the_step_and_clipped_gradients_are_lines_too() -> None:
    update = lesson(CLIPPED, shown=6).update_of("w2_new[1,1]")
    assert update is not None
    names = ["η", "squares", "norm", "factor", "c_(w2[1,1])", "v_(w2[1,1])^new", "w2_new[1,1]"]
    assert [plain(step.symbol) for step in update.steps] == names


def test_a_single_line_is_no_list_of_lines() -> None:
    assert lesson("mazur").update_of("w5+") is None
    assert lesson("mazur").update_of("w5") is None
    assert lesson(ADAM).update_of("w1_new") is None
    assert lesson(ADAM).update_of("4:w1[1,1]") is None


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("notation", NOTATIONS)
def test_lines_are_true_in_every_notation(optimizer: str, notation: str) -> None:
    """Also where the negative gradient is passed back: a square of it keeps its sign, what is linear in it does not."""
    update = lesson(problem(optimizer=optimizer, clip=0.05), notation_name=notation, shown="9sf").update_of(
        "w1_new[1,2]"
    )
    assert update is not None
    for step in update.steps:
        values = [value for line in step.lines if (value := number(line.tex)) is not None]
        assert len(values) > 1
        np.testing.assert_allclose(values, values[-1], rtol=1e-6, err_msg=step.tex)


def number(tex: str) -> float | None:
    """What a line of numbers comes to; None for symbols."""
    text = plain(tex).replace("·", "*").replace("×", "*").replace("^", "**").replace("| ", "abs(").replace(" |", ")")
    if re.search(r"[^\W\d_]", re.sub(r"sqrt|max|abs", "", text)):
        return None
    return float(eval(text, {"__builtins__": {}}, {"sqrt": np.sqrt, "max": max, "abs": abs}))  # noqa: S307


@pytest.mark.parametrize("style", ["hmkcode", "mazur"])
def test_stories_of_one_weight_tell_all_lines(style: str) -> None:
    text = tracer.render(ADAM, style=style, digits=6)
    assert "Mean square, corrected for its start at 0:" in text
    assert r"| $m_{w^{(2)}_{11}}$ | $0$ | $-0.006824$ |" in text
    assert "we subtract the learning rate times" not in text


@pytest.mark.parametrize("style", styles())
def test_no_number_is_missing_where_the_rate_follows_a_schedule(style: str) -> None:
    text = tracer.render(CLIPPED, style=style)
    assert r"\$\$" not in text and "$$$" not in text
    assert "scaled by the learning rate." not in text


def test_show_tells_the_lines() -> None:
    text = str(lesson(ADAM, shown=4).quantity("w1_new[1,1]"))
    assert text.index("m_(w1[1,1])^new = ") < text.index("vhat_(w1[1,1]) = v_(w1[1,1])^new/(1 - β_2^step)")
    assert re.search(r"\n  state +before +after\n  step +1 +2\n", text)
    assert "frac" not in text
