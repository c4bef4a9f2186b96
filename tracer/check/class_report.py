"""What is told of a class: marks, the steps that fail most, the mistakes, and what was not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

import numpy as np

from tracer.check.grading import Course, Results
from tracer.check.marks import marks_text
from tracer.check.mistake_titles import titles
from tracer.check.outcomes import NAMES, Outcome
from tracer.explain.language import ENGLISH, Language
from tracer.read.answers import BadSheet
from tracer.read.variants import called

MOST_LISTED = 12  # steps and mistakes that a page of a class lists


@dataclass(frozen=True)
class Row:
    """One sheet in a line: its student's label and name, its marks, how many answers count as what, the first wrong
    step and what was written there, and the mistakes that are named to the student (alternatives of one cause
    together). `remarks` are about whose sheet it is."""

    student: str
    signed: str
    source: str
    marks: Fraction
    counts: tuple[int, ...]  # by outcome
    outcomes: bytes  # of each question
    first: int  # the place of the first wrong answer, -1 for none
    given: str
    causes: tuple[tuple[str, ...], ...]
    convention: int
    problems: tuple[str, ...]
    name: str = ""
    remarks: tuple[str, ...] = ()

    def count(self, *outcomes: Outcome) -> int:
        """How many answers count as one of these."""
        return sum(self.counts[outcome] for outcome in outcomes)


def rows_of(results: Results) -> list[Row]:
    """The sheets of a part of a class, a line for each."""
    outcomes, checked = results.outcomes, results.checked
    counts = list(zip(*((outcomes == outcome).sum(axis=0).tolist() for outcome in Outcome), strict=True))
    wrong = outcomes == Outcome.WRONG
    order = np.array(results.course.order)
    first = np.where(wrong.any(axis=0), order[wrong[order].argmax(axis=0)], -1)
    by_sheet = outcomes.T.tobytes()
    many = outcomes.shape[0]
    found = []
    for sheet, handed_in in enumerate(results.handed_in):
        causes = tuple(cause.names for cause in checked.causes[sheet])
        place = int(first[sheet])
        found.append(
            Row(handed_in.student, handed_in.signed, handed_in.source, results.marks[sheet], counts[sheet],
                by_sheet[sheet * many : (sheet + 1) * many], place, _given(results, sheet, place), causes,
                int(checked.convention[sheet]), results.problems(sheet), handed_in.name, handed_in.remarks)
        )  # fmt: skip
    return found


def _given(results: Results, sheet: int, place: int) -> str:
    """What a student wrote at one place."""
    if place < 0:
        return ""
    places = results.course.places
    answers = results.answers[sheet].answers
    answer = next(given.answer for quantity, given in answers.items() if places.get(quantity) == place)
    return answer.text


@dataclass(frozen=True)
class Student:
    """One line of the table of a class; `page` is the name of the student's own page, without its folder."""

    name: str
    page: str
    marks: str
    right: int
    first: str
    cause: str
    row: Row


@dataclass(frozen=True)
class FailingStep:
    """A step that sheets fail at: its symbol, on how many it is wrong, and on how many it is the first error."""

    symbol: str
    wrong: int
    first: int


@dataclass(frozen=True)
class Counted:
    """A sentence, and on how many sheets it is true."""

    says: str
    sheets: int


@dataclass(frozen=True)
class ClassReport:
    """A class: the students in the order of their labels, the sheets that could not be read, the steps that fail most,
    the mistakes that are made most, the conventions that are used, and the marks in the middle and on average."""

    title: str
    students: tuple[Student, ...]
    unreadable: tuple[BadSheet, ...]
    asked: int
    steps: tuple[FailingStep, ...]
    mistakes: tuple[Counted, ...]
    conventions: tuple[Counted, ...]
    mean: str
    middle: str
    out_of: str
    language: Language = ENGLISH
    more_steps: int = 0  # that fail too, and are not listed
    more_mistakes: int = 0
    absent: tuple[str, ...] = ()  # those of a list who have no sheet here

    @property
    def notes(self) -> tuple[Student, ...]:
        """The students of whose sheets something was not read."""
        return tuple(student for student in self.students if student.row.problems)

    @property
    def remarks(self) -> tuple[Student, ...]:
        """The students about whose sheets there is something to look at."""
        return tuple(student for student in self.students if student.row.remarks)

    @property
    def all_right(self) -> int:
        """How many sheets have no wrong, missing or unreadable answer."""
        return sum(not any(student.row.counts[Outcome.WRONG :]) for student in self.students)


def class_report(
    course: Course,
    rows: Sequence[Row],
    unreadable: Sequence[BadSheet],
    pages: Sequence[str],
    absent: Sequence[str] = (),
) -> ClassReport:
    """The lines of a class to its report; `pages` are the names of the students' pages, in the same order, and `absent`
    is who has no sheet."""
    notation = course.task.notation
    language, decimal = notation.language, notation.decimal
    wrong, first = Counter[int](), Counter[int]()
    mistakes, conventions = Counter[tuple[str, ...]](), Counter[int]()
    for row in rows:
        wrong.update(place for place, outcome in enumerate(row.outcomes) if outcome == Outcome.WRONG)
        first.update([row.first] if row.first >= 0 else [])
        mistakes.update(row.causes)
        conventions.update([row.convention] if row.convention else [])
    failing = sorted(wrong, key=lambda place: (-wrong[place], place))
    steps = failing[:MOST_LISTED]
    named = sorted(mistakes, key=lambda names: (-mistakes[names], names))
    marks = [row.marks for row in rows]
    students = tuple(
        Student(
            called(row.student, row.name), page, marks_text(row.marks, decimal),
            row.count(Outcome.RIGHT, Outcome.OWN, Outcome.REPAIRED),
            course.told[row.first].symbol if row.first >= 0 else "",
            "; ".join(titles(names, course.plan.network.layers, language) for names in row.causes), row,
        )
        for row, page in zip(rows, pages, strict=True)
    )  # fmt: skip
    return ClassReport(
        course.task.problem.title or course.task.problem.where,
        students,
        tuple(unreadable),
        len(course.plan.asked),
        tuple(FailingStep(course.told[place].symbol, wrong[place], first[place]) for place in steps),
        tuple(
            Counted(titles(names, course.plan.network.layers, language), mistakes[names])
            for names in named[:MOST_LISTED]
        ),
        tuple(Counted(language.of(course.plan.conventions[one].says), conventions[one]) for one in sorted(conventions)),
        _rounded(sum(marks, Fraction(0)) / len(marks), decimal) if marks else "",
        _rounded(Fraction(median(marks)), decimal) if marks else "",
        marks_text(course.worth.total, decimal),
        language,
        len(failing) - len(steps),
        max(0, len(named) - MOST_LISTED),
        tuple(absent),
    )


def _rounded(marks: Fraction, decimal: str) -> str:
    """An average to one decimal."""
    tenths = round(marks * 10)
    return f"{tenths // 10}.{tenths % 10}".replace(".", decimal)


assert len(NAMES) == len(Outcome)
