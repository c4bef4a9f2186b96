"""The error as a sum of the errors of single outputs."""

from __future__ import annotations

import numpy as np

from tracer.calculus.expression import Add, Ref
from tracer.explain.names import whole_number
from tracer.explain.reading import Reading
from tracer.explain.worked import aligned

MOST_PARTS = 8  # more summands than this fit on no line


def error_refs(reading: Reading) -> tuple[Ref, ...]:
    """The errors of the single outputs of all examples; () where the loss has no such parts, one, or too many."""
    shape = reading.network.shapes.get("e", ()) if "e" in reading.network.parts else ()
    if not 1 < np.prod(shape) <= MOST_PARTS or reading.network.problem.penalties:  # the weights pay something, too
        return ()
    return tuple(Ref("e", tuple(whole_number(place + 1) for place in places)) for places in np.ndindex(shape))


def error_sum(reading: Reading) -> str:
    """The error as the sum of its parts, with numbers, as TeX; "" where there are none to add up."""
    refs = error_refs(reading)
    if not refs:
        return ""
    return aligned(reading.names.symbol(Ref("E")), reading.steps(Add(refs), reading.number(Ref("E"))))
