"""What is known of a class once every answer was judged, as arrays [question, sheet]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref
from tracer.check.digits import Known
from tracer.check.habits import Habit
from tracer.check.sheets import Flags, Floats

Forms = Mapping[Ref, Sequence[Expr]]
Said = tuple[NDArray[np.int8], Flags, Floats, Floats, Floats, Flags, Flags]


class Judged(NamedTuple):
    """The verdicts [question, sheet], whether a right answer follows from a repaired value alone, the expected number
    and the range of right answers from the numbers that were followed (the number alone where the answer is exactly
    it), whether a step says anything at those numbers, and whether it earns credit; the sheets' numbers, what they say
    of each value, and how each question is answered."""

    verdicts: NDArray[np.int8]
    repaired: Flags
    expected: Floats
    low: Floats
    high: Floats
    informative: Flags
    credited: Flags
    numbers: Floats
    known: Mapping[Ref, Known]
    habits: Sequence[Habit]

    @property
    def arrays(self) -> Said:
        """What is said of each answer, from the verdicts to whether it earns credit."""
        return self[:7]

    def of(self, places: Any) -> Judged:
        """Some of the sheets."""
        return Judged(
            self.verdicts[:, places],
            self.repaired[:, places],
            self.expected[:, places],
            self.low[:, places],
            self.high[:, places],
            self.informative[:, places],
            self.credited[:, places],
            self.numbers[:, places],
            {ref: known.at(places) for ref, known in self.known.items()},
            [habit.at(places) for habit in self.habits],
        )
