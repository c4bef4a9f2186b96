"""Links that last: what works out an element is a link target with the canonical name of that element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from markdown_it.token import Token

from tracer.explain.lesson import Lesson
from tracer.publish.story import normalized_tex


def anchored(tokens: Sequence[Token], lesson: Lesson) -> None:
    """Every display that works out an element becomes a link target with the canonical name of that element, whoever
    told the story: `delta2-1`, `w1-new-2-1`; after the update `z1-1-again`. The first of several has it."""
    if all(token.type != "math_block" for token in tokens):
        return
    names = _anchors(lesson)
    free = set(names.values()) - {label_of(token) for token in tokens}
    for token in tokens:
        if token.type == "math_block" and (name := names.get(token.content, "")) in free:
            token.type, token.info = "math_block_label", name
            free.discard(name)


def _anchors(lesson: Lesson) -> Mapping[str, str]:
    """The formulas that work out an element, each with the canonical name of that element."""
    found: dict[str, str] = {}
    for part in chain(lesson.forward, lesson.loss, lesson.backward, lesson.all_updates, lesson.again):
        for unit in chain(part.units, part.merged.units):
            for tex in (unit.tex, unit.short):
                found.setdefault(normalized_tex(tex), unit.anchor)
    return found


def label_of(token: Token) -> str:
    """The label of a display or the anchor of a heading; "" for none."""
    if token.type == "math_block_label":
        return token.info
    return str(token.attrs.get("id", "")) if token.type == "heading_open" else ""
