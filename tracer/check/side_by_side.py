"""Questions of one form side by side: the elements of a layer are computed alike, from other values each.

What is said of a class is said by a few dozen operations on arrays for each question, and on short arrays most of the
time goes into calling them. Two net inputs, or four gradients of weights, are one question on twice or four times as
many sheets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tracer.calculus.expression import Expr, Ref
from tracer.calculus.expression import replace as replaced
from tracer.check.digits import Digits, Known
from tracer.check.habits import Habit
from tracer.check.questions import Question
from tracer.check.ranges import nodes

Forms = Mapping[Ref, Sequence[Expr]]


class Alike(NamedTuple):
    """Questions whose right sides are the same but for the values that they read: their places, the value of each, and
    what each reads (`reads[0]` are the names in `forms` and `rare`)."""

    places: tuple[int, ...]
    values: tuple[Ref, ...]
    reads: tuple[tuple[Ref, ...], ...]
    forms: tuple[Expr, ...]
    rare: tuple[Expr, ...]


def side_by_side(questions: Sequence[Question], forms: Forms, rare: Forms, order: Sequence[int]) -> tuple[Alike, ...]:
    """Questions, in an order in which each comes after what it reads, as groups of neighbours that are alike."""
    made: list[Alike] = []
    shapes: list[object] = []
    for place in order:
        value = questions[place].value
        own, others = tuple(forms[value]), tuple(rare.get(value, ()))
        names: dict[Ref, Ref] = {}
        shape = tuple(_renamed(form, names) for form in own), tuple(_renamed(form, names) for form in others)
        reads = tuple(names)
        last = made[-1] if made else None
        if last is not None and shape == shapes[-1] and not {*reads} & {*last.values}:
            made[-1] = last._replace(
                places=(*last.places, place), values=(*last.values, value), reads=(*last.reads, reads)
            )
        else:
            made.append(Alike((place,), (value,), (reads,), own, others))
            shapes.append(shape)
    return tuple(made)


def by_form(forms: Mapping[Ref, Expr]) -> tuple[tuple[tuple[Ref, tuple[Ref, ...]], ...], ...]:
    """Values with the same right side but for what it reads, together; each with what it reads, in one order."""
    found: dict[Expr, list[tuple[Ref, tuple[Ref, ...]]]] = {}
    for value, form in forms.items():
        names: dict[Ref, Ref] = {}
        found.setdefault(_renamed(form, names), []).append((value, tuple(names)))
    return tuple(tuple(group) for group in found.values())


def _renamed(form: Expr, names: dict[Ref, Ref]) -> Expr:
    """A right side with the values that it reads numbered in the order in which they occur."""
    for part, _ in nodes(form):
        if isinstance(part, Ref):
            names.setdefault(part, Ref(f"#{len(names)}"))
    return replaced(form, names.__getitem__)


# -- several columns of arrays as one


def beside(arrays: Sequence[Any], counts: Sequence[int]) -> Any:
    """Arrays over so many sheets each, one after another; what is the same number in all of them stays one."""
    if len(arrays) == 1:
        return arrays[0]
    if not any(map(np.ndim, arrays)):
        same = all(one == arrays[0] for one in arrays)
        return arrays[0] if same else np.repeat(np.array(arrays, dtype=float), counts)
    return np.concatenate(
        [one if np.ndim(one) else np.full(count, one) for one, count in zip(arrays, counts, strict=True)]
    )


def known_beside(values: Sequence[Known], counts: Sequence[int]) -> Known:
    """What is known of a value of each question."""
    return values[0] if len(values) == 1 else Known(*(beside(one, counts) for one in zip(*values, strict=True)))


def habit_beside(habits: Sequence[Habit], counts: Sequence[int]) -> Habit:
    """How each question is answered."""
    if len(habits) == 1:
        return habits[0]
    return Habit(
        _digits_beside([one.digits for one in habits], counts),
        beside([one.unit for one in habits], counts),
        beside([one.written for one in habits], counts),
        beside([one.decimals for one in habits], counts),
        beside([one.exact for one in habits], counts),
        beside([one.few for one in habits], counts),
        _digits_beside([one.coarse for one in habits], counts),
    )


def _digits_beside(digits: Sequence[Digits], counts: Sequence[int]) -> Digits:
    if all(one is digits[0] for one in digits) and not np.ndim(digits[0].decimals) and not np.ndim(digits[0].figures):
        return digits[0]
    return Digits(beside([one.decimals for one in digits], counts), beside([one.figures for one in digits], counts))


def apart(known: Known, place: int, count: int) -> Known:
    """What is known of one of them again, where all have as many sheets."""
    here = slice(place * count, (place + 1) * count)
    return Known(*(field[here] if np.ndim(field) else field for field in known))
