"""The given numbers of a problem file as slots that can be filled with others, and the numbers that fit into each.

A number keeps its sign and how many decimals it has, and stays near those of its kind: the weights of a layer, the
inputs, the learning rate. What is 0 stays 0, data of 0 and 1 alone stay as they are, and a rate of 1 becomes another.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracer.check.questions import decimals_of
from tracer.run.problem import Problem

FEWEST = 3  # numbers that a kind needs to choose from; with fewer of them it gets one more decimal
#: how far numbers of a kind may lie below the smallest and above the largest of them; targets keep to theirs
BELOW, ABOVE = 0.5, 1.5
DRAWN = 2  # decimals of a number that the file does not give, but draws

Keys = dict[str, Any]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Slot:
    """One given number: where it stands in the keys of the file, its value, and the kind of numbers it belongs to."""

    path: Path
    value: float
    kind: Path


@dataclass(frozen=True)
class Choice:
    """The numbers that a kind may have, without sign: whole multiples of the last decimal; () where they stay."""

    decimals: int
    counts: tuple[int, ...]


def plain_keys(problem: Problem) -> Keys:
    """The keys of a problem as lists and numbers; what the file draws stands there as numbers of two decimals."""
    keys: Keys = _listed(problem.keys)
    for layer, given in zip(problem.layers, keys.get("layers", ()), strict=False):
        for name, array in (("weights", layer.weights), ("bias", layer.bias)):
            if isinstance(given.get(name), Mapping) and array is not None:
                turned = array.T if name == "weights" and problem.weights_layout == "out-in" else array
                given[name] = np.round(turned, DRAWN).tolist()
    if keys.get("source"):
        keys["source"] = f"{keys['source']} (with other numbers)"
    keys.pop("note", None)  # it may tell of the numbers that were
    keys.pop("deviations", None)
    keys.pop("arithmetic", None)
    return keys


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _listed(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [_listed(item) for item in value] if isinstance(value, list) else value


def slots(keys: Keys) -> tuple[Slot, ...]:
    """Every given number that an exercise may have otherwise, in the order of the file."""
    found = []
    for kind, value in _kinds(keys):
        numbers = list(_numbers(value, kind))
        whole = kind[0] == "data" and all(number in (0, 1, -1) for _, number in numbers)
        found += [] if whole else [Slot(path, number, kind) for path, number in numbers]
    return tuple(found)


def _kinds(keys: Keys) -> Iterator[tuple[Path, Any]]:
    for name in ("inputs", "targets"):
        if name in keys.get("data", {}):
            yield ("data", name), keys["data"][name]
    for place, layer in enumerate(keys.get("layers", ())):
        for name in ("weights", "bias"):
            if layer.get(name) is not None:
                yield ("layers", place, name), layer[name]
        for name, value in layer.get("parameters", {}).items():
            yield ("layers", place, "parameters", name), value
    for table in ("values", "parameters"):
        for name, value in keys.get(table, {}).items():
            yield (table, name), value
    if keys.get("training", {}).get("rate") is not None:
        yield ("training", "rate"), keys["training"]["rate"]


def _numbers(value: Any, path: Path) -> Iterator[tuple[Path, float]]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _numbers(item, (*path, place))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def with_numbers(keys: Keys, places: Sequence[Slot], numbers: Sequence[float]) -> Keys:
    """The keys with other numbers in those slots."""
    made: Keys = copy.deepcopy(keys)
    for slot, number in zip(places, numbers, strict=True):
        holder: Any = made
        for step in slot.path[:-1]:
            holder = holder[step]
        holder[slot.path[-1]] = number
    return made


def choices(places: Sequence[Slot]) -> dict[Path, Choice]:
    """For each kind the numbers that its slots may have."""
    kinds: dict[Path, list[float]] = {}
    for slot in places:
        kinds.setdefault(slot.kind, []).append(slot.value)
    return {kind: _choice(kind, [abs(value) for value in values if value]) for kind, values in kinds.items()}


def _choice(kind: Path, sizes: Sequence[float]) -> Choice:
    if not sizes:
        return Choice(0, ())
    exact = [decimals_of(size) for size in sizes]
    decimals = int(max((count for count in exact if np.isfinite(count)), default=DRAWN))
    low, high = min(sizes), max(sizes)
    if kind[:2] != ("data", "targets"):
        low, high = low * BELOW, high * ABOVE
    is_rate = kind == ("training", "rate")
    for more in range(1 if is_rate and decimals else 2):
        step = 10 ** (decimals + more)
        counts = list(range(max(1, int(np.ceil(low * step - 1e-9))), int(high * step + 1e-9) + 1))
        if is_rate:
            counts = [count for count in counts if count != step]
        if len(counts) >= FEWEST:
            return Choice(decimals + more, tuple(counts))
    return Choice(decimals, ())


def drawn(places: Sequence[Slot], kinds: Mapping[Path, Choice], seed: bytes, candidates: int) -> np.ndarray[Any, Any]:
    """Numbers for every slot, an array [slot, candidate]: the same for the same seed on every machine. The numbers of a
    kind all differ in size, as long as there are enough of them.

    >>> one = (Slot(("training", "rate"), 0.5, ("training", "rate")),)
    >>> drawn(one, choices(one), b"anna", 4).tolist()
    [[0.3, 0.3, 0.4, 0.3]]
    """
    stream = hashlib.shake_256(seed).digest(8 * max(1, len(places) * candidates))
    digits = np.frombuffer(stream, dtype=">u8")
    made = np.empty((len(places), candidates))
    at = 0
    for candidate in range(candidates):
        left: dict[Path, list[int]] = {}
        for place, slot in enumerate(places):
            choice = kinds[slot.kind]
            made[place, candidate] = slot.value
            if choice.counts and slot.value:
                if not left.get(slot.kind):
                    left[slot.kind] = list(choice.counts)
                pool = left[slot.kind]
                count = pool.pop(int(digits[at]) % len(pool))
                made[place, candidate] = np.copysign(round(count / 10**choice.decimals, choice.decimals), slot.value)
            at += 1
    return made
