"""An equation: declared once as text; everything else is made from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tracer.calculus.expression import Expr, Index, Ref, Size, Sum, Within, rebuild, walk
from tracer.calculus.expression_text import to_text
from tracer.calculus.language import parse_equation, parse_expression
from tracer.errors import TracerError


@dataclass(frozen=True)
class Textbook:
    """The known form of a slope d(left)/d(`by`), which SymPy does not find by itself.

    `form` may use the left side (sigmoid: a*(1 - a)). `given` is the assumption it needs, in words, "" for none.
    `at` are the indices at which `by` is read where they are not those of the left side: the slope of a[n,k] in
    z[n,l] of a softmax. A test proves the form equal to the derived one.
    """

    by: str
    form: Expr
    given: str = ""
    at: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Equation:
    """left = right, and what it says.

    `padded`: reads outside the range count as zero (only where an equation says so); `textbook`: known slopes;
    `routing`: the value is fixed in the forward pass, and no gradient passes through it.
    An equation without any index is a scalar form: it is lifted to the shape of the values it is used on.

    >>> str(equation("a = 1 / (1 + exp(-z))", "sigmoid"))
    'a = 1/(1 + exp(-z))'
    """

    left: Ref
    right: Expr
    says: str = ""
    padded: bool = False
    textbook: tuple[Textbook, ...] = ()
    routing: bool = False

    def __str__(self) -> str:
        return f"{to_text(self.left)} = {to_text(self.right)}"

    @property
    def scalar_form(self) -> bool:
        """Whether no index stands anywhere, so that the equation holds element by element."""
        parts = [*walk(self.left), *walk(self.right)]
        return not any(isinstance(part, Sum) or (isinstance(part, Ref) and part.indices) for part in parts)


def equation(
    text: str,
    says: str = "",
    *,
    padded: bool = False,
    slopes: dict[str, str] | None = None,
    given: str = "",
    routing: bool = False,
    where: str = "",
) -> Equation:
    """Text to an `Equation`; `slopes` maps a name (or a place, as z[n,l]) to the textbook form of the slope in it.

    Raises TracerError T201 to T204 with line and column.
    """
    left, right = parse_equation(text, where)
    textbook = tuple(_known_slope(left, right, by, form, given, where) for by, form in (slopes or {}).items())
    return Equation(left, right, says, padded, textbook, routing)


def _known_slope(left: Ref, right: Expr, by: str, text: str, given: str, where: str) -> Textbook:
    """A stated slope, checked: `by` is read in one way, and the form gives every value the indices it has there."""
    if "[" in by:
        return _slope_at(left, by, text, given, where)
    places = {part for part in walk(right) if isinstance(part, Ref) and part.name == by}
    inside = {part for node in walk(right) if isinstance(node, Sum) for part in walk(node)}
    if len(places) != 1 or places & inside:
        found = "inside a sum" if places & inside else f"in {len(places)} ways"
        raise TracerError(
            "T204",
            where,
            f"the slope by '{by}' is stated, but the equation reads '{by}' {found}.",
            "A known slope needs a value read in one way, outside sums.",
        )
    form = parse_expression(text, where, letters=[index.name for index in left.indices if isinstance(index, Index)])
    ranks = {part.name: len(part.indices) for part in (left, *walk(right)) if isinstance(part, Ref)}
    for part in walk(form):
        if isinstance(part, Ref) and len(part.indices) != ranks.get(part.name, len(part.indices)):
            count = ranks[part.name]
            raise TracerError(
                "T202",
                where,
                f"the slope by '{by}' reads {to_text(part)}, but the equation has {part.name} "
                + (f"at {count} {'index' if count == 1 else 'indices'}." if count else "whole."),
                "Write the same indices.",
            )
    return Textbook(by, form, given)


def _slope_at(left: Ref, by: str, text: str, given: str, where: str) -> Textbook:
    """A slope at a place of its own: each pair of an element of the left side and an element of `by` has one."""
    letters = [index.name for index in left.indices if isinstance(index, Index)]
    place = parse_expression(by, where, letters=[*letters, *by.partition("[")[2].rstrip("]").split(",")])
    assert isinstance(place, Ref)
    at = tuple(index for index in place.indices if isinstance(index, Index))
    form = parse_expression(text, where, letters=[*letters, *(index.name for index in at)])
    return Textbook(place.name, form, given, at)


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
            return type(node)(bound, change(node.body))
        if isinstance(node, Size | Within):
            node = replace(node, axis=axes.get(node.axis, node.axis))
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
    right = change(item.right)  # before the slopes, whose own letters give way
    textbook = tuple(
        Textbook(names.get(t.by, t.by), change(t.form), t.given, tuple(map(letter, t.at))) for t in item.textbook
    )
    return replace(item, left=left, right=right, textbook=textbook)


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
                raise TracerError(
                    "T104", f"equation '{item}'", f"{node.name} does not have the shape of {item.left.name}."
                )
            return Ref(node.name, own)
        return rebuild(node, change)

    left = change(item.left)
    assert isinstance(left, Ref)
    textbook = tuple(replace(t, form=change(t.form)) for t in item.textbook)
    return replace(item, left=left, right=change(item.right), textbook=textbook)
