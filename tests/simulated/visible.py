"""Whether the digits on a sheet could show a mistake at all.

For a step at which a mistake was made, with W as the number that is written there:

* "no": the right formula of the sheet's convention, at the numbers written on the sheet (or at the student's own, with
  all the digits that were carried), gives W in one of the ways the simulator has: each order of evaluation, each mode
  of rounding, rounded once at the end or after every operation. Nothing on the sheet is wrong.
* "maybe": not so, but W lies in a band of the right formula, for one of the two kinds of people there are. One rounds
  on paper: the numbers read are those written, and each operation may be off by one unit in the last place. The other
  carries more digits: each number read may be off by one unit, operations by a hundredth of one, and the result by
  one unit. A right student with other digits behind the same sheet might have written W, so a checker that must never
  accuse has to let it pass. Bands are outer bounds (see `arithmetic.Band`).
* "yes": W lies outside of both. No right working out leads from these numbers to W.

Cells that are empty are worked out from the others by the right formula; their bands are those of their formulas.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from .arithmetic import EXACT, MODES, Band, ByOperation, Digits, Pair
from .formulas import USUAL
from .nets import Step
from .sheet import MAYBE, NO, YES

HUNDREDTH, UNLIMITED = Decimal("0.01"), 99
UNDEFINED = (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow)


class Bands(dict[str, Pair]):
    """The numbers read, as bands: given ones as they are, empty cells by their formulas, and written ones as they are
    (`carried` False), or within a unit."""

    def __init__(
        self,
        paper: Mapping[str, Decimal],
        given: Mapping[str, Decimal],
        steps: Mapping[str, Step],
        digits: Mapping[str, Digits],
        carried: bool,
    ) -> None:
        super().__init__()
        self.paper, self.given, self.steps, self.digits, self.carried = paper, given, steps, digits, carried
        self.finest = max(one.count if one.kind == "dp" else UNLIMITED for one in digits.values())

    def __missing__(self, name: str) -> Pair:
        if name in self.given:
            made = (self.given[name], self.given[name])
        elif name in self.paper:
            made = (self.paper[name], self.paper[name])
            if self.carried:
                made = Band(self.digits[self.steps[name].kind]).wider(made)
        else:
            found = [self.of(self.steps[name], way) for way in self.steps[name].ways]
            made = (min(low for low, _ in found), max(high for _, high in found))
        self[name] = made
        return made

    def of(self, step: Step, way: str = USUAL) -> Pair:
        """The band of a step's right formula, with its own rounding."""
        digits = self.digits[step.kind]
        if self.carried:
            return Band(digits).wider(step.ways[way](Band(digits, HUNDREDTH), self))
        sums_exact = digits.kind == "dp" and self.finest <= digits.count
        return step.ways[way](Band(digits, sums_exact=sums_exact), self)


class Judge:
    """Says of the steps of one sheet whether a mistake there could be seen; `steps` are those of the convention."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        order: tuple[Step, ...],
        given: Mapping[str, Decimal],
        paper: Mapping[str, Decimal],
        own: Mapping[str, Decimal],
        digits: Mapping[str, Digits],
    ) -> None:
        self.steps = {step.name: step for step in steps}
        self.own, self.digits = own, digits
        self.bands = [Bands(paper, given, self.steps, digits, carried) for carried in (True, False)]
        self.read: dict[str, Any] = {**given}
        for step in order:  # the sheet, its empty cells filled in
            if step.name in paper:
                self.read[step.name] = paper[step.name]
            else:
                try:
                    self.read[step.name] = step.ways[USUAL](EXACT, self.read)
                except (*UNDEFINED, KeyError):
                    continue

    def __call__(self, name: str, wrote: Decimal) -> str:
        step = self.steps[name]
        digits = self.digits[step.kind]
        if any(self._gives(step, values, digits, wrote) for values in (self.read, self.own)):
            return NO
        for way, bands in product(step.ways, self.bands):
            try:
                low, high = bands.of(step, way)
            except UNDEFINED:  # a divisor that may be zero: anything can come out
                return MAYBE
            if low <= wrote <= high:
                return MAYBE
        return YES

    @staticmethod
    def _gives(step: Step, values: Mapping[str, Decimal], digits: Digits, wrote: Decimal) -> bool:
        for formula in step.ways.values():
            try:
                exact = formula(EXACT, values)
                if any(digits.rounded(exact, mode) == wrote for mode in MODES):
                    return True
                if any(digits.rounded(formula(ByOperation(digits, mode), values), mode) == wrote for mode in MODES):
                    return True
            except (*UNDEFINED, KeyError):
                continue
        return False
