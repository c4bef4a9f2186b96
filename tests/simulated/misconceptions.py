"""The mistakes a simulated student can make, by Tracer's names where it has one; and what excludes what.

How a mistake changes a formula stands where the formula stands (`formulas.py`, `nets.py`).
"""

from __future__ import annotations

#: the fourteen of the prototype; "other-input" is not known to Tracer
CORE = (
    "bias-forgotten", "weights-transposed", "activation-skipped", "missing-half", "mean-over-outputs", "sign-of-error",
    "slope-dropped", "slope-at-activation", "slope-at-net-input", "one-by-one", "first-path-only", "other-input",
    "rate-forgotten", "update-adds",
)  # fmt: skip
#: further ones that Tracer knows
MORE = (
    "transpose-forgotten", "slope-dropped-hidden", "net-input-below", "input-forgotten", "weights-forgotten",
    "rate-twice", "last-example-only", "slope-twice",
)  # fmt: skip
#: no checker has heard of these: they show whether a cause is named that is none
UNKNOWN = ("other-input", "half-in-gradient", "bias-with-input")
#: slips at a calculator: one step, once
CALCULATOR = ("sign-in-exponent", "power-of-ten", "common-logarithm", "square-key-forgotten")
ALL = (*CORE, *MORE, *(name for name in UNKNOWN if name not in CORE))

#: mistakes that are no mistake, or another one, under a convention
NOT_UNDER = {
    "t - o, plus": {"sign-of-error", "update-adds"},
    "E without the half": {"missing-half", "half-in-gradient"},
    "mean": {"mean-over-outputs", "half-in-gradient"},
    "mean, late": {"mean-over-outputs", "last-example-only"},
    "weights by row": {"weights-transposed", "transpose-forgotten"},
    "biases kept": {"bias-with-input"},
}

#: pairs that cannot be made together, or that together are a convention or a third mistake
_NOT_TOGETHER = (
    {"sign-of-error", "update-adds"},  # the masked pair: a convention
    {"missing-half", "mean-over-outputs"},  # with two outputs they cancel
    {"rate-forgotten", "rate-twice"},
    {"net-input-below", "input-forgotten", "other-input"},
    {"slope-dropped", "slope-dropped-hidden", "slope-at-activation", "slope-at-net-input", "slope-twice"},
    {"first-path-only", "weights-forgotten", "transpose-forgotten", "one-by-one"},
    {"weights-transposed", "transpose-forgotten"},  # they cancel in the hidden delta
    {"half-in-gradient", "missing-half"},
)


def go_together(one: str, other: str) -> bool:
    """Whether two mistakes are two."""
    return one != other and not any({one, other} <= group for group in _NOT_TOGETHER)
