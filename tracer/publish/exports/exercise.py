"""An exercise for a learning platform: what is given, and a field for each value that is asked, with its key, how far a
right answer can be from it, and the numbers that named mistakes lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Expr, Ref, walk
from tracer.calculus.expression import replace as replaced
from tracer.check.digits import Digits, Known
from tracer.check.grading import Course
from tracer.check.habits import Asked
from tracer.check.mistakes import Mistake
from tracer.check.own_numbers import as_printed_at, usual
from tracer.check.questions import MOST_NODES, Question
from tracer.errors import TracerError, clean_text
from tracer.explain.language import Language
from tracer.explain.lesson import Lesson
from tracer.explain.numbers import digits_for, given
from tracer.publish.exports.tolerances import (
    Reach,
    chosen_digits,
    digits_of,
    lines_between,
    off_by,
    reach_of,
    reaches,
    shown,
    tolerance,
)

MOST_FIELDS = 300  # a page with more fields than this is no exercise
MOST_NAMES = 3  # mistakes that one wrong number is explained by


@dataclass(frozen=True)
class Wrong:
    """A wrong number that named mistakes lead to, all to the same one: each with its title and its remedy."""

    names: tuple[str, ...]
    told: tuple[tuple[str, str], ...]
    value: float
    text: str
    tolerance: str


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
    """A whole exercise. `given` are TeX equations, `network` sentences that say what the network is, `says` what is to
    be done."""

    title: str
    says: tuple[str, ...]
    network: tuple[str, ...]
    given: tuple[str, ...]
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

    def sign(self, name: str) -> int:
        """-1 for what the notation has with the other sign than the trace."""
        return self.course.readings[1].sign(name.rpartition(":")[2])


def exercise(course: Course, title: str = "") -> Exercise:
    """A course to an exercise; where it asks for no digits, as few decimals as tell every answer from 0.

    Raises TracerError T402 for more fields than a page can have.

    >>> from tracer.publish.homework import course_for
    >>> made = exercise(course_for("mazur", asked="z1,a1", digits=4))
    >>> [(field.name, field.text, field.tolerance) for field in made.fields][::2]
    [('net_h1', '0.3775', '0.00031'), ('out_h1', '0.5933', '0.00028')]
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
        self.off = off_by(course.plan, key, self.reaches)
        self.language = course.task.notation.language

    def exercise(self, title: str) -> Exercise:
        problem, told = self.course.task.problem, self.language.told
        lesson = Lesson(self.course.trace, self.course.task.notation, digits_for(problem), 1)
        title = clean_text(title or problem.title or problem.name or problem.where).strip() or told("Exercise")
        digits = (
            told("Write each result with {count} significant figures.", count=self.asked.figures)
            if self.asked.figures
            else told("Write each result with {count} decimals.", count=self.asked.decimals)
        )
        says = (told("Compute these values by hand, one after the other."), digits)
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
        groups: dict[tuple[int, str], list[Field]] = {}
        used: set[str] = set()
        for number, question in enumerate(self.course.plan.asked, 1):
            made = self.field(number, question, used)
            groups.setdefault((question.step, question.name), []).append(made)
        for (step, name), fields in groups.items():
            heading = headings.get(name) or name
            yield Section(told("Step {step}: {phase}", step=step, phase=heading) if several else heading, tuple(fields))

    def field(self, number: int, question: Question, used: set[str]) -> Field:
        reach = self.reaches[question.value]
        known = self.course.told[number - 1]
        value = known.sign * self.key[question.value]
        text = shown(value, reach.unit)
        word = re.sub(r"\W+", "_", question.address, flags=re.ASCII).strip("_") or "x"
        identifier = word if word[0].isalpha() and word not in used else f"x{number}_{word}"
        used.add(identifier)
        return Field(number, identifier, question, known.name, known.symbol, self.label(question, known.symbol), value,
                     text, tolerance(reach.whole, value, text), reach,
                     tuple(self.wrong(question, known.sign, float(text))))  # fmt: skip

    def label(self, question: Question, symbol: str) -> str:
        """What stands before a field: for a value of the forward pass also by which formula, so that it is clear which
        weight leads where; a gradient or a new parameter is for the student to find."""
        network = self.course.plan.network
        entry = network.entry(question.name)
        if entry is None or entry.phase not in ("forward", "loss"):
            return f"{symbol} ="
        form = usual(self.course.plan.forms[question.value])
        base = self.course.readings[1]
        here = replaced(form, lambda ref: as_printed_at(network, ref, question.step))
        right = base.shown(Equation(Ref(question.name, question.value.indices), here)).right
        if sum(1 for _ in walk(right)) > MOST_NODES // 4:
            return f"{symbol} ="
        return f"{symbol} = {base.printer().tex(right)} ="

    # -- wrong numbers with a name

    def wrong(self, question: Question, sign: int, key: float) -> Iterator[Wrong]:
        """The numbers that named mistakes lead to, where they can be told from the key, the nearest to it last: what
        cannot be told apart is one of them, and between two of them each reaches half the way."""
        reach = self.reaches[question.value]
        found = []
        for mistake in self.course.plan.mistakes:
            form = mistake.forms.get(question.value)
            if form is None:
                continue
            value, off = self.mistaken(mistake, form, reach)
            if np.isfinite(value) and abs(value - self.key[question.value]) > reach.whole + reach.unit:
                found.append((sign * value, off, mistake))
        groups: list[list[tuple[float, float, Mistake]]] = []
        for one in sorted(found, key=lambda one: one[0]):
            if groups and one[0] - groups[-1][-1][0] <= 2 * reach.unit:
                groups[-1].append(one)
            else:
                groups.append([one])
        centres = [sum(one[0] for one in group) / len(group) for group in groups]
        for place, group in enumerate(groups):
            value = centres[place]
            others = [abs(value - other) for other in (*centres[:place], *centres[place + 1 :], key)]
            spread = max(abs(one[0] - value) + one[1] for one in group)
            told = tuple(
                (self.language.of(one.record.title), self.language.of(one.record.remedy)) for _, _, one in group
            )
            text = shown(value, reach.unit)
            near = tolerance(min(spread, 0.49 * min(others)), value, text)
            if len(group) <= MOST_NAMES:
                yield Wrong(tuple(one.record.name for _, _, one in group), told, value, text, near)

    def mistaken(self, mistake: Mistake, form: Expr, reach: Reach) -> tuple[float, float]:
        """What a mistaken line gives at the right values, and how far its roundings reach."""
        with np.errstate(all="ignore"):
            return reach_of(form, {**self.off, **mistake.given}, self.digits, reach.unit)


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


def _given(lesson: Lesson, course: Course) -> tuple[str, ...]:
    """Each given number as a TeX equation, by the names that the fields have."""
    network = course.plan.network
    base = course.readings[1]
    order = {"x": 0, "t": 1, "w": 2, "b": 2, "eta": 4}
    names = sorted((*network.given, *network.parameters), key=lambda name: order.get(network.roles[name].base, 3))
    return tuple(
        f"{base.names.symbol(Ref(ref.name, ref.indices))} = {given(float(known.number)).tex(lesson.notation.decimal)}"
        for ref, known in _by_name(names, course)
    )


def _by_name(names: Iterable[str], course: Course) -> Iterator[tuple[Ref, Known]]:
    for name in names:
        mine = [(ref, known) for ref, known in course.plan.given.items() if ref.name == name]
        # weights in the order of their numbers, where the notation numbers them
        spell = course.readings[1].names.spell
        yield from sorted(mine, key=lambda one: [int(part) for part in re.findall("[0-9]+", spell(one[0]))])


def read_by(form: Expr) -> Sequence[Ref]:
    """The values that a form reads, each once."""
    return list(dict.fromkeys(part for part in walk(form) if isinstance(part, Ref)))


def told_causes(wrong: Wrong, language: Language) -> str:
    """What is said to who writes a wrong number: the mistake and what to do, or several that lead there. One number
    proves nothing, so it is called a way to it, not the cause."""
    made = [f"{title}. {remedy}" for title, remedy in wrong.told]
    if len(made) == 1:
        return language.told("A way to this number: {mistake}", mistake=made[0])
    numbered = " ".join(f"({number}) {one}" for number, one in enumerate(made, 1))
    return language.told("Ways to this number: {mistakes}", mistakes=numbered)
