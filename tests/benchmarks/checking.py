"""10,000 simulated sheets of mazur, arrays in and verdicts out, against a tenth of a second for all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from compare import Row, by_turns, progress, seconds
from simulated import sheets
from simulated_checked import asked_of, planned, read

from tracer.check.alike import alike
from tracer.check.checking import Plan, check_sheets, judged_in
from tracer.check.habits import Asked
from tracer.check.sheets import Sheets, sheets_of

PAIRS, LEAST, SECONDS = 7, 3, 60
SHEETS = 10_000  # each simulated on its own: what is alike among them is alike by itself
LIMIT = 0.1
FOUR_DECIMALS = {
    "digits": ("4dp",), "convention": ("house",), "missing": ("none",), "habit": ("plain",),
    "error": ("none", "systematic", "slip", "two", "digit typo", "transposed digits", "copy slip"),
}  # fmt: skip


def rows() -> list[Row]:
    """Seconds for 10,000 sheets: with four decimals in the problem's convention, the verdicts alone and with causes and
    other conventions; and with everything students do."""
    return [
        _row("10,000 sheets, four decimals, verdicts", FOUR_DECIMALS, _verdicts),
        _row("... with causes and conventions", FOUR_DECIMALS, check_sheets),
        _row("10,000 sheets, all factors", {}, check_sheets),
    ]


def _verdicts(plan: Plan, sheets: Sheets, asked: Asked) -> object:
    """Every answer judged in the convention of the problem, what is alike only once."""
    first, kind = alike(sheets, asked)
    return judged_in(plan, sheets.of(first), asked.of(first), plan.conventions[0]).verdicts[:, kind]


def _row(what: str, only: dict[str, tuple[str, ...]], checks: Callable[[Plan, Sheets, Asked], object]) -> Row:
    progress(what)
    arrays, asked, plan = _class(only)
    checks(plan, arrays, asked)

    def ours(_: int) -> float:
        return seconds(lambda: checks(plan, arrays, asked))

    return Row(what, "100,000 sheets a second", "s", *by_turns(PAIRS, ours, lambda _: LIMIT, LEAST, SECONDS), 1.0)


def _class(only: dict[str, tuple[str, ...]]):  # type: ignore[no-untyped-def]
    made = list(sheets("mazur", SHEETS, "1", SHEETS, only))
    plan, vocabulary = planned(made[0].problem, tuple(cell.name for cell in made[0].cells))
    arrays: Sheets = sheets_of(plan.asked, [read(sheet, vocabulary) for sheet in made])
    asked = Asked(4) if only else asked_of(made, [question.address for question in plan.asked])
    return arrays, asked, plan
