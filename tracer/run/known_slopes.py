"""The slopes that a problem file states, against the equations they are stated for."""

from __future__ import annotations

import numpy as np

from tracer.calculus.chain_rule import paths
from tracer.calculus.equation import Equation, Textbook
from tracer.calculus.expression import Expr, Mul, Ref, Sum
from tracer.calculus.expression_text import to_text
from tracer.errors import TracerError, shortened
from tracer.run.forward_pass import compute
from tracer.run.network import Network
from tracer.run.problem import Array

STEP, CLOSE = 1e-6, 1e-5


def check_known_slopes(network: Network) -> None:
    """Refuse a stated slope that is none, at the values of the first forward pass. Raises TracerError T207.

    The value is moved a little up and a little down; what the slope says of that has to lie between the two difference
    quotients. At a kink that is a whole range, so a file may state its own convention there.
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
    path = paths(item, known.by)[0]
    direction = np.asarray(
        np.random.default_rng(0).uniform(0.5, 1.5, value.shape)
    )  # of one place each, where several are read
    change: Expr = Mul((path.coefficient, Ref("direction", path.indices)))
    change = Sum(path.bound, change) if path.bound else change
    shapes = {"change": here.shape, "direction": value.shape}
    given = {**values, "direction": direction}
    found = compute([Equation(Ref("change", item.left.indices), change)], given, network, shapes)["change"]
    move = STEP * max(1.0, float(np.max(np.abs(value))))
    up, down = (
        (compute([item], {**values, known.by: value + by * direction}, network)[name] - here) / by
        for by in (move, -move)
    )
    low, high, room = np.minimum(up, down), np.maximum(up, down), CLOSE * (1.0 + np.abs(found) + np.abs(here))
    wrong = ~((low - room <= found) & (found <= high + room))
    if not np.any(wrong):
        return
    place = np.unravel_index(int(np.argmax(wrong)), here.shape)
    at = f"[{','.join(str(number + 1) for number in place)}]" if place else ""
    where = f"{network.problem.where}, equation '{shortened(item)}'"
    stated = f"the slope by '{known.by}' is stated as '{shortened(to_text(known.form))}', which is not the derivative"
    if not path.bound:
        scale = float(direction[place] if direction.shape == here.shape else 1.0)
        slope, right = float(found[place]) / scale, float((up[place] + down[place]) / 2) / scale
        stated += f": it is {slope:.6g} for {name}{at}, where the derivative is {right:.6g}"
    raise TracerError(
        "T207", where, f"{stated}.", "", "Put it right, or leave slopes out: the derivative is found without them."
    )
