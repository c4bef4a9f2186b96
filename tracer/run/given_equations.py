"""Equations of a problem's own and the values they name, checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tracer.calculus.equation import Equation, equation
from tracer.calculus.expression_text import to_text
from tracer.calculus.language import RESERVED
from tracer.errors import TracerError, shortened
from tracer.run.given_numbers import numbers
from tracer.run.keys import OwnEquation
from tracer.run.problem import Array


def equations(items: list[str | OwnEquation], where: str) -> tuple[Equation, ...]:
    """Equations as the file gives them, in order; `where` and a number name each in errors."""
    made = []
    for number, item in enumerate(items, 1):
        keys = OwnEquation(equation=item) if isinstance(item, str) else item
        place = f"{where} {number}"
        known = equation(
            keys.equation,
            keys.says,
            padded=keys.padded,
            slopes=keys.slopes,
            given=keys.given,
            routing=keys.routing,
            where=place,
        )
        check_name(known.left.name, place)
        made.append(known)
    return tuple(made)


def equation_for(name: str, text: str, says: str, what: str, where: str) -> Equation:
    """The text of an equation that has to make one value, as a loss makes E. Raises TracerError T204."""
    made = equation(text, says, where=f"{where}, {what}")
    if made.left.name != name or made.left.indices:
        found = f"the {what} makes '{to_text(made.left)}'."
        raise TracerError("T204", where, found, f"Expected a {what} of your own to begin with '{name} ='.")
    return made


def named(values: Mapping[str, Any], where: str) -> dict[str, Array]:
    """Arrays by name, the names checked. Raises TracerError T105 and T204."""
    for name in values:
        check_name(name, where)
    return {name: numbers(value, where, name, (0, 1, 2, 3)) for name, value in values.items()}


def check_name(name: str, where: str) -> None:
    """Refuse what cannot be the name of a value. Raises TracerError T204."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]{0,30}", name):
        expected = "A name is at most 31 letters, digits and _, and does not begin with a digit."
        raise TracerError("T204", where, f"'{shortened(name)}' cannot be the name of a value.", expected)
    if name in RESERVED:
        raise TracerError("T204", where, f"'{name}' is a function.", "", "Give the value another name.")
