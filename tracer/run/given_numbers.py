"""Lists of numbers as a file gives them to read-only arrays, and how large they may be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tracer.errors import TracerError
from tracer.run.problem import Array
from tracer.run.wording import counted, either, shown

LARGEST_MATRIX = 10_000_000  # numbers
DEEPEST_LIST = 8

_KINDS = {
    0: "a number",
    1: "a list of numbers",
    2: "a list of rows, like [[1, 2], [3, 4]]",
    3: "a list of matrices",
}


def numbers(value: Any, where: str, what: str, ranks: tuple[int, ...]) -> Array:
    """Nested lists of finite numbers to an array of one of the `ranks`; `what` names them. Raises TracerError T105."""

    def refuse(place: tuple[int, ...], found: str, expected: str, remedy: str = "") -> TracerError:
        name = f"{what}[{','.join(map(str, place))}]" if place else what
        return TracerError("T105", where, f"{name} is {found}.", expected, remedy)

    def shape(part: Any, place: tuple[int, ...]) -> tuple[int, ...]:
        if isinstance(part, list):
            if not part:
                raise refuse(place, "empty", "Expected at least one number.")
            if len(place) == DEEPEST_LIST:
                raise refuse((), f"nested more than {DEEPEST_LIST} deep", f"Expected {expected}.")
            inner = [shape(item, (*place, number)) for number, item in enumerate(part, 1)]
            other = next((number for number, item in enumerate(inner, 1) if item != inner[0]), 0)
            if other:
                found = f"ragged: row 1 is {_size(inner[0])}, row {other} is {_size(inner[other - 1])}"
                raise refuse(place, found, "Expected rows of the same length.")
            return (len(part), *inner[0])
        if isinstance(part, bool) or not isinstance(part, int | float):
            raise refuse(place, shown(part), "Expected a number.", "Numbers stand without quotes: 0.5, -2, 1e-3.")
        if isinstance(part, int) and abs(part) > 2**53:
            raise refuse(place, shown(part), "Expected a number below 2**53.", "Write large numbers like 1.5e20.")
        if not math.isfinite(part):
            raise refuse(place, str(part), "Expected a finite number.")
        return ()

    expected = either([_KINDS[rank] for rank in ranks])
    found = shape(value.tolist() if isinstance(value, np.ndarray | np.generic) else value, ())
    if len(found) not in ranks:
        raise refuse((), _size(found), f"Expected {expected}.")
    return frozen(np.array(value, dtype=np.float64))


def frozen(array: Array) -> Array:
    """The same array, read-only."""
    array = np.ascontiguousarray(array) if array.ndim else array
    array.setflags(write=False)
    return array


def _size(shape: tuple[int, ...]) -> str:
    """A shape in words: a single number, a list of 3 numbers, a list of 2 lists of 3 numbers."""
    words = [*["list"] * (len(shape) - 1), "number"]
    counts = [counted(count, word) for count, word in zip(shape, words, strict=False)]
    return "a list of " + " of ".join(counts) if shape else "a single number"


def check_size(size: int, what: str, where: str) -> None:
    """Refuse a size that no matrix can have. Raises TracerError T104 and T402."""
    if size < 1 or size > LARGEST_MATRIX:
        code, limit = ("T104", "at least 1") if size < 1 else ("T402", f"at most {LARGEST_MATRIX:,}")
        raise TracerError(code, where, f"{what} is {shown(size)}.", f"Expected {limit}.")
