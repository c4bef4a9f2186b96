r"""Two sides of matrices of numbers into their elements: A B = C is a relation for every element of C.

A matrix relation holds if every element does. Products are multiplied out as text, so that every number stays as it is
printed; where shapes do not fit, or anything but matrices stands there, nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracer.errors import TracerError
from tracer.read.formula import Node, Symbol, Table, read_formula, written
from tracer.read.relations import Side, side_from_text

_MATRICES = ("pmatrix", "bmatrix", "Bmatrix")
_TIMES = (Symbol("."), Symbol("\\cdot"))
MOST_ELEMENTS, LONGEST_ELEMENT = 64, 800
_Cells = list[list[str]]


def elements_of(left: Side, right: Side) -> list[tuple[Side, Side]] | None:
    r"""Two sides into pairs of sides, one for each element; None for what is no relation of matrices.

    >>> row, column = r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}3\\4\end{pmatrix}"
    >>> sides = Side(row + column), Side(r"\begin{pmatrix}11\end{pmatrix}")
    >>> [(one.printed, other.printed) for one, other in elements_of(*sides)]
    [('1*3+2*4', '11')]
    """
    if left.loose or right.loose or not all("matrix}" in one.printed or one.literal for one in (left, right)):
        return None
    one, other = ([[side.literal]] if side.literal else _multiplied(side.printed) for side in (left, right))
    if one is None or other is None or [*map(len, one)] != [*map(len, other)]:
        return None
    cells = zip((cell for row in one for cell in row), (cell for row in other for cell in row), strict=True)
    pairs = [(side_from_text(a, a, {}, False), side_from_text(b, b, {}, False)) for a, b in cells]
    return pairs if len(pairs) <= MOST_ELEMENTS and all(a.numeric and b.numeric for a, b in pairs) else None


def _multiplied(printed: str) -> _Cells | None:
    """A product of matrices into its cells as text."""
    try:
        nodes = read_formula(printed)
    except TracerError:
        return None
    made: _Cells | None = None
    for place, node in enumerate(nodes):
        if node in _TIMES and 0 < place < len(nodes) - 1:
            continue
        cells = _cells(node)
        if cells is None:
            return None
        made = cells if made is None else _product(made, cells)
        if made is None:
            return None
    return made


def _cells(node: Node) -> _Cells | None:
    if not (isinstance(node, Table) and node.environment in _MATRICES):
        return None
    rows = [[_number(cell) for cell in row] for row in node.rows]
    return rows if len({len(row) for row in rows}) == 1 and all(cell for row in rows for cell in row) else None


def _number(cell: Iterable[Node]) -> str:
    """The number in a cell, "" where there is more."""
    text = written(cell).replace(" ", "")
    return text if text.removeprefix("-").replace(".", "", 1).isdigit() and text[-1] != "." else ""


def _product(left: _Cells, right: _Cells) -> _Cells | None:
    if len(left[0]) != len(right) or len(left) * len(right[0]) > MOST_ELEMENTS:
        return None
    made = [["+".join(f"{_factor(a)}*{_factor(row[j])}" for a, row in zip(line, right, strict=True))
             for j in range(len(right[0]))] for line in left]  # fmt: skip
    return made if max(len(cell) for row in made for cell in row) <= LONGEST_ELEMENT else None


def _factor(text: str) -> str:
    """A factor in brackets where it needs them."""
    return f"({text})" if "+" in text or text[0] == "-" else text
