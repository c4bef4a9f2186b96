"""Random numbers for operations that go together: what a record says of its outputs, targets and units is kept.

Nothing here names an operation, so a new record is drawn by being there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tracer.ops import ACTIVATIONS, LOSSES, Op


def last_activations(loss: str) -> list[str]:
    """The activations whose outputs a loss takes ("" for none)."""
    op = LOSSES[loss]
    low, high = op.outputs
    fitting = [name for name, made in ACTIVATIONS.items() if low <= made.outputs[0] and made.outputs[1] <= high]
    return fitting if low > -np.inf or op.input == "z" else ["", *fitting]


def losses_for(activation: str) -> list[str]:
    """The losses that take the outputs of an activation."""
    return [name for name in LOSSES if activation in last_activations(name)]


def units(*names: str) -> int:
    """The smallest number of units that the named operations make sense of."""
    return max((op.units for name in names for op in (ACTIVATIONS.get(name) or LOSSES.get(name),) if op), default=1)


def targets(loss: str, shape: tuple[int, int], random: np.random.Generator) -> Any:
    """Targets that a loss takes; of losses of classes a class for each example."""
    op: Op = LOSSES[loss]
    if op.units > 1:
        rows = np.zeros(shape)
        rows[np.arange(shape[0]), random.integers(0, shape[1], shape[0])] = 1.0
        return rows
    if op.target_values:
        return random.choice(op.target_values, shape)
    return random.uniform(max(op.targets[0], 0.1), min(op.targets[1], 0.9), shape)
