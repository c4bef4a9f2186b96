"""How many digits of a long run are worth printing: those that survive when its parameters begin one bit away."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tracer.explain.language import ENGLISH, Language
from tracer.explain.numbers import Digits
from tracer.run.run import run_network
from tracer.run.stability import Stability, stability
from tracer.run.trace import Trace

LONG = 1000  # up to here the digits of a page are not in question
#: lines that the two other runs may compute: below about a second of them, at 1.6 microseconds a line
MOST_LINES, LINE_OF_VALUES = 600_000, 500
PRINTED = 12  # no number is printed with more significant figures


@dataclass(frozen=True)
class LongRun:
    """What of a run that lasted so many `steps` may be printed: `figures` significant ones, None where that was not
    measured because it would take too long."""

    steps: int
    figures: int | None

    def limited(self, digits: Digits) -> Digits:
        """The digits that are asked for, without those that do not survive; where none does there is nothing to choose
        from, and they stay."""
        return replace(digits, most=self.figures) if self.figures and self.figures < PRINTED else digits

    @property
    def says(self) -> str:
        """The same in English (see `told`)."""
        return self.told(ENGLISH)

    def told(self, language: Language) -> str:
        """What a reader should know about the numbers that come after these steps, in sentences of story Markdown; ""
        where every digit survives."""
        steps = language.counted(self.steps)
        if self.figures is None:
            return language.told(
                "{steps} steps lie before it. Whether other machines print the same digits was not measured; "
                "`tracer run PROBLEM --stability` does it.",
                steps=steps,
            )
        if self.figures >= PRINTED:
            return ""
        if not self.figures:
            return language.told(
                "{steps} steps lie before it, and no digit survives them when every parameter begins one unit in the "
                "last place higher or lower (`tracer run PROBLEM --stability`). Another machine prints other numbers: "
                "what follows holds for the run that wrote this page alone.",
                steps=steps,
            )
        if self.figures == 1:
            return language.told(
                "{steps} steps lie before it, and 1 significant figure survives them when every parameter begins one "
                "unit in the last place higher or lower (`tracer run PROBLEM --stability`). So no number that follows "
                "has more.",
                steps=steps,
            )
        return language.told(
            "{steps} steps lie before it, and {figures} significant figures survive them when every parameter begins "
            "one unit in the last place higher or lower (`tracer run PROBLEM --stability`). So no number that follows "
            "has more.",
            steps=steps,
            figures=self.figures,
        )


def before(trace: Trace, step: int) -> LongRun | None:
    """What of a step late in a run may be printed; None where it is not late."""
    if step - 1 < LONG:
        return None
    if not _is_quick(trace, 3 * (step - 1)):
        return LongRun(step - 1, None)
    kept = trace.network.memo.setdefault("what survives before", {})  # asked for by every lesson of the step
    if step not in kept:
        kept[step] = stability(run_network(trace.network, step - 1, "loss")).digits
    return LongRun(step - 1, kept[step])


def of_errors(trace: Trace) -> Stability | None:
    """How many figures of each error of a long run survive; None where it is short, or too long to be measured."""
    long = trace.count >= LONG and not trace.network.shapes[trace.network.output]
    return stability(trace) if long and _is_quick(trace, 2 * trace.count) else None


def about_errors(trace: Trace, found: Stability | None, language: Language = ENGLISH) -> str:
    """What a table of errors should say about their digits; "" where the run is short, or every digit survives."""
    if trace.count < LONG:
        return ""
    if found is None:
        return language.told(
            "Whether other machines print the same digits of so long a run was not measured; "
            "`tracer run PROBLEM --stability` does it."
        )
    fewest = int(found.losses.min())
    if fewest >= PRINTED:
        return ""
    if fewest:
        return language.told(
            "An error has only the digits that survive when every parameter begins one unit in the last place higher "
            "or lower (`tracer run PROBLEM --stability`)."
        )
    return language.told(
        "An error has only the digits that survive when every parameter begins one unit in the last place higher or "
        "lower (`tracer run PROBLEM --stability`); where there is a dash, none does."
    )


def _is_quick(trace: Trace, steps: int) -> bool:
    network = trace.network
    values = sum(math.prod(network.shapes[entry.name]) for entry in network.schedule)
    return steps * (len(network.schedule) + values / LINE_OF_VALUES) <= MOST_LINES
