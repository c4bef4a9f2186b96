"""Formulas that students write where a number is asked for; expected figures are Mazur's, or worked out by pencil."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import pytest

from tracer.check.formulas_on_sheets import Place
from tracer.check.grading import Course, Results, results_of
from tracer.check.outcomes import NAMES
from tracer.check.plain_report import plain_report
from tracer.check.report import Report
from tracer.check.report_json import report_json
from tracer.check.sheet_report import report_of
from tracer.publish.homework import course_for
from tracer.publish.report_page import student_page
from tracer.read.answers import Sheet, sheets_in

ASKED = "forward,E,delta2,dw2"
#: Mazur's figures with four decimals
RIGHT = {
    "net_h1": "0.3775", "net_h2": "0.3925", "out_h1": "0.5933", "out_h2": "0.5969", "net_o1": "1.1059",
    "net_o2": "1.2249", "out_o1": "0.7514", "out_o2": "0.7729", "E_total": "0.2984", "delta_o1": "0.1385",
    "delta_o2": "-0.0381", "dw5": "0.0822", "dw6": "0.0827", "dw7": "-0.0226", "dw8": "-0.0227",
}  # fmt: skip
TEX = r"(\mathrm{out}_{o1} - \mathrm{target}_{o1}) \cdot \mathrm{out}_{o1} \left(1 - \mathrm{out}_{o1}\right)"
DELTA = "(out_o1 - target_o1)*out_o1*(1 - out_o1)"


@lru_cache(maxsize=4)
def course(fixed: str = "") -> Course:
    return course_for("mazur", asked=ASKED, fixed=fixed)


def sheet(answers: dict[str, str], student: str = "anna") -> Sheet:
    lines = [f'"{name}","{text}"' for name, text in answers.items()]
    (read,) = sheets_in(f"{student}.csv", "\n".join(["name,value", *lines]).encode(), student)
    assert isinstance(read, Sheet)
    return read


def judged(changed: dict[str, str], fixed: str = "") -> Results:
    return results_of(course(fixed), [sheet(RIGHT | changed)])


def report(changed: dict[str, str], fixed: str = "", **how: Any) -> Report:
    return report_of(judged(changed, fixed), 0, **how)


def outcomes(found: Report) -> dict[str, str]:
    """What every answer that is not simply right counts as."""
    return {one.name: NAMES[one.outcome] for one in found.findings if NAMES[one.outcome] != "right"}


@pytest.mark.parametrize(
    "answers",
    [
        {"delta_o1": DELTA},
        {"delta_o1": "out_o1^2*(1 - out_o1) - target_o1*(out_o1 - out_o1*out_o1)"},  # multiplied out
        {"delta_o1": TEX},
        {"out_h1": "1/(1+exp(-net_h1))", "out_h2": "1/(1+e^(-net_h2))", "dw5": "delta_o1*out_h1"},
        {"E_total": "0.5*(target_o1 - out_o1)^2 + 0.5*(target_o2 - out_o2)^2"},
        {"net_h1": "w1*i1 + w2*i2 + b1"},
        {"dw5": DELTA + "*out_h1"},  # written out further
        {"net_h1": "w1*i1 + w2*i2 + b1", "net_h2": "w3*i1 + w4*i2 + b1"},
    ],
    ids=lambda answers: ", ".join(answers),
)
def test_a_right_formula_is_right_and_so_is_what_follows(answers: dict[str, str]) -> None:
    found = report(answers)
    assert outcomes(found) == {} and found.first is None and not found.causes
    assert found.marks == found.out_of == 15 and found.all_right


def test_after_a_wrong_formula_numbers_are_judged_by_its_value() -> None:
    """out_o1 - target_o1 is 0.7414; 0.7414 * 0.5933 = 0.4399, 0.7414 * 0.5969 = 0.4425."""
    found = report({"delta_o1": "out_o1 - target_o1", "dw5": "0.4399", "dw6": "0.4425"})
    assert outcomes(found) == {"delta_o1": "wrong", "dw5": "own-numbers", "dw6": "own-numbers"}
    assert [one.name for cause in found.causes for one in cause.one_of] == ["slope-dropped"]
    assert found.first is not None and found.first.before == 9
    told = plain_report(found)
    assert "where you wrote out_o1 - target_o1." in told and "0.7414 · 0.7514 · 0.2486" in told


def test_what_is_right_by_the_key_stays_right_after_a_wrong_formula() -> None:
    found = report({"delta_o1": "out_o1 - target_o1"})
    assert outcomes(found) == {"delta_o1": "wrong"}


@pytest.mark.parametrize(
    ("name", "formula", "mistake"),
    [
        ("delta_o1", "out_o1 - target_o1", "slope-dropped"),
        ("delta_o1", "(out_o1 - target_o1)*net_o1*(1 - net_o1)", "slope-at-net-input"),
        ("dw5", "delta_o1*net_h1", "net-input-below"),
        ("net_h1", "w1*i1 + w2*i2", "bias-forgotten"),
        ("out_h1", "net_h1", "activation-skipped"),
    ],
)
def test_one_wrong_formula_names_its_mistake(name: str, formula: str, mistake: str) -> None:
    found = report({name: formula if "*" in formula or "-" in formula else f"1*{formula}"})
    assert outcomes(found)[name] == "wrong"
    assert mistake in [one.name for cause in found.causes for one in cause.one_of]
    assert "1 answers" not in plain_report(found)


def test_a_wrong_formula_is_wrong_though_its_number_is_right() -> None:
    """All biases are 0, so that nothing but the formula shows that they were forgotten."""
    keys = {
        "data": {"inputs": [0.5, -0.2], "targets": [0.3]},
        "layers": [{"weights": [[0.4], [0.1]], "bias": [0.0], "activation": "sigmoid"}],
        "training": {"loss": "half-squared-error", "rate": 0.5},
    }
    task = course_for(keys, asked="z1,a1")
    right = results_of(task, [sheet({"z1[1]": "0.5*w1[1,1] - 0.2*w1[2,1] + b1[1]", "a1[1]": "0.5449"})])
    wrong = results_of(task, [sheet({"z1[1]": "0.5*w1[1,1] - 0.2*w1[2,1]", "a1[1]": "0.5449"})])
    assert [NAMES[one] for one in right.outcomes[:, 0]] == ["right", "right"]
    assert NAMES[wrong.outcomes[0, 0]] == "wrong" and NAMES[wrong.outcomes[1, 0]] == "right"


def test_a_formula_in_another_convention_is_right_unless_one_is_fixed() -> None:
    answers = {"delta_o1": "(target_o1 - out_o1)*out_o1*(1 - out_o1)"}
    found = judged(answers).formulas[Place(9, 0)]
    assert found.right and found.compared is not None and found.compared.conventions
    assert outcomes(report(answers, fixed="all"))["delta_o1"] == "wrong"


@pytest.mark.parametrize(
    ("formula", "outcome", "reason"),
    [
        ("delta_o1*1", "unreadable", "this formula reads the value that is asked for"),
        ("0.7414*out_o1*(1 - out_o1)", "unreadable", "numbers stand here in place of names"),
        ("out_o1/(out_o1 - out_o1)", "unreadable", "no value at most of the points"),
        ("foo*out_h1", "unreadable", "'foo' means nothing here."),
        ("w9*out_h1", "unreadable", "w9"),
    ],
)
def test_what_cannot_be_judged_is_said_with_the_reason(formula: str, outcome: str, reason: str) -> None:
    found = report({"delta_o1": formula})
    assert outcomes(found) == {"delta_o1": outcome}
    (said,) = [one.reason for one in found.findings if one.reason]
    assert reason in said
    assert said in plain_report(found) and said.split("'")[0] in student_page(found, "markdown")


@pytest.mark.parametrize(
    "formula",
    [
        "abs(out_o1 - target_o1)*out_o1*(1 - out_o1)",
        "max(out_o1 - target_o1, 0)*out_o1*(1 - out_o1)",
        "sqrt((out_o1 - target_o1)**2)*out_o1*(1 - out_o1)",
    ],
)
def test_what_only_these_numbers_hide_is_wrong(formula: str) -> None:
    """This output is above its target whatever the weights are; the sign is dropped all the same."""
    assert outcomes(report({"delta_o1": formula})) == {"delta_o1": "wrong"}


def test_a_teacher_may_want_numbers_alone() -> None:
    found = results_of(course_for("mazur", asked=ASKED, formulas=False), [sheet(RIGHT | {"delta_o1": DELTA})])
    assert outcomes(report_of(found, 0)) == {"delta_o1": "unreadable"}
    assert "this is a formula; write its number" in plain_report(report_of(found, 0))


@pytest.mark.parametrize("how", [{"hidden": True}, {"hint": True}])
def test_a_hidden_key_shows_no_right_formula(how: dict[str, bool]) -> None:
    """For a number the formula is worked out, and is no answer; for a formula it would be the answer."""
    answers = {"delta_o1": "out_o1 - target_o1"}
    shown, hidden = report(answers), report(answers, **how)
    assert "· out_o1 · (1 - out_o1)" in plain_report(shown)
    for text in (plain_report(hidden), student_page(hidden, "markdown"), report_json(hidden)):
        assert "1 - out" not in text and "0.1385" not in text and r"\left(1" not in text


def test_a_formula_is_text_in_every_page() -> None:
    bad = "1*<b>x</b>|out_o1"
    for text in (bad, "=out_o1+1", "out_o1 - target_o1"):
        page = student_page(report({"delta_o1": text}), "html")
        assert "<b>x</b>" not in page


def test_a_class_of_formulas_is_compared_once_each() -> None:
    start = time.process_time()
    one = time.process_time()
    results_of(course(), [sheet(RIGHT | {"delta_o1": DELTA, "dw5": DELTA + "*out_h1"})])
    one = time.process_time() - start
    start = time.process_time()
    found = results_of(course(), [sheet(RIGHT | {"delta_o1": DELTA, "dw5": DELTA + "*out_h1"}) for _ in range(200)])
    assert len(found.formulas) == 400 and set(found.marks) == {15}
    assert len({id(one) for one in found.formulas.values()}) == 2
    assert time.process_time() - start < 200 * one


def test_hostile_formulas_end_soon() -> None:
    deep = "out_o1" + "*(1 - out_o1" * 30 + ")" * 30
    tower = "9^9^9^9*out_o1"
    long = "+".join(["out_o1"] * 60)
    for text in (deep, tower, long, "out_o1/0", "log(0 - out_o1)", "1e308*1e308*out_o1", "out_o1" + "+0" * 400):
        found = report({"delta_o1": text})
        assert outcomes(found)["delta_o1"] in ("wrong", "cannot-tell", "unreadable")
