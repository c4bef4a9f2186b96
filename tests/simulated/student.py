"""A student: every factor of the benchmark drawn from a seed; and the working out in full, which a key is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from .arithmetic import EXACT, MODES, Digits
from .formulas import OTHER, USUAL, WRITTEN_OUT, Plan
from .misconceptions import ALL, CALCULATOR, go_together
from .nets import HOUSE, Exercise, conventions, label_of, mistakes, program
from .slips import SHAPES
from .writing import HABITS

COLUMNS = ("z", "a", "E", "delta", "dw", "db", "w_new", "b_new")
FORMATS = {str(one): one for one in (*(Digits(n) for n in range(2, 7)), *(Digits(n, "sf") for n in range(3, 6)))}
GAMING = ("all zeros", "gaming", "givens copied")
#: what goes wrong on a sheet, with how often
ERRORS = {
    "none": 300,
    "systematic": 200,
    "slip": 100,  # a misconception's formula once, at one step
    "two": 80,
    "masked pair": 20,
    "calculator slip": 50,
    **dict.fromkeys(SHAPES, 30),
    "copy slip": 30,  # the number of the cell beside it
    "copied wrong": 40,  # the cell is right, and read wrongly later
    "wrong cell": 30,  # two cells exchanged
    "nonsense": 20,
    "all zeros": 15,
    "gaming": 15,  # right forward pass, zeros, old weights
    "givens copied": 10,
}
FACTORS: dict[str, tuple[str, ...]] = {
    "digits": (*FORMATS, "mixed"),
    "rounding": tuple(MODES),
    "carry": ("rounded", "full", "mixed"),
    "inside": ("none", "every operation"),
    "order": (USUAL, OTHER, WRITTEN_OUT, "varied"),
    "habit": HABITS,
    "error": tuple(ERRORS),
    "missing": ("none", "some"),
    "convention": (HOUSE, "t - o, plus", "E without the half", "mean", "mean, late", "weights by row", "biases kept"),
    "cause": (*ALL, *CALCULATOR),
}
_OFTEN = {("habit", "plain"): 8, ("missing", "none"): 6, ("convention", HOUSE): 6, ("order", WRITTEN_OUT): 0.4}


@dataclass(frozen=True)
class Student:
    """How one student works, and what goes wrong."""

    digits: Mapping[str, Digits]  # of each column
    rounding: str
    carry: str
    inside: str
    order: str
    habit: str
    error: str
    causes: tuple[str, ...]
    missing: float
    convention: str
    digits_name: str


def student(made: Exercise, random: Random, only: Mapping[str, tuple[str, ...]] | None = None) -> Student:
    """A student drawn from all factors, or from those of `only`. Raises ValueError where nothing is left."""
    pools = {name: (only or {}).get(name, pool) for name, pool in FACTORS.items()}

    def drawn(name: str, allowed: tuple[str, ...] | None = None) -> str:
        pool = [one for one in pools[name] if allowed is None or one in allowed]
        if not pool:
            raise ValueError(f"{name}: nothing of {', '.join(pools[name])} is possible with {made.net}")
        weights = [ERRORS[one] if name == "error" else _OFTEN.get((name, one), 1) for one in pool]
        return random.choices(pool, weights)[0]

    digits_name = drawn("digits")
    formats = list(FORMATS.values())
    digits = {one: random.choice(formats) if digits_name == "mixed" else FORMATS[digits_name] for one in COLUMNS}
    convention, error = drawn("convention", conventions(made.net)), drawn("error")
    if error == "masked pair":
        convention = "t - o, plus"
    if error in GAMING:
        convention = HOUSE
    causes: tuple[str, ...] = ()
    possible = mistakes(made.net, convention, tuple(one for one in pools["cause"] if one in ALL))
    if error in ("systematic", "slip", "two"):
        first = random.choice(possible)
        others = [one for one in possible if go_together(first, one)]
        causes = (first, random.choice(others)) if error == "two" and others else (first,)
        error = "systematic" if error == "two" and not others else error
    elif error == "calculator slip":
        slips = mistakes(made.net, convention, CALCULATOR)
        causes = (random.choice(slips),)
    return Student(
        digits=digits,
        rounding=drawn("rounding"),
        carry=drawn("carry"),
        inside=drawn("inside"),
        order=drawn("order"),
        habit=drawn("habit"),
        error=error,
        causes=tuple(sorted(causes)),
        missing=round(random.uniform(0.1, 0.7), 3) if drawn("missing") == "some" else 0.0,
        convention=convention,
        digits_name=digits_name,
    )


def worked_in_full(made: Exercise, plan: Plan = Plan()) -> dict[str, Decimal]:  # noqa: B008 (a record, never changed)
    """Every value of an exercise with 28 digits, given ones too."""
    values = dict(made.given)
    from .nets import by_hand

    for step in by_hand(program(made.net, plan, label_of(made))):
        values[step.name] = step.ways[USUAL](EXACT, values)
    return values
