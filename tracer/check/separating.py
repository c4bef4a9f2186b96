"""What would tell apart mistakes that explain a sheet equally well: the values in which their numbers differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.calculus.expression import Ref
from tracer.check.checking import Plan
from tracer.check.digits import Known
from tracer.check.intervals import number_of
from tracer.check.verdicts import in_order

APART = 0.01  # numbers that differ by less of their size are hard to tell apart by hand


def separating(plan: Plan, names: Sequence[str]) -> tuple[str, ...]:
    """The addresses of what is asked whose numbers differ with one mistake and another, the clearest first.

    >>> from tracer.check.checking import plan
    >>> from tracer.run.loading import load
    >>> separating(plan(load("mazur")), ["slope-dropped", "slope-dropped-hidden"])
    ('delta2[2]', 'delta2[1]')
    """
    known: dict[Ref, Known] = dict(plan.given)
    chosen = [mistake for mistake in plan.looked_for(plan.conventions[0]) if mistake.record.name in names]
    found: dict[str, float] = {}
    with np.errstate(all="ignore"):
        for place in in_order(plan.asked, plan.forms):
            question = plan.asked[place]
            right = plan.forms[question.value][0]
            known[question.value] = Known(float(number_of(right, known)))
            numbers = [float(number_of(one.forms.get(question.value, right), {**known, **one.given})) for one in chosen]
            size = max((abs(number) for number in numbers), default=0.0)
            if size and (apart := (max(numbers) - min(numbers)) / size) > APART:
                found[question.address] = apart
    return tuple(sorted(found, key=lambda address: -found[address]))
