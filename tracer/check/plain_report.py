"""A report for the terminal: what is right, the first error worked out, and what is likely behind it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from tracer.check.report import Finding, FirstError, LikelyCause, Report
from tracer.explain.plain_text import plain, plain_lines

WIDTH = 100
DOLLARS = re.compile(r"\$([^$]*)\$")
MOST = 12  # wrong answers that are listed


def plain_report(report: Report, answers: bool = True) -> str:
    """A report as plain lines; without `answers` no list of what is not right."""
    rows = [f"{report.title}: {report.student}", "", *_summary(report)]
    if report.first is not None:
        rows += ["", *_first_error(report, report.first)]
        for cause in report.causes:
            rows += ["", *_cause(cause)]
    if answers and not report.hint:
        rows += _listed(report)
    if report.convention:
        rows += ["", *_wrapped(f"Read in another convention, which is no error: {report.convention}")]
    if report.cut:
        rows += ["", "Some digits were cut off where others round; that counts as right."]
    if report.problems:
        rows += [
            "",
            "Not read:",
            *(f"  {line}" for problem in report.problems for line in _wrapped(problem, WIDTH - 2)),
        ]
    return "\n".join(rows) + "\n"


#: outcomes that are told besides what is right and what is wrong, of one answer and of several
_TOLD = (
    ("missing", "is missing", "are missing"),
    ("few-digits", "is right so far, but needs more digits", "are right so far, but need more digits"),
    ("cannot-tell", "cannot be told right or wrong", "cannot be told right or wrong"),
    ("empty", "earns nothing: a zero or a copied number would be right there too",
     "earn nothing: a zero or a copied number would be right there too"),
)  # fmt: skip


def _summary(report: Report) -> Iterator[str]:
    every = len(report.findings)
    if not report.hint:
        own = report.count("own-numbers")
        told = f", {own} of them from your own numbers after a slip" if own else ""
        whole = ". Well done." if report.right == every else "."
        marks = f"Marks: {report.marks_text} of {report.out_of_text}."
        are = "answer is" if report.right == every == 1 else "answers is" if report.right == 1 else "answers are"
        yield f"{report.right} of {every} {are} right{told}{whole} {marks}"
    elif report.first is not None:
        before = report.first.before
        are = "answer is" if before == 1 else "answers are"
        yield f"{before} {are} right before the first error."
    elif report.all_right:
        yield "Every answer is right. Well done."
    else:
        yield "Nothing that stands on this sheet is wrong."
    for outcome, one, many in _TOLD:
        if count := report.count(outcome):
            yield f"{count} {f'answer {one}' if count == 1 else f'answers {many}'}."


def _first_error(report: Report, first: FirstError) -> Iterator[str]:
    finding = first.finding
    shown = plain(finding.symbol)
    others = dict.fromkeys(name for name in (finding.name, finding.address) if name != shown)
    name = f"{shown} ({', '.join(others)})" if others else shown
    step = f" of step {finding.step}" if report.steps > 1 else ""
    yield f"{'Look again at' if report.hint else 'First error:'} {name}{step}, where you wrote {finding.given}."
    if first.slip:
        yield from _wrapped(plain_slip(first))
    if first.worked.lines:
        if finding.ranged:
            yield "From your own numbers this comes out:"
        elif len(first.worked.lines) > 1:
            yield "With your own numbers in place it is worked out so:"
        else:
            yield "It is worked out so:"
        yield ""
        yield from (f"  {line}" for line in plain_lines(first.worked.symbol, first.worked.lines))
    if finding.ranged:
        start, end = finding.accepted
        yield ""
        yield (
            f"So {start} is accepted."
            if start == end
            else f"However it is rounded on the way, {start} to {end} is accepted."
        )


def plain_slip(first: FirstError) -> str:
    """What is said of a slip of the pen, its formulas as plain text."""
    return DOLLARS.sub(lambda formula: plain(formula[1]), first.slip)


def _cause(cause: LikelyCause) -> Iterator[str]:
    if len(cause.one_of) > 1:
        yield f"One of these may be behind it; {cause.answers} answers come out so, and do not tell which:"
    for one in cause.one_of:
        of = "" if cause.of_first else " of other errors"
        head = "- " if len(cause.one_of) > 1 else f"Likely cause{of} ({_come_out(cause.answers)} so): "
        yield from _wrapped(f"{head}{one.title}.")
        yield from (f"  {line}" for line in _wrapped(f"{one.why} Instead: {one.remedy}", WIDTH - 2))
    if cause.telling:
        yield from _wrapped(f"These answers would tell: {', '.join(map(plain, cause.telling))}.")


def _come_out(answers: int) -> str:
    return "1 answer comes out" if answers == 1 else f"{answers} answers come out"


def _listed(report: Report) -> list[str]:
    """What is not right, under each other."""
    listed = [finding for finding in report.findings if finding.wrong or finding.reason]
    if not listed or (len(listed) == 1 and report.first is not None):
        return []
    rows = [_row(finding) for finding in listed[:MOST]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    title = "These answers are wrong, each also from the numbers before it:"
    made = ["", title if all(finding.wrong for finding in listed) else "Not right, or not read:"]
    made += [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return made + ([f"  and {len(listed) - MOST} more"] if len(listed) > MOST else [])


def _row(finding: Finding) -> tuple[str, str, str]:
    if finding.reason:
        return plain(finding.symbol), finding.given, f"not read: {finding.reason}"
    if not finding.ranged:
        return plain(finding.symbol), finding.given, finding.slip
    start, end = finding.accepted
    accepted = f"accepted: {start if start == end else f'{start} to {end}'}"
    return plain(finding.symbol), finding.given, f"{accepted} ({finding.slip})" if finding.slip else accepted


def _wrapped(text: str, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
