"""Figures that a run with a named mistake prints, where no step by step account of them is on the page.

Who trains a thousand steps prints the last error, and nothing that it was computed from. Then the whole run is made
again with each mistake, and in the other order of updating, and it is seen whose figures these are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from tracer.check.mistakes import deviated
from tracer.errors import TracerError
from tracer.run.building import build
from tracer.run.deviations import DEVIATIONS, with_deviations
from tracer.run.network import Network
from tracer.run.problem import Problem
from tracer.run.run import run, run_network
from tracer.run.trace import Trace

#: printed figures hold no longer than the given numbers do, which are often rounded themselves: as a share of a figure
HELD = 1e-7
MOST_STEPS = 100_000  # of one run that is made again with each mistake


@dataclass(frozen=True)
class Explained:
    """A way of running, `""` for the problem's own, and the addresses of the figures that are what it gives."""

    name: str
    addresses: tuple[str, ...]


def whole_runs(problem: Problem, figures: Mapping[str, str], names: Iterable[str] = ()) -> list[Explained]:
    """Printed figures by address (201:E) into the ways of running that give most of them, the best first: the problem
    as it is, and with each deviation (or those with `names` alone), the other order of updating among them.

    >>> from tracer.run.loading import load
    >>> whole_runs(load("mazur"), {"2:E": "0.291027924"}, ["one-by-one"])[0].name
    'one-by-one'
    """
    steps = max((_step(address) for address in figures), default=1)
    if steps > MOST_STEPS:
        return []
    keep = sorted({_step(address) for address in figures})
    found = []
    network = build(problem)
    for name in ("", *(names or DEVIATIONS)):
        try:
            trace = run_network(_with(name, network), steps, keep)
        except TracerError:  # it does not apply here, or does not stay finite
            continue
        given = tuple(address for address, printed in figures.items() if agrees(value_at(trace, address), printed))
        if given:
            found.append(Explained(name, given))
    return sorted(found, key=lambda one: -len(one.addresses))


def _with(name: str, network: Network) -> Network:
    """A network with the deviation of a name, "" for none. Raises TracerError T108 where it changes nothing."""
    if not name:
        return network
    if name in DEVIATIONS:
        return deviated(network, DEVIATIONS[name])
    return build(with_deviations(network.problem, [name]))


def own_run(problem: Problem, steps: int, keep: Iterable[int] | None = None) -> Trace:
    """The run that a page is compared with, without deviations that the problem itself may have."""
    return run(replace(problem, deviations=()), steps=steps, keep=keep or range(1, steps + 1))


def value_at(trace: Trace, address: str) -> float:
    """The number at an address; nan where there is none."""
    try:
        return float(trace[address])
    except (TracerError, TypeError, ValueError):
        return math.nan


def agrees(value: float, printed: str) -> bool:
    """Whether a printed number is a value, rounded to its digits or cut off after them, as far as figures hold.

    >>> agrees(0.0748, "0.075"), agrees(0.0748, "0.074"), agrees(0.0748, "0.076")
    (True, True, False)
    """
    if not math.isfinite(value):
        return False
    number = Fraction(printed)
    unit = Fraction(1, 10 ** len(printed.partition(".")[2]))
    off = abs(Fraction(value) - number)
    if off <= unit / 2 or off <= Fraction(HELD) * abs(number):
        return True
    return off < unit and abs(number) < abs(Fraction(value))


def _step(address: str) -> int:
    first = address.partition(":")[0]
    return int(first) if first.isdigit() else 1
