"""What the colours and strokes of a network picture mean, in a line below it: only of those that occur in it."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.explain.diagram_content import Content
from tracer.explain.drawing import Label, Stroke, rounded
from tracer.explain.drawn_text import Text, words
from tracer.explain.language import ENGLISH, Language, sentence
from tracer.explain.moment import Moment

SIZE, LINE, SAMPLE = 11.0, 17.0, 26.0
_STEP = {
    "forward": sentence("this step: forward"),
    "backward": sentence("this step: backward"),
    "update": sentence("this step: update"),
}


@dataclass(frozen=True)
class Legend:
    """The samples and words of a legend, and how high it is."""

    height: float
    strokes: tuple[Stroke, ...]
    labels: tuple[Label, ...]


def legend(
    what: Content,
    now: Moment,
    top: float,
    left: float,
    right: float,
    way: Text | None = None,
    language: Language = ENGLISH,
    example: int = 0,
) -> Legend:
    """The legend of a picture, below `top`, between `left` and `right`; `example` is the one of several whose numbers
    the units have."""
    told = language.told
    on_edges = {line.role for edges in what.edges for edge in edges for line in edge.lines if line.shown}
    shown = on_edges | {line.role for column in what.columns for node in column for line in node.below if line.shown}
    items: list[tuple[str, bool, Text]] = []  # "" is a note without a sample
    if way is not None:
        items.append(("backward", True, way))
    elif now.phase:
        items.append((now.phase, True, words(told(_STEP[now.phase]))))
    if "backward" in shown:
        sign = " (∂)" if "backward" in on_edges else ""
        items.append(("backward", False, words(told("gradient of the error") + sign)))
    if "update" in shown:
        items.append(("update", False, words(told("new value") + (" (→)" if "update" in on_edges else ""))))
    if example and on_edges & {"backward", "update"}:
        items.append(("", False, words(told("units: example {example}; edges: all examples", example=example))))
    elif example:
        items.append(("", False, words(told("units: example {example}", example=example))))
    strokes, labels = [], []
    x, y = left, top + LINE
    for role, current, says in items:
        sample = SAMPLE + 8 if role else 0
        width = sample + says.width(SIZE)
        if x > left and x + width > right - left:
            x, y = left, y + LINE
        if role:
            ends = ((rounded(x), rounded(y - 4)), (rounded(x + SAMPLE), rounded(y - 4)))
            strokes.append(Stroke(ends, False, role, current))
        labels.append(Label(rounded(x + sample), rounded(y), says, SIZE, "start", "note"))
        x += width + 22
    return Legend(y - top + 16 if items else 8, tuple(strokes), tuple(labels))
