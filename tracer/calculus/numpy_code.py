"""Instructions to NumPy source as a person reads it; `in_place_code` prints what runs, with equal bits."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tracer.calculus.instructions import Instruction, Program
from tracer.calculus.rounding import MODES, Rounding

INFIX = {"add": ("+", 1), "subtract": ("-", 1), "multiply": ("*", 2), "divide": ("/", 2), "dot": ("@", 2)}
COMPARED = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "=="}


def erf(values: Any) -> Any:
    """The error function, element by element (NumPy has none)."""
    return np.asarray(_erf(values))[()]


_erf = np.vectorize(math.erf, otypes=[float])


def readable(program: Program, names: Sequence[str], spelling: Mapping[str, str] | None = None) -> dict[str, str]:
    """The right side of each named value as one line of NumPy; `spelling` gives other names (`self.w1`).

    >>> from tracer.calculus.equation import equation
    >>> from tracer.calculus.compiling import compile_equations
    >>> item = equation("z[n,j] = sum(i, x[n,i]*w[i,j])")
    >>> readable(compile_equations([item], {"n": 4, "i": 3, "j": 2}, {"x": (4, 3), "w": (3, 2), "z": (4, 2)}), ["z"])
    {'z': 'x @ w'}
    """
    made = {instruction.out: instruction for instruction in program.instructions}
    place = {name: number for number, name in enumerate(program.ends)}
    spelt = dict(spelling or {})

    def text(name: str, outer: int, current: str) -> str:
        if name in program.constants:
            return _literal(program.constants[name])
        # A result shared with a later equation has that equation's name already: it is written out here.
        if name not in made or (name != current and place.get(name, len(place)) < place[current]):
            return spelt.get(name) or python_name(name)
        item = made[name]
        chosen = item.args[1:] if item.op == "where" else item.args
        # Of whole numbers alone a call makes whole numbers, and np.power(2, -1) an error: then they are floats.
        alone = item.op != "divide" and all(arg in numbers for arg in chosen)

        def part(arg: str, level: int) -> str:
            return repr(numbers[arg]) if alone and arg in numbers else text(arg, level, current)

        return call_text(item, part, outer)

    numbers = {name: value for name, value in program.constants.items() if isinstance(value, float)}
    return {name: text(name, 0, name) for name in names}


#: words a listing uses itself
_TAKEN = (
    "np", "print", "range", "step", "int", "self", "erf", "erf_of_one", "Network", "network", "decimal", "by_hand",
)  # fmt: skip


def python_name(name: str) -> str:
    """The name of a value in a listing: with an underscore where Python or the listing needs the word itself."""
    word = name.rstrip("_")  # np becomes np_, so np_ becomes np__
    return f"{name}_" if keyword.iskeyword(word) or word in _TAKEN else name


def _literal(value: float | np.ndarray) -> str:
    if isinstance(value, np.ndarray):
        if value.dtype == int or (value.dtype == float and (value == value.astype(int)).all()):
            return f"np.array({value.astype(int).tolist()})" if value.ndim else str(int(value))
        return f"np.array({value.tolist()})"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def call_text(item: Instruction, text: Callable[[str, int], str], outer: int) -> str:
    """One instruction as an expression. `text` gives an operand; brackets stand around what binds less than `outer`."""

    def bracket(result: str, level: int) -> str:
        return f"({result})" if level < outer else result

    args = item.args
    if item.op in INFIX:
        sign, level = INFIX[item.op]
        return bracket(f"{text(args[0], level)} {sign} {text(args[1], level + 1)}", level)
    match item.op:
        case "negative":
            return bracket(f"-{text(args[0], 3)}", 2)
        case "square" if item.shape:
            return bracket(f"{text(args[0], 5)} ** 2", 4)
        case "view":
            order, new = item.options
            assert isinstance(order, tuple) and isinstance(new, tuple)
            result = text(args[0], 6)
            if order != tuple(range(len(order))):
                result += ".T" if order == (1, 0) else f".transpose{order}"
            if new:
                slots = ["None" if place in new else ":" for place in range(len(order) + len(new))]
                result += f"[{', '.join(slots)}]"
            return result
        case "sum" | "max_over":
            (axis,) = item.options
            call = "np.sum" if item.op == "sum" else "np.max"
            if axis is None:
                return f"{call}({text(args[0], 0)})"
            assert isinstance(axis, tuple)
            return f"{call}({text(args[0], 0)}, axis={axis[0] if len(axis) == 1 else axis})"
        case "einsum":
            layout = ", order='C'" if len(item.shape) > 1 else ""  # else the result lies in memory as its operands do
            return f"np.einsum({item.options[0]!r}, {', '.join(text(arg, 0) for arg in args)}{layout})"
        case "gather":
            return f"{text(args[0], 6)}[{', '.join(text(arg, 0) for arg in args[1:])}]"
        case "place":
            return f"({text(args[0], 1)} - 1).astype(int)"
        case "within":
            inside = text(args[0], 3)
            return bracket(f"({inside} >= 1) & ({inside} <= {item.options[0]})", 0)
        case "copy":
            return text(args[0], outer)
        case "turn":
            return f"{text(args[0], 6)}.copy()"
        case "spread":
            return f"np.broadcast_to({text(args[0], 0)}, {item.shape}).copy()"
        case "where":
            branches = [text(arg, 0) for arg in args[1:]]
            return f"np.where({text(args[0], 0)}, {', '.join(branches)})"
        case "erf":
            return f"erf({text(args[0], 0)})"
        case "rounded":
            count, significant, mode = item.options
            return by_hand(text(args[0], 0), Rounding(int(str(count)), bool(significant), str(mode)))
    if item.op in COMPARED:
        return bracket(f"{text(args[0], 1)} {COMPARED[item.op]} {text(args[1], 1)}", 0)
    return f"np.{item.op}({', '.join(text(arg, 0) for arg in args)})"


def by_hand(number: str, how: Rounding) -> str:
    """The call of a listing that rounds a number as `rounded` does."""
    return f"by_hand({number}, {'figures' if how.significant else 'decimals'}={how.count}, mode={MODES[how.mode]!r})"


#: what a listing needs for it
BY_HAND = """\
def by_hand(values, mode, decimals=0, figures=0):
    def one(value):
        exact = decimal.Context(prec=15).create_decimal(repr(float(value)))
        last = exact.adjusted() + 1 - figures if figures else -decimals
        return float(exact.quantize(decimal.Decimal(1).scaleb(last), mode, decimal.Context(prec=400))) + 0.0

    return np.vectorize(one, otypes=[float])(values)
"""
