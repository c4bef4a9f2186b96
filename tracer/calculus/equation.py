"""An equation: declared once as text; everything else is made from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tracer.calculus.expression import Expr, Index, Ref, Sum, rebuild, walk
from tracer.calculus.language import parse_equation, parse_expression, to_text
from tracer.errors import TracerError


@dataclass(frozen=True)
class Textbook:
    """The known form of a slope d(left)/d(`by`), which SymPy does not find by itself.

    `form` may use the left side (sigmoid: a*(1 - a)). `given` is the assumption it needs, in words, "" for none.
    A test proves it equal to the derived form.
    """

    by: str
    form: Expr
    given: str = ""


@dataclass(frozen=True)
class Equation:
    """left = right, and what it says.

    `padded`: reads outside the range count as zero (only where an equation says so); `textbook`: known slopes.
    An equation without any index is a scalar form: it is lifted to the shape of the values it is used on.

    >>> str(equation("a = 1 / (1 + exp(-z))", "sigmoid"))
    'a = 1/(1 + exp(-z))'
    """

    left: Ref
    right: Expr
    says: str = ""
    padded: bool = False
    textbook: tuple[Textbook, ...] = ()

    def __str__(self) -> str:
        return f"{to_text(self.left)} = {to_text(self.right)}"

    @property
    def scalar_form(self) -> bool:
        """Whether no index stands anywhere, so that the equation holds element by element."""
        return not any(isinstance(part, Index | Sum) for side in (self.left, self.right) for part in walk(side))


def equation(
    text: str, says: str = "", *, padded: bool = False, slopes: dict[str, str] | None = None, given: str = "", where: str = ""
) -> Equation:
    """Text to an `Equation`; `slopes` maps a name to the textbook form of the slope in it.

    Raises TracerError T201 to T204 with line and column.
    """
    left, right = parse_equation(text, where)
    textbook = tuple(Textbook(by, parse_expression(form, where), given) for by, form in (slopes or {}).items())
    return Equation(left, right, says, padded, textbook)


def renamed(item: Equation, names: dict[str, str], axes: dict[str, str]) -> Equation:
    """The same equation under other names of values and of axes.

    An index letter is renamed with its axis; two letters that would become one letter keep apart by a prime.
    """
    letters: dict[Index, Index] = {}
    taken: set[str] = set()

    def change(node: Expr) -> Expr:
        if isinstance(node, Index):
            return letter(node)
        if isinstance(node, Ref):
            return Ref(names.get(node.name, node.name), tuple(change(index) for index in node.indices))
        if isinstance(node, Sum):
            bound = tuple(letter(index) for index in node.indices)
            return Sum(bound, change(node.body))
        if hasattr(node, "axis"):
            node = replace(node, axis=axes.get(node.axis, node.axis))  # Size, Within
        return rebuild(node, change)

    def letter(index: Index) -> Index:
        if index not in letters:
            axis = axes.get(index.axis, index.axis)
            name = axis
            while name in taken:
                name += "'"
            taken.add(name)
            letters[index] = Index(name, axis)
        return letters[index]

    left = change(item.left)
    assert isinstance(left, Ref)
    textbook = tuple(Textbook(names.get(t.by, t.by), change(t.form), t.given) for t in item.textbook)
    return Equation(left, change(item.right), item.says, item.padded, textbook)


def lifted(item: Equation, axes: dict[str, tuple[Index, ...]], indices: tuple[Index, ...]) -> Equation:
    """A scalar form written out at `indices`: every value in `axes` with a rank above 0 gets them.

    `axes` gives the index letters of each value, () for a true scalar such as the learning rate.
    Raises TracerError T104 where a value's axes are not all among `indices`.
    """

    def change(node: Expr) -> Expr:
        if isinstance(node, Ref) and not node.indices:
            own = axes.get(node.name, indices) if node.name != item.left.name else indices
            missing = [index.axis for index in own if index not in indices]
            if missing:
                raise TracerError("T104", f"equation '{item}'", f"{node.name} does not have the shape of {item.left.name}.")
            return Ref(node.name, own)
        return rebuild(node, change)

    left = change(item.left)
    assert isinstance(left, Ref)
    textbook = tuple(Textbook(t.by, change(t.form), t.given) for t in item.textbook)
    return Equation(left, change(item.right), item.says, item.padded, textbook)
