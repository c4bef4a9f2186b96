"""Hand arithmetic: rules are read, found for each quantity, carried by the run, and told on the page."""

from __future__ import annotations

import math
import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tracer
from tracer.calculus.rounding import Rounding, round_number, rounded
from tracer.errors import TracerError
from tracer.explain.by_hand import printed_by
from tracer.explain.numbers import digits, printed
from tracer.run.building import build
from tracer.run.loading import load
from tracer.run.rounding import Rule, read_rule, rules_of, with_arithmetic
from tracer.run.run import run

WAYS = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "truncate": ROUND_DOWN}


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (0.0745, Rounding(3), 0.074),  # 0.07449999999999999... as float64 has it, but a tie on paper
        (0.0755, Rounding(3), 0.076),
        (0.0745, Rounding(3, mode="half-up"), 0.075),
        (-0.0745, Rounding(3, mode="half-up"), -0.075),
        (0.07499, Rounding(3, mode="truncate"), 0.074),
        (-0.07499, Rounding(3, mode="truncate"), -0.074),
        (0.1 + 0.2, Rounding(1, mode="truncate"), 0.3),
        (0.231 * 0.731, Rounding(6), 0.168861),
        (9.996, Rounding(3, significant=True), 10.0),
        (1234.5, Rounding(2, significant=True), 1200.0),
        (0.00012345, Rounding(2, significant=True), 0.00012),
        (-0.0004, Rounding(3), 0.0),
        (1e300, Rounding(12), 1e300),
        (5e-324, Rounding(12), 0.0),
        (math.inf, Rounding(3), math.inf),
    ],
)
def test_numbers_are_rounded_as_on_paper(value: float, how: Rounding, expected: float) -> None:
    assert round_number(value, how) == expected
    assert math.copysign(1, round_number(value, how)) == math.copysign(1, expected)
    assert rounded(np.array([[value]]), how.count, how.significant, how.mode).tolist() == [[expected]]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(-(10**9), 10**9), st.integers(0, 9), st.integers(1, 9), st.sampled_from(sorted(WAYS)))
def test_short_decimals_are_rounded_exactly(whole: int, places: int, count: int, mode: str) -> None:
    exact = Decimal(whole).scaleb(-places)
    expected = exact.quantize(Decimal(1).scaleb(-count), WAYS[mode])
    assert round_number(float(exact), Rounding(count, mode=mode)) == float(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (3, Rule(Rounding(3))),
        (" 3sf ", Rule(Rounding(3, True))),
        ("3 truncate", Rule(Rounding(3, False, "truncate"))),
        ("4sf printed half-up", Rule(Rounding(4, True, "half-up"), False)),
        ("exact", None),
    ],
)
def test_a_rule_in_short(text: int | str, expected: Rule | None) -> None:
    assert read_rule(text, "") == expected


@pytest.mark.parametrize(
    "text", ["3 up", "0", 0, -1, 13, "3.5", "sf", "exact truncate", "adaptive 3", " ", "3sf 4", 10**40]
)
def test_a_rule_that_makes_no_sense(text: int | str) -> None:
    with pytest.raises(TracerError) as caught:
        with_arithmetic(load("mazur"), text)
    assert caught.value.code == "T504"
    assert "arithmetic" in str(caught.value)


def rounded_mazur(**arithmetic: Any) -> dict[str, Any]:
    layers = [
        {"activation": "sigmoid", "weights": [[0.15, 0.25], [0.2, 0.3]], "bias": [0.35, 0.35]},
        {"activation": "sigmoid", "weights": [[0.4, 0.5], [0.45, 0.55]], "bias": [0.6, 0.6]},
    ]
    return {
        "data": {"inputs": [0.05, 0.1], "targets": [0.01, 0.99]},
        "layers": layers,
        "training": {"loss": "half-squared-error", "rate": 0.5},
        "arithmetic": arithmetic,
    }


def test_what_says_more_wins() -> None:
    quantities = {"a": "3sf", "delta": "4", "dw": "exact", "w2_new": "2 truncate", "after:a": 5, "after:a1": 6}
    rules = rules_of(build(load(rounded_mazur(digits=1, rounding="half-up", quantities=quantities))))
    assert rules.steps["z1"] == Rule(Rounding(1, mode="half-up"))
    assert rules.steps["a2"] == Rule(Rounding(3, True, "half-up"))
    assert rules.steps["delta1"] == rules.steps["delta2"] == Rule(Rounding(4, mode="half-up"))
    assert "dw1" not in rules.steps
    assert rules.steps["w2_new"] == Rule(Rounding(2, mode="truncate"))
    assert rules.steps["w1_new"] == rules.steps["db1"] == rules.steps["E"] == Rule(Rounding(1, mode="half-up"))
    assert rules.after["a2"].rounding.count == 5
    assert rules.after["a1"].rounding.count == 6
    assert set(rules.changed()) == {"a1", "a2"}


def test_every_carried_number_is_the_rounded_value_of_its_line() -> None:
    """Step by step with Python's own decimals and floats, quantity by quantity."""
    trace = tracer.trace(rounded_mazur(digits=3, rounding="half-up"))

    def hand(value: float) -> float:
        return float(Decimal(f"{value:.14e}").quantize(Decimal("0.001"), ROUND_HALF_UP))

    z1 = [hand(0.05 * 0.15 + 0.1 * 0.2 + 0.35), hand(0.05 * 0.25 + 0.1 * 0.3 + 0.35)]
    a1 = [hand(1 / (1 + math.exp(-z))) for z in z1]
    z2 = [hand(a1[0] * 0.4 + a1[1] * 0.45 + 0.6), hand(a1[0] * 0.5 + a1[1] * 0.55 + 0.6)]
    a2 = [hand(1 / (1 + math.exp(-z))) for z in z2]
    da2 = [hand(a2[0] - 0.01), hand(a2[1] - 0.99)]
    delta2 = [hand(d * a * (1 - a)) for d, a in zip(da2, a2, strict=True)]
    dw2 = [[hand(a * d) for d in delta2] for a in a1]
    new = [
        [hand(w - 0.5 * d) for w, d in zip(*row, strict=True)]
        for row in zip([[0.4, 0.5], [0.45, 0.55]], dw2, strict=True)
    ]
    found = {name: trace.value(name).tolist() for name in ("z1", "a1", "z2", "a2", "da2", "delta2", "dw2", "w2_new")}
    assert found == {
        "z1": [z1], "a1": [a1], "z2": [z2], "a2": [a2], "da2": [da2], "delta2": [delta2], "dw2": dw2, "w2_new": new,
    }  # fmt: skip


def test_what_is_only_printed_changes_no_bit_of_the_run() -> None:
    exact, shown = tracer.trace("mazur"), tracer.trace("mazur", arithmetic="2 truncate printed")
    for entry in exact.network.schedule:
        assert np.array_equal(exact.value(entry.name), shown.value(entry.name)), entry.name
    page = tracer.render("mazur", arithmetic="2 truncate printed")
    assert "Every result is printed cut after 2 decimals." in page
    assert r"\approx 0.59" in page


def test_without_rules_nothing_is_added() -> None:
    for arithmetic in ("", "exact", "adaptive"):
        trace = tracer.trace("mazur-one-by-one", steps=3, arithmetic=arithmetic)
        assert not rules_of(trace.network).steps
        assert np.array_equal(trace.losses, tracer.trace("mazur-one-by-one", steps=3).losses)
    assert "as by hand" not in tracer.render("gokadin-rounded", arithmetic="exact")
    exact = tracer.trace("gokadin-rounded", notation="plain", arithmetic="exact")
    assert round(exact["dw2[1,1]"], 6) == 0.168917


@pytest.mark.parametrize("keep", ["loss", [3]])
def test_a_long_run_carries_the_same_numbers(keep: Any) -> None:
    whole = run(with_arithmetic(load("gokadin-xor"), "3 truncate"), steps=5)
    part = run(with_arithmetic(load("gokadin-xor"), "3 truncate"), steps=5, keep=keep)
    assert np.array_equal(whole.losses, part.losses)
    for name, value in whole.after.items():
        assert np.array_equal(value, part.after[name]), name
        assert np.array_equal(value, np.vectorize(lambda one: round_number(one, Rounding(3)))(value)), name


def test_a_carried_rounding_is_no_derivative() -> None:
    assert tracer.gradient_check(tracer.trace("mazur", arithmetic="3")) == ()
    assert tracer.gradient_check(tracer.trace("mazur", arithmetic="3 printed"))
    text = str(tracer.trace("mazur", arithmetic="3").worked("dw5"))
    assert "By the chain rule: w_5 reaches E_total through net_o1, out_o1" in text
    assert "0.139 · 0.593\n                = 0.082427\n                ≈ 0.082\n" in text
    assert not re.search(r"[0-9]\.", text.partition("By the chain rule")[2])  # the ways have no numbers


def test_diverging_runs_say_so() -> None:
    with pytest.raises(TracerError, match="T401"):
        tracer.trace({**rounded_mazur(digits=3), "layers": [{"weights": [[1e200, 1], [1, 1]]}] * 2})


def test_a_rule_tells_a_tie_from_the_exact_value() -> None:
    page = tracer.render({"equations": ["y = a * b"], "values": {"a": 0.5, "b": 0.149}, "arithmetic": {"digits": 3}})
    assert r"0.0745 \approx 0.074" in page
    page = tracer.render({"equations": ["y = a * b"], "values": {"a": 0.5, "b": 0.149}}, arithmetic="3 half-up")
    assert r"0.0745 \approx 0.075" in page


def test_a_carried_zero_shows_what_it_was() -> None:
    page = tracer.render({"equations": ["y = a * b"], "values": {"a": 0.02, "b": 0.02}}, arithmetic="3")
    assert r"= 0.02 \cdot 0.02 = 0.0004 \approx 0.000" in page


@pytest.mark.parametrize(
    ("value", "rule", "text", "shortened"),
    [
        (0.5, Rule(Rounding(3)), "0.5", False),
        (1200.0, Rule(Rounding(2, True)), "1.2e3", False),
        (0.0, Rule(Rounding(3)), "0", False),
        (0.0004567, Rule(Rounding(3, mode="truncate"), False), "0.00045", True),
        (0.5, Rule(Rounding(3), False), "0.5", False),
        (166.6, Rule(Rounding(2, True), False), "1.7e2", True),
    ],
)
def test_a_number_printed_by_a_rule(value: float, rule: Rule, text: str, shortened: bool) -> None:
    made = printed_by(value, rule)
    assert (made.text, made.shortened) == (text, shortened)
    assert printed_by(-value, rule).text == (f"-{text}" if value else text)


@pytest.mark.parametrize(
    ("value", "wanted", "text", "shortened"),
    [
        (0.168861, "adaptive", "0.168861", False),
        (0.49831139, "adaptive", "0.49831139", False),
        (0.7310585786, "adaptive", "0.731059", True),
        (0.7310585786, "4 adaptive", "0.7311", True),
        (0.123456789, "2sf adaptive", "0.123456789", False),
        (0.1234567891, "2sf adaptive", "0.12", True),
        (-2.0, "adaptive", "-2", False),
    ],
)
def test_adaptive_prints_whole_what_nine_decimals_hold(value: float, wanted: str, text: str, shortened: bool) -> None:
    made = printed(value, digits(wanted))
    assert (made.text, made.shortened) == (text, shortened)


def test_adaptive_on_a_page() -> None:
    page = tracer.render("gokadin", arithmetic="adaptive")
    assert r"\approx 0.731059" in page
    assert page == tracer.render("gokadin", digits="adaptive")
    assert r"= 0.231 \cdot 0.731 = 0.168861" in tracer.render("gokadin-rounded")


def test_the_page_says_how() -> None:
    page = tracer.render("mazur", arithmetic="3 half-up")
    assert "Every result is rounded to 3 decimals (half up) and carried on so." in " ".join(page.split())
    assert "by hand" not in tracer.render("mazur")
    for style in ("plain", "hmkcode", "gokadin", "mazur"):
        made = tracer.render("hmkcode-text", style=style)
        assert "-   Cut after 3 decimals and carried on so: " in made
        assert "But in the forward pass after the update: " in made
