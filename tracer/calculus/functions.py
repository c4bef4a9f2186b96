"""The functions of the equation language: their slopes and what holds at their kinks.

A slope is itself text of the equation language in the arguments `u` (and `v`). Where a function has a kink the
slope is a convention, and it is stated here, once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """One function: how many arguments, the slope in each of them, the convention at a kink, its NumPy name."""

    name: str
    arguments: tuple[str, ...]
    slopes: tuple[str, ...]
    numpy: str
    tex: str
    convention: str = ""


FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("exp", ("u",), ("exp(u)",), "exp", r"\exp"),
        Function("log", ("u",), ("1/u",), "log", r"\ln"),
        Function("sqrt", ("u",), ("1/(2*sqrt(u))",), "sqrt", r"\sqrt"),
        Function("abs", ("u",), ("sign(u)",), "abs", "abs", "the slope at 0 is taken as 0"),
        Function("tanh", ("u",), ("1 - tanh(u)**2",), "tanh", r"\tanh"),
        Function("erf", ("u",), ("2*exp(-u**2)/sqrt(3.141592653589793)",), "erf", r"\mathrm{erf}"),
        Function(
            "max",
            ("u", "v"),
            ("where(u >= v, 1, 0)", "where(v > u, 1, 0)"),
            "maximum",
            r"\max",
            "where both arguments are equal the first one counts as the larger; so max(0, z) has slope 0 at 0",
        ),
        Function(
            "min",
            ("u", "v"),
            ("where(u <= v, 1, 0)", "where(v < u, 1, 0)"),
            "minimum",
            r"\min",
            "where both arguments are equal the first one counts as the smaller",
        ),
        Function("sign", ("u",), ("0",), "sign", r"\mathrm{sign}", "the slope is taken as 0 everywhere, also at 0"),
        Function(
            "where",
            ("condition", "u", "v"),
            ("", "where(condition, 1, 0)", "where(condition, 0, 1)"),
            "where",
            "where",
            "the slope of the chosen branch; the condition itself has none",
        ),
    )
}

COMPARISONS = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal"}
