r"""A page into the relations on it that do not hold as printed, without knowing what it is about.

`=` holds where both sides are the same number; where only rounding makes it true, that is said of it, and is no fault.
`\approx` holds inside what the rounding of the printed numbers allows. A number is taken to be rounded only where
something speaks for it: it has five figures or more, or the page itself has got it by rounding. Where two or three
figures would have to be rounded ones with nothing else to say so, the relation is `UNSURE`, and no fault either: a
page is never accused where a reader could explain it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tracer.calculus.expression import Ref, walk
from tracer.check.evidence import Evidence
from tracer.check.judged_relation import SPELLED, Holds, Relation, judged_relation
from tracer.errors import TracerError
from tracer.read.commas_in_tex import comma_on
from tracer.read.matrices_in_tex import elements_of
from tracer.read.passage import Kind, Page
from tracer.read.prose_arithmetic import chains_in_lines
from tracer.read.relations import Chain, Side, chains_in_tex
from tracer.read.unread_relation import looks_numeric


class Unread(NamedTuple):
    """A relation that seems to be one of numbers, and was not judged."""

    line: int
    printed: str


@dataclass
class Audit:
    """What was found on a page: the chains with their lines, the relations that were judged and those that could not be
    read, and how many formulas there are, and the lines of those that could not be read."""

    source: str
    chains: list[tuple[Chain, int]] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    formulas: int = 0
    unread: list[int] = field(default_factory=list)  # their lines
    formula_pictures: int = 0
    pictures: int = 0
    skipped: list[Unread] = field(default_factory=list)

    def of(self, holds: Holds) -> list[Relation]:
        """The relations of which this is said."""
        return [relation for relation in self.relations if relation.holds is holds]


def audit_page(page: Page) -> Audit:
    """A page into what is found on it."""
    made = Audit(page.source, formula_pictures=page.formula_pictures, pictures=page.pictures)
    for chain, line in _chains(page, made):
        made.chains.append((chain, line))
    evidence = Evidence()
    own_e = any(_names_e(side) for chain, _ in made.chains for side in chain.sides)
    own_sigmoid = any(map(_SIGMOID.search, (passage.text for passage in page.passages)))
    every = [pair for chain, line in made.chains for pair in _neighbours(chain, line)]
    readable = [
        bool(sign) and left.numeric and right.numeric and not (own_e and _has_e((left, right)))
        for left, sign, right, _ in every
    ]
    for (left, sign, right, _), read in zip(every, readable, strict=True):
        if read:  # what is rounded on the page has to be known before anything is judged
            evidence.learn(left, sign, right)
    for (left, sign, right, line), read in zip(every, readable, strict=True):
        relation = (judged_relation if read else _judged_matrices)(left, sign, right, line, evidence)
        doubtful = any(side.doubtful and not ("\\sigma" in side.printed and own_sigmoid) for side in (left, right))
        if relation is not None and not (doubtful and relation.holds > Holds.CUT):
            made.relations.append(relation)
        elif read or looks_numeric(left, right):
            printed = f"{left.printed} {SPELLED[sign]} {right.printed}"
            made.skipped.append(Unread(line, printed.replace("\ufffc", "")))
    made.skipped.sort(key=lambda one: one.line)
    return made


def _judged_matrices(left: Side, sign: str, right: Side, line: int, evidence: Evidence) -> Relation | None:
    """A relation of matrices, of which is said what is said of its worst element; None for any other."""
    pairs = elements_of(left, right) if sign in ("=", "~") else None
    found = [judged_relation(one, sign, other, line, evidence) for one, other in pairs or ()]
    judged = [one for one in found if one is not None]
    if not judged or len(judged) < len(found):
        return None
    worst = max(judged, key=lambda one: one.holds)
    return replace(worst, left=left.printed, right=right.printed, element=f"{worst.left} {SPELLED[sign]} {worst.right}")


#: a page that says what its sigma is
_SIGMOID = re.compile(
    r"\\sigma *(?:\\left)? *\( *[A-Za-z_\\{}0-9]{1,20} *(?:\\right)? *\) *&? *= *&? *"
    r"\\[dt]?frac *\{ *1 *\} *\{ *1 *\+ *(?:e|\\exp)"
)


def _chains(page: Page, made: Audit) -> Iterator[tuple[Chain, int]]:
    comma = comma_on(passage.text for passage in page.passages if passage.kind is Kind.TEX)
    for passage in page.passages:
        match passage.kind:
            case Kind.TEX:
                made.formulas += 1
                try:
                    found = chains_in_tex(passage.text, comma)
                except TracerError:
                    made.unread.append(passage.line)
                    continue
                below = _lines_of_rows(passage.text)
                for one in found:
                    rows = tuple(below[row] if row < len(below) else 0 for row in one.rows)
                    yield one._replace(rows=rows), passage.line
            case Kind.CODE | Kind.PROSE | Kind.WHOLE:
                lines = chains_in_lines(passage.text, passage.kind)
                yield from ((chain, passage.line + before) for chain, before in lines)


def _lines_of_rows(tex: str) -> tuple[int, ...]:
    """How many lines of the page stand before each line of a display."""
    before, found = 0, []
    for row in tex.split("\\\\"):
        found.append(before + row[: len(row) - len(row.lstrip())].count("\n"))
        before += row.count("\n")
    begins = re.match(r"\s*\\begin\{[a-z]+\*?\}(?:\{[^{}]*\})?\s*", tex)
    return (begins[0].count("\n") if begins else found[0], *found[1:])


def _neighbours(chain: Chain, line: int) -> Iterator[tuple[Side, str, Side, int]]:
    for place, (left, sign, right) in enumerate(zip(chain.sides, chain.signs, chain.sides[1:], strict=False), 1):
        if left.printed and right.printed:
            yield left, sign, right, line + (chain.rows[place] if chain.rows else 0)


def _names_e(side: Side) -> bool:
    """Whether a letter e stands there that is no base of a power: then e is a name of the page's own."""
    return side.expression is not None and Ref("e") in walk(side.expression)


def _has_e(sides: tuple[Side, Side]) -> bool:
    return any(re.search(r"(?<![A-Za-z\\])e *(?:\^|\*\*)", side.printed) for side in sides)
