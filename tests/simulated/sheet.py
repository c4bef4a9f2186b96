"""A sheet as it is handed in, with the truth about every number on it, and its line of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .nets import Exercise, exercise

#: a step whose digits show its mistake, whose mistake a right student with other hidden digits could have written
#: too, and one that agrees with the right formula
YES, MAYBE, NO = "yes", "maybe", "no"


@dataclass(frozen=True)
class Cell:
    """One number asked for, and how it came about."""

    name: str
    written: str | None  # as it stands on the sheet; None where the cell is empty
    number: str | None  # the same as a plain decimal number
    formula: str  # right, or the name of the mistake
    way: str  # the order of evaluation
    values: str  # what it was computed from: written, carried (more digits), unwritten (another number) or misread
    slip: str | None  # what happened when it was written down
    right: bool | None  # given the student's own values; None on a sheet that is no attempt
    visible: str | None  # None where nothing was done wrong; else yes, maybe or no

    @property
    def went_wrong(self) -> bool:
        """Whether a mistake was made here, shown by the digits or not."""
        return self.visible is not None


@dataclass(frozen=True)
class Sheet:
    """What one student hands in, and the truth."""

    id: str
    net: str
    exercise: str  # the seed of the numbers
    problem: str
    digits: dict[str, str]  # of each column, as it was asked for
    student: dict[str, Any]
    cells: tuple[Cell, ...]
    first_error: str | None  # the first step at which a mistake was made
    first_visible: str | None  # the first whose digits could show it

    @property
    def error(self) -> str:
        return str(self.student["error"])

    @property
    def causes(self) -> tuple[str, ...]:
        return tuple(self.student["causes"])

    def given(self) -> Exercise:
        """The exercise, made anew from its seed."""
        return exercise(self.net, self.exercise)

    def answers(self) -> dict[str, str]:
        """What a checker is given: the strings on the sheet, without the empty cells."""
        return {cell.name: cell.written for cell in self.cells if cell.written is not None}

    def numbers(self) -> dict[str, Decimal]:
        """The numbers on the sheet, for what does not have to read strings."""
        return {cell.name: Decimal(cell.number) for cell in self.cells if cell.number is not None}


def to_json(sheet: Sheet) -> str:
    """One line of JSON."""
    fields = {**vars(sheet), "cells": [vars(cell) for cell in sheet.cells]}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def from_json(line: str) -> Sheet:
    """The sheet of a line."""
    fields = json.loads(line)
    return Sheet(**{**fields, "cells": tuple(Cell(**cell) for cell in fields["cells"])})
