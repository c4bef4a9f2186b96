"""Plain data (texts, numbers, lists, tables) with its long lists of numbers as arrays, and the arrays taken out of it.

The keys of a problem are kept so: a thousand examples take eight thousand bytes, in memory and in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

LONG = 32  # numbers
PLACE = "@"  # the only key of what stands for an array; no name begins so


def with_arrays(value: Any) -> Any:
    """The same plain data, lists of at least 32 numbers as read-only arrays (int32 where all of them are whole).

    >>> with_arrays({"inputs": [[0.5, 1.0]] * 20, "title": "a"})["inputs"].shape
    (20, 2)
    """
    if isinstance(value, Mapping):
        return {key: with_arrays(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    array = _array(value)
    return [with_arrays(item) for item in value] if array is None else array


def _array(value: list[Any]) -> Array | None:
    """A long list of numbers, or of rows of numbers, as an array; None for any other list."""
    if not value or not isinstance(value[0], int | float | list):
        return None
    try:
        array = np.array(value)
    except ValueError:  # ragged
        return None
    if array.size < LONG or array.dtype.kind not in "if":
        return None
    if array.dtype.kind == "i":
        if np.abs(array).max() >= 2**31:
            return None
        array = array.astype(np.int32)
    array.setflags(write=False)
    return array


def taken_out(value: Any, arrays: dict[str, Array]) -> Any:
    """Plain data whose arrays stand in `arrays`, by numbered names that it has in their places.

    >>> found: dict = {}
    >>> taken_out({"title": "a", "inputs": np.zeros((2, 2))}, found)
    {'title': 'a', 'inputs': {'@': 'problem/1'}}
    >>> found["problem/1"].shape
    (2, 2)
    """
    if isinstance(value, Mapping):
        return {key: taken_out(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [taken_out(item, arrays) for item in value]
    if not isinstance(value, np.ndarray):
        return value
    name = f"problem/{len(arrays) + 1}"
    arrays[name] = value
    return {PLACE: name}


def put_back(value: Any, arrays: Mapping[str, Array]) -> Any:
    """What `taken_out` took apart. Raises KeyError for an array that is missing, RecursionError for a deep one."""
    if isinstance(value, Mapping):
        if value.keys() == {PLACE} and isinstance(value[PLACE], str):
            return arrays[value[PLACE]]
        return {key: put_back(item, arrays) for key, item in value.items()}
    return [put_back(item, arrays) for item in value] if isinstance(value, list) else value
