"""What a number on a sheet says: how far the number that was meant can be from it, and how far a person rounds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

Array = Any  # an array over the sheets, or one number for all of them


class Known(NamedTuple):
    """A value as it stands on the sheets: its number, how far the one that was meant may be from it for those who carry
    more digits than they write (a whole unit of its last digit), with how many digits after the point it is written
    (inf where it is not), and how far it may be for those who read what is on paper (0 if it is)."""

    number: Array
    width: Array = 0.0
    decimals: Array = np.inf
    paper: Array = 0.0

    def at(self, places: Any) -> Known:
        """The same on some of the sheets."""
        number, width, decimals, paper = self
        return Known(
            number[places] if np.ndim(number) else number,
            width[places] if np.ndim(width) else width,
            decimals[places] if np.ndim(decimals) else decimals,
            paper[places] if np.ndim(paper) else paper,
        )


@lru_cache(maxsize=1024)
def decimals_in_full(value: Fraction) -> float:
    """With how many decimals a fraction can be written in full; inf for one that has no end in decimals.

    >>> decimals_in_full(Fraction(11, 10)), decimals_in_full(Fraction(3)), decimals_in_full(Fraction(1, 3))
    (1, 0, inf)
    """
    rest, decimals = value.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest = rest // 10 if rest % 10 == 0 else rest // 5 if rest % 5 == 0 else rest // 2
        decimals += 1
    return decimals if rest == 1 else np.inf


@dataclass(frozen=True, eq=False)
class Digits:
    """How far a person rounds: to so many `decimals` (inf: no matter how many), or where `figures` is not 0 to so many
    significant figures; with both, to what is coarser."""

    decimals: Array
    figures: Array = 0

    @cached_property
    def by_figures(self) -> bool:
        return bool(np.any(self.figures))

    @cached_property
    def last(self) -> Array:
        """A unit of the last decimal."""
        return 10.0 ** -np.asarray(self.decimals, dtype=float)

    def unit(self, size: Array) -> Array:
        """What a unit of the last digit is worth, in numbers of a size.

        >>> print(Digits(4).unit(0.05), Digits(np.inf, 3).unit(0.05), Digits(4, 1).unit(0.05))
        0.0001 0.0001 0.01
        """
        if not self.by_figures:
            return self.last
        leading = np.floor(np.log10(np.maximum(size, 1e-300)))
        by_figures = np.where(np.asarray(self.figures) > 0, 10.0 ** (leading - self.figures + 1), 0.0)
        return np.maximum(by_figures, self.last)

    def at(self, places: Any) -> Digits:
        """The same on some of the sheets."""
        decimals, figures = self.decimals, self.figures
        return Digits(
            decimals[places] if np.ndim(decimals) else decimals, figures[places] if np.ndim(figures) else figures
        )
