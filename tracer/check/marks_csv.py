"""The marks of a class as CSV that is safe to open in a spreadsheet.

A spreadsheet runs what begins with = + - or @ as a formula, also in a cell that a student wrote. Such a text gets an
apostrophe in front; a number stays a number. Every text is quoted, so that no separator in it begins another cell.
(CWE-1236; OWASP, CSV injection.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from tracer.check.class_report import Row
from tracer.check.grading import Course
from tracer.check.outcomes import NAMES
from tracer.errors import clean_text
from tracer.read.answers import BadSheet

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,3})?")
#: what a spreadsheet begins a formula with, also in full width, and behind spaces
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
#: turns what follows the other way round, so that a cell reads as what it is not
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: tells spreadsheets that this is UTF-8
MARK = "\ufeff"


def marks_csv(
    course: Course, rows: Sequence[Row], pages: Sequence[str], unreadable: Sequence[BadSheet]
) -> Iterator[str]:
    """A class to the lines of a CSV file: a row for each sheet, then those that could not be read, with line and
    reason. The last columns are the marks of each question, under their canonical addresses. Where numbers are written
    with a decimal comma, cells are separated by semicolons, as spreadsheets there expect it."""
    asked = course.plan.asked
    comma = course.task.notation.decimal == ","
    sign = ";" if comma else ","

    def figure(value: Fraction) -> str:
        return number(value).replace(".", ",") if comma else number(value)

    header = [
        "student", "name", "signed", "file", "page", "marks", "of", *NAMES, "first error", "written there",
        "likely cause", "convention", "problems",
    ]  # fmt: skip
    yield MARK + sign.join(map(cell, [*header, *(question.address for question in asked)])) + "\n"
    earned = [[figure(one) for one in row] for row in course.worth.earns]
    total = figure(course.worth.total)
    for row, page in zip(rows, pages, strict=True):
        first = asked[row.first].address if row.first >= 0 else ""
        cause = "; ".join(" or ".join(names) for names in row.causes)
        given = row.given.replace(".", ",") if comma and _NUMBER.fullmatch(row.given) else row.given
        said = " ".join((*row.remarks, *row.problems))
        words = [first, given, cause, course.plan.conventions[row.convention].name, said]
        cells = [
            *map(cell, (row.student, row.name, row.signed, row.source, page)),
            figure(row.marks),
            total,
            *map(str, row.counts),
        ]
        cells += [*map(cell, words), *(earned[place][outcome] for place, outcome in enumerate(row.outcomes))]
        yield sign.join(cells) + "\n"
    for sheet in unreadable:
        line = f"line {sheet.line}: " if sheet.line else ""
        cells = [
            *map(cell, (sheet.student, sheet.name, "", sheet.source, "")),
            "",
            total,
            *[""] * len(NAMES),
            "",
            "",
            "",
            "",
        ]
        yield sign.join([*cells, cell(line + sheet.reason), *[""] * len(asked)]) + "\n"


def cell(text: str) -> str:
    """A text as a cell.

    >>> cell('=HYPERLINK("http://x")'), cell("-0.5"), cell("-1+1"), cell("a;b")
    ('"\\'=HYPERLINK(""http://x"")"', '-0.5', '"\\'-1+1"', '"a;b"')
    """
    if _NUMBER.fullmatch(text):
        return text
    formula = _FORMULA.match(text)
    text = _TURNING.sub("\ufffd", clean_text(text))
    if not text:
        return ""
    return '"' + ("'" if formula else "") + text.replace('"', '""') + '"'


def number(value: Fraction) -> str:
    """A fraction as a spreadsheet reads it: exact where six decimals suffice, else rounded to them.

    >>> number(Fraction(51, 2)), number(Fraction(1, 3)), number(Fraction(29))
    ('25.5', '0.333333', '29')
    """
    if value.denominator == 1:
        return str(value.numerator)
    millionths = round(value * 10**6)
    return f"{millionths // 10**6}.{millionths % 10**6:06d}".rstrip("0").rstrip(".")
