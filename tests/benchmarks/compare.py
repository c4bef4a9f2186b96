"""Two things timed by turns (A B A B ...), and the row of the table that comes of it."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.run.trace import Trace

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Row:
    """Ours against another's. `ours` and `theirs` are the times of each pair in `unit`s; `aim` is the wanted ratio
    (`at most` it or, where `faster` is set, `at least` that many times faster)."""

    what: str
    other: str
    unit: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    aim: float
    faster: bool = False

    @property
    def ratio(self) -> float:
        """The median over the pairs of ours / theirs (theirs / ours where it is told as "times faster")."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return median(b / a if self.faster else a / b for a, b in pairs)

    @property
    def met(self) -> bool:
        """Whether the ratio is as wanted."""
        return self.ratio >= self.aim if self.faster else self.ratio <= self.aim

    def cells(self) -> list[str]:
        """The row of the table."""
        numbers = [_short(found) for times in (self.ours, self.theirs) for found in (min(times), median(times))]
        aim = f">= {self.aim:g}x" if self.faster else f"<= {self.aim:g}"
        ratio = f"{self.ratio:.1f}x" if self.faster else f"{self.ratio:.2f}"
        met = "yes" if self.met else "NO"
        return [self.what, self.other, self.unit, *numbers, str(len(self.ours)), ratio, aim, met]


HEADER = "what|against|unit|ours min|median|theirs min|median|pairs|ratio|aim|met".split("|")


def by_turns(
    pairs: int, ours: Callable[[int], float], theirs: Callable[[int], float], least: int = 0, seconds: float = 0
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The times that `ours(turn)` and `theirs(turn)` report, taken by turns; whoever calls has warmed both.

    Where `least` is given, a busy machine ends it after `seconds`, but not before so many pairs.
    """
    found: list[tuple[float, float]] = []
    start = perf_counter()
    for turn in range(pairs):
        if least and turn >= least and perf_counter() - start > seconds:
            break
        found.append((ours(turn), theirs(turn)))
    return tuple(a for a, _ in found), tuple(b for _, b in found)


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = perf_counter()
    call()
    return perf_counter() - start


def memory(what: str, call: Callable[[], Trace], aim: float = 1.05) -> Row:
    """Megabytes that a run has at its peak, beyond what was there before, against those of the arrays it keeps."""
    progress(what)
    tracemalloc.start()
    trace = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = sum(array.nbytes for segment in trace.segments for array in segment.arrays.values()) + trace.losses.nbytes
    return Row(what, "the arrays it keeps", "MB", (peak / 1e6,), (kept / 1e6,), aim)


def same_numbers(trace: Trace, found: Mapping[str, NDArray[Any]], close: float = 1e-12) -> None:
    """End the benchmark unless both computed the same: all losses, all arrays of all steps that are kept, and the
    parameters after the last step, where `found` has them (alone, or in a row more than there are steps)."""
    pairs = {"losses": (trace.losses, found["E"])}
    for name in (name for name in trace.network.carried if name in found):
        last = found[name] if found[name].ndim == len(trace.network.shapes[name]) else found[name][-1]
        if last is found[name] or len(found[name]) == trace.count + 1:
            pairs[f"final {name}"] = (trace.value(name, trace.count + 1), last)
    for segment in trace.segments:
        if missing := set(segment.arrays) ^ set(found):
            raise SystemExit(f"the loop and the trace do not keep the same arrays: {', '.join(sorted(missing))}")
        rows = np.array(segment.steps) - 1  # every loss is there, also of steps that are not kept
        pairs |= {
            name: (array, found[name][rows] if name == "E" else found[name]) for name, array in segment.arrays.items()
        }
    for name, (ours, theirs) in pairs.items():
        if not np.allclose(ours, theirs, rtol=close, atol=0 if name.startswith("final") else close):
            raise SystemExit(f"not the same computation: {name} differs by up to {np.max(np.abs(ours - theirs)):.3g}")
    same = all(np.array_equal(ours, theirs) for ours, theirs in pairs.values())
    progress(f"the same numbers in {', '.join(pairs)}" + (", bit for bit" if same else f", to {close:g}"))


def progress(text: str) -> None:
    """What is being measured now, where it does not get into the table."""
    print(f"... {text}", file=sys.stderr, flush=True)


def table(rows: list[Row]) -> str:
    """All rows under one header."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADER))]
    made = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([made[0], "-" * sum([*widths, 2 * len(widths) - 2]), *made[1:]])


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
