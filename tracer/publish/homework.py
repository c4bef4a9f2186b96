"""What a class was asked, in the words of a command line or of Python, to a course that sheets are checked by."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracer.check.conventions import KINDS
from tracer.check.grading import Course, Task, course_of, results_of
from tracer.check.marks import Scheme, read_scheme
from tracer.check.report import Report
from tracer.check.sheet_report import report_of
from tracer.check.verdicts import Asked
from tracer.errors import TracerError, shortened
from tracer.explain.notation import in_language, notation_for
from tracer.publish.catalogue import language_of
from tracer.read.answers import BadSheet, Sheet, read_sheet, sheets_in
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named

MOST_STEPS = 100


def course_for(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    *,
    notation_name: str = "",
    asked: str = "",
    steps: int = 1,
    digits: int | str = "",
    decimal: str = "",
    scheme: Scheme | Path | None = None,
    fixed: str = "",
    formulas: bool = True,
    templates: Path | None = None,
    coloured: bool = False,
) -> Course:
    """A problem to a course that sheets are checked by.

    `asked` are words between commas (z, delta, w_new, dw2[1,1]), "" for all that a person would write down; `digits`
    the decimals (4) or significant figures ("4sf") that were asked for, "" for as many as each student writes; `scheme`
    how marks are given; `fixed` are words for the conventions that a sheet has to keep to (sign, error, biases, order,
    layout, or all); without `formulas` an answer has to be a number.

    Raises TracerError as `course_of` does, T504 for digits and steps that make no sense, T505 for a language.
    """
    source = named(problem)
    checked = source.problem if isinstance(source, Trace) else source
    if not 1 <= steps <= MOST_STEPS:
        raise TracerError("T504", "--steps", f"a sheet of {steps} steps is none.", f"Expected 1 to {MOST_STEPS}.")
    language = language_of(templates)
    notation = in_language(
        notation_for(checked, notation_name, decimal=decimal or language.decimal, coloured=coloured), language
    )
    words = tuple(word.strip() for word in re.split(r",(?![^\[]*\])", asked) if word.strip())
    marks = read_scheme(scheme) if isinstance(scheme, Path) else scheme or Scheme()
    where = scheme.name if isinstance(scheme, Path) else ""
    return course_of(Task(checked, notation, words, steps, digits_asked(digits), marks, where, kept(fixed), formulas))


def kept(words: str) -> tuple[str, ...]:
    """The kinds of conventions that are fixed, from words between commas. Raises T504.

    >>> kept("order, sign"), len(kept("all"))
    (('order', 'sign'), 5)
    """
    found = tuple(word.strip() for word in words.split(",") if word.strip())
    for word in found:
        if word not in (*KINDS, "all"):
            said = f"there is no convention '{shortened(word)}'."
            raise TracerError("T504", "--fixed", said, f"Expected {', '.join(KINDS)}, or all.")
    return tuple(KINDS) if "all" in found else found


def digits_asked(wanted: int | str) -> Asked:
    """The digits of a sheet: 4 decimals, "4sf" significant figures, "" as many as a student writes. Raises T504.

    >>> digits_asked("4sf")
    Asked(decimals=None, figures=4)
    """
    if wanted == "":
        return Asked()
    match = re.fullmatch(r"([1-9]|1[0-2])(sf)?", str(wanted).strip())
    if match is None:
        found = f"'{shortened(wanted)}' is no number of digits."
        raise TracerError("T504", "--digits", found, "Expected 1 to 12 decimals (4), or significant figures (4sf).")
    return Asked(None, int(match[1])) if match[2] else Asked(int(match[1]))


def sheet_of(answers: Mapping[str, Any]) -> Sheet:
    """Names and what was written to a sheet, as from a file of JSON. Raises TracerError T702 for what is no answer.

    >>> sheet_of({"net_h1": "0.3775"}).answers["net_h1"].decimals
    4
    """
    try:
        text = json.dumps(answers)
    except (TypeError, ValueError):
        found = "there is something among them that is neither a text nor a number."
        raise TracerError("T702", "the answers", found, 'Expected {"net_h1": "0.3775", ...}.') from None
    (found_sheet,) = sheets_in("answers.json", text.encode(), "answers")
    if isinstance(found_sheet, BadSheet):
        raise TracerError("T702", "the answers", found_sheet.reason)
    return found_sheet


def checked_sheet(course: Course, answers: str | Path | Sheet, *, hidden: bool = False, hint: bool = False,
                  decimal: str = "") -> Report:  # fmt: skip
    """One student's answers to their report. Raises TracerError T701 to T703 for a file that cannot be read.

    >>> report = checked_sheet(course_for("mazur", asked="z1"), Sheet("anna", "", {}))
    >>> report.count("missing"), report.marks_text, report.out_of_text
    (2, '0', '2')
    """
    sheet = answers if isinstance(answers, Sheet) else read_sheet(answers, decimal)
    return report_of(results_of(course, [sheet]), 0, hidden, hint)
