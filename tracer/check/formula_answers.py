"""A typed formula against the formula of a step: equal, equal for the given numbers, different, or not to be told.

Both are evaluated at random points, where everything that is given has another value and everything computed follows
from it. One point at which their bounds lie apart proves them different; bounds that touch at every point leave no
doubt that matters. So any rearrangement counts, and a formula may be written out as far as a student likes. Nothing
typed is simplified or compiled, and the work is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np

from tracer.calculus.expression import Call, Compare, Expr, Index, Neg, Number, Ref, walk
from tracer.calculus.expression import replace as replaced
from tracer.check.bounded_points import Points, TooMuch, Work
from tracer.check.checking import Plan
from tracer.check.conventions import Convention
from tracer.check.mistakes import Mistake
from tracer.check.questions import Question, before, element_of
from tracer.check.ranges import Range
from tracer.explain.language import sentence
from tracer.read.resolved import Vocabulary, resolved_formula
from tracer.read.typed_answer import Typed
from tracer.run.network import Network

ENOUGH = 6  # points that say something, before two formulas are called equal
NARROW = 1e-6  # bounds further apart than this share of a value say nothing
CLOSE = 0.01  # a number that is put in place of a name is taken for a rounded one if the result is so near

CIRCULAR = sentence("this formula reads the value that is asked for, or one that is computed from it")
UNKNOWN = sentence("this formula has a value that this exercise does not have")
TOO_MUCH = sentence("this formula takes too long to compare")
VAGUE = sentence("this formula has no value at most of the points where it was tried")
NUMBERS = sentence("numbers stand here in place of names; write the names, or the result alone")


class Same(IntEnum):
    """Whether a typed formula is the formula of a step."""

    EQUAL = 0
    EQUAL_HERE = 1  # for the data and constants that are given, not for all: a rate of 1 was left out, say
    DIFFERENT = 2  # proved
    CANNOT_TELL = 3


@dataclass(frozen=True)
class FormulaVerdict:
    """What is said of a typed formula. `reason` is a sentence of the catalogue where nothing can be told;
    `conventions` are the places, among those of the plan, of others in which it is right; `mistakes` are the names of
    those that lead to it."""

    same: Same
    reason: str = ""
    conventions: tuple[int, ...] = ()
    mistakes: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether it is right in the convention in which it was read."""
        return self.same <= Same.EQUAL_HERE


def compare_formula(
    typed: Typed,
    question: Question,
    plan: Plan,
    vocabulary: Vocabulary,
    *,
    sign: int | None = None,
    convention: int = 0,
) -> FormulaVerdict:
    """A typed formula as the answer to a question. `sign` is -1 where what was asked for is the negative of the trace's
    value (the notation's own where it is not said), `convention` the place of that of the sheet in the plan's.

    Raises TracerError T301 and T302 for names that mean nothing.

    >>> from tracer import load
    >>> from tracer.check.checking import plan
    >>> from tracer.explain.names import names_of
    >>> from tracer.explain.notation import notation_for
    >>> from tracer.read.typed_answer import read_typed_answer
    >>> mazur = plan(load("mazur"))
    >>> words = Vocabulary(names_of(mazur.network, notation_for(mazur.problem)))
    >>> asked = next(one for one in mazur.asked if one.address == "delta2[1]")
    >>> compare_formula(read_typed_answer("out_o1*(1 - out_o1)*(out_o1 - target_o1)"), asked, mazur, words)
    FormulaVerdict(same=<Same.EQUAL: 0>, reason='', conventions=(), mistakes=())
    >>> compare_formula(read_typed_answer("out_o1 - target_o1"), asked, mazur, words).mistakes
    ('slope-dropped',)
    """
    formula = meant_by(typed, question, plan.network, vocabulary, sign)
    return _Comparison(plan, question, formula).verdict(plan.conventions[convention])


def meant_by(
    typed: Typed, question: Question, network: Network, vocabulary: Vocabulary, sign: int | None = None
) -> Expr:
    """A typed formula in canonical names and the sign of the trace's value, as it stands at the step of a question.

    Raises TracerError T301 and T302 for names that mean nothing.
    """
    gradient = network.roles[question.name].kind == "gradient"
    if sign is None:
        sign = vocabulary.names.notation.error_sign if gradient else 1
    formula = replaced(resolved_formula(typed, vocabulary), lambda ref: _at(network, ref, question.step))
    return Neg(formula) if sign < 0 else formula


class _Comparison:
    """One formula, in canonical signs, while it is compared."""

    def __init__(self, plan: Plan, question: Question, formula: Expr) -> None:
        self.plan, self.question, self.formula = plan, question, formula
        self.left = Work()
        self._points: dict[tuple[int, frozenset[Ref]], Points] = {}
        self.literals = {abs(float(one.value)) for one in walk(formula) if isinstance(one, Number)}

    def verdict(self, convention: Convention) -> FormulaVerdict:
        value = self.question.value
        try:
            points = self.points(convention, frozenset())
            read = points.reads(self.formula)
            if value in read:
                return FormulaVerdict(Same.CANNOT_TELL, CIRCULAR)
            if any(ref not in points.known and ref not in points.lines for ref in read):
                return FormulaVerdict(Same.CANNOT_TELL, UNKNOWN)
            mine = self.inside(convention)
            same = self.same(mine, convention.sides.forms.get(value, ()), convention)
            if same != Same.DIFFERENT:
                return FormulaVerdict(same, VAGUE if same == Same.CANNOT_TELL else "")
            mistakes = tuple(self.mistakes(mine, convention))
            others = tuple(self.others(convention))
            if not mistakes and not others and self.only_rounded(mine, convention):
                return FormulaVerdict(Same.CANNOT_TELL, NUMBERS)
            return FormulaVerdict(Same.DIFFERENT, "", others, mistakes)
        except TooMuch:
            return FormulaVerdict(Same.CANNOT_TELL, TOO_MUCH)

    # -- in which signs, and at which points

    def inside(self, convention: Convention) -> Expr:
        """The formula in canonical signs, where its gradients are negated by a convention."""
        if convention.sign > 0:
            return self.formula
        roles = self.plan.network.roles

        def is_gradient(ref: Ref) -> bool:
            return roles[ref.name.rpartition(":")[2]].kind == "gradient"

        turned = replaced(self.formula, lambda ref: Neg(ref) if is_gradient(ref) else ref)
        return Neg(turned) if is_gradient(self.question.value) else turned

    def points(self, convention: Convention, fixed: frozenset[Ref]) -> Points:
        sides, key = convention.sides, (id(convention.sides), fixed)
        if key not in self._points:
            self._points[key] = Points(sides.change(sides.declared), self.plan.given, fixed, self.left)
        return self._points[key]

    def fixed(self) -> list[frozenset[Ref]]:
        """What keeps its value while the rest is drawn: nothing; then data and constants, and any other given number
        that the formula has as a number."""
        parameters = self.plan.network.parameters
        data = {ref for ref in self.plan.given if ref.name not in parameters}
        written = {ref for ref, one in self.plan.given.items() if abs(float(one.number)) in self.literals}
        return [frozenset(), frozenset(data | written)]

    def same(self, mine: Expr, forms: Sequence[Expr], convention: Convention) -> Same:
        """The formula against forms of a step."""
        worst = Same.DIFFERENT
        stages = [*zip(self.fixed(), (Same.EQUAL, Same.EQUAL_HERE), strict=True)]
        if not _choices([mine]) <= _choices(forms):
            stages = stages[:1]  # abs(t - o) is no rearrangement, though no number of this exercise would show it
        for fixed, found in stages:
            told = _told(self.points(convention, fixed), mine, forms)
            if told is None:
                worst = Same.CANNOT_TELL
            elif told:
                return found
            elif found is Same.EQUAL_HERE:
                worst = Same.DIFFERENT
        return worst

    # -- what it is, if it is not right

    def others(self, convention: Convention) -> Iterator[int]:
        """The conventions in which the formula is right."""
        for place, other in enumerate(self.plan.conventions):
            forms = other.sides.forms.get(self.question.value, ())
            same_forms = other.sides is convention.sides and other.sign == convention.sign
            if same_forms or other.rows or not forms:
                continue
            if _told(self.points(other, frozenset()), self.inside(other), forms):
                yield place

    def mistakes(self, mine: Expr, convention: Convention) -> Iterator[str]:
        """The named mistakes that make this formula."""
        for mistake in self.plan.mistakes_in(convention):
            form = mistake.forms.get(self.question.value)
            if form is None:
                continue
            read = self.misread(mistake)
            form = replaced(form, lambda ref, read=read: read.get(ref, ref))  # type: ignore[misc]
            if any(_told(self.points(convention, fixed), mine, [form]) for fixed in self.fixed()):
                yield mistake.record.name

    def misread(self, mistake: Mistake) -> dict[Ref, Expr]:
        """What a mistake reads in the place of given numbers: another one of the same name where one has its value,
        else the number itself."""
        found: dict[Ref, Expr] = {}
        for ref, known in mistake.given.items():
            name = ref.name.rpartition("/")[2]
            there = [one for one, other in self.plan.given.items() if one.name == name and other.number == known.number]
            found[ref] = there[0] if there else Number(Fraction(repr(float(known.number))))
        return found

    def only_rounded(self, mine: Expr, convention: Convention) -> bool:
        """Whether the formula has rounded numbers in the place of names, and its result is near the key."""
        given = {abs(float(one.number)) for one in self.plan.given.values()}
        strange = [one for one in self.literals if one not in given and one not in _SMALL]
        if not strange:
            return False
        here = self.points(convention, frozenset(self.plan.given))
        key = self.question.value
        low, high = here.range_of(mine)
        values = {ref: float(here.range_of(ref)[0][0]) for ref in here.reads(key)}
        near = values.pop(key)
        if not (abs(low[0] - near) <= CLOSE * abs(near) and high[0] - low[0] <= CLOSE * abs(near)):
            return False
        return all(any(abs(one - abs(value)) <= CLOSE * one for value in values.values()) for one in strange)


_CHOOSING = ("abs", "max", "min", "sign", "sqrt", "where")
#: numbers that stand in formulas for themselves
_SMALL = {0.0, 0.5, 1.0, 2.0, 3.0, 4.0}


def _at(network: Network, ref: Ref, step: int) -> Expr:
    """A value that is named in a formula about a step; a summand of the error by its own line."""
    part = network.parts.get(ref.name)
    if part is None:
        return before(network, ref, step)
    letters = [index for index in part.left.indices if isinstance(index, Index)]
    places = tuple(int(place.value) for place in ref.indices if isinstance(place, Number))
    return element_of(network, part.right, letters, places, step)


def _choices(expressions: Iterable[Expr]) -> set[str]:
    """The functions in some expressions that do nothing to one half of all numbers."""
    parts = [part for one in expressions for part in walk(one)]
    found = {part.function for part in parts if isinstance(part, Call) and part.function in _CHOOSING}
    return found | {"where" for part in parts if isinstance(part, Compare)}


def _told(points: Points, mine: Expr, forms: Iterable[Expr]) -> bool | None:
    """Whether an expression equals one of some forms at all points; None where that cannot be told."""
    vague = False
    try:
        own = points.range_of(mine)
        for form in forms:
            told = _equal(own, points.range_of(form))
            if told:
                return True
            vague |= told is None
    except KeyError:  # a value of another exercise
        return None
    return None if vague else False


def _equal(one: Range, other: Range) -> bool | None:
    """Whether two expressions are equal by their bounds at all points: one point proves that they are not."""
    with np.errstate(all="ignore"):
        apart = (one[0] > other[1]) | (one[1] < other[0])
        if apart.any():
            return False
        size = np.minimum(np.maximum(np.abs(one[0]), np.abs(one[1])), np.maximum(np.abs(other[0]), np.abs(other[1])))
        widest = np.maximum(one[1] - one[0], other[1] - other[0])
        telling = np.isfinite(size) & (widest <= NARROW * size) & (size > 0)  # at a zero, much is equal
    return True if telling.sum() >= ENOUGH else None
