"""What is told of one sheet, as records: every answer, the first error worked out, and what is likely behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from tracer.check.marks import marks_text
from tracer.check.outcomes import NAMES, Outcome
from tracer.check.verdicts import Verdict
from tracer.explain.language import ENGLISH, Language
from tracer.explain.worked import Worked
from tracer.run.shown import Shown

OUTCOMES = tuple(Outcome)
LARGEST = 1e12  # beyond it decimals say nothing


class Finding(NamedTuple):
    """One answer (a tuple, because a class has very many of them): the `name` as the student or the notation writes it,
    its TeX `symbol` and canonical `address`; what was `given`, as written ("" for nothing), and the `reason` where it
    could not be read, or a formula not be judged; the verdict, what it counts as, and its marks of what it is `worth`.
    `expected`, and the range from `low` to `high` that is accepted, follow from the student's own numbers, in the sign
    of the name; None where a student must not see them, and for formulas. `slip` is the slip of the pen that a wrong
    answer looks like."""

    name: str
    symbol: str
    address: str
    step: int
    phase: str
    given: str
    reason: str
    verdict: Verdict
    outcome: Outcome
    says: str
    credited: bool
    marks: Fraction
    worth: Fraction
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    decimals: int = 4
    slip: str = ""

    @property
    def right(self) -> bool:
        """Whether no mistake was made here, as far as can be seen."""
        return self.outcome < Outcome.WRONG

    @property
    def wrong(self) -> bool:
        """Whether a mistake was made here."""
        return self.outcome == Outcome.WRONG

    @property
    def ranged(self) -> bool:
        """Whether it can be said which answers are accepted."""
        return self.low is not None and self.high is not None and math.isfinite(self.low + self.high)

    @property
    def accepted(self) -> tuple[str, str]:
        """The first and the last answer that is accepted, with as many decimals as this sheet has; both empty where
        that cannot be said."""
        if self.low is None or self.high is None or not self.ranged:
            return "", ""
        if max(-self.low, self.high) > LARGEST:
            return f"{self.low:.6g}", f"{self.high:.6g}"
        for decimals in range(self.decimals, 13):
            first, last = math.ceil(self.low * 10**decimals - 1e-6), math.floor(self.high * 10**decimals + 1e-6)
            if first <= last:
                break
        return f"{first / 10**decimals:.{decimals}f}", f"{last / 10**decimals:.{decimals}f}"


@dataclass(frozen=True)
class Mistaken:
    """A named mistake: its name, what is done, why it is wrong, and what to do."""

    name: str
    title: str
    why: str
    remedy: str


@dataclass(frozen=True)
class LikelyCause:
    """What explains wrong answers: one mistake, or `one of` several that explain them equally well; how many `answers`
    of this sheet come out so, and the symbols of answers that are missing here and would tell them apart. A single
    answer speaks for it only where the sheet asks for no other that could. `of_first`: whether it acts where the first
    error was made."""

    one_of: tuple[Mistaken, ...]
    answers: int
    telling: tuple[str, ...]
    of_first: bool = True


@dataclass(frozen=True)
class FirstError:
    """The first answer that is wrong, its step worked out with the student's own numbers, how many answers before it
    are right, and what is said of a slip of the pen that is all there is to it ("" for none)."""

    finding: Finding
    worked: Worked
    before: int
    slip: str = ""

    @property
    def tex(self) -> str:
        """The step as one aligned formula."""
        return self.worked.tex() if self.worked.lines else ""


class Phase(NamedTuple):
    """The answers of one phase of a step, its heading, and whether any of them is wrong."""

    heading: str
    findings: tuple[Finding, ...]
    wrong: bool


@dataclass(frozen=True)
class Report(Shown):
    """One sheet. `student` is who handed it in, and `signed` what the sheet says, where it says something else;
    `hidden`: no number stands here that the student has not written; `hint`: only the first error does."""

    title: str
    student: str
    signed: str
    source: str
    findings: tuple[Finding, ...]
    first: FirstError | None
    causes: tuple[LikelyCause, ...]
    convention: str
    cut: bool
    problems: tuple[str, ...]
    marks: Fraction
    out_of: Fraction
    hidden: bool = False
    hint: bool = False
    language: Language = ENGLISH
    decimal: str = "."

    @cached_property
    def wrong(self) -> tuple[Finding, ...]:
        """The answers that are wrong."""
        return tuple(finding for finding in self.findings if finding.outcome == Outcome.WRONG)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many answers count as what, in the order of `Outcome`."""
        outcomes = [finding.outcome for finding in self.findings]
        return tuple(map(outcomes.count, OUTCOMES))

    @property
    def all_right(self) -> bool:
        """Whether every answer is there, and none is seen to be wrong or too coarse."""
        return self.counts[Outcome.RIGHT] + self.counts[Outcome.UNSURE] == len(self.findings)

    def count(self, outcome: str) -> int:
        """How many answers count as this: right, own-numbers, put-right ... (see `outcomes.NAMES`)."""
        return self.counts[NAMES.index(outcome)]

    @property
    def right(self) -> int:
        """How many answers are right, by the key or from the student's own numbers."""
        return sum(self.counts[: Outcome.REPAIRED + 1])

    def __str__(self) -> str:
        from tracer.check.plain_report import plain_report

        return plain_report(self)

    @property
    def marks_text(self) -> str:
        """The marks, for people."""
        return marks_text(self.marks, self.decimal)

    @property
    def out_of_text(self) -> str:
        """The marks of a sheet without a mistake, for people."""
        return marks_text(self.out_of, self.decimal)

    @property
    def steps(self) -> int:
        """How many training steps the sheet has."""
        return len({finding.step for finding in self.findings})

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The answers by step and phase."""
        found: dict[tuple[int, str], list[Finding]] = {}
        for finding in self.findings:
            found.setdefault((finding.step, finding.phase), []).append(finding)
        several = self.steps > 1
        return tuple(
            Phase(self._heading(step if several else 0, phase), tuple(ones), any(one.wrong for one in ones))
            for (step, phase), ones in found.items()
        )

    def _heading(self, step: int, phase: str) -> str:
        told = self.language.told
        names = {
            "forward": told("Forward pass"),
            "loss": told("Error"),
            "backward": told("Backward pass"),
            "update": told("Update"),
        }
        return told("Step {step}: {phase}", step=step, phase=names[phase]) if step else names[phase]
