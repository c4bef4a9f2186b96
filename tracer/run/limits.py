"""What must hold of a network's equations before anything is computed: sizes a machine can bear, places that exist."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Add, Expr, Index, Mul, Neg, Number, Ref, Size, Sum, free_indices, names, walk
from tracer.calculus.expression_text import to_text
from tracer.calculus.matrix_product import plain_indices
from tracer.errors import TracerError, shortened
from tracer.run.given_numbers import LARGEST_MATRIX
from tracer.run.problem import Array

LARGEST_STEP = 2**27  # numbers a step may put down
LARGEST_SUM = 10**9  # products that a sum may add up; a product of two matrices may be LARGEST_PRODUCT
LARGEST_PRODUCT = 10**11


@dataclass(frozen=True)
class Known:
    """What is known before a run: extents of all axes, shapes of all values, and the values that never change."""

    extents: Mapping[str, int]
    shapes: Mapping[str, tuple[int, ...]]
    values: Mapping[str, Array]


def check_sizes(equations: Iterable[Equation], extents: Mapping[str, int]) -> None:
    """Refuse what would fill the memory while it is only being prepared."""
    for item in equations:
        parts = [item.left, *walk(item.right)]
        ranges = [node.indices for node in parts if isinstance(node, Ref) and plain_indices(node)]
        ranges += [(index,) for node in parts if isinstance(node, Ref) for index in node.indices]
        for indices in ranges:
            axes = {node.axis for index in indices for node in walk(index) if isinstance(node, Index)}
            count = math.prod(extents[axis] for axis in axes)
            if count > LARGEST_MATRIX:
                found, limit = f"{count:,} places would be read or made.", f"Expected at most {LARGEST_MATRIX:,}."
                raise TracerError("T402", f"equation '{shortened(item)}'", found, limit, "Make the sizes smaller.")
        for node in parts:
            if isinstance(node, Sum):
                _check_sum(item, node, extents)


def _check_sum(item: Equation, node: Sum, extents: Mapping[str, int]) -> None:
    letters = {*item.left.indices, *(part for part in walk(node) if isinstance(part, Index))}
    count = math.prod(extents[index.axis] for index in letters if isinstance(index, Index))
    factors = node.body.factors if isinstance(node.body, Mul) else (node.body,)
    product = all(isinstance(factor, Ref) and plain_indices(factor) for factor in factors)
    most = LARGEST_STEP if not product else LARGEST_SUM if len(factors) > 2 else LARGEST_PRODUCT
    if count > most:
        found, limit = f"{count:,} terms would be added up.", f"Expected at most {most:,}."
        raise TracerError("T402", f"equation '{shortened(item)}'", found, limit, "Make the sizes smaller.")


def check_lookups(equations: Iterable[Equation], known: Known) -> None:
    """Refuse a place that is looked up and is no place: NumPy would count 0 from the end and cut 1.5 to 1."""
    for item in equations:
        for part in walk(item.right):
            if isinstance(part, Ref):
                _check_lookup(item, part, known)


def _check_lookup(item: Equation, ref: Ref, known: Known) -> None:
    for index, extent in zip(ref.indices, known.shapes[ref.name], strict=False):
        if not names(index):
            continue
        _check_places(item, ref, index, _places(item, index, known), extent)


def _check_places(item: Equation, ref: Ref, index: Expr, places: Array, extent: int) -> None:
    flat = np.ravel(places)
    wrong = flat[(flat != np.floor(flat)) | (flat < 1) | (flat > extent)]
    if len(wrong):
        verb = "looks up" if names(index) else "reads"
        found = f"{to_text(ref)} {verb} place {wrong[0]:g} of {ref.name}."
        expected = f"Expected whole numbers, 1 to {extent}."
        raise TracerError("T104", f"equation '{shortened(item)}'", found, expected)


def _places(item: Equation, node: Expr, known: Known) -> Array:
    """All values that an index with looked-up places takes; one axis for each letter of the equation."""
    letters = free_indices(node)

    def value(part: Expr) -> Array:
        match part:
            case Index():
                shape = [1] * len(letters)
                shape[letters.index(part)] = -1
                return np.arange(1.0, known.extents[part.axis] + 1).reshape(shape)
            case Number(number):
                return np.asarray(float(number))
            case Size(axis):
                return np.asarray(float(known.extents[axis]))
            case Neg(operand):
                return -value(operand)
            case Add(terms):
                return functools.reduce(np.add, map(value, terms))
            case Mul(factors):
                return functools.reduce(np.multiply, map(value, factors))
            case Ref(name, indices) if name in known.values:
                places = [value(index) for index in indices]
                for index, place, extent in zip(indices, places, known.shapes[name], strict=True):
                    _check_places(item, part, index, place, extent)
                return np.asarray(known.values[name][tuple(at.astype(int) - 1 for at in places)])
        found = f"the places in [{to_text(node)}] are not given."
        raise TracerError("T202", f"equation '{shortened(item)}'", found, "Only given values can be looked up.")

    return value(node)


def lookups(item: Equation) -> list[Ref]:
    """The values that are used to look up places of others, as ids in w[ids[t],d]."""
    inside = [index for part in walk(item.right) if isinstance(part, Ref) for index in part.indices]
    return [part for index in inside for part in walk(index) if isinstance(part, Ref)]
