"""All operations by name. A new record in one of the files is found here by itself."""

from __future__ import annotations

from tracer.ops import (
    activations,
    clipping,
    dense,
    losses,
    metrics,
    optimizers,
    penalties,
    schedules,
    squared_errors,
)
from tracer.ops.operation import Op

_FILES = (dense, activations, squared_errors, losses, penalties, metrics, optimizers, clipping, schedules)
OPERATIONS: tuple[Op, ...] = tuple(op for file in _FILES for op in file.RECORDS)


def _of_kind(kind: str) -> dict[str, Op]:
    return {op.name: op for op in OPERATIONS if op.kind == kind}


LAYERS = _of_kind("layer")
ACTIVATIONS = _of_kind("activation")
LOSSES = _of_kind("loss")
PENALTIES = _of_kind("penalty")
METRICS = _of_kind("metric")
OPTIMIZERS = _of_kind("optimizer")
CLIPPINGS = _of_kind("clipping")
SCHEDULES = _of_kind("schedule")
