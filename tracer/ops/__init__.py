"""Operations: declarations only. A record here is all it takes to add one; everything else is made from it."""

from tracer.ops.catalogue import (
    ACTIVATIONS,
    CLIPPINGS,
    LAYERS,
    LOSSES,
    METRICS,
    OPERATIONS,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
)
from tracer.ops.operation import Op, Option

__all__ = [
    "ACTIVATIONS",
    "CLIPPINGS",
    "LAYERS",
    "LOSSES",
    "METRICS",
    "OPERATIONS",
    "OPTIMIZERS",
    "PENALTIES",
    "SCHEDULES",
    "Op",
    "Option",
]
