"""What a sheet can tell: which mistakes show in the numbers that are asked for, written with so many digits.

For each mistake there is the sheet of somebody who makes it and does all else right, carrying all digits or rounding on
the way. That sheet is checked as any other: a mistake is seen where answers on it are wrong, and told from others if
the checker names it alone. With fewer digits less is seen, because what a mistake changes is smaller than what rounding
may have done. All sheets are arrays, of one exercise or of many with the same equations and other numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref
from tracer.check.checking import Plan, check_sheets
from tracer.check.digits import Known
from tracer.check.grades import Verdict
from tracer.check.habits import Asked
from tracer.check.intervals import number_of
from tracer.check.mistakes import Mistake
from tracer.check.right_sides import RightSides
from tracer.check.sheets import Floats, Sheets
from tracer.check.verdicts import in_order, reads

#: answers that have to come out wrong before a mistake is named, where so many can
ENOUGH = 2
#: digits that nobody writes by hand: what does not show in them does not show in these numbers at all
IDEAL = Asked(10)
#: the digits that a sheet may ask for, the easiest first
DECIMALS = tuple(Asked(count) for count in range(2, 7))
FIGURES = tuple(Asked(None, count) for count in range(2, 7))

Exercises = Mapping[Ref, Known]


@dataclass(frozen=True, eq=False)
class Telling:
    """What is seen of each mistake, arrays [digits, mistake, exercise]: on how many answers of its sheet (`wrong`), on
    which `first` (the place of a question; -1 for none), and which names the
    checker gives it (`named`, tuples). `right` are the right numbers [question, exercise]."""

    digits: tuple[Asked, ...]
    mistakes: tuple[Mistake, ...]
    right: Floats
    wrong: NDArray[np.intp]
    first: NDArray[np.intp]
    named: NDArray[np.object_]

    @property
    def told(self) -> NDArray[np.bool_]:
        """Where a mistake is named, and no other with it."""
        made = np.zeros(self.wrong.shape, dtype=bool)
        for place, one in enumerate(self.mistakes):
            name = (one.record.name,)
            made[:, place] = np.frompyfunc(lambda names, own=name: names == own, 1, 1)(self.named[:, place])
        return made


def telling(plan: Plan, digits: Sequence[Asked], given: Exercises | None = None, count: int = 1) -> Telling:
    """What the sheets of a plan tell with each of some numbers of digits. `given` are the given numbers of `count`
    exercises, arrays where they differ; what a mistake reads otherwise stands there too, under its own names. What is
    also a convention of its own counts as no mistake."""
    given = plan.given if given is None else given
    made = plan.mistakes_in(plan.conventions[0])
    shape = (len(digits), 2, count)  # all digits carried on, or rounded ones
    columns = int(np.prod(shape))
    decimals, figures = (
        np.broadcast_to(np.array(one, dtype=float)[:, None, None], shape).reshape(1, columns)
        for one in zip(*(_counts(one) for one in digits), strict=True)
    )
    rounds = np.broadcast_to(np.array([False, True])[None, :, None], shape).reshape(columns)
    spread = {ref: _tiled(known, columns // count) for ref, known in given.items()}
    right = computed(plan, None, given, count)
    each = Asked(decimals, figures)
    without = computed(plan, None, spread, columns, rounds, each)
    sheets = [computed(plan, one, spread, columns, rounds, each, without) for one in made]
    if not made:
        none = np.zeros((len(digits), 0, count), dtype=np.intp)
        return Telling(tuple(digits), (), right, none, none, none.astype(object))
    numbers = np.concatenate(sheets, axis=1)
    kinds = len(made)
    rows = (np.tile(one, (len(plan.asked), kinds)) for one in (decimals, figures))
    wide = replace(
        plan.in_own(),
        layers=False,
        given={ref: _tiled(spread[ref], kinds) for ref in plan.given},
        mistakes=tuple(
            replace(one, given={ref: _tiled(spread.get(ref, known), kinds) for ref, known in one.given.items()})
            for one in made
        ),
    )
    asked = Asked(*rows)
    checked = check_sheets(wide, written(numbers, asked), asked)
    mistaken = checked.verdicts == Verdict.WRONG
    wrong = np.moveaxis(mistaken.sum(axis=0).reshape(kinds, *shape), 2, 0).min(axis=0)
    first = np.where(mistaken.any(axis=0), mistaken.argmax(axis=0), -1).reshape(kinds, *shape)[:, :, 0]
    names = np.empty(numbers.shape[1], dtype=object)
    for place, found in enumerate(checked.causes):
        names[place] = found[0].names if found else ()
    one_way, other_way = np.moveaxis(names.reshape(kinds, *shape), 2, 0)
    named = np.frompyfunc(lambda one, other: one if one == other else _both(one, other), 2, 1)(one_way, other_way)
    turned = (np.moveaxis(one, 0, 1) for one in (wrong, first, named))
    return Telling(tuple(digits), made, right, *turned)


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """What is named on either of two sheets; nothing where one of them names nothing."""
    return tuple(dict.fromkeys(one + other)) if one and other else ()


def _counts(digits: Asked) -> tuple[float, float]:
    return (0.0, float(digits.figures)) if digits.figures else (float(digits.decimals or 0), 0.0)


def _tiled(known: Known, times: int) -> Known:
    """A given number of each exercise, for so many sheets of each."""
    return known._replace(number=np.tile(known.number, times)) if np.ndim(known.number) else known


def computed(
    sides: Plan | RightSides,
    mistake: Mistake | None,
    given: Exercises,
    columns: int = 1,
    rounds: NDArray[np.bool_] | None = None,
    digits: Asked = IDEAL,
    right: Floats | None = None,
) -> Floats:
    """All that is asked for, one after another, by who makes a mistake (None: by who makes none): an array [question,
    sheet]. Where a sheet `rounds`, what is written on it with so many digits is what is carried on. With `right`, what
    comes out without the mistake, only what it changes is computed."""
    known = dict(given) if mistake is None else {**mistake.given, **given}
    found = np.empty((len(sides.asked), columns)) if right is None else right.copy()
    changed = set() if right is None or mistake is None else set(mistake.forms)
    with np.errstate(all="ignore"):
        for step in _steps(sides, mistake):
            row = found[step.place]
            if right is None or step.value in changed or not changed.isdisjoint(step.reads):
                changed.add(step.value)
                row[:] = number_of(step.form, known)
                if rounds is not None:
                    row[rounds] = written(row[None, rounds], _some(digits, rounds)).numbers[0]
            known[step.value] = Known(row)
    return found


class _Step(NamedTuple):
    place: int
    value: Ref
    form: Expr
    reads: tuple[Ref, ...]


@lru_cache(maxsize=256)  # the same few mistakes are made in exercise after exercise
def _steps(sides: Plan | RightSides, mistake: Mistake | None) -> tuple[_Step, ...]:
    """What is asked for in an order in which it can be computed, each with its right side and what that reads."""
    forms: dict[Ref, tuple[Expr, ...]] = dict(sides.forms)
    if mistake is not None:
        forms |= {value: (form,) for value, form in mistake.forms.items()}
    values = [question.value for question in sides.asked]
    return tuple(
        _Step(place, values[place], forms[values[place]][0], tuple(reads(forms[values[place]][:1])))
        for place in in_order(sides.asked, forms)
    )


def _some(digits: Asked, sheets: NDArray[np.bool_]) -> Asked:
    """The digits of some of the sheets, where each has its own."""
    decimals, figures = digits.decimals, digits.figures
    return Asked(
        decimals[:, sheets] if isinstance(decimals, np.ndarray) else decimals,
        figures[:, sheets] if isinstance(figures, np.ndarray) else figures,
    )


def written(numbers: Floats, digits: Asked) -> Sheets:
    """Numbers [question, sheet] as a person writes them with so many digits, rounded once.

    >>> sheets = written(np.array([[0.0351], [12.0]]), Asked(figures=2))
    >>> sheets.numbers[:, 0].tolist(), sheets.decimals[:, 0].tolist()
    ([0.035, 12.0], [3.0, 0.0])
    """
    usable = np.isfinite(numbers) & (numbers != 0)
    leading = np.floor(np.log10(np.abs(np.where(usable, numbers, 1.0))))
    figures = np.asarray(digits.figures, dtype=float)
    decimals = np.asarray(0 if digits.decimals is None else digits.decimals, dtype=float)
    places = np.where(figures > 0, figures - 1 - leading, decimals)
    scale = 10.0**places
    rounded = np.where(np.isfinite(numbers), np.round(numbers * scale) / scale, np.nan)
    shown = np.where(rounded == 0, 0.0, np.maximum(leading + 1 + places, 0))
    none = np.zeros(numbers.shape, dtype=bool)
    return Sheets(rounded, places * np.ones(numbers.shape), shown, none, none)
