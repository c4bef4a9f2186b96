"""The checker on simulated classes: no step of a correct sheet is called wrong, and mistakes are found and named.

The figures of docs/reference/checking.md come from larger classes (`python -m tests.simulated_checked`).
"""

from __future__ import annotations

import pytest
from simulated import sheets
from simulated.measure import Figures, measure
from simulated.nets import SHAPES
from simulated_checked import verdicts

RIGHT = {"error": ("none", "masked pair")}


def figures(net: str, count: int, seed: str, only: dict[str, tuple[str, ...]] | None = None) -> Figures:
    made = list(sheets(net, count, seed, count, only))
    return measure(made, verdicts(made))


def test_no_step_of_a_correct_sheet_is_called_wrong() -> None:
    found = figures("relu-2-2-1", 40, "quick", RIGHT)
    assert found.counts["correct steps"] > 500
    assert not found.counts["accused"] and not found.counts["correct named"]


def test_what_digits_cannot_tell_may_have_a_name_together() -> None:
    """Both hidden deltas are off by less than rounding and carrying digits could do, and to the last digit what the
    updated weights give: nothing is called wrong, and the mistake has its name."""
    only = {"digits": ("4dp",), "error": ("systematic",), "cause": ("one-by-one",), "missing": ("none",),
            "convention": ("house",), "habit": ("plain",)}  # fmt: skip
    (made,) = sheets("random-2-2-2", 1, "e", 1, only)
    (said,) = verdicts([made])
    assert "wrong" not in said.steps.values() and "cannot tell" in said.steps.values()
    assert said.causes == [("one-by-one",)]


@pytest.mark.others
@pytest.mark.parametrize("net", SHAPES)
def test_no_step_of_many_correct_sheets_is_called_wrong(net: str) -> None:
    found = figures(net, 30, "many", RIGHT)
    assert found.counts["correct steps"] > 400
    assert not found.counts["accused"] and not found.counts["correct named"]


@pytest.mark.others
def test_mistakes_are_found_named_and_do_not_pay() -> None:
    """Somewhat below what is measured on larger classes, so that it is no test of luck."""
    found = figures("random-2-2-2", 120, "mistakes", {"digits": ("4dp",)})
    assert found.share("missed shown", "wrong shown") < 0.03
    assert found.f1("shown") > 0.95
    assert found.share("top one", "causes one") > 0.9
    assert found.share("pen named", "pen") < 0.05
    for name in ("all zeros", "gaming", "givens copied"):
        assert (found.mean(f"credit {name}") or 0.0) <= 0.35
