"""The fixed-tolerance rules of others, on the same sheets: the rules at their defaults, not the products.

A *key* rule compares with the value worked out in full; a *follow-through* rule with the right formula at the numbers
on the student's own sheet (empty cells are worked out from the others). Numbers are taken as read, so that no rule
fails by a comma. Credit is the share of steps called right. None of them names a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from .arithmetic import EXACT, FULL, Digits
from .formulas import USUAL, Plan
from .measure import Verdict
from .nets import Exercise, by_hand, exercise, label_of, program
from .sheet import YES, Sheet
from .simulate import BY_ROW, by_row
from .student import FORMATS, worked_in_full
from .visible import UNDEFINED, Judge

Near = Callable[[Decimal, Decimal, Digits], bool]  # expected, found, digits of the column


def relative(share: str, least: str = "1e-8") -> Near:
    """Within a share of the expected value, and a least amount (PrairieLearn's defaults are 1e-2 and 1e-8)."""
    of, plus = Decimal(share), Decimal(least)
    return lambda expected, found, _: abs(found - expected) <= of * abs(expected) + plus


def absolute(width: str) -> Near:
    return lambda expected, found, _: abs(found - expected) <= Decimal(width)


def last_place(units: str) -> Near:
    """Within so many units in the last place of the digits asked for."""
    return lambda expected, found, digits: abs(found - expected) <= FULL.multiply(Decimal(units), digits.unit(expected))


#: name, whether it follows the student's own numbers, and how near is near enough
RULES: dict[str, tuple[bool, Near]] = {
    "key ±1 % (PrairieLearn)": (False, relative("0.01")),
    "key ±0.51 unit in the last place": (False, last_place("0.51")),
    "key ±0.01 (QuizGenerator)": (False, absolute("0.01")),
    "own values ±5 %": (True, relative("0.05")),
    "own values ±1 %": (True, relative("0.01")),
    "own values ±0.1 %": (True, relative("0.001")),
    "own values ±0.51 unit in the last place": (True, last_place("0.51")),
}


@lru_cache(maxsize=64)
def _known(net: str, seed: str) -> tuple[Exercise, dict[str, Decimal]]:
    made = exercise(net, seed)
    return made, worked_in_full(made)


def expected_values(sheet: Sheet, own: bool) -> dict[str, Decimal]:
    """What each step should be: by the key, or at the numbers on the sheet. What cannot be computed is left out."""
    made, key = _known(sheet.net, sheet.exercise)
    if not own:
        return key
    numbers, values = sheet.numbers(), dict(made.given)
    expected: dict[str, Decimal] = {}
    for step in by_hand(program(made.net, label=label_of(made))):
        try:
            expected[step.name] = step.ways[USUAL](EXACT, values)
        except (*UNDEFINED, KeyError):
            continue
        finally:
            if step.name in numbers:
                values[step.name] = numbers[step.name]
            elif step.name in expected:
                values[step.name] = expected[step.name]
    return expected


def judged(sheets: Iterable[Sheet], rule: str) -> Iterator[Verdict]:
    """The verdicts of a rule."""
    own, near = RULES[rule]
    for sheet in sheets:
        expected = expected_values(sheet, own)
        steps = {}
        for cell in sheet.cells:
            if cell.number is not None:
                digits = FORMATS[sheet.digits[_column(cell.name)]]
                good = cell.name in expected and near(expected[cell.name], Decimal(cell.number), digits)
                steps[cell.name] = "right" if good else "wrong"
        right = sum(verdict == "right" for verdict in steps.values())
        yield Verdict(steps, credit=right / len(sheet.cells))


def ceiling(sheets: Iterable[Sheet]) -> Iterator[Verdict]:
    """What the digits of a sheet allow to say: wrong where no right working out leads to the number (`visible.py`).

    No rule of anybody: it knows the convention and has the simulator's own formulas. It shows what is left to be found.
    """
    for sheet in sheets:
        made, _ = _known(sheet.net, sheet.exercise)
        convention = sheet.student["convention"]
        steps = program(made.net, Plan(convention), label_of(made))
        names = {step.name: by_row(step) if convention == BY_ROW else step.name for step in steps}
        numbers = sheet.numbers()
        paper = {name: numbers[cell] for name, cell in names.items() if cell in numbers}
        digits = {column: FORMATS[one] for column, one in sheet.digits.items()}
        judge = Judge(steps, by_hand(steps), made.given, paper, {}, digits)
        said = {names[name]: "wrong" if judge(name, number) == YES else "right" for name, number in paper.items()}
        yield Verdict(said, credit=sum(one == "right" for one in said.values()) / len(steps))


def _column(name: str) -> str:
    head = name.split(":")[-1].split("[")[0]
    if head.endswith("_new"):
        return f"{head[0]}_new"
    return head.rstrip("0123456789")
