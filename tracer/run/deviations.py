"""Deviations: named mistakes applied to a run, so that what was published with one comes out as it was published.

A run and a check share these records. `read_as_stated` changes how the numbers of a problem are read; `deviate` changes
the lines of a network that was built, and marks what is no derivative any more. Nothing changes where none is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tracer.calculus.expression import names
from tracer.errors import TracerError
from tracer.run import (
    error_deviations,
    forward_deviations,
    gradient_deviations,
    reading_deviations,
    slope_deviations,
    update_deviations,
)
from tracer.run.deviation import Chosen, Deviation, choose_all
from tracer.run.editing import is_gradient

if TYPE_CHECKING:
    from tracer.run.network import Entry, Network
    from tracer.run.problem import Problem

_FILES = (
    slope_deviations,
    error_deviations,
    gradient_deviations,
    update_deviations,
    forward_deviations,
    reading_deviations,
)
#: a new record in one of the files is found here by itself
DEVIATIONS: dict[str, Deviation] = {record.name: record for file in _FILES for record in file.RECORDS}
NONE = "none"  # for the command line: the run without those that the file names


def deviations_named(values: Iterable[Any], where: str) -> tuple[Chosen, ...]:
    """What a problem file, a command or a call names, checked. Raises TracerError T103, T105, T106 and T107."""
    return choose_all(values, DEVIATIONS, where)


def with_deviations(problem: Problem, values: Iterable[Any] | None) -> Problem:
    """The problem with these deviations in place of its own; None leaves them, () and ["none"] take them away.

    >>> from tracer.run.loading import load
    >>> with_deviations(load("mazur"), ["slope-dropped layer=2"]).deviations[0].place
    {'layer': 2}
    """
    if values is None:
        return problem
    wanted = [values] if isinstance(values, str) else list(values)
    chosen = () if wanted == [NONE] else deviations_named(wanted, "deviations")
    # The keys say it as well: a trace file keeps them.
    keys = {**problem.keys, "deviations": [str(one) for one in chosen]}
    return replace(problem, deviations=chosen, keys=keys)


def in_layer(record: Deviation, layer: int) -> Deviation:
    """A deviation made in one layer alone, under the name by which a problem can ask for it.

    >>> in_layer(DEVIATIONS["slope-dropped"], 2).name
    'slope-dropped layer=2'
    """
    return replace(record, name=str(Chosen(record.name, {"layer": layer})), layer=layer)


def deviation(name: str) -> Deviation:
    """The deviation of a name, which may say the one layer that it is made in."""
    first, _, layer = name.partition(" layer=")
    return in_layer(DEVIATIONS[first], int(layer)) if layer else DEVIATIONS[first]


def read_as_stated(problem: Problem) -> Problem:
    """The problem with its numbers read as its deviations read them. Raises TracerError T108."""
    for chosen in problem.deviations:
        record = DEVIATIONS[chosen.name]
        if record.reads:
            try:
                problem = record.reads(problem, chosen.place)
            except TracerError as error:
                raise error.at(f"deviation {chosen}") from None
    return problem


def deviate(network: Network, declared: Network) -> Network:
    """The network with its lines changed by the deviations of its problem; `declared` is it without any of them.

    Raises TracerError T108 where one of them finds nothing to change.
    """
    made = network
    for chosen in network.problem.deviations:
        record = DEVIATIONS[chosen.name]
        if record.changes:
            try:
                made = record.changes(made, chosen.place)
            except TracerError as error:
                raise error.at(f"deviation {chosen}") from None
    return replace(_marked(made, network), declared=declared)


def _marked(made: Network, before: Network) -> Network:
    """The changed lines marked as what was computed, and with them every gradient that reads one that is none.

    With another forward pass or another error than the one that was differentiated, no gradient is a derivative.
    """
    changed = {entry.name for entry in made.schedule if _differs(entry, before)}
    below = any(entry.name in changed for entry in made.schedule if entry.phase in ("forward", "loss"))
    inexact: set[str] = set()
    schedule = []
    for entry in made.schedule:
        exact = entry.exact and entry.name not in changed
        if is_gradient(made, entry):
            exact = exact and not below and not names(entry.equation.right) & inexact
            inexact |= set() if exact else {entry.name}
        if entry.name in changed:
            says = f"{entry.equation.says}, changed" if entry.equation.says else "changed"
            entry = replace(entry, equation=replace(entry.equation, says=says), ways=())
        schedule.append(replace(entry, exact=exact))
    # What is known of an operation is not true of a line that computes something else.
    bent = {f"slope{made.roles[name].layer}" for name in changed if made.roles[name].kind == "value"}
    return replace(
        made,
        schedule=tuple(schedule),
        operations={name: op for name, op in made.operations.items() if name not in changed},
        parts={
            name: item
            for name, item in made.parts.items()
            if not (name in bent and _is_activation(made, name, changed))
        },
    )


def _differs(entry: Entry, before: Network) -> bool:
    old = before.entry(entry.name)
    return old is None or old.equation.right != entry.equation.right


def _is_activation(network: Network, slope: str, changed: set[str]) -> bool:
    """Whether the slope of a layer is that of an activation which was changed."""
    layer = network.roles[slope].layer
    return any(
        name in changed and network.roles[name].layer == layer and op.kind == "activation"
        for name, op in network.operations.items()
    )
