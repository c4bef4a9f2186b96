"""Numbers that are drawn: initial weights and biases, and the order of the examples in each epoch."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracer.errors import TracerError
from tracer.run.keys import Draw, Random
from tracer.run.wording import shown

Array = np.ndarray[Any, np.dtype[Any]]

#: what a distribution is called in a sentence
_IN_WORDS = {
    "uniform": "uniformly",
    "normal": "from a normal distribution",
    "fan-in": "uniformly up to 1/sqrt(units below)",
    "xavier": "uniformly as Glorot and Bengio (2010) do",
    "xavier-normal": "normally as Glorot and Bengio (2010) do",
    "he": "normally as He and others (2015) do",
    "he-uniform": "uniformly as He and others (2015) do",
}


class Drawing:
    """A source of random numbers as a problem file asks for it; what is drawn later goes on where the last draw ended.

    `said` tells in words what was drawn, "" for nothing.
    """

    def __init__(self, keys: Random, where: str) -> None:
        self.keys, self.where, self.said = keys, where, ""
        self.generator: Any = None

    def _start(self) -> None:
        if self.generator is not None:
            return
        if not 0 <= self.keys.seed < 2**32:
            found = f"seed is {shown(self.keys.seed)}."
            raise TracerError("T504", f"{self.where}, [random]", found, "Expected 0 to 4294967295.")
        legacy = self.keys.generator == "legacy"
        self.generator = np.random.RandomState(self.keys.seed) if legacy else np.random.default_rng(self.keys.seed)

    def numbers(self, how: Draw, shape: tuple[int, ...], below: int, units: int, where: str) -> Array:
        """Numbers of a shape, for a layer of `units` above `below`. Raises TracerError T105 and T504."""
        if how.draw == "uniform" and not (how.low <= how.high and math.isfinite(how.high - how.low)):
            found = f"numbers are to be drawn from {how.low} to {how.high}."
            raise TracerError("T105", where, found, "Expected finite numbers, low not above high.")
        if how.draw == "normal" and not (math.isfinite(how.mean) and 0 <= how.deviation < math.inf):
            found = f"mean is {how.mean} and deviation {how.deviation}."
            raise TracerError("T105", where, found, "Expected finite numbers, the deviation not below 0.")
        if how.draw == "zeros":
            return np.zeros(shape)
        self._start()
        self.say(how.draw)
        match how.draw:
            case "uniform":
                return self.uniform(how.low, how.high, shape)
            case "normal":
                return self.normal(how.mean, how.deviation, shape)
            case "xavier-normal":
                return self.normal(0.0, math.sqrt(2 / (below + units)), shape)
            case "he":
                return self.normal(0.0, math.sqrt(2 / below), shape)
        reach = {"fan-in": 1 / below, "xavier": 6 / (below + units), "he-uniform": 6 / below}[how.draw]
        limit = 1 / math.sqrt(below) if how.draw == "fan-in" else math.sqrt(reach)
        return self.uniform(-limit, limit, shape)

    def say(self, kind: str) -> None:
        """Note how numbers were drawn, the first way only: a page tells it in one sentence."""
        legacy = self.keys.generator == "legacy"
        call = f"numpy.random.{'seed' if legacy else 'default_rng'}({self.keys.seed})"
        self.said = self.said or f"drawn {_IN_WORDS[kind]} with {call}"

    def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> Array:
        """low + (high - low) * random: the bits of `2*np.random.random(...) - 1`."""
        legacy = isinstance(self.generator, np.random.RandomState)
        draw = self.generator.random_sample if legacy else self.generator.random
        result: Array = low + (high - low) * draw(shape)
        return result

    def normal(self, mean: float, deviation: float, shape: tuple[int, ...]) -> Array:
        """mean + deviation * randn."""
        result: Array = mean + deviation * self.generator.standard_normal(shape)
        return result

    def for_orders(self) -> Any:
        """The generator as it is now, for the orders of the epochs."""
        self._start()
        return self.generator


@dataclass(frozen=True)
class Batches:
    """Which examples each step uses: `size` of `examples`, in order or, with a `generator`, in a new order in each
    epoch. `generator` is None for the order of the file; it is copied before it is used."""

    examples: int
    size: int
    generator: Any = None

    @property
    def in_epoch(self) -> int:
        """How many steps an epoch has."""
        return self.examples // self.size

    @property
    def whole(self) -> bool:
        """Whether every step uses all examples in the order of the file."""
        return self.size == self.examples and self.generator is None

    def rows(self, steps: int) -> Array:
        """[step, place]: the examples (from 0) of so many steps.

        >>> Batches(4, 2).rows(3).tolist()
        [[0, 1], [2, 3], [0, 1]]
        """
        epochs = -(-steps // self.in_epoch)
        used = self.in_epoch * self.size
        generator = copy.deepcopy(self.generator)
        if generator is None:
            order = np.tile(np.arange(used, dtype=np.int32), (epochs, 1))
        else:
            order = np.stack([generator.permutation(self.examples)[:used].astype(np.int32) for _ in range(epochs)])
        return order.reshape(epochs * self.in_epoch, self.size)[:steps]
