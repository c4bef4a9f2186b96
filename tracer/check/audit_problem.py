"""The figures that a page prints under a name, judged against the trace of a problem as if they were handed in.

A page is a sheet with the digits that are printed. A name that comes twice with two numbers is taken for two steps of
training where the trace has both. What is wrong is explained, if it can be: by a mistake that the sheet as a whole
shows, by one that gives this figure alone, by a number that was left standing from another step, or by a whole run
with a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.check.audit import Audit
from tracer.check.checking import Plan, check_sheets, judged_in, plan
from tracer.check.conventions import Convention
from tracer.check.evidence import SURE_FIGURES
from tracer.check.grades import Verdict, graded
from tracer.check.habits import Asked
from tracer.check.intervals import enclose
from tracer.check.named_figures import Named, address_of, named_on, placed_in
from tracer.check.questions import Question, questions
from tracer.check.sheets import quantity_of, sheets_of
from tracer.check.verdicts import Judged, reads
from tracer.check.whole_runs import agrees, own_run, value_at, whole_runs
from tracer.explain.names import names_of
from tracer.explain.notation import Notation
from tracer.read.number import Written, read_number
from tracer.read.passage import Page
from tracer.read.resolved import Given, Quantity, Resolved, Vocabulary
from tracer.run.building import build
from tracer.run.deviations import DEVIATIONS
from tracer.run.problem import Problem
from tracer.run.trace import Trace

MOST_QUESTIONS = 70  # elements of one step, up to which those between the figures are written out
FEW = 3  # figures of later steps that are compared with the run, and not computed from those of the first
MOST_STEPS = 10  # of a run, among which a figure that is printed twice is looked for


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
    given: bool = False  # the problem states it
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Against:
    """A page against a problem. `convention` is the sentence on the convention that the page is in, "" for the
    problem's own; `twice` are figures that are printed with one name and two numbers; `unknown` counts names that the
    problem does not have, `also` numbers without a name that are values of the trace, `elsewhere` given ones that come
    again with another number."""

    figures: tuple[Figure, ...]
    convention: str = ""
    causes: tuple[tuple[str, ...], ...] = ()
    twice: tuple[tuple[Named, Named], ...] = ()
    unknown: int = 0
    also: int = 0
    elsewhere: int = 0

    @property
    def wrong(self) -> tuple[Figure, ...]:
        """The figures that are wrong."""
        return tuple(figure for figure in self.figures if figure.verdict is Verdict.WRONG)


def audit_against(problem: Problem, notation: Notation, page: Page, audit: Audit) -> Against:
    """The named figures of a page into their verdicts."""
    problem = replace(problem, deviations=())
    network = build(problem)
    vocabulary = Vocabulary(names_of(network, notation))
    named, unknown = named_on(page, audit, vocabulary)
    trace = own_run(problem, max(2, min(problem.steps, MOST_STEPS)) if network.updated else 1)
    placed, twice, elsewhere = placed_in(named, trace)
    figures, convention, causes = judged_figures(problem, placed, trace)
    return Against(figures, convention, causes, twice, unknown, _also(audit, named, trace), elsewhere)


def judged_figures(
    problem: Problem, placed: Mapping[str, Named], trace: Trace
) -> tuple[tuple[Figure, ...], str, tuple[tuple[str, ...], ...]]:
    """Figures by address (1:z1[1]) into their verdicts, the sentence on the convention, and the causes."""
    asked = _questions(placed, trace)
    stated = {**trace.network.given, **trace.network.parameters, **trace.network.state}
    figures = {
        address: _as_in_the_trace(named, address, trace, given=named.quantity.name in stated)
        for address, named in placed.items()
        if address not in asked
    }
    found, convention, causes, ruled_out = _computed(problem, placed, asked, trace)
    figures |= found
    left = [one for one in figures.values() if one.verdict is Verdict.WRONG and not one.reasons and not one.given]
    for address, reasons in _by_whole_runs(problem, left, ruled_out).items():
        figures[address] = replace(figures[address], reasons=reasons)
    return tuple(sorted(figures.values(), key=lambda one: one.named.line)), convention, causes


#: figures by address, the convention, the causes, and the mistakes that are ruled out
Judgement = tuple[dict[str, Figure], str, tuple[tuple[str, ...], ...], frozenset[str]]


def _computed(problem: Problem, placed: Mapping[str, Named], asked: Mapping[str, Question], trace: Trace) -> Judgement:
    """The figures that are computed: as one sheet, if it can be; else those of the first step as one, and those of
    later steps beside the run."""
    small = len(questions(trace.network)) <= MOST_QUESTIONS  # else there is too much between them to write out
    later = sum(question.step > 1 for question in asked.values())
    first = _questions(_at_first(placed), trace) if later else asked
    for some, missing in ((asked, False), (first, False), (first, True)):
        if not some or (not missing and not small) or (some is asked and 0 < later < FEW):
            continue
        try:
            found, convention, causes, ruled_out = _judged(problem, placed, some, trace, missing)
        except KeyError:  # what lies between the figures is too much to be written out
            continue
        break
    else:
        found, convention, causes, ruled_out = {}, "", (), frozenset()
    rest = (address for address in asked if address not in found)
    return (
        found | {one: _as_in_the_trace(placed[one], one, trace, given=False) for one in rest},
        convention,
        causes,
        ruled_out,
    )


def _questions(placed: Mapping[str, Named], trace: Trace) -> dict[str, Question]:
    """What can be asked among the addresses of figures: all that is not given."""
    steps = max((int(address.partition(":")[0]) for address in placed), default=1)
    every = {
        address_of(quantity_of(one), trace): one
        for one in questions(trace.network, min(steps, trace.count, MOST_STEPS))
    }
    return {address: every[address] for address in placed if address in every}


def _at_first(placed: Mapping[str, Named]) -> dict[str, Named]:
    """The figures of the first step."""
    return {address: named for address, named in placed.items() if address.startswith("1:")}


def _judged(
    problem: Problem,
    placed: Mapping[str, Named],
    asked: Mapping[str, Question],
    trace: Trace,
    missing: bool,
) -> Judgement:
    """The figures that answer questions, judged as one sheet; with `missing` as one on which all else was left out."""
    steps = max(question.step for question in asked.values())
    every = questions(trace.network, steps) if missing else asked.values()
    made = plan(problem, [question.address for question in every], steps)
    answers: dict[Quantity, Given] = {}
    for address, question in asked.items():
        number = read_number(placed[address].printed)
        if isinstance(number, Written):
            answers[quantity_of(question)] = Given(placed[address].typed, number, placed[address].sign)
    sheets = sheets_of(made.asked, [Resolved(answers, ())])
    checked = check_sheets(made, sheets, Asked())
    convention = made.conventions[int(checked.convention[0])]
    judged = judged_in(made, sheets, Asked(), convention)
    ruled_out = _ruled_out(made, judged, checked.verdicts[:, 0])
    causes = tuple(_left(cause.names, ruled_out) for cause in checked.causes[0] if cause.answers > 1)
    found = {}
    for place, question in enumerate(made.asked):
        address = address_of(quantity_of(question), trace)
        if address not in asked:
            continue
        verdict = Verdict(int(checked.verdicts[place, 0]))
        expected, low, high = (float(array[place, 0]) for array in (checked.expected, checked.low, checked.high))
        repaired = bool(checked.repaired[place, 0])
        figure = Figure(placed[address], address, verdict, expected, low, high, repaired)
        if verdict is Verdict.WRONG:
            figure = replace(figure, reasons=tuple(_reasons(figure, place, made, judged, causes, ruled_out, trace)))
        found[address] = figure
    says = convention.says
    own = made.conventions[0]
    if says and convention is not own:
        others = _also_explained(made, judged_in(made, sheets, Asked(), own), convention)
        if others:
            titles = " or ".join(f"{DEVIATIONS[name].title.rstrip('.')} ({name})" for name in others)
            says = f"{says} A mistake gives the same numbers: {titles}."
    return found, says, causes, ruled_out


def _also_explained(made: Plan, judged: Judged, convention: Convention) -> list[str]:
    """The mistakes that give every figure of the page that is wrong in the problem's own convention, where no right
    one speaks against them, without those that are the convention of the page."""
    wrong = [place for place, verdict in enumerate(judged.verdicts[:, 0]) if verdict == Verdict.WRONG]
    ruled_out = _ruled_out(made, judged, judged.verdicts[:, 0])
    return [
        mistake.record.name
        for mistake in made.mistakes
        if wrong
        and mistake.record.name not in ruled_out
        and not mistake.is_in(convention, made.conventions[0].sides)
        and all(_gives(mistake.forms, mistake.given, place, made, judged) for place in wrong)
    ][:3]


def _ruled_out(made: Plan, judged: Judged, verdicts: Iterable[int]) -> frozenset[str]:
    """The mistakes that a right figure of the page speaks against: with them it would be another."""
    right = [place for place, verdict in enumerate(verdicts) if verdict <= Verdict.TRUNCATED]
    return frozenset(
        mistake.record.name
        for mistake in made.mistakes
        if any(
            made.asked[place].value in mistake.forms and not _gives(mistake.forms, mistake.given, place, made, judged)
            for place in right
        )
    )


def _left(names: Sequence[str], ruled_out: frozenset[str]) -> tuple[str, ...]:
    """The names that are not ruled out; all of them where each is, for one may have been made at one place alone."""
    return tuple(name for name in names if name not in ruled_out) or tuple(names)


def _as_in_the_trace(named: Named, address: str, trace: Trace, given: bool) -> Figure:
    """A number that the problem gives, or one of a later step: the page has what the trace has, or another."""
    value = named.sign * value_at(trace, address)
    verdict = Verdict.EXACT if agrees(value, named.printed) else Verdict.WRONG
    return Figure(named, address, verdict, value, value, value, given=given)


def _reasons(
    figure: Figure,
    place: int,
    made: Plan,
    judged: Judged,
    causes: Sequence[tuple[str, ...]],
    ruled_out: frozenset[str],
    trace: Trace,
) -> Iterator[Reason]:
    """What explains one wrong figure."""
    alone = tuple(
        mistake.record.name for mistake in made.mistakes if _gives(mistake.forms, mistake.given, place, made, judged)
    )
    shared = tuple(name for names in causes for name in names if name in alone)
    if shared:
        yield Reason("sheet", shared)
    elif alone:
        yield Reason("figure", _left(alone, ruled_out))
    step, _, element = figure.address.partition(":")
    for other in range(1, trace.count + 1):
        value = figure.named.sign * value_at(trace, f"{other}:{element}")
        if other != int(step) and agrees(value, figure.named.printed):
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


def _by_whole_runs(
    problem: Problem, figures: Sequence[Figure], ruled_out: frozenset[str]
) -> dict[str, tuple[Reason, ...]]:
    """Figures that no step explains, by the runs that give them: all of them together, or one with so many digits that
    it is no chance."""
    wanted = {one.address: one.named.printed for one in figures if one.named.sign > 0}
    found: dict[str, list[str]] = {}
    if wanted:
        for one in whole_runs(problem, wanted):
            for address in one.addresses:
                if one.name and (len(one.addresses) > 1 or len(wanted) == 1 or _is_no_chance(wanted[address])):
                    found.setdefault(address, []).append(one.name)
    for address, printed in wanted.items():
        if address not in found:
            names = [one.name for one in whole_runs(problem, {address: printed}, _at(address)) if one.name]
            if names:
                found[address] = names
    return {address: (Reason("run", _left(names, ruled_out)),) for address, names in found.items()}


def _is_no_chance(printed: str) -> bool:
    return len(printed.lstrip("-0.").replace(".", "")) >= SURE_FIGURES


def _at(address: str) -> list[str]:
    """The mistakes that are made at one place, at that of a figure (2:z1[3,1]: unit 1 of layer 1)."""
    element = address.partition(":")[2]
    layer, place = re.search("[0-9]+", element.partition("[")[0]), re.search(r"([0-9]+)\]", element)
    if layer is None or place is None:
        return []
    words = {"layer": layer[0], "unit": place[1]}
    return [
        " ".join([record.name, *(f"{word}={words[word]}" for word in record.places if word in words)])
        for record in DEVIATIONS.values()
        if "unit" in record.places
    ]


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
