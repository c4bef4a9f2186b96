"""All operations by name. A new record in one of the files is found here by itself."""

from __future__ import annotations

from tracer.ops import activations, dense, losses, optimizers
from tracer.ops.operation import Op

OPERATIONS: tuple[Op, ...] = (*dense.RECORDS, *activations.RECORDS, *losses.RECORDS, *optimizers.RECORDS)

LAYERS = {op.name: op for op in OPERATIONS if op.kind == "layer"}
ACTIVATIONS = {op.name: op for op in OPERATIONS if op.kind == "activation"}
LOSSES = {op.name: op for op in OPERATIONS if op.kind == "loss"}
OPTIMIZERS = {op.name: op for op in OPERATIONS if op.kind == "optimizer"}
