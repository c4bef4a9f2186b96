"""A report as plain data for other programs: its own form, and the one that Gradescope reads."""

from __future__ import annotations

import json
import math
from typing import Any

from tracer.check.outcomes import NAMES, Outcome
from tracer.check.plain_report import plain_report, plain_slip
from tracer.check.report import Finding, LikelyCause, Report
from tracer.explain.plain_text import plain, plain_lines

VERSION = 1


def report_json(report: Report) -> str:
    """A report to one line of JSON; marks are exact ("51/2"), numbers that cannot be said are null."""
    return _dumped(report_data(report))


def report_data(report: Report) -> dict[str, Any]:
    """A report to plain data. With a hint, the first error alone."""
    first = report.first
    found: dict[str, Any] = {
        "version": VERSION,
        "problem": report.title,
        "student": report.student,
        "signed": report.signed,
        "file": report.source,
        "all_right": report.all_right,
        "first_error": None,
        "causes": [_cause(cause) for cause in report.causes],
        "convention": report.convention,
        "problems": list(report.problems),
    }
    if first is not None:
        found["first_error"] = {
            "address": first.finding.address,
            "name": first.finding.name,
            "given": first.finding.given,
            "right_before": first.before,
            "slip": plain_slip(first),
            "lines": plain_lines(first.worked.symbol, first.worked.lines) if first.worked.lines else [],
        }
    if not report.hint:
        found |= {
            "marks": str(report.marks),
            "out_of": str(report.out_of),
            "answers": [_finding(finding) for finding in report.findings],
        }
    return found


def _cause(cause: LikelyCause) -> dict[str, Any]:
    return {
        "one_of": [{"name": one.name, "title": one.title} for one in cause.one_of],
        "answers": cause.answers,
        "would_tell": [plain(symbol) for symbol in cause.telling],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {
        "address": finding.address,
        "name": finding.name,
        "given": finding.given,
        "verdict": finding.verdict.name.lower(),
        "outcome": NAMES[finding.outcome],
        "credited": finding.credited,
        "marks": str(finding.marks),
        "worth": str(finding.worth),
    }
    if finding.reason:
        found["reason"] = finding.reason
    if finding.expected is not None:
        found |= {"expected": said(finding.expected), "from": said(finding.low), "to": said(finding.high)}
    return found


def said(number: float | None) -> float | None:
    """A number as JSON can say it, with as many figures as are sure; None for one that is none."""
    return float(f"{number:.12g}") if number is not None and math.isfinite(number) else None


# -- Gradescope: what an autograder leaves in results/results.json
# (https://gradescope-autograders.readthedocs.io/en/latest/specs/)


def gradescope_json(report: Report) -> str:
    """A report to the `results.json` of Gradescope: a test for each answer, with its marks, and one that sums up."""
    tests: list[dict[str, Any]] = [
        {
            "name": "Summary",
            "status": "passed" if report.all_right else "failed",
            "output": plain_report(report, answers=False),
            "output_format": "text",
            "visibility": "visible",
        }
    ]
    causes = [one.name for cause in report.causes for one in cause.one_of]
    for number, finding in enumerate(report.findings, 1):
        tests.append(
            {
                "number": f"{finding.step}.{number}",
                "name": finding.name,
                "name_format": "text",
                "score": _score(finding.marks),
                "max_score": _score(finding.worth),
                "status": "passed" if finding.outcome <= Outcome.REPAIRED else "failed",
                "output": _output(report, finding),
                "output_format": "text",
                "tags": [NAMES[finding.outcome], *(causes if finding.wrong else ())],
                "visibility": "visible",
                "extra_data": _finding(finding),
            }
        )
    return _dumped({"score": _score(report.marks), "output_format": "text", "visibility": "visible", "tests": tests})


def _output(report: Report, finding: Finding) -> str:
    """What a student reads under one answer."""
    wrote = report.language.told("You wrote {given}: ", given=finding.given) if finding.given else ""
    text = f"{wrote}{finding.says}{f' ({finding.reason})' if finding.reason else ''}."
    if finding.wrong and finding.ranged:
        first, last = finding.accepted
        told = report.language.told
        text += " " + told("From your own numbers {first} to {last} is accepted.", first=first, last=last)
    return text


def _score(marks: Any) -> float:
    return round(float(marks), 5)


def _dumped(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"
