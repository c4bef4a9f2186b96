"""What the checker says of sheets: every row of tests/answers/checking.toml, through the readers of answers."""

from __future__ import annotations

import json
import tomllib
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracer.check.checking import Checked, Plan, check_sheets, plan
from tracer.check.grades import Verdict
from tracer.check.grading import results_of
from tracer.check.habits import Asked
from tracer.check.sheets import sheets_of
from tracer.explain.names import Names
from tracer.explain.notation import notation
from tracer.publish.homework import course_for
from tracer.read.answers import Sheet, sheets_in
from tracer.read.resolved import Resolved, Vocabulary, resolved
from tracer.run.loading import load

TABLE = tomllib.loads((Path(__file__).parent / "answers" / "checking.toml").read_text(encoding="utf-8"))
PUBLISHED = {name: Decimal(text) for name, text in TABLE["published"].items()}


@lru_cache
def planned() -> tuple[Plan, Vocabulary]:
    made = plan(load(TABLE["problem"]), tuple(PUBLISHED))
    return made, Vocabulary(Names(made.network, notation("plain"), {}))


def written(value: Decimal, case: dict[str, Any]) -> str:
    """A published figure as the student of a case writes it."""
    mode = ROUND_DOWN if case.get("mode") == "truncate" else ROUND_HALF_EVEN
    if "figures" in case:
        return f"{Context(prec=case['figures'], rounding=mode).plus(value):f}"
    return f"{value.quantize(Decimal(1).scaleb(-case['decimals']), mode):f}"


def answered(case: dict[str, Any], **changes: str) -> Resolved:
    """The sheet of a case, through the readers of answers."""
    answers = {name: "0" if case.get("zeros") else written(value, case) for name, value in PUBLISHED.items()}
    (sheet,) = sheets_in("sheet.json", json.dumps(answers | case.get("change", {}) | changes).encode())
    assert isinstance(sheet, Sheet)
    return resolved(sheet, planned()[1])


def checked(cases: list[dict[str, Any]], sheets: list[Resolved], fixed: bool = False) -> Checked:
    made = planned()[0].in_own() if fixed else planned()[0]
    rows = [[case.get("figures", 0), 0 if "figures" in case else case.get("asked", case["decimals"])] for case in cases]
    figures, decimals = (np.tile(row, (len(made.asked), 1)) for row in np.array(rows).T)
    return check_sheets(made, sheets_of(made.asked, sheets), Asked(decimals, figures))


@lru_cache
def all_cases() -> Checked:
    """The cases as one class."""
    return checked(TABLE["case"], [answered(case) for case in TABLE["case"]])


@pytest.mark.parametrize("column", range(len(TABLE["case"])), ids=[case["title"] for case in TABLE["case"]])
def test_case(column: int) -> None:
    (made, _), found, case = planned(), all_cases(), TABLE["case"][column]
    for place, question in enumerate(made.asked):
        verdict = Verdict(int(found.verdicts[place, column])).name
        expected = [case["said"][question.address]] if question.address in case.get("said", {}) else case["rest"]
        assert verdict in expected, (question.address, found.expected[place, column])
    assert made.conventions[found.convention[column]].name == case.get("convention", "")
    if "causes" in case:
        assert [list(cause.names) for cause in found.causes[column]] == case["causes"]
    if "credit" in case:
        least, most = case["credit"]
        assert least <= found.credited[:, column].mean() <= most


def test_a_case_can_fail() -> None:
    """A digit that is off by a little is seen in each of the columns."""
    names = ("z1[1]", "a2[2]", "E", "delta2[1]", "dw2[1,1]", "delta1[1]", "w2_new[2,2]")
    case, (made, _) = TABLE["case"][0], planned()
    sheets = [answered(case, **{name: f"{PUBLISHED[name] + Decimal('0.001'):.4f}"}) for name in names]
    found = checked([case] * len(names), sheets, fixed=True)
    for column, name in enumerate(names):
        wrong = [made.asked[place].address for place in np.flatnonzero(found.verdicts[:, column] == Verdict.WRONG)]
        assert wrong == [name]


def test_the_convention_of_the_class_can_be_fixed() -> None:
    turned = next(case for case in TABLE["case"] if case.get("convention") == "target-minus-output")
    found = checked([turned], [answered(turned)], fixed=True)
    assert found.convention[0] == 0 and {cause.names for cause in found.causes[0]} >= {("sign-of-error",)}


def test_a_sheet_is_checked_alone_as_in_its_class() -> None:
    for column in (3, 8, 11):
        case = TABLE["case"][column]
        alone = checked([case], [answered(case)])
        assert (alone.verdicts[:, 0] == all_cases().verdicts[:, column]).all()
        assert alone.causes[0] == all_cases().causes[column]


def marks_of(answers: dict[str, str]) -> float:
    """The share of all marks that a sheet earns where five decimals were asked for."""
    course = course_for(TABLE["problem"], notation_name="plain", digits="5")
    (sheet,) = sheets_in("sheet.json", json.dumps(answers).encode())
    assert isinstance(sheet, Sheet)
    return float(results_of(course, [sheet]).marks[0] / course.worth.total)


def test_fewer_digits_earn_less() -> None:
    earned = [
        marks_of({name: written(value, {"decimals": decimals}) for name, value in PUBLISHED.items()})
        for decimals in (1, 2, 3, 4, 5)
    ]
    assert earned == sorted(earned) and earned[0] < 0.35 and earned[-1] == 1


@pytest.mark.others
@pytest.mark.parametrize("text", ["1", "1e9", "1e1", "0", "0.5", "9/8", "-1"])
def test_one_answer_everywhere_earns_little(text: str) -> None:
    assert marks_of(dict.fromkeys(PUBLISHED, text)) < 0.35
