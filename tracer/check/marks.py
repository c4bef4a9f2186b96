"""Marks: what each answer is worth, and which share of it an outcome earns; all as fractions.

A teacher sets both in a TOML file:

    points = 10              # what a sheet without a mistake earns; as many as the weights add up to, if left out

    [weights]                # an address, a name, a kind (z, a, delta, dw, w_new) or a phase; the closest one counts
    forward = 1
    dw = "1/2"
    "dw2[1,1]" = 2
    other = 1

    [credit]                 # the share that an outcome earns
    few-digits = "1/2"
    own-numbers = 1
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.check.outcomes import NAMES, Outcome
from tracer.check.questions import Question
from tracer.errors import TracerError, shortened, suggest
from tracer.run.network import Network

PHASES = ("forward", "loss", "backward", "update")
OTHER = "other"
MOST = 1_000_000  # marks, and parts of a mark
LARGEST_FILE = 100_000  # bytes
_FRACTION = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?(?: ?/ ?[1-9][0-9]{0,5})?")

#: one mark a step, follow-through counted; half of it where digits are missing
USUAL = {
    Outcome.RIGHT: Fraction(1),
    Outcome.OWN: Fraction(1),
    Outcome.REPAIRED: Fraction(1),
    Outcome.FEW_DIGITS: Fraction(1, 2),
    Outcome.UNSURE: Fraction(1),
}


@dataclass(frozen=True)
class Scheme:
    """How marks are given: `weights` by address, name, kind or phase, the `credit` of each outcome, and the `points` of
    a whole sheet (None: as many as the weights add up to)."""

    weights: Mapping[str, Fraction] = field(default_factory=dict)
    credit: Mapping[Outcome, Fraction] = field(default_factory=lambda: dict(USUAL))
    points: Fraction | None = None


@dataclass(frozen=True)
class Worth:
    """What each question is worth, and each outcome earns: whole numbers of `1/unit` marks, so that sums are exact."""

    questions: tuple[Fraction, ...]
    earns: tuple[tuple[Fraction, ...], ...]  # [question][outcome]
    unit: int
    earned: NDArray[np.int64]  # the same in units

    @cached_property
    def total(self) -> Fraction:
        """The marks of a sheet without a mistake."""
        return sum(self.questions, Fraction(0))

    def marks(self, outcomes: NDArray[np.int8]) -> list[Fraction]:
        """The marks of every sheet, from outcomes [question, sheet]."""
        found = np.take_along_axis(self.earned, outcomes.astype(np.intp), axis=1).sum(axis=0)
        return [Fraction(int(one), self.unit) for one in found]


def worth(scheme: Scheme, network: Network, asked: Sequence[Question], where: str = "") -> Worth:
    """A scheme to what the questions of a problem are worth. Raises TracerError T705 where nothing is worth anything,
    and for a weight that no question has."""
    unused = {*scheme.weights} - {OTHER}
    found = []
    for question in asked:
        names = called(network, question)
        unused -= {*names}
        found.append(next((scheme.weights[name] for name in (*names, OTHER) if name in scheme.weights), Fraction(1)))
    if unused:
        known = dict.fromkeys(name for question in asked for name in called(network, question)[1:])
        raise _refused(where, f"nothing that is asked is called '{shortened(min(unused))}'.",
                       suggest(min(unused), known))  # fmt: skip
    total = sum(found, Fraction(0))
    if not total:
        raise _refused(where, "nothing is worth a mark.", "Expected a weight above 0.")
    if scheme.points is not None:
        found = [one * scheme.points / total for one in found]
    credit = tuple(scheme.credit.get(outcome, Fraction(0)) for outcome in Outcome)
    earns = tuple(tuple(one * share for share in credit) for one in found)
    unit = math.lcm(*(one.denominator for row in earns for one in row))
    if unit > 2**40:
        raise _refused(where, "these fractions have no common measure that is small enough.", "Expected simpler ones.")
    earned = np.array([[int(one * unit) for one in row] for row in earns], dtype=np.int64)
    return Worth(tuple(found), earns, unit, earned)


def called(network: Network, question: Question) -> tuple[str, ...]:
    """How a scheme can call a question: its address, its name, its kind, its phase.

    >>> from tracer.run.trace_file import trace_of
    >>> from tracer.check.questions import questions
    >>> network = trace_of("mazur").network
    >>> called(network, questions(network)[-1])
    ('w2_new[2,2]', 'w2_new', 'w_new', 'update')
    """
    entry = network.entry(question.name)
    kind = re.sub(r"[0-9]+", "", question.name)
    return tuple(dict.fromkeys((question.address, question.name, kind, entry.phase if entry else PHASES[0])))


def read_scheme(path: Path) -> Scheme:
    """A file with a scheme of marks. Raises TracerError T705 for one that cannot be used."""
    where = shortened(path.name, 200)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _refused(where, "the file is too large.", f"Expected at most {LARGEST_FILE:,} bytes.")
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused(where, f"it cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise _refused(where, f"this is not TOML: {shortened(error, 120)}.") from None
    return scheme(read, where)


def scheme(read: Mapping[str, Any], where: str = "") -> Scheme:
    """What a file says, to a scheme. Raises TracerError T705.

    >>> scheme({"weights": {"update": 0}, "credit": {"few-digits": "3/4"}}).credit[Outcome.FEW_DIGITS]
    Fraction(3, 4)
    """
    for key in read:
        if key not in ("points", "weights", "credit"):
            raise _refused(where, f"there is no key '{shortened(key)}'.", suggest(key, ("points", "weights", "credit")))
    weights = {
        key: _fraction(value, where, f"weights, {shortened(key)}") for key, value in _table(read, "weights", where)
    }
    credit = dict(USUAL)
    for key, value in _table(read, "credit", where):
        if key not in NAMES:
            raise _refused(where, f"there is no outcome '{shortened(key)}'.", suggest(key, NAMES))
        credit[Outcome(NAMES.index(key))] = _fraction(value, where, f"credit, {key}")
        if credit[Outcome(NAMES.index(key))] > 1:
            raise _refused(where, f"{key} earns more than the whole.", "Expected a share from 0 to 1.")
    points = _fraction(read["points"], where, "points") if "points" in read else None
    return Scheme(weights, credit, points)


def _table(read: Mapping[str, Any], key: str, where: str) -> Sequence[tuple[str, Any]]:
    table = read.get(key, {})
    if not isinstance(table, dict):
        raise _refused(where, f"{key} is no table.", f"Expected a line [{key}].")
    return list(table.items())


def _fraction(value: Any, where: str, what: str) -> Fraction:
    """A number from 0 as a file says it: 1, 0.5, "1/2"."""
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _FRACTION.fullmatch(text):
        raise _refused(
            where, f"{what} is {shortened(repr(value))}.", 'Expected a number from 0, as in 2, 0.5 or "1/2".'
        )
    top, _, bottom = text.partition("/")
    made = Fraction(top.strip()) / Fraction(bottom.strip() or 1)
    if made > MOST or made.denominator > MOST:
        raise _refused(where, f"{what} is {shortened(text)}.", f"Expected at most {MOST:,}.")
    return made


def _refused(where: str, found: str, expected: str = "") -> TracerError:
    return TracerError("T705", where, found, expected)


def marks_text(marks: Fraction, decimal: str = ".") -> str:
    """Marks for people: a whole number, a decimal that is exact, a fraction that people use, or else two decimals.

    >>> marks_text(Fraction(31, 2)), marks_text(Fraction(31, 3), ","), marks_text(Fraction(83, 106))
    ('15.5', '10 1/3', '0.78')
    """
    whole, part = divmod(marks, 1)
    if not part:
        return str(whole)
    if 10**4 % part.denominator == 0:
        return f"{float(marks):.4f}".rstrip("0").replace(".", decimal)
    if part.denominator > 12:
        return f"{float(marks):.2f}".replace(".", decimal)
    return f"{whole} {part}" if whole else str(part)
