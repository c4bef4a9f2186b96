"""Numbers as a person rounds them on paper: in decimal, to so many decimals or significant figures.

A float is first taken at 15 significant figures, which is what a calculator shows: so 0.0745 is exactly half way
between 0.074 and 0.075, and 0.231 * 0.731 is 0.168861.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np

#: the ways of rounding, by the names that problem files use
MODES: Mapping[str, str] = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "truncate": ROUND_DOWN}
CALCULATOR = Context(prec=15, rounding=ROUND_HALF_EVEN)
LONG = Context(prec=400)  # room for every float64 with 12 decimals


@dataclass(frozen=True)
class Rounding:
    """To `count` decimals, or to `count` significant figures; `mode` is a key of `MODES`."""

    count: int
    significant: bool = False
    mode: str = "half-even"


def in_decimal(value: float) -> Decimal:
    """A float as a calculator of 15 figures shows it.

    >>> in_decimal(0.1 + 0.2)
    Decimal('0.300000000000000')
    """
    return CALCULATOR.create_decimal(repr(float(value)))


def round_decimal(value: Decimal, how: Rounding) -> Decimal:
    """A decimal, rounded.

    >>> round_decimal(Decimal("0.0745"), Rounding(3)), round_decimal(Decimal("0.0745"), Rounding(3, mode="half-up"))
    (Decimal('0.074'), Decimal('0.075'))
    """
    last = value.adjusted() + 1 - how.count if how.significant else -how.count
    return value.quantize(Decimal(1).scaleb(last), MODES[how.mode], LONG)


def round_number(value: float, how: Rounding) -> float:
    """A float, rounded in decimal; what is not finite stays as it is, and nothing becomes -0.

    >>> round_number(0.231 * 0.731, Rounding(6)), round_number(-0.07489, Rounding(3, mode="truncate"))
    (0.168861, -0.074)
    """
    return float(round_decimal(in_decimal(value), how)) + 0.0 if math.isfinite(value) else float(value)


def rounded(values: Any, count: int, significant: bool, mode: str) -> Any:
    """An array (or a number), element by element; the source that runs calls this."""
    how = Rounding(count, significant, mode)
    return np.vectorize(lambda value: round_number(value, how), otypes=[float])(values)[()]
