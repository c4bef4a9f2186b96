"""Equations to one list of NumPy instructions.

The operands of an elementwise instruction are broadcast along named axes, so nothing here depends on the kind of
equation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
    Delta,
    Div,
    Expr,
    Index,
    Largest,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Size,
    Sum,
    Within,
    free_indices,
    walk,
)
from tracer.calculus.expression_text import to_text
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.calculus.instructions import Calls, Program
from tracer.calculus.matrix_product import Axes, as_matrix_product, plain_indices
from tracer.calculus.rounding import Rounding
from tracer.errors import TracerError


def compile_equations(
    equations: Sequence[Equation],
    extents: Mapping[str, int],
    shapes: Mapping[str, tuple[int, ...]],
    carried: Mapping[str, Rounding] | None = None,
) -> Program:
    """Equations in order to a `Program`. `shapes` holds every value, given or computed; `extents` every axis.
    `carried`: the values that are rounded as soon as they are computed, and go on so.

    Raises TracerError T104 where an equation reads outside a value's range and does not say that it is padded.
    """
    compiler = _Compiler(extents, shapes, carried or {})
    for item in equations:
        compiler.add(item)
    return compiler.calls.program()


class _Compiler:
    """Expressions to calls, equation by equation."""

    def __init__(
        self, extents: Mapping[str, int], shapes: Mapping[str, tuple[int, ...]], carried: Mapping[str, Rounding]
    ) -> None:
        self.extents, self.shapes, self.carried = extents, shapes, carried
        self.calls = Calls(shapes)
        self.emit, self.constant = self.calls.emit, self.calls.constant
        self.item: Equation

    def add(self, item: Equation) -> None:
        self.item = item
        left = tuple(index for index in item.left.indices if isinstance(index, Index))
        register, axes = self.lower(item.right, left)
        shape = self.shapes[item.left.name]
        if axes != left:
            register = self.align(register, axes, left)
            if self.calls.shapes.get(register, ()) != shape:
                register = self.emit("spread", (register,), (item.left.name,), shape)
        if how := self.carried.get(item.left.name):
            register = self.emit("rounded", (register,), (how.count, how.significant, how.mode), shape)
        self.calls.name(register, item.left.name, shape)

    # -- lowering expressions; each returns (register, axes of the result)

    def lower(self, node: Expr, order: Axes) -> tuple[str, Axes]:
        match node:
            case Number(value):
                return self.constant(float(value)), ()
            case Size(axis):
                if axis not in self.extents:
                    found = f"size({axis}): there is no index '{axis}' here."
                    raise TracerError("T202", f"equation '{self.item}'", found)
                return self.constant(float(self.extents[axis])), ()
            case Index():
                return self.constant(np.arange(1, self.extents[node.axis] + 1)), (node,)
            case Ref():
                return self.ref(node, order)
            case Neg(operand):
                return self.elementwise("negative", [operand], order)
            case Add(terms):
                return self.chain("add", terms, order)
            case Mul(factors):
                return self.chain("multiply", factors, order)
            case Div(top, bottom):
                return self.elementwise("divide", [top, bottom], order)
            case Pow(base, Number(value)) if value == 2:
                return self.elementwise("square", [base], order)
            case Pow(base, exponent):
                return self.elementwise("power", [base, exponent], order)
            case Call(function, arguments):
                return self.elementwise(FUNCTIONS[function].numpy, list(arguments), order)
            case Compare(operator, left, right):
                return self.elementwise(COMPARISONS[operator], [left, right], order)
            case Largest():
                register, rest, _ = self.reduced("max_over", node, order)
                return register, rest
            case Sum():
                return self.sum(node, order)
            case Delta(left, right):
                return self.one_where(*self.elementwise("equal", [left, right], order))
            case Within(index, axis):
                register, axes = self.lower(index, order)
                return self.one_where(self.emit("within", (register,), (self.extents[axis],), self.shape(axes)), axes)
        raise AssertionError(node)

    def shape(self, axes: Axes) -> tuple[int, ...]:
        return tuple(self.extents[index.axis] for index in axes)

    def align(self, register: str, axes: Axes, wanted: Axes) -> str:
        """`register` with axes that broadcast against `wanted`: a view, or a copy where axes change places.

        A copy, because NumPy lets a result lie in memory as its operands do, and sums in the order in which it lies:
        a listing that went on with a transposed array would not give the bits of the run, whose arrays lie row by row.
        """
        if axes == wanted[len(wanted) - len(axes) :]:
            return register
        inside = [index for index in wanted if index in axes]
        first = wanted.index(inside[0]) if inside else len(wanted)
        order = tuple(axes.index(index) for index in inside)
        new = tuple(place for place, index in enumerate(wanted[first:]) if index not in axes)
        if order != tuple(range(len(order))):
            view = self.emit("view", (register,), (order, ()), self.shape(tuple(inside)))
            register, order = self.emit("turn", (view,), (), self.shape(tuple(inside))), tuple(range(len(order)))
            if not new:
                return register
        source = np.empty(self.calls.shapes.get(register, ()))
        return self.emit("view", (register,), (order, new), np.expand_dims(source.transpose(order), new).shape)

    def elementwise(self, op: str, parts: Sequence[Expr], order: Axes) -> tuple[str, Axes]:
        return self.combine(op, [self.lower(part, order) for part in parts], order)

    def combine(self, op: str, operands: list[tuple[str, Axes]], order: Axes) -> tuple[str, Axes]:
        found = {index for _, axes in operands for index in axes}
        wanted = tuple(index for index in order if index in found)
        registers = tuple(self.align(register, axes, wanted) for register, axes in operands)
        return self.emit(op, registers, (), self.shape(wanted)), wanted

    def one_where(self, condition: str, axes: Axes) -> tuple[str, Axes]:
        """1 where a condition on indices holds, else 0: a number, because NumPy cannot add or negate truth values."""
        return self.emit("where", (condition, self.constant(1.0), self.constant(0.0)), (), self.shape(axes)), axes

    def chain(self, op: str, parts: Sequence[Expr], order: Axes) -> tuple[str, Axes]:
        """Terms or factors, left to right, as a person with a calculator would take them."""
        result = self.lower(parts[0], order)
        for part in parts[1:]:
            if op == "add" and isinstance(part, Neg):
                result = self.combine("subtract", [result, self.lower(part.operand, order)], order)
            else:
                result = self.combine(op, [result, self.lower(part, order)], order)
        return result

    def ref(self, node: Ref, order: Axes) -> tuple[str, Axes]:
        if not node.indices:
            return node.name, ()
        if self.whole(node):
            return node.name, node.indices  # type: ignore[return-value]
        return self.gather(node, order)

    def whole(self, node: Ref) -> bool:
        """Whether a value is read at different letters that run over all of it."""
        return plain_indices(node) and self.shape(node.indices) == self.shapes[node.name]  # type: ignore[arg-type]

    def gather(self, node: Ref, order: Axes) -> tuple[str, Axes]:
        """A read at index expressions: shifted, repeated, fixed or looked up."""
        lowered = [self.lower(index, order) for index in node.indices]
        found = {index for _, axes in lowered for index in axes}
        wanted = tuple(index for index in order if index in found)
        shape = self.shapes[node.name]
        guarded: list[str] = []
        places: list[str] = []
        for (register, axes), index, extent in zip(lowered, node.indices, shape, strict=True):
            place = self.calls.fold(register)
            if place is None:  # looked up in a given value
                looked_up = self.emit("place", (register,), (), self.calls.shapes.get(register, ()))
                places.append(self.align(looked_up, axes, wanted))
                continue
            outside = (place < 1) | (place > extent)
            if outside.any() and self.item.padded:
                inside = self.constant((~outside).astype(float))
                guarded.append(self.align(inside, axes, wanted))
            elif outside.any() and not _has_within(self.item.right):
                worst = int(place[outside].flat[0]) if place.ndim else int(place)
                raise TracerError(
                    "T104",
                    f"equation '{self.item}'",
                    f"{node.name}[{to_text(index)}] reads place {worst}, but there are places 1 to {extent}.",
                    "Change the sizes, or say that the equation is padded (reads outside count as zero).",
                )
            places.append(self.align(self.constant(np.clip(place, 1, extent).astype(int) - 1), axes, wanted))
        register = self.emit("gather", (node.name, *places), (), self.shape(wanted))
        for inside in guarded:
            register = self.emit("multiply", (register, inside), (), self.shape(wanted))
        return register, wanted

    def sum(self, node: Sum, order: Axes) -> tuple[str, Axes]:
        factors = node.body.factors if isinstance(node.body, Mul) else (node.body,)
        whole = all(isinstance(factor, Ref) and self.whole(factor) for factor in factors)
        if whole and (matrix := as_matrix_product(node, order)):
            left, right, out = matrix
            args = (self.oriented(left), self.oriented(right))
            return self.emit("dot", args, (), self.shape(out)), out
        if whole and len(factors) > 1 and set(node.indices) <= set(free_indices(node.body)):
            return self.einsum(factors, order)  # type: ignore[arg-type]
        register, rest, missing = self.reduced("sum", node, order)
        for index in missing:
            register = self.emit(
                "multiply", (register, self.constant(float(self.extents[index.axis]))), (), self.shape(rest)
            )
        return register, rest

    def reduced(self, op: str, node: Sum, order: Axes) -> tuple[str, Axes, list[Index]]:
        """The body of a sum, taken together along its axes, the axes left, and the letters it does not depend on."""
        register, axes = self.lower(node.body, (*order, *node.indices))
        over = tuple(place for place, index in enumerate(axes) if index in node.indices)
        rest = tuple(index for index in axes if index not in node.indices)
        if over:
            register = self.emit(op, (register,), (None if not rest else over,), self.shape(rest))
        return register, rest, [index for index in node.indices if index not in axes]

    def oriented(self, operand: tuple[Ref, bool]) -> str:
        reference, transposed = operand
        if not transposed:
            return reference.name
        return self.emit("view", (reference.name,), ((1, 0), ()), self.shapes[reference.name][::-1])

    def einsum(self, factors: tuple[Ref, ...], order: Axes) -> tuple[str, Axes]:
        letters: dict[Index, str] = {}
        for factor in factors:
            for index in factor.indices:
                letters.setdefault(index, chr(ord("a") + len(letters)))  # type: ignore[arg-type]
        out = tuple(index for index in order if index in letters)
        spec = ",".join("".join(letters[index] for index in factor.indices) for factor in factors)  # type: ignore[index]
        spec += "->" + "".join(letters[index] for index in out)
        return self.emit("einsum", tuple(factor.name for factor in factors), (spec,), self.shape(out)), out


def _has_within(node: Expr) -> bool:
    return any(isinstance(part, Within) for part in walk(node))
