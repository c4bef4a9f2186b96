"""What a run deviates in, as a page says it: mistakes, changed lines, and its figures beside the correct ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.calculus.expression import Ref
from tracer.errors import TracerError
from tracer.explain.batches_told import next_is_another
from tracer.explain.inexact import is_changed, replaced_at_once
from tracer.explain.names import whole_number
from tracer.explain.numbers import given, printed
from tracer.explain.reading import Reading
from tracer.explain.tables import Table
from tracer.explain.titles import plain_title, title_of
from tracer.run.deviations import DEVIATIONS
from tracer.run.network import Network
from tracer.run.run import run_network
from tracer.run.trace import Trace

MOST_LINES = 4  # changed lines that are shown, and at least one of each mistake
MOST_FIGURES = 16  # quantities in the table of figures
MOST_READ = 12  # numbers in the table of what was read


@dataclass(frozen=True)
class Mistake:
    """A deviation as a page tells it: `title`, `why` and `remedy` are text, `name` is what a problem file calls it."""

    name: str
    title: str
    why: str
    remedy: str


@dataclass(frozen=True)
class Change:
    """A changed line: what it is, in words, and two TeX equations in index letters. `computed` is "" where the line was
    left out, `correct` where there is none."""

    title: str
    computed: str
    correct: str


@dataclass(frozen=True)
class Deviating:
    """All of it. `changes` are four lines or one of each mistake, `more` says how many others there are; `read` are the
    numbers that were read wrongly, None where there are none; `figures` those that came out differently, and the error
    after the step, None where the correct run diverges; `more_figures` says how many other quantities differ. `same`
    tells that no figure of the step came out differently, `later` that an error after it did, `order` that parameters
    are replaced one by one."""

    mistakes: tuple[Mistake, ...]
    changes: tuple[Change, ...]
    more: int
    read: Table | None
    figures: Table | None
    more_figures: int
    same: bool
    later: bool
    order: bool


def deviating(reading: Reading) -> Deviating | None:
    """The deviations of a reading's run; None where it has none."""
    network = reading.network
    if network.declared is None:
        return None
    found = [DEVIATIONS[chosen.name] for chosen in reading.trace.problem.deviations]
    named = [str(chosen) for chosen in reading.trace.problem.deviations]
    of, told = reading.language.of, reading.language.told
    mistakes = tuple(
        Mistake(name, of(item.title), of(item.why), of(item.remedy)) for name, item in zip(named, found, strict=True)
    )
    correct = corrected_run(reading.trace, reading.step)
    figures = _figures(reading, replace(reading, trace=correct)) if correct else ()
    every = list(_changes(reading))
    errors = tuple(_errors(reading.trace, correct, reading)) if correct else ()
    rows = (*figures[:MOST_FIGURES], *errors)
    shown = _shown(network, [name for name, _ in every])
    return Deviating(
        mistakes,
        tuple(change for name, change in every if name in shown),
        len(every) - len(shown),
        _read(reading),
        Table((told("figure"), told("as computed"), told("correct")), rows) if rows else None,
        max(0, len(figures) - MOST_FIGURES),
        bool(correct) and not figures,
        any(cells[-2] != cells[-1] for cells in errors),
        replaced_at_once(reading.network),
    )


# -- the correct run


def corrected_run(trace: Trace, step: int) -> Trace | None:
    """The same run without its deviations, with the told step kept; None where it diverges."""
    declared = trace.network.declared
    assert declared is not None
    try:
        return run_network(declared, trace.count, [step] if step <= trace.count else "loss")
    except TracerError:
        return None


# -- what was changed


def _shown(network: Network, changed: Sequence[str]) -> set[str]:
    """Which of the changed lines are shown: the first that each mistake changed, then the first of all."""
    made = network.declared
    assert made is not None
    chosen: list[str] = []
    for mistake in network.problem.deviations:
        record = DEVIATIONS[mistake.name]
        if not record.changes:
            continue
        try:
            after = record.changes(made, mistake.place)
        except TracerError:  # it needs the numbers as they were read
            return set(changed)
        found = [name for name in changed if _line(after, name) != _line(made, name)]
        chosen += found[:1]
        made = after
    wanted = dict.fromkeys([*chosen, *changed])
    return set(list(wanted)[: max(MOST_LINES, len(set(chosen)))])


def _line(network: Network, name: str) -> object:
    """What a line or a metric computes; None where there is none."""
    entry = network.entry(name)
    item = entry.equation if entry else network.parts.get(name)
    return item and item.right


def _changes(reading: Reading) -> Iterator[tuple[str, Change]]:
    """The lines that compute something else, and those that were added, left out or counted another way, by name."""
    network, language = reading.network, reading.language
    declared = network.declared
    assert declared is not None
    right = replace(reading, trace=replace(reading.trace, network=declared))
    for entry in network.schedule:
        if is_changed(reading.network, entry):
            old = declared.entry(entry.name)
            title = plain_title(declared, old, language) if old else plain_title(network, entry, language)
            yield entry.name, Change(title, reading.general(entry.equation), right.general(old.equation) if old else "")
    for entry in declared.schedule:
        if network.entry(entry.name) is None:
            yield entry.name, Change(title_of(declared, entry, language), "", right.general(entry.equation))
    for name, item in network.parts.items():
        if network.roles[name].kind == "metric" and declared.parts[name].right != item.right:
            yield name, Change(language.said(item.says), reading.general(item), right.general(declared.parts[name]))


def _read(reading: Reading) -> Table | None:
    """The numbers of the problem that were read as others."""
    network, first = reading.network, replace(reading, step=1)
    declared = network.declared
    assert declared is not None
    right = {**declared.given, **declared.parameters}
    rows = []
    for name, value in {**network.given, **network.parameters}.items():
        for place in np.argwhere(np.asarray(value != right.get(name, value))):
            ref = _element(name, place)
            numbers = [float(item[tuple(place)]) for item in (value, right[name])]
            shown = [given(item) if first.is_given(name) else printed(item, reading.digits) for item in numbers]
            cells = [f"${reading.marked(name, item)}$" for item in shown]
            rows.append((f"${reading.names.symbol(ref)}$", *cells))
    told = reading.language.told
    header = (told("value"), told("as it was read"), told("as it is"))
    return Table(header, tuple(rows[:MOST_READ])) if rows else None


# -- what came out


def _figures(reading: Reading, right: Reading) -> tuple[tuple[str, ...], ...]:
    """The first figure of every quantity that came out differently at the told step, and the error after it."""
    rows: list[tuple[str, ...]] = []
    for entry in reading.network.schedule:
        role = reading.network.roles[entry.name]
        if right.network.entry(entry.name) is None or role.kind == "state":
            continue
        values = [item.trace.value(entry.name, reading.step) for item in (reading, right)]
        differs = np.argwhere(np.asarray(values[0] != values[1]))
        if len(differs):
            place = tuple(differs[0])
            symbol = f"${reading.names.symbol(_element(entry.name, place))}$"
            rows.append((symbol, *(_cell(reading, entry.name, float(value[place])) for value in values)))
    return tuple(rows)


def _errors(computed: Trace, correct: Trace, reading: Reading) -> Iterator[tuple[str, ...]]:
    """The error after the told step, and after the last one."""
    if "E" not in reading.network.shapes or not reading.trace.after:
        return
    symbol = reading.names.symbol(Ref("E"))
    steps = dict.fromkeys((reading.step, reading.trace.count))
    for step in steps:
        values = [_error_after(trace, step) for trace in (computed, correct)]
        told, other = reading.language.told, next_is_another(computed, step)
        if len(steps) == 1 and other:
            what = told("{symbol} of the next batch after the step", symbol=f"${symbol}$")
        elif len(steps) == 1:
            what = told("{symbol} after the step", symbol=f"${symbol}$")
        elif other:
            what = told("{symbol} of the next batch after step {step}", symbol=f"${symbol}$", step=step)
        else:
            what = told("{symbol} after step {step}", symbol=f"${symbol}$", step=step)
        yield (what, *(_cell(reading, "E", value) for value in values))


def _error_after(trace: Trace, step: int) -> float:
    return float(trace.losses[step] if step < trace.count else trace.after["E"])


def _cell(reading: Reading, name: str, value: float) -> str:
    return f"${reading.marked(name, reading.as_printed(name, value * reading.sign(name)))}$"


def _element(name: str, place: Iterable[int]) -> Ref:
    """An element by its place counted from 0."""
    return Ref(name, tuple(whole_number(int(number) + 1) for number in place))
