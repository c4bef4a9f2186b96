"""How many digits of a run can be trusted: the run again, every parameter moved by one unit in the last place.

Some long runs amplify the last bit, and another processor rounds it the other way. What such a run prints beyond the
digits that survive says something about the machine and nothing about the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from tracer.run.network import Network
from tracer.run.problem import Array
from tracer.run.run import Diverged, Progress, run_network
from tracer.run.trace import Trace

MOST = 15  # as many significant figures as every float64 has


@dataclass(frozen=True)
class Figure:
    """A final value and how many significant figures of it survive; of an array the element that keeps fewest."""

    name: str
    value: float
    digits: int


@dataclass(frozen=True)
class Stability:
    """What survives of the final figures of a run of so many `steps`: loss, metrics, outputs, parameters; and how many
    figures of the loss survive in each forward pass (`losses`)."""

    steps: int
    figures: tuple[Figure, ...]
    losses: Array = field(default_factory=lambda: np.zeros(0, int), compare=False, repr=False)

    @property
    def worst(self) -> Figure:
        """The figure that keeps fewest digits, the first of several."""
        return min(self.figures, key=lambda figure: figure.digits)

    @property
    def digits(self) -> int:
        """How many significant figures all final figures keep, at most 15."""
        return self.worst.digits


def stability(trace: Trace, progress: Progress | None = None) -> Stability:
    """A run to what survives of it when every parameter begins one unit in the last place higher, and lower.

    `progress` is called with the number of steps done, of twice as many as the trace has. A run that stops being finite
    when it is moved keeps no digits.

    >>> import tracer
    >>> stability(tracer.trace("mazur")).digits >= 14
    True
    """
    final = dict(_final(trace))
    least = {name: np.full(value.shape, MOST) for name, value in final.items()}
    losses = np.full(len(_losses(trace)), MOST)
    for number, direction in enumerate((np.inf, -np.inf)):
        told = None if progress is None else _after(progress, number * trace.count)
        try:
            moved = run_network(_moved(trace.network, direction), trace.count, "loss", told)
        except Diverged:
            least = {name: np.zeros_like(digits) for name, digits in least.items()}
            losses = np.zeros_like(losses)
            break
        if moved.interrupted:
            raise KeyboardInterrupt
        for name, value in _final(moved):
            least[name] = np.minimum(least[name], agreeing(final[name], value))
        losses = np.minimum(losses, agreeing(_losses(trace), _losses(moved)))
    return Stability(trace.count, tuple(_fewest(name, final[name], least[name]) for name in final), losses)


def agreeing(value: Array, other: Array) -> Array:
    """How many significant figures two numbers share, by element: they differ by at most half a unit of the last one.

    >>> agreeing(np.array([1.2345, 0.0, 2.0]), np.array([1.2349, 0.0, -2.0])).tolist()
    [4, 15, 0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.floor(np.log10(np.abs(value)))  # the power of ten of the first figure
        shared = np.floor(first + 1 - np.log10(2 * np.abs(value - other)))
    shared = np.where(value == other, MOST, np.where(value == 0, 0, shared))
    return np.clip(shared, 0, MOST).astype(int)


def _moved(network: Network, direction: float) -> Network:
    moved = {name: np.asarray(np.nextafter(value, direction)) for name, value in network.parameters.items()}
    return replace(network, parameters=moved, memo={})


def _final(trace: Trace) -> Iterator[tuple[str, Array]]:
    """The final loss, metrics, outputs and parameters, by name."""
    step = trace.count + 1 if trace.after else trace.count
    for name in trace.network.final:
        yield name, np.asarray(trace.value(name, step))


def _losses(trace: Trace) -> Array:
    """The loss of every forward pass, the one after the last update among them."""
    output = trace.network.output
    if trace.network.shapes[output]:
        return np.zeros(0)
    last = [float(trace.after[output])] if trace.after else []
    return np.array([*trace.losses, *last])


def _fewest(name: str, value: Array, digits: Array) -> Figure:
    place = np.unravel_index(int(np.argmin(digits)), value.shape)
    address = f"{name}[{','.join(str(number + 1) for number in place)}]" if place else name
    return Figure(address, float(value[place]), int(digits[place]))


def _after(progress: Progress, steps: int) -> Progress:
    return lambda done: progress(steps + done)
