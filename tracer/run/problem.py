"""What a problem file says, checked: the record `Problem`, and its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tracer.calculus.equation import Equation
from tracer.run.choices import Choice
from tracer.run.deviation import Chosen
from tracer.run.drawing import Batches
from tracer.run.rounding import FULL_PRECISION, Arithmetic
from tracer.run.shown import Shown

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Layer:
    """One layer as the file gives it. `weights` is [i below, j], `bias` is (), [j] or None; all arrays read-only."""

    activation: str
    weights: Array | None
    bias: Array | None
    bias_updated: bool
    equations: tuple[Equation, ...]
    parameters: Mapping[str, Array]
    options: Mapping[str, float] = field(default_factory=dict)  # of the activation


@dataclass(frozen=True)
class Problem(Shown):
    """What a problem file says, checked. Arrays: `inputs` [n,i], `targets` [n,k], float64 and read-only. `where` is
    how errors name the file."""

    name: str
    where: str
    title: str
    source: str
    note: str
    notation: str
    style: str
    digits: int | str
    weights_layout: str
    inputs: Array | None
    targets: Array | None
    layers: tuple[Layer, ...]
    values: Mapping[str, Array]
    parameters: Mapping[str, Array]
    equations: tuple[Equation, ...]
    sizes: Mapping[str, int]
    loss: str | Equation
    loss_options: Mapping[str, float]
    penalties: tuple[Choice, ...]
    metrics: tuple[str, ...]
    rate: float | None
    schedule: Choice | Equation
    steps: int
    batches: Batches | None  # None where every step uses the examples as they stand
    optimizer: Choice
    clip: float | None
    state: Mapping[str, Array]
    update_order: str
    record: str | int | tuple[int, ...]  # "everything", "loss", "first-and-last", every k-th, or a list
    drawn: str  # how parameters were drawn, "" where all are given
    arithmetic: Arithmetic = FULL_PRECISION  # how results are rounded
    # what the file says, as `from_keys` takes it again; long lists are arrays
    keys: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    deviations: tuple[Chosen, ...] = ()  # named mistakes that the run makes

    @property
    def bare(self) -> bool:
        """Whether the problem is equations alone, without layers."""
        return not self.layers
