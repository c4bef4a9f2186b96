"""[data] of a problem file to inputs and targets: one row for each example."""

from __future__ import annotations

import numpy as np

from tracer.errors import TracerError
from tracer.run.given_numbers import check_size, frozen, numbers
from tracer.run.keys import Data, ProblemKeys
from tracer.run.problem import Array
from tracer.run.wording import counted, shown, there_are


def examples(keys: ProblemKeys, where: str) -> tuple[Array | None, Array | None]:
    """Inputs [n,i] and targets [n,k], each None where there is none. Raises TracerError T104, T105 and T107."""
    data, where = keys.data, f"{where}, [data]"
    if data is None:
        return None, None
    inputs = numbers(data.inputs, where, "inputs", (1, 2))
    single = inputs.ndim == 1
    inputs = frozen(np.atleast_2d(inputs))
    if data.labels:
        return inputs, _one_hot(data, _outputs(keys), len(inputs), where)
    if not data.targets:
        return inputs, None
    targets = numbers(data.targets, where, "targets", (1, 2))
    if targets.ndim == 1:
        targets = targets[None, :] if single or len(inputs) == 1 else targets[:, None]
    if len(targets) != len(inputs):
        found = f"{there_are(len(inputs), 'row')} of inputs, but {len(targets)} of targets."
        raise TracerError("T104", where, found, "Expected one row of targets for each example.")
    return inputs, frozen(targets)


def _one_hot(data: Data, units: int | None, count: int, where: str) -> Array:
    """Classes as whole numbers to rows of targets: 1 for the class of an example, 0 for the others; as many as the
    output layer has `units`, or as there are labels."""
    if data.targets:
        raise TracerError("T107", where, "both targets and labels are given.", "", "Leave one of them out.")
    if len(data.labels) != count:
        found = f"{there_are(count, 'row')} of inputs, but {counted(len(data.labels), 'label')}."
        raise TracerError("T104", where, found, "Expected one label for each example.")
    classes = units or max(data.labels) - data.first_label + 1
    for number, label in enumerate(data.labels, 1):
        if not data.first_label <= label < data.first_label + classes:
            found = f"the label of example {number} is {shown(label)}."
            expected = f"Expected {data.first_label} to {data.first_label + classes - 1}, the classes of {classes} "
            raise TracerError("T105", where, found, f"{expected}output units.", "first_label says where they begin.")
    check_size(count * classes, "the number of targets", where)
    targets = np.zeros((count, classes))
    targets[np.arange(count), np.array(data.labels) - data.first_label] = 1.0
    return frozen(targets)


def _outputs(keys: ProblemKeys) -> int | None:
    """How many units the last layer has, where its units or weights tell; None where they are wrong or missing."""
    if not keys.layers:
        return None
    last = keys.layers[-1]
    if last.units:
        return last.units
    rows = last.weights if isinstance(last.weights, list) else []
    if keys.weights_layout == "out-in":
        return len(rows) or None
    return len(rows[0]) if rows and isinstance(rows[0], list) else None
