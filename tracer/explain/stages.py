"""A step told node by node, in numbered stages: inputs, each net input, outputs, deltas, gradients, update."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tracer.explain.part import MOST_UNITS, Part
from tracer.explain.pictured import address
from tracer.explain.tables import Table

if TYPE_CHECKING:
    from tracer.explain.lesson_step import StepTold


@dataclass(frozen=True)
class Stage:
    """One step of a story node by node: a title, its parts (their elements `first` to `last`), equations, the
    values of all examples, where a later stage reads them, and the address of a picture ("" for none)."""

    title: str
    parts: tuple[Part, ...]
    first: int = 0
    last: int = MOST_UNITS
    equations: tuple[str, ...] = ()
    examples: Table | None = None
    picture: str = ""


def stages(lesson: StepTold) -> tuple[Stage, ...]:
    """The step told node by node: inputs, each net input, outputs, deltas, gradients, update."""
    made = _stages(lesson)
    return tuple(replace(stage, picture=address(lesson, *_pictured(stage))) for stage in made)


def _pictured(stage: Stage) -> tuple[list[str], int]:
    """What a stage computes, and of which unit alone (0 for all)."""
    unit = stage.last if stage.last - stage.first == 1 else 0
    return [part.name for part in stage.parts], unit


def _stages(lesson: StepTold) -> list[Stage]:
    told = lesson.language.told
    made = [Stage(told("the inputs"), (), equations=lesson.given_data[:1])]
    for number in range(1, len(lesson.layers)):
        made += _layer(lesson, number)
    made[-1] = replace(made[-1], examples=lesson.example_table)
    if lesson.loss and lesson.example_table:
        made.append(Stage(told("the error"), lesson.loss))
    elif lesson.loss:
        made[-1] = replace(made[-1], parts=(*made[-1].parts, *lesson.loss))
    for part in lesson.backward:
        gathered = told("gradients of {layer}", layer=lesson.layer_title(part.layer))
        if part.base == "a" and part.exact:
            continue  # written out in the delta below it
        if lesson.one_by_one:
            first = tuple(inner for inner in part.read_first if inner.exact)  # the others are stages of their own
            made.append(Stage(part.title, (*first, part.merged if part.exact else part), examples=part.examples))
        elif part.of_parameter and made[-1].title == gathered:
            made[-1] = replace(made[-1], parts=(*made[-1].parts, part))
        elif part.of_parameter:
            made.append(Stage(gathered, (part,)))
        else:
            made.append(Stage(part.title, (*part.read_first, part.merged), examples=part.examples))
    if lesson.update:
        single = len(lesson.update) == 1 or lesson.one_by_one
        weights = all(part.base == "w" for part in lesson.update)
        title = told("all new weights") if weights else told("all new parameters")
        made.append(Stage(lesson.update[0].title if single else title, lesson.update))
    return made


def _layer(lesson: StepTold, number: int) -> list[Stage]:
    """What a layer computes; where it has few units, the net input of each is a stage."""
    parts = tuple(part for part in lesson.forward if part.layer == number)
    layer, told = lesson.layer_title(number), lesson.language.told
    first, rest = parts[0], parts[1:]
    if number < len(lesson.layers) - 1 and rest and first.base == "z" and 1 < first.size <= 3:
        places = range(1, first.size + 1)
        titles = [told("the net input of unit {unit} of {layer}", unit=place, layer=layer) for place in places]
        nodes = [Stage(title, (first,), place - 1, place) for title, place in zip(titles, places, strict=True)]
        return [*nodes, Stage(told("the outputs of {layer}", layer=layer), rest)]
    if rest and lesson.layers[number].own:
        return [Stage(told("what {layer} computes", layer=layer), parts)]
    return [Stage(told("net inputs and outputs of {layer}", layer=layer) if rest else first.title, parts)]
