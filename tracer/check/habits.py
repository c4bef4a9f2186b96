"""How many digits each sheet writes, column by column: what was asked for, and what stands there.

A column is the values of one name in all layers (all net inputs, all gradients of weights). A value on its own says
little: 0.5 may be 0.5000 with its zeros left out. So the digits of a value are those of its column, and a column says
by its values whether it keeps decimals or significant figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tracer.check.digits import Array, Digits
from tracer.check.questions import Question
from tracer.check.sheets import Flags, Floats, Sheets

#: by so many values more must one way of counting digits fit a column, before the other is ruled out
SURE = 3
#: decimals and figures that everybody works with, however short an answer is: 0.6 is no reason to round e^-z to 0.7
LEAST = 2


@dataclass(frozen=True)
class Asked:
    """How many digits the sheet asks for: `decimals`, or `figures` where that is not 0; None and 0 for as many as the
    student writes. Where columns or students differ, arrays [question, sheet]."""

    decimals: Array | None = None
    figures: Array = 0

    @property
    def free(self) -> bool:
        """Whether nothing is asked for."""
        return self.decimals is None and not np.any(self.figures)

    def of(self, places: Any) -> Asked:
        """The same for some of the sheets."""
        decimals, figures = self.decimals, self.figures
        return Asked(
            decimals[:, places] if isinstance(decimals, np.ndarray) else decimals,
            figures[:, places] if isinstance(figures, np.ndarray) else figures,
        )


class Habit(NamedTuple):
    """How one question is answered on each sheet: the digits that operations are rounded to; the unit of the answer if
    zeros at its end were left out, and the unit of the digits that are there; its decimals; whether it is exact. Where
    a column has fewer digits than were asked for (`few`), its operations may be rounded to `coarse` ones."""

    digits: Digits
    unit: Floats
    written: Floats
    decimals: Floats
    exact: Flags
    few: Flags
    coarse: Digits

    def at(self, places: Any) -> Habit:
        """The same on some of the sheets."""
        return Habit(
            self.digits.at(places),
            self.unit[places],
            self.written[places],
            self.decimals[places],
            self.exact[places],
            self.few[places],
            self.coarse.at(places),
        )


def habits_of(questions: Sequence[Question], sheets: Sheets, asked: Asked) -> list[Habit]:
    """How each question is answered, from what is asked for and what stands in its column."""
    columns: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        columns.setdefault(re.sub("[0-9]+", "", question.name), []).append(place)
    with np.errstate(all="ignore"):
        #: numbers that say how many digits there are: not 1/3, and not a bare 0
        says = ~np.isnan(sheets.numbers) & ~sheets.exact & ((sheets.numbers != 0) | (sheets.decimals > 0))
        finest = np.where(says, sheets.decimals, -np.inf).max(axis=0, initial=-np.inf)
        habits: dict[int, Habit] = {}
        for places in columns.values():
            column = _of_column(sheets, places, says[places], finest)
            for place in places:
                habits[place] = _habit(sheets, place, asked, column)
    return [habits[place] for place in range(len(questions))]


class _Column(NamedTuple):
    """The most decimals and figures of a column, and the digits it is worked with: decimals are inf where it keeps
    figures, figures 0 where it keeps decimals; what cannot be told is both."""

    decimals: Floats
    figures: Floats
    digits: Digits


def _of_column(sheets: Sheets, places: list[int], says: Flags, finest: Floats) -> _Column:
    decimals = np.where(says, sheets.decimals[places], -np.inf)
    figures = np.where(says, sheets.figures[places], 0)
    most, most_figures = decimals.max(axis=0), figures.max(axis=0)
    fit, fit_figures = (decimals == most).sum(axis=0), (figures == most_figures).sum(axis=0)
    empty = ~says.any(axis=0)
    most = np.where(empty, np.where(np.isfinite(finest), finest, 0), most)
    keeps_decimals = empty | (most_figures == 0) | (fit >= fit_figures + SURE)
    keeps_figures = fit_figures >= fit + SURE
    digits = Digits(
        np.where(keeps_figures, np.inf, np.maximum(most, LEAST)),
        np.where(keeps_decimals, 0, np.maximum(most_figures, LEAST)),
    )
    return _Column(most, most_figures, digits)


def _habit(sheets: Sheets, place: int, asked: Asked, column: _Column) -> Habit:
    number, decimals, exact = sheets.numbers[place], sheets.decimals[place], sheets.exact[place]
    own = 10.0**-decimals
    digits, few = column.digits, np.zeros(number.shape, dtype=bool)
    if not asked.free:
        wanted, wanted_figures = (_row(one, place, number.shape) for one in (asked.decimals, asked.figures))
        by_figures = wanted_figures > 0
        digits = Digits(np.where(by_figures, np.inf, wanted), wanted_figures)
        few = np.where(by_figures, column.figures < wanted_figures, column.decimals < wanted)
    # of a number at whose end zeros were left out, one unit of the column; of one with more digits, its own
    unit = np.minimum(digits.unit(np.abs(number)), own)
    if digits.by_figures:  # to any number of figures nothing but zero itself is zero
        unit = np.where((number == 0) & np.isinf(digits.decimals), 0.0, unit)
    return Habit(
        digits, unit, np.where((number == 0) & (decimals <= 0), unit, own), decimals, exact, few, column.digits
    )


def _row(asked: Array | None, place: int, shape: tuple[int, ...]) -> Floats:
    found = np.asarray(0 if asked is None else asked, dtype=float)
    return np.broadcast_to(found[place] if found.ndim == 2 else found, shape)
