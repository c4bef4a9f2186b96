"""Sheets of a class to their results: what was asked, made ready once, and all sheets judged together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Ref
from tracer.check.asking import addresses
from tracer.check.checking import Checked, Plan, check_sheets, plan
from tracer.check.formulas_on_sheets import Found, Place, check_typed, typed_on
from tracer.check.habits import Asked, habits_of
from tracer.check.marks import Scheme, Worth, worth
from tracer.check.outcomes import SAYS, Outcome, outcomes
from tracer.check.questions import Question, as_numbered
from tracer.check.sheets import Sheets, quantity_of, sheets_of
from tracer.explain.names import names_of, whole_number
from tracer.explain.notation import Notation
from tracer.explain.numbers import Digits
from tracer.explain.reading import Reading
from tracer.read.answers import Sheet
from tracer.read.resolved import Quantity, Resolved, Vocabulary, resolved
from tracer.run.building import build
from tracer.run.problem import Problem
from tracer.run.run import run_network
from tracer.run.trace import Trace


@dataclass(frozen=True)
class Task:
    """What a class was asked, and how it is marked: the problem, the notation of its names, the words of what is asked
    for (none: all that a person would write down), training steps, digits, and the scheme of marks. `fixed` are the
    kinds of conventions of which the problem's own is the only one; `formulas`: they may stand in the place of
    numbers."""

    problem: Problem
    notation: Notation
    words: tuple[str, ...] = ()
    steps: int = 1
    asked: Asked = field(default_factory=Asked)
    scheme: Scheme = field(default_factory=Scheme)
    scheme_name: str = ""
    fixed: tuple[str, ...] = ()
    formulas: bool = True


@dataclass(frozen=True)
class Told:
    """What every report says alike of a question: its name and symbol in the notation, its address, what each outcome
    is called, and the sign that the notation gives it."""

    name: str
    symbol: str
    address: str
    step: int
    phase: str
    says: tuple[str, ...]
    sign: int


@dataclass(frozen=True)
class Course:
    """A task made ready."""

    task: Task
    plan: Plan
    vocabulary: Vocabulary
    worth: Worth
    trace: Trace

    @cached_property
    def readings(self) -> dict[int, Reading]:
        """The problem read in the notation, and with the other sign of what is passed back."""
        notation = self.task.notation
        digits = Digits(6)
        other = replace(notation, error_sign=-notation.error_sign)
        return {1: Reading(self.trace, notation, digits), -1: Reading(self.trace, other, digits)}

    @cached_property
    def places(self) -> dict[Quantity, int]:
        """The place of each question; where all are of one step, also without naming it."""
        found = {quantity_of(question): place for place, question in enumerate(self.plan.asked)}
        if len({question.step for question in self.plan.asked}) == 1:
            found |= {quantity._replace(step=None): place for quantity, place in found.items()}
        return found

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """What every report says alike of the questions."""
        network, notation = self.plan.network, self.task.notation
        names = self.vocabulary.names
        says = tuple(map(notation.language.told, SAYS))
        found = []
        for question in self.plan.asked:
            ref = Ref(question.name, tuple(map(whole_number, question.places)))
            entry = network.entry(question.name)
            gradient = network.roles[question.name].kind == "gradient"
            found.append(
                Told(names.spell(ref), names.symbol(ref), question.address, question.step,
                     entry.phase if entry else "forward", says, notation.error_sign if gradient else 1)
            )  # fmt: skip
        return tuple(found)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The places of the questions as reports have them: as the notation numbers their elements."""
        asked = self.plan.asked
        places = {question.value: place for place, question in enumerate(asked)}
        return tuple(places[question.value] for question in as_numbered(self.readings[1], asked))

    @cached_property
    def key(self) -> NDArray[np.float64]:
        """The right number of each question."""
        return np.array(
            [
                self.trace.value(question.name, question.step)[tuple(place - 1 for place in question.places)]
                for question in self.plan.asked
            ],
            dtype=float,
        )

    @cached_property
    def values(self) -> dict[Ref, int]:
        """The place of each asked value."""
        return {question.value: place for place, question in enumerate(self.plan.asked)}

    def sign(self, question: Question, convention: int) -> int:
        """-1 for what a sheet in a convention has with the other sign than the trace."""
        gradient = self.plan.network.roles[question.name].kind == "gradient"
        return self.plan.conventions[convention].sign if gradient else 1

    def layout(self, convention: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Where the answer to each question stands on a sheet, and which question each place of a sheet answers; other
        places where matrices are written the other way round."""
        rows = self.plan.conventions[convention].rows or tuple(range(len(self.plan.asked)))
        return rows, tuple(int(place) for place in np.argsort(rows))


def course_of(task: Task) -> Course:
    """A task made ready; that takes a second or two.

    Raises TracerError T1xx and T2xx for the problem, T301 and T402 for what is asked, T401 for a run that diverges,
    T705 for the scheme of marks.
    """
    network = build(task.problem)
    vocabulary = Vocabulary(names_of(network, task.notation))
    made = plan(task.problem, addresses(network, task.words, task.steps, vocabulary), task.steps, task.fixed)
    trace = run_network(network, task.steps if network.updated else 1)
    return Course(task, made, vocabulary, worth(task.scheme, network, made.asked, task.scheme_name), trace)


@dataclass(frozen=True)
class Results:
    """Sheets judged together: what was read of each, the arrays [question, sheet], the marks of each sheet, and what
    was found of formulas that stand in the place of numbers."""

    course: Course
    handed_in: tuple[Sheet, ...]
    answers: tuple[Resolved, ...]
    sheets: Sheets
    checked: Checked
    outcomes: NDArray[np.int8]
    marks: tuple[Fraction, ...]
    formulas: Mapping[Place, Found] = field(default_factory=dict)

    @cached_property
    def units(self) -> NDArray[np.float64]:
        """What the last digit of each answer is worth, as it was judged."""
        return np.array(
            [habit.unit for habit in habits_of(self.course.plan.asked, self.sheets, self.course.task.asked)]
        )

    def problems(self, sheet: int) -> tuple[str, ...]:
        """What was not read of a sheet, in sentences."""
        told = self.course.task.notation.language.told
        known = self.course.places
        said = [
            told("'{name}' is not asked for.", name=given.typed)
            for quantity, given in self.answers[sheet].answers.items()
            if quantity not in known
        ]
        return (*self.handed_in[sheet].problems, *self.answers[sheet].problems, *said)


def results_of(course: Course, handed_in: Sequence[Sheet]) -> Results:
    """Sheets to their results; all of them are judged by the same few array operations."""
    answers = tuple(resolved(sheet, course.vocabulary) for sheet in handed_in)
    plan, asked = course.plan, course.task.asked
    sheets = sheets_of(plan.asked, answers)
    typed = typed_on(course.places, answers) if course.task.formulas else {}
    formulas: Mapping[Place, Found] = {}
    if typed:
        checked, formulas = check_typed(plan, course.vocabulary, typed, sheets, asked)
    else:
        checked = check_sheets(plan, sheets, asked)
    counted = outcomes(plan, checked, sheets, asked)
    counted[(counted == Outcome.OWN) & _as_in_the_key(course, sheets, checked)] = Outcome.RIGHT
    for place, found in formulas.items():
        counted[place] = found.counts_as[1]
    wrong = (counted == Outcome.WRONG).any(axis=0)  # where nothing is, there is nothing to explain
    causes = tuple(found if any_ else () for found, any_ in zip(checked.causes, wrong, strict=True))
    checked = checked._replace(causes=causes)
    marks = tuple(course.worth.marks(counted))
    return Results(course, tuple(handed_in), answers, sheets, checked, counted, marks, formulas)


def _as_in_the_key(course: Course, sheets: Sheets, checked: Checked) -> NDArray[np.bool_]:
    """Which answers are what the key says, to the last digit that is written: after two answers were exchanged, all
    others can be. Where a sheet is in another convention, that is left open."""
    units = np.where(sheets.exact, 0.0, 10.0**-sheets.decimals)
    with np.errstate(invalid="ignore"):
        near = np.abs(sheets.numbers - course.key[:, None]) <= units / 2 * (1 + 1e-9) + 1e-12
    return np.asarray(near & (checked.convention == 0))
