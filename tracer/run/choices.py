"""An operation as a problem file names it, alone or with constants of its own: { name = "adam", beta1 = 0.8 }."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracer.errors import TracerError, shortened, suggest
from tracer.ops import Op
from tracer.run.wording import shown


@dataclass(frozen=True)
class Choice:
    """The name of an operation ("" for none) and the value of each of its options."""

    name: str = ""
    options: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.name)


def choice(value: str | Mapping[str, Any], known: Mapping[str, Op], what: str, where: str) -> Choice:
    """A name, or a table with a name and options, to a `Choice`. Raises TracerError T103, T105 and T106.

    >>> from tracer.ops import OPTIMIZERS
    >>> choice({"name": "momentum", "beta": 0.5}, OPTIMIZERS, "optimizer", "problem").options
    {'beta': 0.5}
    """
    table = {"name": value} if isinstance(value, str) else dict(value)
    name = table.pop("name", "")
    if name == "" and not table:
        return Choice()
    if not isinstance(name, str) or name not in known:
        if "name" not in (value if isinstance(value, Mapping) else {"name": ""}):
            raise TracerError("T103", where, f"{what} has no name.", f'Expected {{ name = "{next(iter(known))}" }}.')
        raise TracerError("T106", where, f"there is no {what} '{shortened(name)}'.", suggest(str(name), known))
    op = known[name]
    options = {option.name: option.value for option in op.options}
    for key, number in table.items():
        option = next((option for option in op.options if option.name == key), None)
        if option is None:
            remedy = suggest(key, options) or f"{name} has no options."
            raise TracerError("T103", where, f"{what}: unknown key '{shortened(key)}'.", remedy)
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise TracerError("T105", where, f"{key} is {shown(number)}.", "Expected a number.")
        if not option.allows(number):
            expected = f"Expected {option.range}: {option.says}."
            raise TracerError("T105", where, f"{key} is {shown(number)}.", expected)
        options[key] = float(number)
    return Choice(name, options)
