"""Sheets that are alike in every answer: a class to one sheet of each kind, and which kind each of its sheets is.

With four decimals there are few ways to write a right answer, and a common mistake gives the same numbers on many
sheets. What is the same to the last digit is checked once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.check.habits import Asked
from tracer.check.sheets import Sheets

Places = NDArray[np.intp]


def alike(sheets: Sheets, asked: Asked) -> tuple[Places, Places]:
    """The places of one sheet of each kind, and for each sheet the place of its kind among them.

    >>> flags = np.zeros((1, 3), dtype=bool)
    >>> class_ = Sheets(np.array([[0.5, 0.25, 0.5]]), *np.array([[[2.0, 2.0, 2.0]]] * 2), flags, flags)
    >>> [places.tolist() for places in alike(class_, Asked(2))]
    [[0, 1], [0, 1, 0]]
    """
    # how many digits there are, float32 tells as well
    columns: list[NDArray[Any]] = [sheets.numbers, *(one.astype(np.float32) for one in sheets[1:3]), *sheets[3:]]
    columns += [one.astype(np.float32) for one in (asked.decimals, asked.figures) if isinstance(one, np.ndarray)]
    count = sheets.numbers.shape[1]
    parts = [np.ascontiguousarray(one.T).view(np.uint8).reshape(count, -1) for one in columns]
    rows = np.concatenate(parts, axis=1)
    kinds: dict[bytes, int] = {}
    kind = np.array([kinds.setdefault(row.tobytes(), len(kinds)) for row in rows], dtype=np.intp)
    first: Places = np.unique(kind, return_index=True)[1]
    return first, kind
