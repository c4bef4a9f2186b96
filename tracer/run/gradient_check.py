"""Every gradient of a trace against central differences of the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tracer.errors import TracerError
from tracer.run.forward_pass import repeated_pass
from tracer.run.network import Entry, Network
from tracer.run.problem import Array
from tracer.run.rounding import rules_of
from tracer.run.trace import Trace

DISTANCE = 1e-5
#: relative differences below this are those of the method; which of them is the largest depends on the processor
AGREE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """One gradient: its largest `difference` from central differences, relative to its largest element (or to 1e-8),
    and the two numbers at one `place` (from 1): where they differ most, or, where all agree, at its largest element."""

    name: str
    difference: float
    place: tuple[int, ...] = ()
    gradient: float = 0.0
    central: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than the method does."""
        return self.difference < AGREE


def gradient_check(trace: Trace, step: int | None = None, *, distance: float = DISTANCE) -> tuple[Comparison, ...]:
    """The gradient of every parameter (and of every given value that has one) at a step, against
    (E(w + h) - E(w - h)) / 2h, with routing values held as they are. Gradients computed from already updated
    parameters are no derivatives and are left out, and so are all of a run that carries rounded numbers on or that
    deviates. Raises TracerError T302 where the step must be said.

    >>> import tracer
    >>> max(item.difference for item in gradient_check(tracer.trace("mazur"))) < 1e-8
    True
    """
    network = trace.network
    if not can_be_checked(network):
        return ()
    if step is None and trace.count > 1:
        expected = f"Say which one: step=1 to step={trace.count}."
        raise TracerError("T302", "gradient check", f"there are {trace.count} steps.", expected)
    computed = [*network.phase("forward"), *network.phase("loss")]
    held = [entry.name for entry in computed if entry.equation.routing]
    values = {name: np.array(trace.value(name, step)) for name in [*network.given, *network.parameters, *held]}
    error = repeated_pass(network, values, [network.output])
    found = []
    for entry in checked(network):
        start = values[entry.of]
        numeric = np.empty(start.shape)
        for place in np.ndindex(start.shape):
            ends = []
            for sign in (1, -1):
                moved = start.copy()
                moved[place] += sign * distance
                ends.append(float(error({**values, entry.of: moved})[network.output]))
            numeric[place] = (ends[0] - ends[1]) / (2 * distance)
        found.append(_compared(entry.name, np.asarray(trace.value(entry.name, step)), numeric))
    return tuple(found)


def can_be_checked(network: Network) -> bool:
    """Whether the gradients are derivatives of the error as it is computed."""
    return not rules_of(network).carried() and network.declared is None


def checked(network: Network) -> Iterator[Entry]:
    """The gradients of what is not computed itself."""
    for entry in network.phase("backward"):
        if entry.name not in network.shapes or network.entry(entry.of) is not None or not entry.exact:
            continue
        if network.roles[entry.name].kind == "gradient":
            yield entry


def _compared(name: str, exact: Array, numeric: Array) -> Comparison:
    scale = max(float(np.max(np.abs(exact))), 1e-8)
    differences = np.abs(exact - numeric) / scale
    largest = float(np.max(differences))
    # Elements of equal size may differ in their last bit: the first of them is taken.
    chosen = np.argmax(differences) if largest >= AGREE else np.argmax(np.round(np.abs(exact) / scale, 9))
    place = np.unravel_index(int(chosen), exact.shape)
    return Comparison(name, largest, tuple(int(at) + 1 for at in place), float(exact[place]), float(numeric[place]))
