"""Every gradient of a trace against central differences of the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.run.forward_pass import forward_pass
from tracer.run.rounding import rules_of
from tracer.run.trace import Trace


@dataclass(frozen=True)
class Comparison:
    """One gradient: its largest difference from central differences, relative to its largest element (or to 1e-8)."""

    name: str
    difference: float


def gradient_check(trace: Trace, step: int | None = None, *, distance: float = 1e-5) -> tuple[Comparison, ...]:
    """The gradient of every parameter (and of every given value that has one) at a step, against
    (E(w + h) - E(w - h)) / 2h, with routing values held as they are. Gradients computed from already updated
    parameters are no derivatives and are left out, and so are all of a run that carries rounded numbers on or that
    deviates.

    >>> import tracer
    >>> max(item.difference for item in gradient_check(tracer.trace("mazur"))) < 1e-8
    True
    """
    network = trace.network
    if rules_of(network).carried() or network.declared is not None:
        return ()
    found = []
    computed = [*network.phase("forward"), *network.phase("loss")]
    held = [entry.name for entry in computed if entry.equation.routing]
    values = {name: np.array(trace.value(name, step)) for name in [*network.given, *network.parameters, *held]}
    for entry in network.phase("backward"):
        if entry.name not in network.shapes or network.entry(entry.of) is not None or not entry.exact:
            continue
        if network.roles[entry.name].kind != "gradient":
            continue
        start = values[entry.of]
        numeric = np.empty(start.shape)
        for place in np.ndindex(start.shape):
            ends = []
            for sign in (1, -1):
                moved = start.copy()
                moved[place] += sign * distance
                ends.append(float(forward_pass(network, {**values, entry.of: moved}, [network.output])[network.output]))
            numeric[place] = (ends[0] - ends[1]) / (2 * distance)
        exact = trace.value(entry.name, step)
        scale = max(float(np.max(np.abs(exact))), 1e-8)
        found.append(Comparison(entry.name, float(np.max(np.abs(exact - numeric))) / scale))
    return tuple(found)
