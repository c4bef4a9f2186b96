"""An indexed equation as an equation between whole matrices: `Z = X W + b`, `dW = X^T Delta`.

The pattern is the one that becomes a matrix product in the NumPy instructions, so the two cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Add, Call, Div, Expr, Index, Largest, Mul, Neg, Number, Pow, Ref, Size, Sum
from tracer.calculus.matrix_product import Axes, as_matrix_product, plain_indices


@dataclass(frozen=True)
class Whole:
    """A whole matrix (vector, number) by name, perhaps transposed; `indices` are its axes as they lie."""

    name: str
    indices: Axes
    transposed: bool = False


@dataclass(frozen=True)
class Product:
    """A matrix product left @ right."""

    left: Whole
    right: Whole


@dataclass(frozen=True)
class ColumnSums:
    """The sum of a matrix over its rows (over the examples)."""

    operand: Whole


@dataclass(frozen=True)
class Elementwise:
    """An operation element by element: "add", "multiply", "divide", "negative", "power" or a function's name."""

    operation: str
    parts: tuple[Matrix, ...]


Matrix = Whole | Product | ColumnSums | Elementwise | Number | Size


def matrix_form(item: Equation) -> tuple[Whole, Matrix] | None:
    """Both sides of an equation between whole matrices, or None where the equation is not one.

    >>> from tracer.calculus.equation import equation
    >>> left, right = matrix_form(equation("dw[i,j] = sum(n, delta[n,j]*x[n,i])"))
    >>> right.left.name, right.left.transposed, right.right.name
    ('x', True, 'delta')
    """
    order = tuple(index for index in item.left.indices if isinstance(index, Index))
    right = _form(item.right, order)
    return None if right is None else (Whole(item.left.name, order), right)


def has_product(node: Matrix) -> bool:
    """Whether a matrix product stands somewhere in the form."""
    return isinstance(node, Product) or (isinstance(node, Elementwise) and any(map(has_product, node.parts)))


def _form(node: Expr, order: Axes) -> Matrix | None:
    match node:
        case Number() | Size():
            return node
        case Ref(name, indices) if plain_indices(node):
            kept = tuple(index for index in order if index in indices)
            # b[j] beside z[n,j] is added to every row; anything else must have the axes in the equation's order.
            return Whole(name, indices) if kept == indices and kept == order[len(order) - len(kept) :] else None  # type: ignore[arg-type]
        case Largest():
            return None
        case Sum():
            return _sum(node, order)
        case Add(parts):
            return _parts("add", parts, order)
        case Mul(parts):
            return _parts("multiply", parts, order)
        case Div(top, bottom):
            return _parts("divide", (top, bottom), order)
        case Pow(base, exponent):
            return _parts("power", (base, exponent), order)
        case Neg(operand):
            return _parts("negative", (operand,), order)
        case Call(function, arguments) if function != "where":
            return _parts(function, arguments, order)
    return None


def _parts(operation: str, parts: tuple[Expr, ...], order: Axes) -> Matrix | None:
    made = [_form(part, order) for part in parts]
    found = tuple(part for part in made if part is not None)
    return Elementwise(operation, found) if len(found) == len(made) else None


def _sum(node: Sum, order: Axes) -> Matrix | None:
    if matrix := as_matrix_product(node, order):
        (left, left_turned), (right, right_turned), axes = matrix
        if axes == order and len(left.indices) == len(right.indices) == 2:
            return Product(
                Whole(left.name, left.indices, left_turned),  # type: ignore[arg-type]
                Whole(right.name, right.indices, right_turned),  # type: ignore[arg-type]
            )
        return None
    body = node.body
    if isinstance(body, Ref) and plain_indices(body) and len(node.indices) == 1 and body.indices[1:] == order:
        return ColumnSums(Whole(body.name, body.indices)) if body.indices[0] == node.indices[0] else None  # type: ignore[arg-type]
    return None
