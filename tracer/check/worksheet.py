"""A problem into what a worksheet asks for: a row for each number, in the order in which they are computed.

Finished strings, as the stories in `templates/worksheet/` and the files of keys take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import groupby

from tracer.calculus.expression import Ref
from tracer.check.asking import addresses
from tracer.check.habits import Asked
from tracer.check.marks import called
from tracer.check.questions import Question, as_numbered, questions
from tracer.errors import TracerError
from tracer.explain.language import Language, sentence
from tracer.explain.lesson import Lesson
from tracer.explain.names import canonical, whole_number
from tracer.explain.names import names_of as symbols_of
from tracer.explain.notation import Notation
from tracer.explain.numbers import SURE, Digits, digits, printed
from tracer.explain.reading import Reading
from tracer.read.resolved import Vocabulary
from tracer.run.network import Network

MOST = 500  # numbers that one sheet asks for
PHASES = {
    "forward": sentence("Forward pass"),
    "loss": sentence("Error"),
    "backward": sentence("Backward pass"),
    "update": sentence("Update"),
}


@dataclass(frozen=True)
class Row:
    """One number that is asked for: `what` it is of ("" where a row above says it), its TeX `symbol`, its `name` as it
    is typed, its `address` as the engine calls it, and its `number` as the key has it."""

    what: str
    symbol: str
    name: str
    address: str
    number: str


@dataclass(frozen=True)
class Formula:
    """The equation of one value in index letters, as TeX, and what it is."""

    what: str
    tex: str


@dataclass(frozen=True)
class Section:
    """One phase of the step: its heading, its formulas, and its rows."""

    heading: str
    formulas: tuple[Formula, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Wire:
    """A weight or a bias with its value, as TeX, and the symbols of what it leads from ("" for a bias) and to; where
    there are several examples, those of the first."""

    given: str
    source: str
    target: str


# -- what is asked for


def asked_for(network: Network, names: Vocabulary, words: Sequence[str]) -> tuple[str, ...]:
    """What a person asks for, to the addresses of single numbers: `z`, `delta`, `w_new` stand for all of them, `z1` for
    those of a layer, `w5_new` or `dw1[1,2]` for one. Raises TracerError T301 for a word that means nothing here, and
    T504 for no word."""
    if not words:
        known = dict.fromkeys(called(network, one)[-2] for one in questions(network))
        raise TracerError("T504", "--ask", "nothing is asked for.", f"Known: {', '.join(known)}.")
    try:
        return addresses(network, words, 1, names) or ()
    except TracerError as error:
        error.where = "--ask" if error.code == "T301" else error.where
        raise


def words_of(text: str) -> tuple[str, ...]:
    """Words between commas, those inside brackets apart.

    >>> words_of("z, dw1[1,2]")
    ('z', 'dw1[1,2]')
    """
    return tuple(word.strip() for word in re.split(r"[,;](?![^\[]*\])", text) if word.strip())


def check_size(asked: Sequence[object]) -> None:
    """T402 for a sheet that nobody would fill in."""
    if len(asked) > MOST:
        found = f"a sheet would have {len(asked):,} blanks."
        raise TracerError("T402", "worksheet", found, f"Expected at most {MOST}.", "Ask for less: --ask E,delta.")


# -- how numbers are written


def asked_digits(wanted: str) -> Asked:
    """`4` -> four decimals, `4sf` -> four significant figures. Raises TracerError T504.

    >>> asked_digits("4sf")
    Asked(decimals=None, figures=4)
    """
    made = digits(wanted)
    if made.enough:
        found = f"'{wanted}' is no number of digits for a sheet."
        raise TracerError("T504", "digits", found, "Expected decimals (4), or significant figures (4sf).")
    return Asked(None, made.count) if made.significant else Asked(made.count)


def digits_text(asked: Asked) -> str:
    """The other way round, as `--digits` takes it."""
    return f"{asked.figures}sf" if asked.figures else str(asked.decimals)


def digits_told(asked: Asked, language: Language) -> str:
    """How many digits a sheet asks for, in words."""
    if asked.figures == 1:
        return language.told("1 significant figure")
    if asked.decimals == 1:
        return language.told("1 decimal")
    if asked.figures:
        return language.told("{number} significant figures", number=asked.figures)
    return language.told("{number} decimals", number=asked.decimals)


def number_text(value: float, asked: Asked) -> str:
    """A number with all the digits that are asked for; one that would become zero gets more of them.

    >>> number_text(0.5, Asked(4)), number_text(0.00002, Asked(4)), number_text(12.3456, Asked(None, 3))
    ('0.5000', '0.00002', '12.3')
    """
    exact = SURE.create_decimal(repr(float(value)))
    count = int(asked.figures) or int(asked.decimals or 0)
    places = count - 1 - exact.adjusted() if asked.figures and exact else count
    shown = exact.quantize(Decimal(1).scaleb(-max(places, 0)), ROUND_HALF_EVEN, Context(prec=60))
    if exact and not shown:
        return printed(value, Digits(count)).text
    return f"{shown if shown else abs(shown):f}"


# -- the sheet


def sections(
    lesson: Lesson, reading: Reading, asked: Sequence[Question], wanted: Asked, formulas: bool
) -> tuple[Section, ...]:
    """The rows of a sheet, phase by phase, and the formulas of each phase if they are wanted."""
    phases = {entry.name: entry.phase for entry in reading.network.schedule}
    names = Vocabulary(reading.names)
    made = []
    for phase, group in groupby(asked, key=lambda question: phases[question.name]):
        here = tuple(as_numbered(reading, tuple(group)))
        told = tuple(_formulas(lesson, here)) if formulas else ()
        rows = tuple(_rows(lesson, reading, names, here, wanted))
        made.append(Section(lesson.language.told(PHASES[phase]), told, rows))
    return tuple(made)


def _rows(
    lesson: Lesson, reading: Reading, names: Vocabulary, asked: Sequence[Question], wanted: Asked
) -> Iterator[Row]:
    last, sign = "", reading.notation.decimal
    for question in asked:
        ref = Ref(question.name, tuple(map(whole_number, question.places)))
        value = reading.trace.value(question.name, question.step)[tuple(place - 1 for place in question.places)]
        number = number_text(float(value) * reading.sign(question.name), wanted)
        yield Row(
            lesson.part(question.name).heading if question.name != last else "",
            reading.names.symbol(ref),
            typed_name(reading, names, question),
            question.address,
            number.replace(".", sign) if sign != "." else number,
        )
        last = question.name


def wires(lesson: Lesson, reading: Reading) -> tuple[Wire, ...]:
    """Which unit each weight and each bias leads to, of a network of plain layers; none of another one. A sheet without
    a picture says it nowhere else."""
    network = reading.network
    if any(layer.equations for layer in network.problem.layers):
        return ()

    def symbol(name: str, unit: int) -> str:
        return reading.names.symbol(Ref(name, (whole_number(1), whole_number(unit))))

    made = []
    fixed = [name for name in network.given if network.roles[name].base in ("b", "b0")]
    for name in [*network.parameters, *fixed]:
        role, shape = network.roles[name], network.shapes[name]
        net, below = f"z{role.layer}", f"a{role.layer - 1}" if role.layer > 1 else "x"
        if role.base not in ("w", "b", "b0") or net not in network.shapes or below not in network.shapes:
            return ()
        for places in reading.elements(name):
            ref = Ref(name, tuple(map(whole_number, places)))
            units = places[-1:] if shape else range(1, network.shapes[net][-1] + 1)
            source = symbol(below, places[0]) if role.base == "w" else ""
            made.append(Wire(lesson.unit(ref).short, source, ", ".join(symbol(net, unit) for unit in units)))
    return tuple(made)


def typed_name(reading: Reading, names: Vocabulary, question: Question) -> str:
    """The name of a number as it is typed in the notation; its address where that would be read as something else."""
    ref = Ref(question.name, tuple(map(whole_number, question.places)))
    spelt = reading.names.spell(ref)
    try:
        quantity, sign = names.quantity(spelt)
    except TracerError:
        return canonical(ref, reading.network)
    fits = quantity[:2] == (question.name, question.places) and sign == reading.sign(question.name)
    return spelt if fits else canonical(ref, reading.network)


def _formulas(lesson: Lesson, asked: Sequence[Question]) -> Iterator[Formula]:
    for name in dict.fromkeys(question.name for question in asked):
        part = lesson.part(name).merged
        yield Formula(part.heading, part.formula)


def names_of(network: Network, how: Notation) -> Vocabulary:
    """What can be typed for a network in a notation."""
    return Vocabulary(symbols_of(network, how))
