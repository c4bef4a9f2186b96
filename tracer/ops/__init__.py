"""Operations: declarations only. A record here is all it takes to add one; everything else is made from it."""

from tracer.ops.catalogue import ACTIVATIONS, LAYERS, LOSSES, OPERATIONS, OPTIMIZERS
from tracer.ops.operation import Op

__all__ = ["ACTIVATIONS", "LAYERS", "LOSSES", "OPERATIONS", "OPTIMIZERS", "Op"]
