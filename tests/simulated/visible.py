"""Whether the digits on a sheet could show a mistake at all.

For a step at which a mistake was made, with W as the number that is written there:

* "no": the right formula of the sheet's convention, at the numbers written on the sheet (or at the student's own, with
  all the digits that were carried), gives W in one of the ways the simulator has: each order of evaluation, each mode
  of rounding, rounded once at the end or after every operation. Nothing on the sheet is wrong.
* "maybe": not so, but W lies in the band of the right formula: each number read may be off by one unit in its last
  place, each operation and the result too. A right student with other digits behind the same sheet might have
  written W; a checker that must never accuse has to let it pass. The band is an outer bound (see `arithmetic.Band`).
* "yes": W lies outside the band. No right working out leads from these numbers to W.

Cells that are empty are worked out from the others by the right formula; their bands are those of their formulas.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .arithmetic import EXACT, MODES, Band, ByOperation, Digits, Pair
from .formulas import USUAL
from .nets import Step
from .sheet import MAYBE, NO, YES

UNDEFINED = (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow)


class Bands(dict[str, Pair]):
    """The numbers read, as bands: given ones as they are, written ones within a unit, empty cells by their formulas."""

    def __init__(
        self,
        paper: Mapping[str, Decimal],
        given: Mapping[str, Decimal],
        steps: Mapping[str, Step],
        digits: Mapping[str, Digits],
    ) -> None:
        super().__init__()
        self.paper, self.given, self.steps, self.digits = paper, given, steps, digits

    def __missing__(self, name: str) -> Pair:
        if name in self.given:
            made = (self.given[name], self.given[name])
        elif name in self.paper:
            band = Band(self.digits[self.steps[name].kind])
            made = band.wider((self.paper[name], self.paper[name]))
        else:
            made = self.of(self.steps[name])
        self[name] = made
        return made

    def of(self, step: Step, way: str = USUAL) -> Pair:
        """The band of a step's right formula, with its own rounding."""
        band = Band(self.digits[step.kind])
        return band.wider(step.ways[way](band, self))


class Judge:
    """Says of the steps of one sheet whether a mistake there could be seen; `steps` are those of the convention."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        order: list[Step],
        given: Mapping[str, Decimal],
        paper: Mapping[str, Decimal],
        own: Mapping[str, Decimal],
        digits: Mapping[str, Digits],
    ) -> None:
        self.steps = {step.name: step for step in steps}
        self.own, self.digits = own, digits
        self.bands = Bands(paper, given, self.steps, digits)
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
        for way in step.ways:
            try:
                low, high = self.bands.of(step, way)
            except UNDEFINED:
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
