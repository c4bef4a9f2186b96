"""Slips of the pen that a report names, on Mazur's published figures; and a mistake that is made in one layer alone."""

from __future__ import annotations

from functools import lru_cache

import pytest
from test_reports import MAZUR, course, sheet

from tracer.check.grading import results_of
from tracer.check.report import Report
from tracer.check.sheet_report import report_of
from tracer.errors import TracerError
from tracer.publish.homework import course_for

WHOLE = MAZUR | {"net_h2": "0.3925", "net_o2": "1.224921404"}


@lru_cache
def report(**changed: str) -> Report:
    answers = WHOLE | {name.replace("_new", "+"): text for name, text in changed.items()}
    return report_of(results_of(course(), [sheet(answers)]), 0)


def said(made: Report) -> dict[str, str]:
    return {finding.name: finding.slip for finding in made.findings if finding.slip}


def test_two_answers_in_each_others_place() -> None:
    made = report(out_h1=WHOLE["out_h2"], out_h2=WHOLE["out_h1"])
    assert said(made) == dict.fromkeys(("out_h1", "out_h2"), "two answers exchanged")
    assert made.first is not None and made.first.slip == (
        r"It is what $\mathrm{out}_{h2}$ should be, and the other way round: the two answers are exchanged."
    )


@pytest.mark.parametrize(
    ("name", "text", "slip"),
    [
        ("w5_new", "0.35819648", "two digits exchanged"),
        ("w5_new", "3.5891648", "its point is misplaced"),
        ("w5_new", "-0.35891648", "its sign is turned"),
        ("out_o1", "0.75936507", "miscopied, it seems"),  # the deltas go on with 0.75136507
        ("w5_new", "0.35991648", ""),
        ("w5_new", "0.36", ""),
    ],
)
def test_a_slip_of_the_pen(name: str, text: str, slip: str) -> None:
    made = report(**{name: text})
    assert said(made) == ({name.replace("_new", "+"): slip} if slip else {})
    assert bool(made.first and made.first.slip) == bool(slip)


def test_a_right_sheet_has_no_slip() -> None:
    assert not said(report())


def test_what_a_named_mistake_explains_is_no_slip() -> None:
    """Where the input is 0.1 and was forgotten, the gradient looks like a misplaced point; the cause is named."""
    d1, d2 = 0.138498562, -0.038098236
    h1, h2 = 0.593269992, 0.596884378
    below = ((0.4 * d1 + 0.5 * d2) * h1 * (1 - h1), (0.45 * d1 + 0.55 * d2) * h2 * (1 - h2))
    names = ("delta_h1", "dw1", "dw2", "delta_h2", "dw3", "dw4")
    answers = {name: text for name, text in WHOLE.items() if "+" not in name} | {"delta_o2": f"{d2}"}
    answers |= {name: f"{below[place // 3]:.6f}" for place, name in enumerate(names)}
    made = report_of(results_of(course(), [sheet(answers)]), 0)
    assert made.causes[0].one_of[0].name.startswith("input-forgotten") and len(made.wrong) == 4
    assert not said(made)


@pytest.mark.parametrize("layer", ["output", "hidden"])
def test_a_slope_that_is_left_out_in_one_layer_alone(layer: str) -> None:
    out = (0.75136507, 0.772928465)
    hidden = (0.593269992, 0.596884378)
    weights = ((0.4, 0.45), (0.5, 0.55))
    above = [(o - t) * (1 if layer == "output" else o * (1 - o)) for o, t in zip(out, (0.01, 0.99), strict=True)]
    back = [above[0] * weights[0][i] + above[1] * weights[1][i] for i in (0, 1)]
    below = [b * (1 if layer == "hidden" else h * (1 - h)) for b, h in zip(back, hidden, strict=True)]
    names = ("delta_o1", "delta_o2", "delta_h1", "delta_h2")
    deltas = {name: f"{value:.9f}" for name, value in zip(names, [*above, *below], strict=True)}
    answers = {name: text for name, text in WHOLE.items() if "+" not in name} | deltas
    made = report_of(results_of(course(), [sheet(answers)]), 0)
    (cause,) = made.causes
    named = {"output": ("slope-dropped layer=2", ", in the output layer alone"), "hidden": ("slope-dropped-hidden", "")}
    assert (cause.one_of[0].name, cause.answers, cause.of_first) == (named[layer][0], 2, True)
    assert cause.one_of[0].title.endswith(named[layer][1])


@pytest.mark.parametrize(("fixed", "wrong"), [("", 0), ("sign,error", 0), ("order", 2), ("all", 2)])
def test_the_order_of_updating_is_a_convention_until_it_is_fixed(fixed: str, wrong: int) -> None:
    """Hidden deltas from the weights above that were just replaced, Mazur's own."""
    d1, d2 = 0.138498562, -0.038098236
    h1, h2 = 0.593269992, 0.596884378
    answers = WHOLE | {
        "delta_o2": f"{d2}",
        "delta_h1": f"{(0.35891648 * d1 + 0.511301270 * d2) * h1 * (1 - h1):.7f}",
        "delta_h2": f"{(0.408666186 * d1 + 0.561370121 * d2) * h2 * (1 - h2):.7f}",
    }
    answers = {name: text for name, text in answers.items() if name not in ("w1+", "w2+", "w3+", "w4+")}
    made = report_of(results_of(course_for("mazur", fixed=fixed), [sheet(answers)]), 0)
    assert len(made.wrong) == wrong and bool(made.convention) == (wrong == 0)
    assert [one.name for found in made.causes for one in found.one_of] == ["one-by-one"] * (wrong > 0)


def test_a_convention_that_there_is_none_of() -> None:
    with pytest.raises(TracerError, match="there is no convention 'odrer'") as caught:
        course_for("mazur", fixed="odrer")
    assert caught.value.code == "T504"
