"""The gradient check as a page tells it: each gradient beside the central difference of the error."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracer.calculus.expression import Ref
from tracer.explain.names import whole_number
from tracer.explain.numbers import Digits, given, printed
from tracer.explain.plain_text import plain, plain_table
from tracer.explain.reading import Reading
from tracer.explain.tables import Table
from tracer.run.gradient_check import AGREE, DISTANCE, can_be_checked, checked, gradient_check

#: lines that a page computes for the check, at most: they take about 20 microseconds each
MOST_LINES, LINE_OF_VALUES = 2500, 2000
TWO = Digits(2, significant=True)


@dataclass(frozen=True)
class GradientCheck:
    """Gradients against central differences. `distance` (TeX) is how far a parameter is moved up and down, `bound`
    (TeX) the relative difference below which two numbers agree, `agrees` whether all do. `table` has a row for each
    gradient; it is None where nothing was compared, and `why_not` says why."""

    distance: str
    bound: str
    table: Table | None
    agrees: bool
    why_not: str

    def __str__(self) -> str:
        """The same for a terminal."""
        if self.table is None:
            return self.why_not
        rows = [f"Central differences, with h = {plain(self.distance)}: (E(w + h) - E(w - h)) / 2h", ""]
        return "\n".join([*rows, *(f"  {line}" for line in plain_table(self.table))])


def gradient_told(reading: Reading, whole: bool = False) -> GradientCheck | None:
    """The check of the told step; None where there is no gradient. Only where it is quick, unless the `whole` of it is
    wanted."""
    network, decimal = reading.network, reading.notation.decimal
    if not network.phase("backward") or reading.step > reading.trace.count:
        return None
    distance, bound = given(DISTANCE).tex(decimal), given(AGREE).tex(decimal)
    why_not = _why_not(reading, whole)
    if why_not:
        return GradientCheck(distance, bound, None, False, why_not)
    found = gradient_check(reading.trace, reading.step)
    rows = []
    for item in found:
        ref = Ref(item.name, tuple(map(whole_number, item.place)))
        sign = reading.sign(item.name)
        cells = (
            reading.names.symbol(ref),
            reading.tex(ref),
            reading.marked(item.name, printed(item.central * sign, reading.digits)),
            f"< {bound}" if item.agrees else printed(item.difference, TWO).tex(decimal),
        )
        rows.append(tuple(f"${cell}$" for cell in cells))
    if not rows:
        return None
    told = reading.language.told
    header = (told("gradient"), told("by its formula"), told("central difference"), told("relative difference"))
    return GradientCheck(distance, bound, Table(header, tuple(rows)), all(item.agrees for item in found), "")


def _why_not(reading: Reading, whole: bool) -> str:
    network = reading.network
    if network.declared is not None:
        return reading.language.told(
            "The gradients of a run with a mistake are not compared with central differences: "
            "a line that was changed is no derivative."
        )
    if not can_be_checked(network):
        return reading.language.told(
            "Results are rounded on the way, so the gradients are not compared with central differences."
        )
    elements = sum(math.prod(network.shapes[entry.name]) for entry in checked(network))
    computed = [*network.phase("forward"), *network.phase("loss")]
    values = sum(math.prod(network.shapes[entry.name]) for entry in computed)
    if not whole and 2 * elements * (len(computed) + values / LINE_OF_VALUES) > MOST_LINES:
        return reading.language.told(
            "There are {number} gradients, too many to compare each with a central difference here; "
            "`tracer show PROBLEM --gradient-check` does it.",
            number=reading.language.counted(elements),
        )
    return ""
