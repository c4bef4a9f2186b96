"""Printed formula lines, warm, against handcalcs on the same kind of line.

handcalcs prints `net_h1 = symbols = numbers = result`; we print that and the terms evaluated, with relations that are
checked. No cache of finished lines can answer: each training step is printed once, and its numbers are its own.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from itertools import chain
from time import perf_counter

from compare import Row, by_turns, progress

from tracer.explain.lesson import Lesson, lesson
from tracer.explain.part import Part
from tracer.run.run import run
from tracer.run.trace import Trace

PAIRS = 25
STEPS = 10  # training steps printed in one turn; every step of the run is used once
NET_INPUTS = ("z1", "z2")
RELATION = re.compile(r"=|\\approx")
CELL = """net_h1 = w_1*i_1 + w_2*i_2 + b_1
net_h2 = w_3*i_1 + w_4*i_2 + b_1
net_o1 = w_5*out_h1 + w_6*out_h2 + b_2
net_o2 = w_7*out_h1 + w_8*out_h2 + b_2
"""
NAMES = "i_1 i_2 b_1 b_2 w_1 w_2 w_3 w_4 w_5 w_6 w_7 w_8 out_h1 out_h2 net_h1 net_h2 net_o1 net_o2"
#: names as this cell writes them -> canonical addresses (weights are numbered by receiving unit)
ADDRESSES = dict(
    zip(
        NAMES.split(),
        "x[1,1] x[1,2] b1 b2 w1[1,1] w1[2,1] w1[1,2] w1[2,2] w2[1,1] w2[2,1] w2[1,2] w2[2,2] "
        "a1[1,1] a1[1,2] z1[1,1] z1[1,2] z2[1,1] z2[1,2]".split(),
        strict=True,
    )
)


def rows() -> list[Row]:
    """Microseconds a line: net inputs alone (the same kind), all elements of a step, whole lessons; by relation too."""
    if importlib.util.find_spec("handcalcs") is None:
        progress("printed lines: left out, handcalcs is not installed (python -m pip install handcalcs==1.11)")
        return []
    progress("printed lines")
    trace = run("mazur", steps=PAIRS * STEPS + STEPS)
    found = [_kind(trace, "net inputs", NET_INPUTS, False), _kind(trace, "all of a step", (), False)]
    return [*chain.from_iterable(found), _kind(trace, "all of a step + its lesson()", (), True)[0]]


def _kind(trace: Trace, what: str, names: tuple[str, ...], whole: bool) -> tuple[Row, Row]:
    """The row by element, and the row by relation. `whole` times the making of the lesson too."""
    elements, relations = _count(_parts(lesson(trace, step=trace.count), names))
    theirs_relations = len(RELATION.findall(_handcalcs(trace, trace.count)[1])) / len(CELL.splitlines())

    def ours(turn: int) -> float:
        steps = _steps(trace, turn)
        made = [] if whole else [lesson(trace, step=step) for step in steps]
        start = perf_counter()
        for told in (lesson(trace, step=step) for step in steps) if whole else made:
            for part in _parts(told, names):
                _ = part.units
        return (perf_counter() - start) * 1e6 / (STEPS * elements)

    def theirs(turn: int) -> float:
        return _handcalcs(trace, _steps(trace, turn)[0])[0] * 1e6 / len(CELL.splitlines())

    ours(-1)
    theirs(-1)
    a, b = by_turns(PAIRS, ours, theirs)
    by_element = Row(f"printed line, {what}", "handcalcs line", "us/element", a, b, 100, True)
    share = tuple(time * elements / relations for time in a)
    by_relation = Row(
        f"  by relation ({relations / elements:.1f} each)",
        f"  by relation ({theirs_relations:.0f} each)",
        "us/relation",
        share,
        tuple(time / theirs_relations for time in b),
        100,
        True,
    )
    return by_element, by_relation


def _steps(trace: Trace, turn: int) -> range:
    """The training steps of a turn; those of the warming turn -1 are the last of the run."""
    first = turn * STEPS + 1 if turn >= 0 else trace.count - STEPS + 1
    return range(first, first + STEPS)


def _parts(told: Lesson, names: tuple[str, ...]) -> Iterator[Part]:
    parts = chain(told.forward, told.loss, told.backward, told.update)
    return (part for part in parts if not names or part.name in names)


def _count(parts: Iterator[Part]) -> tuple[int, int]:
    """Elements, and relations in their chains (in what is printed: `=` and `approx` outside of symbols)."""
    lines = [unit.tex for part in parts for unit in part.units]
    return len(lines), sum(len(RELATION.findall(line)) for line in lines)


def _handcalcs(trace: Trace, step: int) -> tuple[float, str]:
    """Seconds for the cell at the values of one step, and its TeX."""
    from handcalcs.handcalcs import LatexRenderer

    values = {name: float(trace[f"{step}:{address}"]) for name, address in ADDRESSES.items()}
    start = perf_counter()
    text = LatexRenderer(CELL, values, {"override": "", "precision": 9, "sci_not": None}).render()
    return perf_counter() - start, str(text)
