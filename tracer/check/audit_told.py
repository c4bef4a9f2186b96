"""An audit into sentences: what is false on a page, what cannot be told, what differs from a problem and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tracer.check.audit import Audit
from tracer.check.audit_problem import Against, Figure
from tracer.check.grades import Verdict
from tracer.check.judged_relation import Holds, Relation
from tracer.check.named_figures import Named
from tracer.errors import clean_text
from tracer.run.deviations import DEVIATIONS

LINES_SHOWN = 6
SHOWN = 120  # characters of a relation
UNREAD_SHOWN = 3  # of the relations that could not be read


@dataclass(frozen=True)
class Remark:
    """One place of a page: its line, what stands there, and what is said of it, sentence by sentence."""

    line: int
    printed: str
    says: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """An audit as it is told: what was read, and the remarks by their weight. `false` makes the page a false one."""

    source: str
    summary: tuple[str, ...]
    false: tuple[Remark, ...]
    unsure: tuple[Remark, ...]
    rounded: tuple[Remark, ...]
    unread: tuple[Remark, ...] = ()
    more_unread: int = 0
    against: tuple[str, ...] = ()
    differs: tuple[Remark, ...] = ()
    twice: tuple[Remark, ...] = ()

    @property
    def verdict(self) -> str:
        """What a reader wants to know first."""
        found = [
            f"{_count(len(remarks), *what)} (line{'s' if len(lines) > 1 else ''} {', '.join(lines)})"
            for remarks, *what in (
                (self.false, "relation is false", "relations are false"),
                (self.differs, "number is wrong", "numbers are wrong"),
                (self.twice, "number is printed twice, differently", "numbers are printed twice, differently"),
            )
            if remarks and (lines := _lines(remarks))
        ]
        if not found:
            return "nothing false was found."
        return f"{', '.join(found[:-1])} and {found[-1]}." if len(found) > 1 else f"{found[0]}."

    @property
    def clean(self) -> bool:
        """Whether nothing on the page is false."""
        return not (self.false or self.differs or self.twice)


def _lines(remarks: Sequence[Remark]) -> list[str]:
    """The lines of remarks, each once; of many the first ones."""
    lines = [str(line) for line in sorted({remark.line for remark in remarks})]
    return lines if len(lines) <= LINES_SHOWN else [*lines[:LINES_SHOWN], "..."]


def told(audit: Audit, against: Against | None = None, problem: str = "", strict: bool = False) -> Told:
    """What was found on a page, in sentences; with `strict`, what holds only after rounding as well."""
    roundings = (Holds.ROUNDED, Holds.CUT) if strict else ()
    shown = [relation for relation in audit.relations if relation.holds in roundings and relation.sign == "="]
    return Told(
        audit.source,
        tuple(_summary(audit)),
        tuple(_false(relation) for relation in audit.of(Holds.FALSE)),
        tuple(_unsure(relation) for relation in audit.of(Holds.UNSURE)),
        tuple(_rounded(relation) for relation in shown),
        tuple(_unread(audit)),
        max(len(audit.skipped) - UNREAD_SHOWN, 0),
        tuple(_against(against, problem)) if against else (),
        _all_that_differ(against.wrong, audit.of(Holds.FALSE)) if against else (),
        tuple(_twice(*pair) for pair in against.twice) if against else (),
    )


def _count(number: int, thing: str, things: str = "") -> str:
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def _summary(audit: Audit) -> Iterator[str]:
    read = audit.formulas - len(audit.unread)
    found = f"{_count(read, 'formula')} {'was' if read == 1 else 'were'} read"
    if audit.unread:
        lines = ", ".join(map(str, audit.unread[:5])) + (", ..." if len(audit.unread) > 5 else "")
        found += f", {len(audit.unread)} could not be (line {lines})"
    if audit.formulas or not audit.relations:
        yield f"{found}."
    if audit.formula_pictures:
        yield f"{_count(audit.formula_pictures, 'formula is a picture', 'formulas are pictures')} and cannot be read."
    if audit.pictures:
        yield f"{_count(audit.pictures, 'picture was', 'pictures were')} not looked at."
    if not audit.relations:
        yield "There is no relation between numbers alone that could be judged."
        yield from _skipped(audit)
        return
    counts = Counter(relation.holds for relation in audit.relations)
    parts = [
        f"{counts[holds]} {words}"
        for holds, words in (
            (Holds.EXACT, "holds exactly" if counts[Holds.EXACT] == 1 else "hold exactly"),
            (Holds.ROUNDED, "after rounding"),
            (Holds.CUT, "with digits cut off"),
            (Holds.UNSURE, "cannot be told"),
            (Holds.FALSE, "are false" if counts[Holds.FALSE] != 1 else "is false"),
        )
        if counts[holds]
    ]
    yield f"Of {_count(len(audit.relations), 'relation')} between numbers, {', '.join(parts)}."
    yield from _skipped(audit)


def _skipped(audit: Audit) -> Iterator[str]:
    if audit.skipped:
        yield f"{_count(len(audit.skipped), 'more relation', 'more relations')} could not be read."


def _unread(audit: Audit) -> Iterator[Remark]:
    """The first relations that could not be read, so that nobody takes silence for a word on them."""
    for one in audit.skipped[:UNREAD_SHOWN]:
        yield Remark(one.line, _shown(one.printed), ())


def _false(relation: Relation) -> Remark:
    left, right = map(number_told, relation.values)
    if relation.element:
        says = [
            f"In one element, {_shown(relation.element)}, the left side is {left}: {number_told(relation.off)} apart."
        ]
    elif relation.sign in "=~":
        says = [f"The left side is {left}, the right side is {right}: {number_told(relation.off)} apart."]
    else:
        says = [f"The left side is {left}, the right side is {right}."]
    if relation.digit is not None:
        says.append(f"The first wrong digit is {place_told(relation.digit)}.")
    if relation.turned:
        says.append("It holds with the other sign in the exponent.")
    return Remark(relation.line, _shown(relation.printed), tuple(says))


def _unsure(relation: Relation) -> Remark:
    says = f"The left side is {number_told(relation.values[0])}. It holds only if numbers in it were rounded before."
    return Remark(relation.line, _shown(relation.printed), (says,))


def _rounded(relation: Relation) -> Remark:
    how = "after rounding" if relation.holds is Holds.ROUNDED else "with digits cut off"
    return Remark(
        relation.line,
        _shown(relation.printed),
        (f"It holds {how}: the left side is {number_told(relation.values[0])}.",),
    )


def place_told(digit: int) -> str:
    """A place of a digit in words.

    >>> place_told(-2), place_told(0), place_told(1)
    ('the 2nd after the point', 'that of the ones', 'that of the tens')
    """
    if digit >= 0:
        return (
            ("that of the ones", "that of the tens", "that of the hundreds")[digit]
            if digit < 3
            else f"that of 10^{digit}"
        )
    place = -digit
    ending = "th" if place in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"the {place}{ending} after the point"


def number_told(value: Fraction | float) -> str:
    """A number with at most 10 significant figures.

    >>> number_told(Fraction(151, 400)), number_told(Fraction(2, 3))
    ('0.3775', '0.6666666667')
    """
    try:
        return f"{float(value):.10g}"
    except OverflowError:
        return "too large to be written"


def _shown(text: str) -> str:
    text = clean_text(" ".join(text.replace("`", "'").split()))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


# -- against a problem


def _against(against: Against, problem: str) -> Iterator[str]:
    if not against.figures:
        yield f"No number on the page has a name that {problem} knows."
        return
    counts = Counter(figure.verdict for figure in against.figures)
    right = sum(counts[verdict] for verdict in (Verdict.EXACT, Verdict.ROUNDED, Verdict.TRUNCATED, Verdict.FEW_DIGITS))
    parts = [f"{right} {'is' if right == 1 else 'are'} right"]
    if counts[Verdict.UNSURE]:
        parts.append(f"{counts[Verdict.UNSURE]} cannot be told")
    if counts[Verdict.WRONG]:
        parts.append(f"{counts[Verdict.WRONG]} {'is' if counts[Verdict.WRONG] == 1 else 'are'} wrong")
    yield f"Of {_count(len(against.figures), 'number')} with a name that {problem} knows, {', '.join(parts)}."
    if against.convention:
        yield against.convention
    if against.unknown:
        yield f"{_count(against.unknown, 'other name is', 'other names are')} not in the problem."
    if against.elsewhere:
        yield f"{_count(against.elsewhere, 'number is', 'numbers are')} given once more, as of another example."
    if against.also:
        yield f"{_count(against.also, 'more number is', 'more numbers are')} also found in the trace."


def _all_that_differ(figures: Sequence[Figure], false: Sequence[Relation]) -> tuple[Remark, ...]:
    """Each with its explanation; why a mistake is one is said the first time alone."""
    said: set[str] = set()
    results = {(relation.line, relation.right) for relation in false}
    return tuple(_differs(figure, said, (figure.named.line, figure.named.printed) in results) for figure in figures)


def _differs(figure: Figure, said: set[str], computed: bool) -> Remark:
    line, printed = figure.named.line, _shown(f"{figure.named.typed} = {figure.named.printed}")
    expected = number_told(figure.named.sign * figure.expected)
    step, _, element = figure.address.partition(":")
    place = element if step == "1" else f"{element} of step {step}"
    says = [f"From the page's own numbers it is {expected} ({place})."]
    if figure.given:
        return Remark(line, printed, (f"The problem has {expected} ({place}).",))
    for reason in figure.reasons:
        if reason.kind == "stale":
            step = reason.names[0].partition(":")[0]
            says.append(f"It is the value of step {step}, left standing.")
            continue
        for name in reason.names[:3]:
            says.append(_explained(name, reason.kind, name not in said))
            said.add(name)
    if not figure.reasons:
        says.append("It is the result of arithmetic that is false." if computed else "No named mistake explains it.")
    return Remark(line, printed, tuple(says))


_KINDS = {
    "sheet": "This and other numbers come of a mistake",
    "figure": "A mistake gives this number",
    "run": "A run with a mistake gives this number",
}


def _explained(name: str, kind: str, why: bool) -> str:
    record = DEVIATIONS[name.split(" ")[0]]
    title = f"{_KINDS[kind]}: {record.title.rstrip('.')} ({name})."
    return f"{title} {record.why}" if why else title


def _twice(first: Named, second: Named) -> Remark:
    says = f"Line {first.line} says {first.printed}. No step of training has this one."
    return Remark(second.line, _shown(f"{second.typed} = {second.printed}"), (says,))


# -- for programs


def as_json(audit: Audit, against: Against | None = None) -> dict[str, Any]:
    """What was found on a page, as plain values."""
    made: dict[str, Any] = {
        "page": audit.source,
        "formulas": audit.formulas,
        "unread_lines": audit.unread,
        "formula_pictures": audit.formula_pictures,
        "pictures": audit.pictures,
        "unread_relations": [{"line": one.line, "printed": one.printed} for one in audit.skipped],
        "relations": [
            {
                "line": one.line,
                "left": one.left,
                "sign": one.sign,
                "right": one.right,
                "holds": one.holds.name.lower(),
                "left_value": number_told(one.values[0]),
                "right_value": number_told(one.values[1]),
                "off": number_told(one.off),
                "digit": one.digit,
            }
            for one in audit.relations
        ],
    }
    if against is not None:
        made["convention"] = against.convention
        made["figures"] = [
            {
                "line": one.named.line,
                "name": one.named.typed,
                "printed": one.named.printed,
                "address": one.address,
                "verdict": one.verdict.name.lower().replace("_", "-"),
                "expected": number_told(one.named.sign * one.expected),
                "reasons": [{"kind": reason.kind, "names": list(reason.names)} for reason in one.reasons],
            }
            for one in against.figures
        ]
        made["twice"] = [
            {"name": two.typed, "lines": [one.line, two.line], "printed": [one.printed, two.printed]}
            for one, two in against.twice
        ]
    return made
