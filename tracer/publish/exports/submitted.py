"""What was entered into the fields of a question, as a platform hands it over, to scores and feedback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tracer.check.grading import Course, results_of
from tracer.check.plain_report import plain_report
from tracer.check.report import Finding, Report
from tracer.check.sheet_report import report_of
from tracer.publish.homework import course_for
from tracer.read.answers import Answer, Sheet
from tracer.read.number import read_number

LONGEST = 200  # characters of an answer that are read


@dataclass(frozen=True)
class Judged:
    """One answer: its score from 0 to 1, its weight, and what is said of it."""

    score: float
    weight: float
    says: str


@dataclass(frozen=True)
class Submission:
    """All answers by the identifiers of their fields, the score of them all, and what is said of them together."""

    answers: Mapping[str, Judged]
    score: float
    says: tuple[str, ...]


def judged(exercise: Mapping[str, Any], entered: Mapping[str, Any]) -> Submission:
    """An exercise (as `exercise.json` has it) and the texts that were entered, by identifier, to what is made of them;
    a text that is blank or no number earns nothing. Nothing of it is evaluated.

    >>> exercise = {"problem": "mazur", "notation": "mazur", "asked": ["z1"], "steps": 1, "digits": "4",
    ...             "answers": {"z1_1": ["net_h1", "z1[1]"], "z1_2": ["net_h2", "z1[2]"]}}
    >>> [answer.score for answer in judged(exercise, {"z1_1": "0.3775", "z1_2": "0.4000"}).answers.values()]
    [1.0, 0.0]
    """
    course = _course(json.dumps({key: exercise[key] for key in ("problem", "notation", "asked", "steps", "digits")}))
    names: Mapping[str, tuple[str, str]] = exercise["answers"]
    answers: dict[str, Answer] = {}
    for identifier, (name, _) in names.items():
        text = str(entered.get(identifier) or "")
        answer = read_number(text[:LONGEST])
        if answer is not None:  # None: blank
            answers[name] = answer
    results = results_of(course, [Sheet("", "", answers)])
    report = report_of(results, 0, hidden=bool(exercise.get("hide_key", True)))
    findings = {finding.address: finding for finding in report.findings}
    found = {identifier: _judged(findings[address]) for identifier, (_, address) in names.items()}
    return Submission(found, float(report.marks / report.out_of) if report.out_of else 0.0, tuple(_told(report)))


def _judged(finding: Finding) -> Judged:
    score = finding.marks / finding.worth if finding.worth else 0
    return Judged(float(score), float(finding.worth), finding.says)


@lru_cache(maxsize=16)  # a process grades the same question again and again
def _course(exercise: str) -> Course:
    told = json.loads(exercise)
    return course_for(
        told["problem"],
        notation_name=told["notation"],
        asked=",".join(told["asked"]),
        steps=told["steps"],
        digits=told["digits"],
    )


def _told(report: Report) -> list[str]:
    """What is said of the whole, in paragraphs of plain text."""
    text = plain_report(report, answers=False)
    return [" ".join(part.split()) for part in text.split("\n\n")[1:] if part.strip()]
