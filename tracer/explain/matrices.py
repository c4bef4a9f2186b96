"""Equations between whole matrices in TeX: symbols, and the numbers in place.

Internally examples are rows and weights are [below, above]. A notation that writes weights with a row per unit turns
the weights; one that writes examples as columns turns everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Number, Ref, Size
from tracer.calculus.matrix_form import ColumnSums, Elementwise, Matrix, Product, Whole, has_product, matrix_form
from tracer.explain.by_hand import in_full
from tracer.explain.numbers import Printed
from tracer.explain.reading import Line, Reading
from tracer.explain.relations import ABOUT, EQUAL
from tracer.explain.roles import in_role, unmarked

LARGEST = 8  # rows or columns of a matrix that is written out


@dataclass(frozen=True)
class MatrixEquation:
    """One equation between whole matrices: `symbols` (left = right), and `lines` with the numbers ((), where a matrix
    is too large to be written out)."""

    symbol: str
    symbols: str
    lines: tuple[Line, ...]


def matrix_equation(reading: Reading, item: Equation) -> MatrixEquation | None:
    """The matrix form of an equation that contains a matrix product, or of an update; None where there is none."""
    made = matrix_form(reading.shown_unordered(item))
    role = reading.network.roles[item.left.name]
    if made is None or not (has_product(made[1]) or isinstance(made[1], ColumnSums) or role.kind == "new"):
        return None
    if not reading.network.shapes[item.left.name] or not _can_be_written(made[1]):
        return None
    left, right = made
    writer = _Writer(reading, _lies_turned(reading, left))
    symbol = writer.symbols(left)
    symbols = f"{symbol} = {writer.symbols(right)}"
    if not writer.fits(left) or not writer.fits(right):
        return MatrixEquation(symbol, symbols, ())
    rows = writer.rows(left)
    shown, numbers = writer.numbers(right, rows)
    result = writer.printed(left, rows)
    holds = numbers is not None and np.array_equal(numbers, _fractions(result))
    shortened = any(
        cell.shortened for whole in writer.wholes(right) for row in writer.printed(whole, rows) for cell in row
    )
    if not holds:
        result = [[replace(cell, text=in_full(cell)) for cell in row] for row in result]
    lines = (Line(ABOUT if shortened else EQUAL, shown), Line(EQUAL if holds else ABOUT, writer.matrix(result, left)))
    return MatrixEquation(symbol, symbols, lines)


def with_shapes(reading: Reading, item: Equation) -> str:
    """A matrix equation in symbols with the shape (rows, columns) under each matrix, as it is written; "" where
    there is none."""
    made = matrix_form(reading.shown_unordered(item))
    if made is None or not has_product(made[1]) or not _can_be_written(made[1]):
        return ""
    left, right = made
    writer = _WithShapes(reading, _lies_turned(reading, left))
    return f"{writer.symbols(left)} = {writer.symbols(right)}"


def _can_be_written(node: Matrix) -> bool:
    """Whether all operations between whole matrices have a sign here: sums, differences, multiples."""
    if not isinstance(node, Elementwise):
        return True
    scaled = node.operation == "multiply" and isinstance(node.parts[0], Whole) and not node.parts[0].indices
    return (scaled or node.operation in ("add", "negative")) and all(map(_can_be_written, node.parts))


def matrix_of(reading: Reading, name: str) -> str:
    """symbol = numbers of one whole value; "" where it is too large."""
    axes = reading.network.axes[name]
    whole = Whole(name, axes)
    writer = _Writer(reading, _lies_turned(reading, whole))
    if not writer.fits(whole):
        return ""
    cells = writer.printed(whole, None)
    relation = ABOUT if any(cell.shortened for row in cells for cell in row) else EQUAL
    return f"{writer.symbols(whole)} {relation} {writer.matrix(cells, whole)}"


def _lies_turned(reading: Reading, whole: Whole) -> bool:
    """Whether the symbol of a matrix stands for the transpose of our array: weights with a row per unit, values with
    a column per example."""
    if len(whole.indices) < 2:
        return False
    weight = all(index.axis != "n" for index in whole.indices)
    return reading.notation.layout == "out-in" if weight else reading.notation.columns


class _Writer:
    """Writes one equation; `turned`: both sides transposed, because that is how the notation's left side lies."""

    def __init__(self, reading: Reading, turned: bool) -> None:
        self.reading, self.turned = reading, turned
        self.single = reading.network.extents.get("n") == 1

    def pair(self, left: Whole, right: Whole) -> tuple[Whole, Whole]:
        return (right, left) if self.turned else (left, right)

    def symbols(self, node: Matrix) -> str:
        match node:
            case Whole(name, _, _):
                names = self.reading.names
                symbol, role = names.unmarked(Ref(name)), names.role(name)
                marked = node.transposed ^ self.turned ^ _lies_turned(self.reading, node)
                if not marked or len(node.indices) < 2:
                    return in_role(role, symbol)
                base = f"{{{symbol}}}" if "^" in symbol or "frac" in symbol else symbol
                return in_role(role, rf"{base}^{{\top}}")
            case Product(left, right):
                return r" \, ".join(self.symbols(part) for part in self.pair(left, right))
            case ColumnSums(operand):
                if self.single:
                    return self.symbols(operand)
                ones = (r"\mathbf{1}^{\top}", self.symbols(operand))
                return r" \, ".join((ones[1], r"\mathbf{1}") if self.turned else ones)
            case Elementwise("add", parts):
                result = self.symbols(parts[0])
                for part in parts[1:]:
                    negative = isinstance(part, Elementwise) and part.operation == "negative"
                    inside = part.parts[0] if isinstance(part, Elementwise) and negative else part
                    result += f" {'-' if negative else '+'} {_bracketed(inside, self.symbols(inside), negative)}"
                return result
            case Elementwise("negative", (part,)):
                return f"-{_bracketed(part, self.symbols(part))}"
            case Elementwise("multiply", parts):
                return rf" {self.reading.notation.times} ".join(_bracketed(part, self.symbols(part)) for part in parts)
            case Number(value, text):
                return text or str(value)
            case Size(axis):
                return str(self.reading.network.extents[axis])
        raise AssertionError(node)

    def wholes(self, node: Matrix) -> list[Whole]:
        match node:
            case Whole():
                return [node]
            case Product(left, right):
                return [left, right]
            case ColumnSums(operand):
                return [operand]
            case Elementwise(_, parts):
                return [whole for part in parts for whole in self.wholes(part)]
        return []

    def fits(self, node: Matrix) -> bool:
        shapes = (self.reading.network.shapes[whole.name] for whole in self.wholes(node))
        return all(size <= LARGEST for shape in shapes for size in shape)

    def rows(self, left: Whole) -> tuple[int, ...]:
        return self.reading.network.shapes[left.name]

    # -- numbers

    def printed(self, whole: Whole, rows: tuple[int, ...] | None) -> list[list[Printed]]:
        """The cells of a matrix as they are printed, turned as they are written; a bias in every row it is added to."""
        reading = self.reading
        shape = reading.network.shapes[whole.name]
        cells = np.empty(shape, dtype=object)
        for place in np.ndindex(shape):
            cells[place] = reading.number(Ref(whole.name, tuple(Number(Fraction(index + 1)) for index in place)))
        if rows is not None and len(shape) < len(rows):
            cells = np.broadcast_to(cells, rows)
        cells = np.atleast_2d(cells)
        return [list(row) for row in (cells.T if whole.transposed ^ self.turned else cells)]

    def numbers(self, node: Matrix, rows: tuple[int, ...]) -> tuple[str, np.ndarray | None]:
        """TeX with the numbers in place, and the exact value of what is printed."""
        match node:
            case Whole():
                cells = self.printed(node, rows)
                return self.matrix(cells, node), _fractions(cells)
            case Product(left, right):
                both = self.pair(left, right)
                first, second = (self.printed(part, None) for part in both)
                text = f"{self.matrix(first, both[0])} {self.matrix(second, both[1])}"
                return text, _fractions(first).dot(_fractions(second))
            case ColumnSums(operand):
                cells = self.printed(operand, None)
                if self.single:
                    return self.matrix(cells, operand), _fractions(cells)
                count = self.reading.network.shapes[operand.name][0]
                one = Printed("1", False)
                pair = (cells, [[one]] * count) if self.turned else ([[one] * count], cells)
                text = " ".join(self.matrix(part, operand if part is cells else None) for part in pair)
                return text, _fractions(pair[0]).dot(_fractions(pair[1]))
            case Elementwise("add", parts):
                text, value = self.numbers(parts[0], rows)
                for part in parts[1:]:
                    taken = isinstance(part, Elementwise) and part.operation == "negative"
                    inside = part.parts[0] if isinstance(part, Elementwise) and taken else part
                    more, other = self.numbers(inside, rows)
                    text = f"{text} {'-' if taken else '+'} {_bracketed(inside, more, taken)}"
                    value = None if value is None or other is None else value - other if taken else value + other
                return text, value
            case Elementwise("multiply", (Whole(name, ()), part)):
                scalar = self.reading.number(Ref(name))
                more, other = self.numbers(part, rows)
                factors = scalar.tex(self.reading.notation.decimal), _bracketed(part, more)
                text = rf" {self.reading.notation.times} ".join(factors)
                return text, None if other is None else scalar.value * other
        return self.symbols(node), None

    def matrix(self, cells: list[list[Printed]], of: Whole | None = None) -> str:
        """The matrix of some cells; what it is `of` says their role. The brackets have none: TeX puts a thin space
        between two matrices, but not between what has a colour."""
        decimal, role = self.reading.notation.decimal, self.reading.names.role(of.name) if of else ""
        rows = r" \\ ".join(" & ".join(in_role(role, cell.tex(decimal)) for cell in row) for row in cells)
        return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


class _WithShapes(_Writer):
    """Writes the shape of each matrix under its symbol."""

    def symbols(self, node: Matrix) -> str:
        text = super().symbols(node)
        if not isinstance(node, Whole) or len(node.indices) < 2:
            return text
        rows, columns = self.reading.network.shapes[node.name]
        if node.transposed ^ self.turned:
            rows, columns = columns, rows
        return rf"\underset{{({rows},\,{columns})}}{{{text}}}"


def _bracketed(node: Matrix, text: str, binds: bool = True) -> str:
    """What is written of a part, in brackets where a sum or a sign would fall apart beside what `binds` it."""
    sums = isinstance(node, Elementwise) and node.operation == "add"
    return rf"\left({text}\right)" if (sums and binds) or unmarked(text).startswith("-") else text


def _fractions(cells: list[list[Printed]]) -> np.ndarray:
    return np.array([[cell.value for cell in row] for row in cells], dtype=object)
