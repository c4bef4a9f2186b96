"""One step worked out with the numbers of a sheet: the lines of a walkthrough, filled with what the student wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Call, Expr, Number, Ref, replace, walk
from tracer.check.questions import Question
from tracer.explain.instantiate import element
from tracer.explain.names import whole_number
from tracer.explain.numbers import Digits, Printed, plain_text, printed
from tracer.explain.reading import Line, Reading
from tracer.explain.relations import ABOUT, EQUAL
from tracer.explain.roles import in_role
from tracer.explain.skeleton import Skeleton, skeleton
from tracer.explain.worked import Worked, equation_of
from tracer.read.number import Written
from tracer.run.network import Network

Places = tuple[int, ...]
MOST_PARTS = 120  # parts of a right side; of a longer one nobody would read a line


@dataclass(frozen=True)
class OwnNumbers(Reading):
    """A reading in which some values are what a sheet says, in the notation's sign."""

    own: Mapping[tuple[str, Places], tuple[float, Printed]] = field(default_factory=dict)

    def printed(self, name: str, places: Places) -> tuple[float, Printed]:
        """An element as the sheet has it, else as it is given."""
        return self.own.get((name, places)) or super().printed(name, places)

    def _read(self, ref: Ref) -> float:
        own = self.own.get((ref.name, _places(ref)))
        return super()._read(ref) if own is None else own[0] * self.sign(ref.name)


#: what a step reads on a sheet: the number in the notation's sign, as printed, and whether the student wrote it
On = Callable[[Ref, int], tuple[float, Printed, bool] | None]


def usual(forms: Sequence[Expr]) -> Expr:
    """The form that a person would write: the shortest (a - t, where much of a chain rule cancels), else the first."""
    return min(forms, key=lambda form: sum(1 for _ in walk(form)))


@dataclass(frozen=True)
class Prepared:
    """What is the same on every sheet when a step is worked out: the values it reads, each also as a page about its
    step calls it, the skeleton (None where the numbers decide what is written), and how the result is called. Of a
    `long` step nobody would read a line; only its result is told."""

    form: Expr
    reads: tuple[tuple[Ref, Ref], ...]
    skeleton: Skeleton | None
    ref: Ref
    name: str
    symbol: str
    says: str
    long: bool


def worked_step(base: Reading, question: Question, form: Expr, on_sheet: On, result: float, hidden: bool) -> Worked:
    """A step to its lines: symbols, the sheet's numbers in place, parts, result (given in the notation's sign).

    `on_sheet` tells what the sheet says of a value; None for a given one. `hidden`: no number that the student has not
    written stands in it, so at most the first two lines are left.
    """
    step = _prepared(base, question, form)
    if step.long:
        return _result_alone(base, question, step, result, hidden)
    lines: list[Line]
    own: dict[tuple[str, Places], tuple[float, Printed]] = {}
    theirs = True
    for ref, here in step.reads:
        found = on_sheet(ref, base.sign(here.name))
        if found is not None:
            number, text, written = found
            own[here.name, _places(here)] = number, text
            theirs = theirs and written
    reading = OwnNumbers(base.trace, base.notation, base.digits, question.step, own)
    shown = step.skeleton or _skeleton(reading, step.form)
    computed = shown.numbers.evaluate([reading.printed(name, places)[0] for name, places in shown.reads])
    if not all(map(math.isfinite, (computed, *(number for number, _ in own.values())))):
        # a division by zero, or a number on the sheet that no float64 can go on with: the step in symbols alone
        lines = [Line(EQUAL, shown.marked)] if shown.reads else []
        return Worked(step.name, step.symbol, step.says, tuple(lines), Printed("0", True), result,
                      address=question.address)  # fmt: skip
    outcome = printed(computed, base.digits)
    lines = reading.filled(shown, outcome, reading.names.role(question.name))
    if hidden:
        lines = [] if not shown.reads else lines[: 2 if theirs and len(lines) > 2 else 1]
    return Worked(step.name, step.symbol, step.says, tuple(lines), outcome, result, address=question.address)


def _result_alone(base: Reading, question: Question, step: Prepared, result: float, hidden: bool) -> Worked:
    """A long step: what comes out, and nothing on the way."""
    if hidden or not math.isfinite(result):
        return Worked(step.name, step.symbol, step.says, (), Printed("0", True), result, address=question.address)
    outcome = printed(result, base.digits)
    text = in_role(base.names.role(question.name), outcome.tex(base.notation.decimal))
    line = Line(ABOUT if outcome.shortened else EQUAL, text)
    return Worked(step.name, step.symbol, step.says, (line,), outcome, result, address=question.address)


def _prepared(base: Reading, question: Question, form: Expr) -> Prepared:
    """A step made ready for many sheets."""
    network = base.network
    kept = network.memo.setdefault(base.notation, {})
    key = ("own numbers", question.address, id(form))
    if key not in kept:
        refs = dict.fromkeys(part for part in walk(form) if isinstance(part, Ref))
        reads = tuple((ref, as_printed_at(network, ref, question.step)) for ref in refs)
        here = replace(form, lambda ref: as_printed_at(network, ref, question.step))
        ref = Ref(question.name, tuple(map(whole_number, question.places)))
        right = base.shown(Equation(ref, here)).right
        long = sum(1 for _ in walk(right)) > MOST_PARTS
        made = None if long or _decided_by_numbers(right) else skeleton(right, base.printer(), base.names.role)
        name, symbol = base.names.spell(ref), base.names.symbol(ref)
        # The form is kept too: while it lives, no other one can have its id.
        kept[key] = Prepared(right, reads, made, ref, name, symbol, _says(base, question), long), form
    found: Prepared = kept[key][0]
    return found


def _decided_by_numbers(right: Expr) -> bool:
    return any(isinstance(part, Call) and part.function == "where" for part in walk(right))


def _skeleton(reading: OwnNumbers, right: Expr) -> Skeleton:
    """The skeleton of a step in which the sheet's numbers choose a branch."""
    network = reading.network
    chosen = element(right, {}, network.extents, network.shapes, reading.value)
    return skeleton(chosen, reading.printer(), reading.names.role)


def _says(reading: Reading, question: Question) -> str:
    entry = reading.network.entry(question.name)
    if entry is not None and reading.network.roles[question.name].kind == "gradient":
        ref = Ref(entry.of, tuple(map(whole_number, question.places)))
        return reading.language.told("gradient of {value}", value=reading.names.spell(ref))
    equation = equation_of(reading, question.name)
    return reading.language.said(equation.says) if equation else ""


def as_printed_at(network: Network, ref: Ref, step: int) -> Ref:
    """A value of some step as a page about `step` calls it: what the step before made of a parameter is the parameter.

    >>> from tracer.run.trace_file import trace_of
    >>> as_printed_at(trace_of("mazur").network, Ref("2:w1_new"), 3).name
    'w1'
    """
    prefix, colon, name = ref.name.rpartition(":")
    own = int(prefix) if colon else 1
    if own == step - 1:
        name = next((old for old, new in network.carried.items() if new == name), name)
    return Ref(name, ref.indices)


def as_written(answer: Written, sign: int) -> Printed:
    """A number of a sheet as it stands in a formula: its own digits, with a decimal point; a fraction is rounded.

    >>> from tracer.read.number import read_number
    >>> as_written(read_number("0,50"), -1).text, as_written(read_number("1/3"), 1)
    ('-0.50', Printed(text='0.333333', shortened=True, rounding=None))
    """
    if answer.decimals is None:
        return printed(sign * float(answer.value), Digits(6))
    made = _scaled(sign * answer.value, answer.decimals)
    return Printed(made, False)


def _scaled(value: Fraction, decimals: int) -> str:
    whole = value * Fraction(10) ** decimals
    return plain_text(Decimal(int(whole)).scaleb(-decimals, Context(prec=100)))


def _places(ref: Ref) -> Places:
    return tuple(int(index.value) for index in ref.indices if isinstance(index, Number))
