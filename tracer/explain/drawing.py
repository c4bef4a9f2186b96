"""The record of a picture: boxes, lines and labels at their places, in pixels from the upper left corner.

A picture is laid out once; the templates in `templates/diagram/` only print what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracer.explain.drawn_text import BOLD, Text

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle with its upper left corner; `corner` is the radius of its corners. `role` is what it is: value,
    forward, backward, update, note; `current` whether this step computes it, `pale` whether it is not the subject."""

    x: float
    y: float
    width: float
    height: float
    corner: float = 0
    role: str = "value"
    current: bool = False
    pale: bool = False


@dataclass(frozen=True)
class Stroke:
    """A line through points: straight pieces, or, where it is `curved`, each further three points are a Bezier
    curve's two handles and its end."""

    points: tuple[Point, ...]
    curved: bool = False
    role: str = "value"
    current: bool = False
    pale: bool = False


@dataclass(frozen=True)
class Label:
    """A line of text: `x` is its `start`, `middle` or `end`, and `y` the line it stands on."""

    x: float
    y: float
    text: Text
    size: float
    anchor: str = "middle"
    role: str = "value"
    current: bool = False
    pale: bool = False

    @property
    def width(self) -> float:
        """How wide it is at most."""
        return self.text.width(self.size) * (BOLD if self.current else 1)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, at most."""
        left = self.x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]
        low = max((-run.rise * self.size for run in self.text.runs), default=0.0)
        return left, self.y - 0.95 * self.size, left + self.width, self.y + 0.24 * self.size + max(low, 0) * 0.8


@dataclass(frozen=True)
class Drawing:
    """A picture: its size, what it is (`name` as part of a file's name, `title`, `description`), and what is drawn, in
    this order."""

    name: str
    title: str
    description: str
    width: float
    height: float
    strokes: tuple[Stroke, ...]
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]


def rounded(value: float) -> float:
    """A place as it is printed: to a tenth of a pixel, and never minus zero."""
    return round(value * 10) / 10 + 0.0
