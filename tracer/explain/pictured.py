"""The addresses of pictures that stories put at their steps; what they mean is told in `tracer.publish.pictures`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.calculus.expression import Ref
from tracer.explain.moment import START
from tracer.explain.names import canonical
from tracer.run.network import Entry, Network

if TYPE_CHECKING:
    from tracer.explain.lesson_problem import ProblemTold


def address(lesson: ProblemTold, names: Sequence[str], unit: int = 0) -> str:
    """The picture of a step that computes these names (of one unit alone); that of the start where it computes none.

    "" where the network is too wide for a picture at every step, but for its first one.
    """
    if lesson.bare or (names and not lesson.pictured):
        return ""
    return "trace:diagram/" + ("+".join(names) or START) + (f"/{unit}" if unit else "")


def ways_of(lesson: ProblemTold, network: Network, ref: Ref) -> str:
    """The picture of the ways of a weight to the error; "" for a parameter that is no weight of a layer's own."""
    role = network.roles[ref.name]
    if not lesson.pictured or lesson.layers[role.layer].own or "E" not in network.shapes or not ref.indices:
        return ""
    return f"trace:ways/layer{role.layer}.{canonical(ref, network).replace(ref.name, role.base, 1)}"


def finished(lesson: ProblemTold, network: Network, entry: Entry) -> str:
    """The picture of a layer that is finished with this line of the schedule; "" where it is not."""
    if lesson.bare or entry.phase not in ("forward", "backward"):
        return ""
    layer = network.roles[entry.name].layer
    same = [other.name for other in network.phase(entry.phase) if network.roles[other.name].layer == layer]
    return address(lesson, same) if layer and same[-1] == entry.name else ""
