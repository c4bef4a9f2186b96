"""What a person types after `tracer derive`: the name of an operation or a formula, to finished derivations."""

from __future__ import annotations

import difflib
import re

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Ref, Size, Sum, names, walk
from tracer.calculus.language import parse_equation, parse_expression
from tracer.errors import TracerError, shortened, suggest
from tracer.explain.derivations import Derivation, derivations_of, told
from tracer.ops.catalogue import ACTIVATIONS, LOSSES

KNOWN = {**ACTIVATIONS, **LOSSES}
#: the variables a formula is differentiated by unless another is asked for, the first one that occurs
USUAL = ("z", "x")


def derivations_for(text: str, by: str = "") -> tuple[Derivation, ...]:
    """The name of an activation or loss, an equation, or a right side alone, to its derivations.

    Raises TracerError T106 for an unknown name, T201 to T203 for a formula that cannot be read, T204 and T205 for a
    variable that is missing or defined by itself, T107 where it must be said which variable is meant.

    >>> print(derivations_for("z**2")[0].lines[-1].tex)
    2 \\cdot z
    """
    name = text.strip().lower()
    if name in KNOWN:
        op = KNOWN[name]
        _refuse_unknown(by, op.equations, f"the equations of {name}")
        return derivations_of(op, by)
    _refuse_names(name)
    item = _formula(text)
    _refuse_unknown(by, (item,), f"'{shortened(item)}'")
    by = by or _variable(item)
    return (told(item, by, f"The derivative of {item.left.name} by {by}"),)


def _refuse_unknown(by: str, equations: tuple[Equation, ...], where: str) -> None:
    """T204 for a variable that is asked for and stands nowhere."""
    read = {name for item in equations for name in names(item.right)}
    if by and by not in read:
        raise TracerError("T204", "--by", f"'{shortened(by)}' does not stand in {where}.", suggest(by, sorted(read)))


def _refuse_names(name: str) -> None:
    """T106 for what is a name rather than a formula: a word, or words with dashes that are close to a known name."""
    if re.fullmatch(r"[a-z_]\w*(-\w+)*", name) is None:
        return
    close = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.6)
    if "-" not in name or close:
        found = f"there is no activation or loss '{shortened(name)}'."
        raise TracerError("T106", "derive", found, suggest(name, KNOWN), 'A formula is typed as "a = 1/(1 + exp(-z))".')


def _formula(text: str) -> Equation:
    """Text to an equation between single numbers; a right side alone gets a name for its left."""
    if re.search(r"(?<![<>=])=(?!=)", text):
        left, right = parse_equation(text)
    else:
        right = parse_expression(text)
        left = Ref(next(name for name in ("a", "y", "f", "output") if name not in names(right)))
    item = Equation(left, right)
    where = f"'{shortened(text)}'"
    parts = [*walk(left), *walk(right)]
    if any(isinstance(part, Sum | Size) or (isinstance(part, Ref) and part.indices) for part in parts):
        raise TracerError(
            "T202",
            where,
            "a formula typed here has no indices and no sums.",
            "Expected single numbers, as in a = 1/(1 + exp(-z)).",
        )
    if left.name in names(right):
        found = f"'{left.name}' stands on both sides."
        raise TracerError("T205", where, found, "The left side names what the formula makes; give it another name.")
    return item


def _variable(item: Equation) -> str:
    found = sorted(names(item.right))
    usual = [name for name in USUAL if name in found]
    if usual or len(found) == 1:
        return (usual or found)[0]
    if not found:
        raise TracerError("T204", f"'{shortened(item)}'", "there is no variable in it to derive by.")
    raise TracerError("T107", "--by", f"the formula has several variables: {', '.join(found)}.", "", "Say which: --by.")
