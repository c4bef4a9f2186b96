"""The short form of a delta where an activation and a loss cancel: output minus target, as textbooks have it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracer.calculus.equation import renamed
from tracer.calculus.expression import Expr, Index, Number, Ref
from tracer.check.questions import element_of
from tracer.ops.pairs import PAIRS
from tracer.run.network import Network


def short_forms(value: Ref, network: Network) -> Iterator[Expr]:
    """What the delta of an output comes to, if it is one and its activation and loss are a pair."""
    step, _, name = value.name.rpartition(":")
    loss = network.problem.loss
    if network.problem.bare or name != f"delta{network.layers}" or not isinstance(loss, str):
        return
    pair = PAIRS.get((network.problem.layers[-1].activation, loss))
    targets = network.given.get("t")
    if pair is None or (pair.given and (targets is None or not np.allclose(targets.sum(axis=-1), 1))):
        return
    result = network.result_of(network.layers)
    axis = network.axes[result][-1].axis
    line = renamed(pair.lines[-1], {"delta": name, "a": result}, {"k": axis, "l": axis})
    indices = [index for index in line.left.indices if isinstance(index, Index)]
    places = tuple(int(index.value) for index in value.indices if isinstance(index, Number))
    yield element_of(network, line.right, indices, places, int(step or 1))
