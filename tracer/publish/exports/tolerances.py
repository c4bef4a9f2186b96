"""How far a right answer can be from the key, for platforms that compare with one number and know no earlier answer.

A hand computation rounds again and again, and what is rounded early moves everything after it. So the tolerance of an
answer grows with the steps before it: it is what `intervals` says of the step, when each value that it reads is itself
off by its own tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal

import numpy as np

from tracer.calculus.expression import Expr, Ref
from tracer.check.checking import Plan
from tracer.check.digits import Digits, Known
from tracer.check.habits import Asked
from tracer.check.intervals import Enclosure, enclose
from tracer.check.required_digits import lost, required, told_by_digits
from tracer.check.verdicts import in_order, reads
from tracer.explain.numbers import SURE

FEWEST, MOST = 4, 8  # decimals that are tried where nothing is asked for
#: how many units an answer may be off where the step hangs on a choice that roundings can turn (a kink)
AT_A_KINK = 2.0


@dataclass(frozen=True)
class Reach:
    """How far a right answer can be from the key: with roundings in every step before it (`whole`), and in its own step
    alone, at what the student wrote before it (`step`); `unit` is what its last digit is worth."""

    whole: float
    step: float
    unit: float


def digits_of(asked: Asked) -> Digits:
    """The digits that are asked for, as the arithmetic of ranges has them."""
    return Digits(np.inf, asked.figures) if asked.figures else Digits(asked.decimals)


def lines_between(plan: Plan) -> dict[Ref, Expr]:
    """The lines of values that are not asked for, and that forms and mistakes read all the same, because they are too
    long to be written out."""
    declared = plan.conventions[0].sides.declared
    asked = {one.value for one in plan.asked}
    forms = [form for some in plan.forms.values() for form in some]
    left = reads([*forms, *(form for mistake in plan.mistakes for form in mistake.forms.values())])
    found: dict[Ref, Expr] = {}
    while left:
        ref = left.pop()
        if ref in declared and ref not in asked and ref not in found:
            found[ref] = declared[ref]
            left += reads([declared[ref]])
    return found


def reaches(plan: Plan, key: Mapping[Ref, float], digits: Digits) -> dict[Ref, Reach]:
    """The reach of every value of the key: of what is asked for, and of what is read besides."""
    between = lines_between(plan)
    every = [one for one in plan.conventions[0].sides.every if one.value in key]
    all_forms = {**{ref: (line,) for ref, line in between.items()}, **plan.forms}
    off: dict[Ref, Known] = dict(plan.given)  # what may be wrong with each value when roundings add up
    written: dict[Ref, Known] = dict(plan.given)
    found: dict[Ref, Reach] = {}
    for place in in_order(every, all_forms):
        value = every[place].value
        unit = unit_of(digits, key[value])
        forms = all_forms[value]
        whole = _reach(forms, off, digits, unit, lambda one: one.paper)
        step = _reach(forms, written, digits, unit, lambda one: one.paper + one.carried)
        found[value] = Reach(max(whole, step), step, unit)
        off[value] = Known(key[value], 0.0, np.inf, found[value].whole)
        written[value] = Known(key[value], unit, digits.decimals if not digits.by_figures else np.inf)
    return found


def reach_of(form: Expr, known: Mapping[Ref, Known], digits: Digits, unit: float) -> tuple[float, float]:
    """The result of one form, and how far it can be off."""
    made = enclose(form, known, digits)
    off = float(np.max(made.paper)) + unit
    return float(made.number), off if np.isfinite(off) else AT_A_KINK * unit


def off_by(plan: Plan, key: Mapping[Ref, float], found: Mapping[Ref, Reach]) -> dict[Ref, Known]:
    """What is known of every value when each answer is off by its reach."""
    return {**plan.given, **{value: Known(key[value], 0.0, np.inf, reach.whole) for value, reach in found.items()}}


def _reach(forms: Sequence[Expr], known: Mapping[Ref, Known], digits: Digits, unit: float, part: object) -> float:
    assert callable(part)
    made: list[Enclosure] = [enclose(form, {ref: known[ref] for ref in reads([form])}, digits) for form in forms]
    off = max(float(np.max(part(one) + abs(one.number - made[0].number))) for one in made)
    return off + unit if np.isfinite(off) else AT_A_KINK * unit


def unit_of(digits: Digits, value: float) -> float:
    """What the last digit of a value is worth."""
    return max(float(np.max(digits.unit(abs(value)))), 1e-12)


def chosen_digits(plan: Plan, key: Mapping[Ref, float]) -> Asked:
    """As many digits as a worksheet asks for, or so many more that they tell every answer from 0; the most that are
    tried where none do."""
    worksheet = required(plan, lost(plan, told_by_digits(plan)))
    if worksheet.figures:
        levels = [Asked(None, figures) for figures in range(int(worksheet.figures), MOST + 1)]
    else:
        levels = [Asked(decimals) for decimals in range(int(worksheet.decimals or FEWEST), MOST + 1)]
    for asked in levels:
        found = reaches(plan, key, digits_of(asked))
        if all(abs(key[value]) > reach.whole or key[value] == 0 for value, reach in found.items()):
            return asked
    return levels[-1]


def shown(value: float, unit: float) -> str:
    """A value as a student is to write it: rounded to its last digit.

    >>> shown(0.5932699921, 1e-4), shown(-0.00002, 1e-4), shown(1234.5, 100)
    ('0.5933', '0.0000', '1200')
    """
    last = Decimal(1).scaleb(Decimal(unit).log10().to_integral_value())
    made = SURE.create_decimal(repr(value)).quantize(last, ROUND_HALF_EVEN, Context(prec=60))
    return f"{made if made else abs(made):f}"


def tolerance(reach: float, value: float, text: str) -> str:
    """A reach around a value as an absolute tolerance around its rounded text, itself rounded up.

    >>> tolerance(0.00012, 0.59327, "0.5933")
    '0.00015'
    """
    return upward(Decimal(repr(reach)) + abs(Decimal(text) - Decimal(repr(value))))


def upward(size: float | Decimal) -> str:
    """A size in two figures, never too small.

    >>> upward(0.000211), upward(1.0)
    ('0.00022', '1')
    """
    return f"{Context(prec=2, rounding=ROUND_CEILING).create_decimal(size):f}"
