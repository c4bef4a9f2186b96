"""The slopes that a problem file states, against the equations they are stated for."""

from __future__ import annotations

import numpy as np

from tracer.calculus.equation import Equation, Textbook
from tracer.calculus.expression import Ref
from tracer.calculus.language import to_text
from tracer.errors import TracerError, shortened
from tracer.run.forward_pass import compute
from tracer.run.network import Network
from tracer.run.problem import Array

STEP, CLOSE = 1e-6, 1e-5


def check_known_slopes(network: Network) -> None:
    """Refuse a stated slope that is none, at the values of the first forward pass. Raises TracerError T207.

    The value is moved a little up and a little down; the slope has to lie between the two difference quotients. At a
    kink that is a whole range, so a file may state its own convention there.
    """
    stated = [entry.equation for entry in network.phase("forward") if entry.name not in network.operations]
    if not any(item.textbook for item in stated):
        return
    forward = [entry.equation for entry in network.phase("forward")]
    values = {**network.given, **network.parameters}
    values |= compute(forward, values, network)
    if not all(np.isfinite(value).all() for value in values.values()):
        return  # the run will say so, and where
    for item in stated:
        for known in item.textbook:
            _check(item, known, values, network)


def _check(item: Equation, known: Textbook, values: dict[str, Array], network: Network) -> None:
    name = item.left.name
    here, value = values[name], values[known.by]
    slope = Equation(Ref("slope", item.left.indices), known.form)
    found = compute([slope], values, network, {"slope": here.shape})["slope"]
    move = STEP * max(1.0, float(np.max(np.abs(value))))
    up, down = ((compute([item], {**values, known.by: value + by}, network)[name] - here) / by for by in (move, -move))
    low, high, room = np.minimum(up, down), np.maximum(up, down), CLOSE * (1.0 + np.abs(found) + np.abs(here))
    wrong = ~((low - room <= found) & (found <= high + room))
    if not np.any(wrong):
        return
    place = np.unravel_index(int(np.argmax(wrong)), here.shape)
    at = f"[{','.join(str(number + 1) for number in place)}]" if place else ""
    raise TracerError(
        "T207",
        f"{network.problem.where}, equation '{shortened(item)}'",
        f"the slope by '{known.by}' is stated as '{shortened(to_text(known.form))}', which is "
        f"{float(found[place]):.6g} for {name}{at}, but the slope there is {float((up[place] + down[place]) / 2):.6g}.",
        "Expected the derivative.",
        "Put it right, or leave slopes out: the derivative is found without them.",
    )
