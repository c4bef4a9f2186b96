"""The figures that a page prints under a name, judged against the trace of a problem as if they were handed in.

A page is a sheet with the digits that are printed. A name that comes twice with two numbers is taken for two steps of
training where the trace has both. What is wrong is explained, if it can be: by a mistake that the sheet as a whole
shows, by one that gives this figure alone, by a number that was left standing from another step, or by a whole run
with a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.check.audit import Audit
from tracer.check.checking import Plan, check_sheets, judged_in, plan
from tracer.check.grades import Verdict, graded
from tracer.check.habits import Asked
from tracer.check.intervals import enclose
from tracer.check.questions import Question, questions
from tracer.check.sheets import quantity_of, sheets_of
from tracer.check.verdicts import Judged, reads
from tracer.check.whole_runs import agrees, own_run, value_at, whole_runs
from tracer.errors import TracerError
from tracer.explain.names import names_of
from tracer.explain.notation import Notation
from tracer.read.number import Written, read_number
from tracer.read.passage import Kind, Page
from tracer.read.resolved import Given, Quantity, Resolved, Vocabulary
from tracer.run.building import build
from tracer.run.network import Network
from tracer.run.problem import Problem
from tracer.run.trace import Trace

MOST_STEPS = 10  # of a run, among which a figure that is printed twice is looked for


@dataclass(frozen=True)
class Named:
    """A number that the page prints under a name: the name, the number, its line, and what it means."""

    typed: str
    printed: str
    line: int
    quantity: Quantity
    sign: int = 1


@dataclass(frozen=True)
class Reason:
    """What explains a wrong figure: the `kind` of explanation (sheet, figure, stale, run), names of deviations or the
    address of the other value."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One printed figure judged: its address in the trace, what was expected from the page's own numbers, where a right
    one may lie, the verdict, and what explains it where it is wrong."""

    named: Named
    address: str
    verdict: Verdict
    expected: float
    low: float
    high: float
    repaired: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Against:
    """A page against a problem. `convention` is the sentence on the convention that the page is in, "" for the problem's
    own; `twice` are figures that are printed with one name and two numbers; `unknown` counts names that the problem
    does not have; `also` counts numbers without a name that are values of the trace."""

    figures: tuple[Figure, ...]
    convention: str = ""
    causes: tuple[tuple[str, ...], ...] = ()
    twice: tuple[tuple[Named, Named], ...] = ()
    unknown: int = 0
    also: int = 0

    @property
    def wrong(self) -> tuple[Figure, ...]:
        """The figures that are wrong."""
        return tuple(figure for figure in self.figures if figure.verdict is Verdict.WRONG)


def audit_against(problem: Problem, notation: Notation, page: Page, audit: Audit) -> Against:
    """The named figures of a page into their verdicts."""
    problem = replace(problem, deviations=())
    network = build(problem)
    vocabulary = Vocabulary(names_of(network, notation))
    named, unknown = _named(page, audit, vocabulary)
    trace = own_run(problem, max(2, min(problem.steps, MOST_STEPS)) if network.updated else 1)
    placed, twice = _placed(named, trace, network)
    figures, convention, causes = judged_figures(problem, placed, trace)
    return Against(figures, convention, causes, twice, unknown, _also(audit, named, trace))


# -- which numbers have names


def _named(page: Page, audit: Audit, vocabulary: Vocabulary) -> tuple[list[Named], int]:
    """The numbers with a name that means something, in the order of the page, and how many names mean nothing."""
    found: list[Named] = []
    unknown: set[str] = set()
    pairs = [
        (chain.sides[0].printed, chain.sides[-1].literal, line)
        for chain, line in audit.chains
        if chain.sides[0].printed and not chain.sides[0].numeric and chain.sides[-1].literal and "" not in chain.signs
    ]
    for typed, printed, line in sorted([*pairs, *_in_tables(page)], key=lambda one: one[2]):
        try:
            quantity, sign = vocabulary.quantity(typed)
        except TracerError:
            unknown.add(typed)
            continue
        found.append(Named(typed, printed, line, quantity, sign))
    return found, len(unknown)


def _in_tables(page: Page) -> Iterator[tuple[str, str, int]]:
    """Rows of a table that begin with a name and have one number."""
    for passage in page.passages:
        if passage.kind is Kind.ROW:
            name, *rest = (_bare(cell) for cell in passage.text.split("\t"))
            numbers = [cell for cell in rest if isinstance(read_number(cell), Written)]
            if len(numbers) == 1 and name and not isinstance(read_number(name), Written):
                text = numbers[0].replace("\u2212", "-").replace("{,}", ".")
                if text.lstrip("-").replace(".", "", 1).isdigit():
                    yield name, text, passage.line


def _bare(cell: str) -> str:
    return cell.strip().strip("`*").removeprefix("\\(").removesuffix("\\)").strip("$` ")


def _placed(
    named: Sequence[Named], trace: Trace, network: Network
) -> tuple[dict[str, Named], tuple[tuple[Named, Named], ...]]:
    """Each figure at the address of its step. The same name with another number is of another step, if it can be."""
    placed: dict[str, Named] = {}
    twice: list[tuple[Named, Named]] = []
    for one in named:
        steps = [one.quantity.step] if one.quantity.step else list(range(1, trace.count + 1))
        addresses = [_address(one.quantity._replace(step=step), trace) for step in steps]
        free = [address for address in addresses if address not in placed]
        same = [address for address in addresses if address in placed and _one_number(placed[address], one)]
        if same:
            if len(one.printed) > len(placed[same[0]].printed):
                placed[same[0]] = one
            continue
        fits = [address for address in free if agrees(one.sign * value_at(trace, address), one.printed)]
        if not fits and addresses[0] not in free:
            fits = [address for address in free if _is_near(one, address, addresses[0], trace)]
        if fits:
            placed[fits[0]] = one
        elif addresses[0] in free:
            placed[addresses[0]] = one
        else:  # of no other step either: which of the two the page means, nobody can tell
            twice.append((placed[addresses[0]], one))
    return placed, tuple(twice)


def _is_near(one: Named, address: str, first: str, trace: Trace) -> bool:
    """Whether a number is much nearer to the value at an address than to that of the first step."""
    number, value = float(one.printed), one.sign * value_at(trace, address)
    return abs(number - value) < min(abs(number - one.sign * value_at(trace, first)) / 4, abs(value) / 20)


def _one_number(first: Named, second: Named) -> bool:
    """Whether two printed numbers are one, once with more digits."""
    longer, shorter = sorted((first, second), key=lambda one: len(one.printed.partition(".")[2]), reverse=True)
    return first.sign == second.sign and agrees(float(longer.printed), shorter.printed)


def _address(quantity: Quantity, trace: Trace) -> str:
    places = f"[{','.join(map(str, quantity.indices))}]" if quantity.indices else ""
    return f"{quantity.step or 1}:{quantity.name}{places}"


def _also(audit: Audit, named: Sequence[Named], trace: Trace) -> int:
    """How many results that the page prints without a name are values of the trace, to three figures at least."""
    results = {side.literal.lstrip("-") for chain, _ in audit.chains for side in chain.sides[1:] if side.literal}
    results -= {one.printed.lstrip("-") for one in named}
    values = np.abs(np.concatenate([np.ravel(trace[f"1:{entry.name}"]) for entry in trace.network.schedule]))
    return sum(
        any(agrees(float(value), printed) for value in values[np.abs(values - float(printed)) < 0.01])
        for printed in results
        if len(printed.replace(".", "").lstrip("0")) >= 3
    )


# -- the verdicts


def judged_figures(
    problem: Problem, placed: Mapping[str, Named], trace: Trace
) -> tuple[tuple[Figure, ...], str, tuple[tuple[str, ...], ...]]:
    """Figures by address (1:z1[1]) into their verdicts, the sentence on the convention, and the causes."""
    network = trace.network
    steps = max((int(address.partition(":")[0]) for address in placed), default=1)
    places = {f"{one.step}:{_element(one)}": one for one in questions(network, steps)}
    given = [_given(named, address, trace) for address, named in placed.items() if address not in places]
    asked = [place.address for address, place in places.items() if address in placed]
    if not asked:
        return tuple(given), "", ()
    answers: dict[Quantity, Given] = {}
    for address, named in placed.items():
        number = read_number(named.printed)
        if address in places and isinstance(number, Written):
            answers[quantity_of(places[address])] = Given(named.typed, number, named.sign)
    try:
        made = plan(problem, asked, steps)
        sheets = sheets_of(made.asked, [Resolved(answers, ())])
        checked = check_sheets(made, sheets, Asked())
    except KeyError:  # what lies between the figures is too much to be written out in them
        made = plan(problem, [place.address for place in places.values()], steps)
        sheets = sheets_of(made.asked, [Resolved(answers, ())])
        checked = check_sheets(made, sheets, Asked())
    convention = made.conventions[int(checked.convention[0])]
    judged = judged_in(made, sheets, Asked(), convention)
    causes = tuple(cause.names for cause in checked.causes[0])
    found = []
    for place, question in enumerate(made.asked):
        address = f"{question.step}:{_element(question)}"
        if address not in placed:
            continue
        verdict = Verdict(int(checked.verdicts[place, 0]))
        ends = (float(array[place, 0]) for array in (checked.expected, checked.low, checked.high))
        figure = Figure(placed[address], address, verdict, *ends, bool(checked.repaired[place, 0]))
        if verdict is Verdict.WRONG:
            figure = replace(figure, reasons=tuple(_reasons(figure, place, made, judged, causes, trace)))
        found.append(figure)
    whole = _by_whole_runs(problem, [one for one in found if one.verdict is Verdict.WRONG and not one.reasons])
    figures = [replace(one, reasons=whole.get(one.address, one.reasons)) for one in found]
    return tuple(sorted([*given, *figures], key=lambda one: one.named.line)), convention.says, causes


def _element(question: Question) -> str:
    places = f"[{','.join(map(str, question.places))}]" if question.places else ""
    return f"{question.name}{places}"


def _given(named: Named, address: str, trace: Trace) -> Figure:
    """A number that the problem gives: the page has it or has another."""
    value = named.sign * value_at(trace, address)
    verdict = Verdict.EXACT if agrees(value, named.printed) else Verdict.WRONG
    return Figure(named, address, verdict, value, value, value)


def _reasons(
    figure: Figure, place: int, made: Plan, judged: Judged, causes: Sequence[tuple[str, ...]], trace: Trace
) -> Iterator[Reason]:
    """What explains one wrong figure."""
    alone = tuple(
        mistake.record.name for mistake in made.mistakes if _gives(mistake.forms, mistake.given, place, made, judged)
    )
    shared = tuple(name for names in causes for name in names if name in alone)
    if shared:
        yield Reason("sheet", shared)
    elif alone:
        yield Reason("figure", alone)
    step, _, element = figure.address.partition(":")
    for other in range(1, trace.count + 1):
        if other != int(step) and agrees(figure.named.sign * value_at(trace, f"{other}:{element}"), figure.named.printed):
            yield Reason("stale", (f"{other}:{element}",))


def _gives(forms: object, given: object, place: int, made: Plan, judged: Judged) -> bool:
    """Whether a mistake gives one figure, at the page's own numbers."""
    assert isinstance(forms, Mapping) and isinstance(given, Mapping)
    form = forms.get(made.asked[place].value)
    if form is None:
        return False
    habit = judged.habits[place]
    known = {ref: given.get(ref) or judged.known[ref] for ref in reads([form])}
    return bool(graded(judged.numbers[place], enclose(form, known, habit.digits), habit)[0] < Verdict.FEW_DIGITS)


def _by_whole_runs(problem: Problem, figures: Sequence[Figure]) -> dict[str, tuple[Reason, ...]]:
    """Figures that no step explains, by the runs that give them."""
    wanted = {one.address: one.named.printed for one in figures if one.named.sign > 0}
    if not wanted:
        return {}
    found: dict[str, list[str]] = {}
    for one in whole_runs(problem, wanted):
        for address in one.addresses:
            if one.name:
                found.setdefault(address, []).append(one.name)
    return {address: (Reason("run", tuple(names)),) for address, names in found.items()}
