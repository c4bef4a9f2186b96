"""Verdicts of any checker held against the truth: sheets and verdicts to figures, figures to a table.

A step is *wrong* if a mistake was made there (`Cell.went_wrong`), and *shown* if the sheet's own digits leave no right
working out (`visible` is "yes"; `visible.py` defines it). Steps with neither a mistake nor a verdict "wrong" are fine.

* false accusations: right steps of correct sheets that are called wrong, and correct sheets with at least one. With
  none, the bound is the rule of three: at 95 % confidence the rate is below 3 / n.
* missed: wrong steps that are called right; of all of them, of those that digits could have shown at all (visible is
  "yes" or "maybe"), and of those that are shown. "cannot tell" is no miss; its share is a figure of its own.
* first error: as ProcessBench counts. On sheets with a mistake the share whose first "wrong" is the first wrong step,
  on correct sheets the share without a "wrong"; F1 is their harmonic mean. *Strict* takes every sheet with a
  mistake; *shown* those with a shown step, and a mistake named before the first shown one counts as found.
* causes, on full sheets with one or two misconceptions of which each has a shown step: the truth alone was named
  (top-1), or is in the set (coverage). For slips of the pen any name is false, and on correct sheets. Beside a mistake
  that no catalogue holds a known one may have been made, too: false is a name of one that was not made.
* credit: of sheets that are no attempt; and on sheets with a mistake the mean distance from the share of right steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .misconceptions import UNKNOWN
from .sheet import MAYBE, YES, Sheet
from .slips import SHAPES

RIGHT, WRONG = "right", "wrong"
CORRECT = ("none", "masked pair")
PEN = (*SHAPES, "copy slip", "copied wrong", "wrong cell")
NO_ATTEMPT = ("all zeros", "gaming", "givens copied")


@dataclass(frozen=True)
class Verdict:
    """What a checker says of a sheet: each step right, wrong, cannot tell or too few digits; causes; credit 0 to 1.

    `causes` are explanations that fit equally well, each a tuple of misconceptions; one explanation is a diagnosis.
    """

    steps: Mapping[str, str]
    causes: Sequence[tuple[str, ...]] = ()
    credit: float | None = None


@dataclass
class Figures:
    """Counts of a class, and the shares that are made of them."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)  # of credits

    def share(self, part: str, whole: str) -> float | None:
        """part / whole, None where there is nothing to divide by."""
        return self.counts[part] / self.counts[whole] if self.counts[whole] else None

    def mean(self, name: str) -> float | None:
        return self.sums[name] / self.counts[name] if self.counts[name] else None

    def f1(self, kind: str) -> float | None:
        """The harmonic mean of both accuracies."""
        found, fine = self.share(f"first {kind} found", f"first {kind}"), self.share("clean", "correct sheets")
        if found is None or fine is None:
            return None
        return 2 * found * fine / (found + fine) if found + fine else 0.0

    @property
    def bound(self) -> float | None:
        """The rule of three for a rate of false accusations of which none was seen."""
        seen, steps = self.counts["accused"], self.counts["correct steps"]
        return 3 / steps if steps and not seen else None


def measure(sheets: Iterable[Sheet], verdicts: Iterable[Verdict]) -> Figures:
    """Sheets and their verdicts, in the same order, to figures. Raises ValueError where one side is longer."""
    made = Figures()
    for sheet, verdict in zip(sheets, verdicts, strict=True):
        made.counts["sheets"] += 1
        if sheet.error in NO_ATTEMPT:
            _credit(made, f"credit {sheet.error}", verdict)
            continue
        _steps(made, sheet, verdict)
        _first(made, sheet, verdict)
        _causes(made, sheet, verdict)
        if sheet.error not in CORRECT and verdict.credit is not None:
            right = sum(cell.right is True and not (cell.visible or "") for cell in sheet.cells)
            made.counts["fairness"] += 1
            made.sums["fairness"] += abs(verdict.credit - right / len(sheet.cells))
    return made


def _credit(made: Figures, name: str, verdict: Verdict) -> None:
    if verdict.credit is not None:
        made.counts[name] += 1
        made.sums[name] += verdict.credit


def _steps(made: Figures, sheet: Sheet, verdict: Verdict) -> None:
    correct = sheet.error in CORRECT
    accused = False
    made.counts["correct named"] += correct and bool(verdict.causes)
    for cell in sheet.cells:
        if cell.written is None:
            continue
        said = verdict.steps.get(cell.name)
        undecided = said not in (RIGHT, WRONG)
        if cell.went_wrong:
            for name, kinds in (("all", None), ("possible", (YES, MAYBE)), ("shown", (YES,))):
                if kinds is None or cell.visible in kinds:
                    made.counts[f"wrong {name}"] += 1
                    made.counts[f"missed {name}"] += said == RIGHT
                    made.counts[f"undecided {name}"] += undecided
            continue
        group = "correct" if correct else "hidden" if cell.values == "unwritten" else "beside"
        made.counts[f"{group} steps"] += 1
        made.counts["accused" if correct else f"{group} accused"] += said == WRONG
        made.counts[f"{group} undecided"] += undecided
        accused = accused or said == WRONG
    if correct:
        made.counts["correct sheets"] += 1
        made.counts["accused sheets"] += accused
        made.counts["clean"] += not accused


def _first(made: Figures, sheet: Sheet, verdict: Verdict) -> None:
    if sheet.first_error is None:
        return
    said = next((cell.name for cell in sheet.cells if verdict.steps.get(cell.name) == WRONG), None)
    made.counts["first strict"] += 1
    made.counts["first strict found"] += said == sheet.first_error
    names = [cell.name for cell in sheet.cells]
    shown = next((cell.name for cell in sheet.cells if cell.visible == YES), None)
    if shown is not None:
        wrong = {cell.name for cell in sheet.cells[: names.index(shown) + 1] if cell.went_wrong}
        made.counts["first shown"] += 1
        made.counts["first shown found"] += said in wrong


def _causes(made: Figures, sheet: Sheet, verdict: Verdict) -> None:
    if sheet.error in PEN:
        made.counts["pen"] += 1
        made.counts["pen named"] += bool(verdict.causes)
    if sheet.error not in ("systematic", "two") or sheet.student["missing"]:
        return
    shown = {name for cell in sheet.cells if cell.visible == YES for name in cell.formula.split("+")}
    if not set(sheet.causes) <= shown:
        return
    if set(sheet.causes) & set(UNKNOWN):
        made.counts["unknown"] += 1
        made.counts["unknown named"] += bool(verdict.causes)
        blamed = bool(verdict.causes) and not any(set(one) <= set(sheet.causes) for one in verdict.causes)
        made.counts["unknown blamed"] += blamed
        return
    named = [tuple(sorted(one)) for one in verdict.causes]
    kind = "one" if len(sheet.causes) == 1 else "two"
    made.counts[f"causes {kind}"] += 1
    made.counts[f"top {kind}"] += named == [sheet.causes]
    made.counts[f"covered {kind}"] += sheet.causes in named
    made.counts[f"named {kind}"] += bool(named)
    made.sums[f"causes {kind}"] += len(named)


# The table


def table(found: Mapping[str, Figures]) -> str:
    """Figures of several checkers to a Markdown table, a row for each measure."""
    rows = [
        ("right steps of correct sheets called wrong", lambda f: _accused(f)),
        ("correct sheets with at least one", lambda f: _percent(f.share("accused sheets", "correct sheets"))),
        ("right steps beside a mistake called wrong", lambda f: _percent(f.share("beside accused", "beside steps"))),
        ("... that read a number behind the sheet", lambda f: _percent(f.share("hidden accused", "hidden steps"))),
        ("wrong steps missed, of all", lambda f: _percent(f.share("missed all", "wrong all"))),
        ("... that digits could have shown", lambda f: _percent(f.share("missed possible", "wrong possible"))),
        ("... that are shown", lambda f: _percent(f.share("missed shown", "wrong shown"))),
        ("right steps left open", lambda f: _percent(f.share("correct undecided", "correct steps"))),
        ("shown wrong steps left open", lambda f: _percent(f.share("undecided shown", "wrong shown"))),
        ("first error, F1 strict", lambda f: _decimal(f.f1("strict"))),
        ("first error, F1 shown", lambda f: _decimal(f.f1("shown"))),
        ("one misconception: named alone", lambda f: _cause(f, "top one", "causes one")),
        ("... in the set", lambda f: _cause(f, "covered one", "causes one")),
        ("two misconceptions: named alone", lambda f: _cause(f, "top two", "causes two")),
        ("... in the set", lambda f: _cause(f, "covered two", "causes two")),
        ("unknown misconceptions given a cause", lambda f: _cause(f, "unknown named", "unknown")),
        ("... one that was not made", lambda f: _cause(f, "unknown blamed", "unknown")),
        ("correct sheets given a cause", lambda f: _cause(f, "correct named", "correct sheets")),
        ("slips of the pen given a cause", lambda f: _cause(f, "pen named", "pen")),
        ("credit of all zeros", lambda f: _percent(f.mean("credit all zeros"))),
        ("credit of a right forward pass and zeros", lambda f: _percent(f.mean("credit gaming"))),
        ("credit of copied givens", lambda f: _percent(f.mean("credit givens copied"))),
        ("credit off the share of right steps", lambda f: _percent(f.mean("fairness"))),
    ]  # fmt: skip
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---:|' * len(found)}"]
    lines += [f"| {title} | {' | '.join(show(f) for f in found.values())} |" for title, show in rows]
    return "\n".join(lines) + "\n"


def _accused(figures: Figures) -> str:
    if figures.bound is not None:
        return f"0 of {figures.counts['correct steps']:,} (below {100 * figures.bound:.2g} %)"
    return _percent(figures.share("accused", "correct steps"))


def _cause(figures: Figures, part: str, whole: str) -> str:
    """A share of causes; nothing for a checker that never names one."""
    named = figures.counts["named one"] + figures.counts["named two"] + figures.counts["pen named"]
    return _percent(figures.share(part, whole)) if named else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _decimal(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
