"""An exercise for a learning platform: what is given, and a field for each value that is asked, with its key, how far a
right answer can be from it, and the numbers that named mistakes lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Ref, walk
from tracer.calculus.expression import replace as replaced
from tracer.check.digits import Digits
from tracer.check.grading import Course, Told
from tracer.check.habits import Asked
from tracer.check.own_numbers import as_printed_at, usual
from tracer.check.questions import Question, before
from tracer.errors import TracerError, clean_text
from tracer.explain.language import Language
from tracer.explain.lesson import Lesson
from tracer.explain.names import whole_number
from tracer.explain.numbers import digits_for, given
from tracer.publish.exports.tolerances import (
    Reach,
    chosen_digits,
    digits_of,
    lines_between,
    reaches,
    shown,
    tolerance,
)
from tracer.publish.exports.wrong_numbers import Wrong, WrongNumbers

MOST_FIELDS = 300  # a page with more fields than this is no exercise
LONGEST_FORMULA = 100  # parts of a formula that stands before its field


@dataclass(frozen=True)
class Field:
    """One value that is asked for. `label` is TeX that ends where the answer is to stand; `text` is the key as a
    student is to write it, `tolerance` how far an answer may be from that text, after roundings in all steps before.
    `name` is what the notation calls it, `identifier` a word that any platform takes."""

    number: int
    identifier: str
    question: Question
    name: str
    symbol: str
    label: str
    value: float
    text: str
    tolerance: str
    reach: Reach
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    heading: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Exercise:
    """A whole exercise. `given` are TeX equations, each with what it is where that has to be said, `network` sentences
    that say what the network is, `says` what is to be done."""

    title: str
    says: tuple[str, ...]
    network: tuple[str, ...]
    given: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    course: Course
    asked: Asked
    digits: Digits
    #: the canonical value of everything that can be read: given numbers and keys
    known: Mapping[Ref, float]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, in their order."""
        return tuple(field for section in self.sections for field in section.fields)

    @property
    def language(self) -> Language:
        """The language of its sentences."""
        return self.course.task.notation.language

    @property
    def zeros(self) -> tuple[str, ...]:
        """The names of fields that would accept 0, though their key is none: more digits are needed."""
        return tuple(one.name for one in self.fields if one.value and abs(float(one.text)) <= float(one.tolerance))

    @property
    def unchanged(self) -> tuple[str, ...]:
        """The names of fields that would accept the parameter as it was before the step, though it is another one."""
        return tuple(one.name for one in self.fields if self._accepts_old(one))

    def _accepts_old(self, field: Field) -> bool:
        question = field.question
        if not question.name.endswith("_new"):
            return False
        parameter = Ref(question.name.removesuffix("_new"), tuple(map(whole_number, question.places)))
        old = self.known.get(before(self.course.plan.network, parameter, question.step), field.value)
        return old != field.value and abs(float(field.text) - old) <= float(field.tolerance)

    def sign(self, name: str) -> int:
        """-1 for what the notation has with the other sign than the trace."""
        return self.course.readings[1].sign(name.rpartition(":")[2])


def exercise(course: Course, title: str = "") -> Exercise:
    """A course to an exercise; where it asks for no digits, as many as a worksheet does, or more
    where that is needed to tell every answer from 0.

    Raises TracerError T402 for more fields than a page can have.

    >>> from tracer.publish.homework import course_for
    >>> made = exercise(course_for("mazur", asked="z1,a1", digits=4))
    >>> [(field.name, field.text) for field in made.fields][::2], made.fields[0].wrong[0].names
    ([('net_h1', '0.3775'), ('out_h1', '0.5933')], ('bias-forgotten',))
    """
    plan, problem = course.plan, course.task.problem
    if len(plan.asked) > MOST_FIELDS:
        found = f"{len(plan.asked)} values are asked for."
        raise TracerError("T402", problem.where, found, f"Expected at most {MOST_FIELDS}.", "Ask for less: --ask z,a.")
    read = {one.value for one in plan.asked} | lines_between(plan).keys()
    key = {one.value: _recorded(course, one) for one in plan.conventions[0].sides.every if one.value in read}
    asked = course.task.asked
    if asked == Asked():
        asked = chosen_digits(plan, key)
    return _Maker(course, asked, key).exercise(title)


def _recorded(course: Course, question: Question) -> float:
    array = course.trace.value(question.name, question.step)
    return float(array[tuple(place - 1 for place in question.places)])


class _Maker:
    """An exercise while it is made."""

    def __init__(self, course: Course, asked: Asked, key: Mapping[Ref, float]) -> None:
        self.course, self.asked, self.key = course, asked, key
        self.digits = digits_of(asked)
        self.reaches = reaches(course.plan, key, self.digits)
        self.wrong = WrongNumbers(course, key, self.reaches, self.digits)
        self.language = course.task.notation.language
        self.used: set[str] = set()

    def exercise(self, title: str) -> Exercise:
        problem, told = self.course.task.problem, self.language.told
        lesson = Lesson(self.course.trace, self.course.task.notation, digits_for(problem), 1)
        title = clean_text(title or problem.title or problem.name or problem.where).strip() or told("Exercise")
        says = (told("Compute these values by hand, one after the other."), _digits_told(self.asked, self.language))
        asked = {one.value for one in self.course.plan.asked}
        known = {ref: float(one.number) for ref, one in self.course.plan.given.items()}
        known |= {ref: value for ref, value in self.key.items() if ref in asked}
        return Exercise(title, says, tuple(_network(lesson)), _given(lesson, self.course), tuple(self.sections(lesson)),
                        self.course, self.asked, self.digits, known)  # fmt: skip

    def sections(self, lesson: Lesson) -> Iterator[Section]:
        """The fields, those of one line of the schedule under its title."""
        told = self.language.told
        headings = {
            part.name: part.heading for part in (*lesson.forward, *lesson.loss, *lesson.backward, *lesson.update)
        }
        several = len({one.step for one in self.course.plan.asked}) > 1
        groups: dict[tuple[int, str], list[tuple[Question, Told]]] = {}
        for question, known in zip(self.course.plan.asked, self.course.told, strict=True):
            groups.setdefault((question.step, question.name), []).append((question, known))
        number = 0
        for (step, name), ones in groups.items():
            fields = []
            for question, known in sorted(ones, key=lambda one: numbers_in(one[1].name)):
                number += 1
                fields.append(self.field(number, question, known))
            heading = headings.get(name) or name
            yield Section(told("Step {step}: {phase}", step=step, phase=heading) if several else heading, tuple(fields))

    def field(self, number: int, question: Question, known: Told) -> Field:
        reach = self.reaches[question.value]
        value = known.sign * self.key[question.value]
        text = shown(value, reach.unit)
        word = re.sub(r"\W+", "_", question.address, flags=re.ASCII).strip("_")
        identifier = word if word[:1].isalpha() and word not in self.used else f"x{number}_{word}"
        self.used.add(identifier)
        return Field(number, identifier, question, known.name, known.symbol, self.label(question, known.symbol), value,
                     text, tolerance(reach.whole, value, text), reach,
                     tuple(self.wrong.of(question, known.sign, float(text))))  # fmt: skip

    def label(self, question: Question, symbol: str) -> str:
        """What stands before a field: for a value of the forward pass also by which formula, so that it is clear which
        weight leads where; for a delta what it is short for. The formula of a gradient is for the student to find."""
        network = self.course.plan.network
        entry, role, base = network.entry(question.name), network.roles[question.name], self.course.readings[1]
        if entry is None or entry.phase not in ("forward", "loss"):
            if role.kind != "gradient" or role.base != "z" or "partial" in symbol or entry is None or not entry.exact:
                return f"{symbol} ="
            meant = base.names.total_derivative(Ref(network.output), Ref(entry.of, question.value.indices))
            return f"{symbol} = {'-' if base.sign(question.name) < 0 else ''}{meant} ="
        form = usual(self.course.plan.forms[question.value])
        here = replaced(form, lambda ref: as_printed_at(network, ref, question.step))
        right = base.shown(Equation(Ref(question.name, question.value.indices), here)).right
        if sum(1 for _ in walk(right)) > LONGEST_FORMULA:
            return f"{symbol} ="
        return f"{symbol} = {base.printer().tex(right)} ="


def _digits_told(asked: Asked, language: Language) -> str:
    """How many digits are to be written, a sentence."""
    if asked.figures == 1:
        return language.told("Write each result with 1 significant figure.")
    if asked.figures:
        return language.told("Write each result with {count} significant figures.", count=asked.figures)
    if asked.decimals == 1:
        return language.told("Write each result with 1 decimal.")
    return language.told("Write each result with {count} decimals.", count=asked.decimals)


def _network(lesson: Lesson) -> Iterator[str]:
    """The layers of a network, a sentence each."""
    if lesson.bare:
        return
    told = lesson.language.told
    for layer in lesson.layers:
        parts = {"layer": layer.title, "count": layer.units, "activation": layer.activation}
        if layer.units == 1:
            units = told("{layer}: one unit", **parts)
        else:
            units = told("{layer}: {count} units", **parts)
        yield told("{units}, activation {activation}", units=units, **parts) if layer.activation else units


def _given(lesson: Lesson, course: Course) -> tuple[tuple[str, str], ...]:
    """Each given number as a TeX equation, by the names that the fields have, and what it is if it has no layer."""
    network, told = course.plan.network, lesson.language.told
    base = course.readings[1]
    order = {"x": 0, "t": 1, "w": 2, "b": 2, "eta": 4}
    names = sorted((*network.given, *network.parameters), key=lambda name: order.get(network.roles[name].base, 3))
    found = []
    for name in names:
        says = told("the learning rate") if network.roles[name].base == "eta" else ""
        mine = [(ref, known) for ref, known in course.plan.given.items() if ref.name == name]
        for ref, known in sorted(mine, key=lambda one: numbers_in(base.names.spell(one[0]))):
            number = given(float(known.number)).tex(lesson.notation.decimal)
            found.append((f"{base.names.symbol(ref)} = {number}", says))
    return tuple(found)


def numbers_in(name: str) -> list[int]:
    """The numbers in a name, by which weights stand in the order that a notation numbers them in.

    >>> sorted(["w10", "w9", "w1[2,1]", "w1[1,2]"], key=numbers_in)
    ['w1[1,2]', 'w1[2,1]', 'w9', 'w10']
    """
    return [int(part) for part in re.findall("[0-9]+", name)]
