"""Published worked examples given to the checker as if a student had handed them in.

The table is answers/published.toml: figures as they are printed, and what has to be said of them.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tracer.check.audit import audit_page
from tracer.check.audit_problem import Figure, judged_figures
from tracer.check.audit_told import told
from tracer.check.grades import Verdict
from tracer.check.named_figures import Named
from tracer.check.whole_runs import own_run
from tracer.read.page import page_of
from tracer.read.resolved import Quantity
from tracer.run.loading import built_in, load
from tracer.run.problem import Problem

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "answers" / "published.toml").read_text(encoding="utf-8"))
FIGURES: dict[str, Any] = json.loads((HERE / "published" / "figures.json").read_text(encoding="utf-8"))
WRONG: dict[str, Any] = json.loads((HERE / "published" / "deviating" / "figures.json").read_text(encoding="utf-8"))
PLACES = {"perceptron-and": "deviating/perceptron-and"}


def problem_of(name: str) -> Problem:
    """The problem of a sheet, without the mistake that its file may reproduce."""
    if name in built_in():
        return load(name)
    return replace(load(HERE / "published" / f"{PLACES.get(name, name)}.toml"), deviations=())


def handed_in(sheet: dict[str, Any]) -> tuple[dict[str, Figure], str]:
    """A sheet of the table into its figures by address, and the sentence on its convention."""
    problem = problem_of(sheet["problem"])
    wrong = {address: printed for address, (printed, _) in sheet.get("wrong", {}).items()}
    printed = {**sheet.get("right", {}), **wrong}
    steps = max((int(address.split(":")[0]) for address in printed if ":" in address), default=1)
    kept = sorted({1, *(int(address.split(":")[0]) for address in printed if ":" in address)})
    trace = own_run(problem, steps, kept)
    placed = {
        f"1:{address}" if ":" not in address else address: Named(address, number, line, Quantity(name_of(address), ()))
        for line, (address, number) in enumerate(printed.items(), 1)
    }
    figures, convention, _ = judged_figures(problem, placed, trace)
    return {figure.named.typed: figure for figure in figures}, convention


def name_of(address: str) -> str:
    return address.split(":")[-1].split("[")[0]


def judge(sheet: dict[str, Any]) -> None:
    figures, convention = handed_in(sheet)
    assert sheet.get("convention", "") in convention and bool(convention) == ("convention" in sheet)
    for address in sheet.get("right", {}):
        assert figures[address].verdict <= Verdict.FEW_DIGITS, figures[address]
    for address, (_, why) in sheet.get("wrong", {}).items():
        figure = figures[address]
        assert figure.verdict is Verdict.WRONG, figure
        kind, _, step = why.partition(" ")
        if kind == "stale":
            element = address.partition(":")[2]
            assert [reason.names for reason in figure.reasons if reason.kind == "stale"] == [(f"{step}:{element}",)]
        else:
            assert why in [name for reason in figure.reasons for name in reason.names], figure


@pytest.mark.parametrize("sheet", [one for one in TABLE["sheet"] if "others" not in one], ids=lambda one: one["title"])
def test_a_published_page_handed_in(sheet: dict[str, Any]) -> None:
    judge(sheet)


@pytest.mark.others
@pytest.mark.parametrize("sheet", [one for one in TABLE["sheet"] if "others" in one], ids=lambda one: one["title"])
def test_a_long_published_run_handed_in(sheet: dict[str, Any]) -> None:
    judge(sheet)


@pytest.mark.parametrize("formula", TABLE["formula"], ids=lambda one: one["tex"])
def test_a_published_formula_that_is_false_is_said_to_be(formula: dict[str, str]) -> None:
    made = told(audit_page(page_of(f"${formula['tex']}$", "page.md", ".md")))
    assert len(made.unsure) == ("unsure" in formula)
    assert [formula["says"] in remark.says for remark in made.false] == [True] * ("says" in formula)


def test_the_figures_are_those_that_were_printed() -> None:
    """Nothing in the table is typed otherwise than the source has it; those of pictures stand in no list."""
    for sheet in TABLE["sheet"]:
        wrong = {printed for printed, _ in sheet.get("wrong", {}).values()}
        source = {row["printed"] for data in (FIGURES, WRONG) for row in data.get(sheet["from"], {}).get("figures", [])}
        mine = {*sheet.get("right", {}).values(), *wrong}
        pictured = (
            {"0.85", "0.48", "0.12", "0.13", "0.23", "0.10", "0.17", "0.26"} if "pictures" in sheet["title"] else set()
        )
        counted = {"1.00"} if sheet["from"] == "37-studyx" else set()  # no row misclassified: an accuracy of 1
        assert mine - source - pictured == counted, sheet["title"]
