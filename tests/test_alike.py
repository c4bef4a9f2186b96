"""What is the same on several sheets is checked once, and only what is the same in everything that a verdict reads."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.check.alike import alike
from tracer.check.habits import Asked
from tracer.check.sheets import Sheets


def _class(**others: float) -> Sheets:
    """Two answers on three sheets, all alike; the last sheet has another second answer in what is named."""
    fields = {"numbers": 0.5, "decimals": 1.0, "figures": 1.0, "exact": False, "unreadable": False}
    made = {name: np.full((2, 3), value) for name, value in fields.items()}
    for name, value in others.items():
        made[name][1, 2] = value
    return Sheets(**made)


def test_sheets_without_a_difference_are_of_one_kind() -> None:
    first, kind = alike(_class(), Asked())
    assert (first.tolist(), kind.tolist()) == ([0], [0, 0, 0])


@pytest.mark.parametrize(
    "other",
    [
        {"numbers": np.nextafter(0.5, 1)},
        {"numbers": np.nan},
        {"decimals": 2.0},
        {"figures": 2.0},
        {"exact": True},
        {"unreadable": True},
    ],
)
def test_any_difference_makes_another_kind(other: dict[str, float]) -> None:
    first, kind = alike(_class(**other), Asked(4))
    assert (first.tolist(), kind.tolist()) == ([0, 2], [0, 0, 1])


def test_who_was_asked_for_other_digits_is_of_another_kind() -> None:
    asked = np.array([[4, 4, 4], [4, 3, 4]])
    assert alike(_class(), Asked(asked))[1].tolist() == [0, 1, 0]
    assert alike(_class(), Asked(None, asked))[1].tolist() == [0, 1, 0]
