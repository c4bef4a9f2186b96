"""How the delta of the output layer gets short: an activation and a loss that cancel each other, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from tracer.calculus.equation import Equation, renamed
from tracer.calculus.expression import Ref
from tracer.explain.inexact import is_changed
from tracer.explain.names import whole_number
from tracer.explain.reading import Line, Reading
from tracer.explain.relations import EQUAL
from tracer.explain.worked import aligned
from tracer.ops.pairs import PAIRS, Pair
from tracer.run.forward_pass import compute
from tracer.run.rounding import gradients_are_rounded

CLOSE = 1e-12  # targets that add up to 1 do so up to float64
MOST = 6  # elements of the short form that are worked out


@dataclass(frozen=True)
class Cancellation:
    """What delta comes to. `chain` (TeX) are all forms of it in index letters, as far as they hold; `given` is what the
    last form needs ("" for nothing) and `holds` whether the targets of this step give it. `units` (TeX) are elements
    worked out by the last form told; () where the gradients are rounded on the way, so that theirs are others."""

    activation: str
    loss: str
    symbol: str
    chain: str
    lines: tuple[Line, ...]
    given: str
    holds: bool
    source: str
    units: tuple[str, ...]


def cancellation(reading: Reading, name: str, places: Iterable[tuple[int, ...]]) -> Cancellation | None:
    """The delta called `name`, told short at some of its `places`; None where nothing is known to cancel, and where a
    deviation changed what it is made of."""
    network = reading.network
    loss = network.problem.loss
    if network.problem.bare or name != f"delta{network.layers}" or not isinstance(loss, str):
        return None
    pair = PAIRS.get((network.problem.layers[-1].activation, loss))
    if pair is None or _is_deviating(reading, name):
        return None
    result = network.result_of(network.layers)
    items = _in_network(pair, name, result, network.axes[result][-1].axis)
    holds = not pair.given or _agree(reading, items[-2], items[-1])
    told = items if holds else items[:-1]
    formulas = [reading.general(item).partition(" = ") for item in told]
    lines = tuple(Line(EQUAL, right) for _, _, right in formulas)
    chosen = [] if gradients_are_rounded(network) else list(places)[:MOST]
    return Cancellation(
        activation=pair.activation,
        loss=pair.loss,
        symbol=formulas[0][0],
        chain=aligned(formulas[0][0], lines),
        lines=lines,
        given=reading.language.of(pair.given),
        holds=holds,
        source=pair.source,
        units=tuple(_unit(reading, told[-1], place) for place in chosen),
    )


@lru_cache(maxsize=64)
def _in_network(pair: Pair, delta: str, output: str, axis: str) -> tuple[Equation, ...]:
    """The lines of a pair under the names of a network; the same ones each time, as printed forms are kept by them."""
    own = {"delta": delta, "a": output}
    return tuple(renamed(line, own, {"k": axis, "l": axis}) for line in pair.lines)


def _is_deviating(reading: Reading, name: str) -> bool:
    """Whether the line itself is no derivative, or something in the output layer or the loss was changed."""
    network = reading.network
    entry = network.entry(name)
    top = [
        item for item in network.schedule if item.phase == "loss" or network.roles[item.name].layer == network.layers
    ]
    return entry is None or not entry.exact or any(is_changed(network, item) for item in top if item.phase != "update")


def _agree(reading: Reading, first: Equation, second: Equation) -> bool:
    """Whether two forms give the same numbers for every example of this step."""
    network = reading.network
    shape = network.shapes[first.left.name]
    items = [replace(item, left=Ref(f"form{place}", item.left.indices)) for place, item in enumerate((first, second))]
    values = {name: reading.trace.value(name, reading.step) for name in (network.result_of(network.layers), "t")}
    one, other = compute(items, values, network, {item.left.name: shape for item in items}).values()
    return bool(np.allclose(one, other, rtol=CLOSE, atol=CLOSE))


def _unit(reading: Reading, item: Equation, places: tuple[int, ...]) -> str:
    ref = Ref(item.left.name, tuple(map(whole_number, places)))
    return aligned(reading.names.symbol(ref), reading.element_steps(item, places, reading.number(ref)))
