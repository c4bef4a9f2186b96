"""A step told node by node, in numbered stages: inputs, each net input, outputs, deltas, gradients, update."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tracer.explain.part import MOST_UNITS, Part

if TYPE_CHECKING:
    from tracer.explain.lesson import Lesson


@dataclass(frozen=True)
class Stage:
    """One step of a story node by node: a title, its parts (their elements `first` to `last`), and equations."""

    title: str
    parts: tuple[Part, ...]
    first: int = 0
    last: int = MOST_UNITS
    equations: tuple[str, ...] = ()


def stages(lesson: Lesson) -> tuple[Stage, ...]:
    """The step told node by node: inputs, each net input, outputs, deltas, gradients, update."""
    top = len(lesson.layers) - 1
    made = [Stage("the inputs", (), equations=lesson.given_data[:1])]
    for number in range(1, top + 1):
        parts = [part for part in lesson.forward if part.layer == number]
        first, rest = parts[0], tuple(parts[1:])
        if number < top and rest and first.base == "z" and 1 < first.size <= 3:
            made += [
                Stage(f"the net input of unit {place} of {lesson.layer_title(number)}", (first,), place - 1, place)
                for place in range(1, first.size + 1)
            ]
            made.append(Stage(f"the outputs of {lesson.layer_title(number)}", rest))
        else:
            title = f"net inputs and outputs of {lesson.layer_title(number)}" if rest else first.title
            made.append(Stage(title, tuple(parts)))
    if lesson.loss:
        made[-1] = replace(made[-1], parts=(*made[-1].parts, *lesson.loss))
    for part in lesson.backward:
        if part.kind == "new":
            made.append(Stage(part.title, (part,)))
        elif (
            part.base in ("w", "b")
            and made[-1].title.startswith("gradients")
            and made[-1].parts[-1].layer == part.layer
        ):
            made[-1] = replace(made[-1], parts=(*made[-1].parts, part))
        elif part.base in ("w", "b"):
            made.append(Stage(f"gradients of {lesson.layer_title(part.layer)}", (part,)))
        elif part.base != "a" or not part.exact:
            made.append(Stage(part.title, (*part.read_first, part.merged if part.exact else part)))
    if lesson.update:
        made.append(Stage("all new weights", lesson.update))
    return tuple(made)
