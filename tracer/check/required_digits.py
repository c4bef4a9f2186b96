"""How many digits a sheet has to ask for, so that mistakes show in what it asks for and are told from each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tracer.check.checking import Plan
from tracer.check.habits import Asked
from tracer.check.telling import DECIMALS, ENOUGH, FIGURES, IDEAL, Telling, telling

#: for a sheet on which there is no mistake to tell from another
USUAL = Asked(4)


class Lost(NamedTuple):
    """What is lost with some number of digits: the mistakes that are not seen, or in too few answers; those that are
    seen and not told from others, though they could be; and the answers that would read as zero."""

    digits: Asked
    unseen: tuple[str, ...]
    untold: tuple[str, ...]
    zeros: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether so many digits show all that any would."""
        return not (self.unseen or self.untold or self.zeros)


def told_by_digits(plan: Plan, more: Asked | None = None) -> Telling:
    """What is seen with 2 to 6 decimals and figures, with `more`, and (last) with more digits than anybody writes."""
    levels = dict.fromkeys((*DECIMALS, *FIGURES))
    if more is not None:
        levels.setdefault(more)
    return telling(plan, (*levels, IDEAL))


def lost(plan: Plan, found: Telling) -> tuple[Lost, ...]:
    """What each of those digits loses."""
    names = [one.record.name for one in found.mistakes]
    best, ideal = found.wrong[-1, :, 0], found.named[-1, :, 0]
    made = []
    for place, asked in enumerate(found.digits[:-1]):
        wrong, named = found.wrong[place, :, 0], found.named[place, :, 0]
        unseen = wrong < np.minimum(best, ENOUGH)
        untold = [not gone and one != other for gone, one, other in zip(unseen, named, ideal, strict=True)]
        made.append(
            Lost(
                asked,
                tuple(name for name, gone in zip(names, unseen, strict=True) if gone),
                tuple(name for name, gone in zip(names, untold, strict=True) if gone),
                _zeros(plan, found, asked),
            )
        )
    return tuple(made)


def _zeros(plan: Plan, found: Telling, asked: Asked) -> tuple[str, ...]:
    """The answers that are not zero, and would be written as zero."""
    if asked.figures:
        return ()
    sizes = np.abs(found.right[:, 0])
    hidden = (sizes > 10.0 ** -float(IDEAL.decimals or 0)) & (sizes < 0.5 * 10.0 ** -float(asked.decimals or 0))
    return tuple(one.address for one, gone in zip(plan.asked, hidden, strict=True) if gone)


def required(plan: Plan, losses: tuple[Lost, ...]) -> Asked:
    """The fewest decimals (2 to 6) with which nothing is lost, or else significant figures, or else what loses least.

    >>> required(None, (Lost(Asked(2), ("update-adds",), (), ()), Lost(Asked(3), (), (), ())))
    Asked(decimals=3, figures=0)
    """
    if plan is not None and not plan.mistakes:
        return next((one.digits for one in losses if one.nothing and (one.digits.decimals or 9) >= 4), USUAL)
    known = [one for one in losses if one.digits in (*DECIMALS, *FIGURES)]
    best = next((one for one in known if one.nothing), None)
    return (best or min(known, key=lambda one: len(one.unseen) + len(one.untold) + len(one.zeros))).digits
