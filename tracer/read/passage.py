"""What a page hands over: passages of formula, of prose and of code, each with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

MOST_PASSAGES = 100_000  # what stands behind them on a page is not read


class Kind(Enum):
    """What a passage is made of."""

    TEX = "a formula in TeX"
    PROSE = "a paragraph"
    WHOLE = "a cell of a table, or code within a line: what stands there stands alone"
    ROW = "a row of a table, its cells with tabs between them"
    CODE = "lines of code, or of what it prints"


class Passage(NamedTuple):
    """One passage, and the line of the page on which it begins."""

    kind: Kind
    text: str
    line: int


@dataclass
class Found:
    """A page while it is read."""

    passages: list[Passage] = field(default_factory=list)
    formula_pictures: int = 0
    pictures: int = 0

    def add(self, kind: Kind, text: str, line: int) -> None:
        """One more passage, unless nothing stands in it."""
        if text.strip() and len(self.passages) < MOST_PASSAGES:
            self.passages.append(Passage(kind, text, line))


@dataclass(frozen=True)
class Page:
    """A page as it was read; `formula_pictures` counts the formulas that are pictures, `pictures` all others."""

    source: str
    passages: tuple[Passage, ...]
    formula_pictures: int = 0
    pictures: int = 0
