"""Which mistakes a problem can show, what the conventions are, and what tells two mistakes apart."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from tracer.check.checking import Plan, plan
from tracer.check.separating import separating
from tracer.run.loading import load

XOR: dict[str, Any] = {
    "data": {"inputs": [0.5, 0.1], "targets": [0.01, 0.99]},
    "layers": [
        {"activation": "sigmoid", "weights": [[0.15, 0.25], [0.2, 0.3]], "bias": [0.35, 0.35]},
        {"activation": "sigmoid", "weights": [[0.4, 0.5], [0.45, 0.55]], "bias": [0.6, 0.6]},
    ],
    "training": {"loss": "half-squared-error", "rate": 0.5},
}


@lru_cache
def mazur() -> Plan:
    return plan(load("mazur"))


def names(made: Plan) -> set[str]:
    return {mistake.record.name for mistake in made.mistakes}


def why(made: Plan, name: str) -> str:
    return next(unseen.why for unseen in made.unseen if unseen.record.name == name)


def test_the_usual_mistakes_show_in_mazur() -> None:
    assert names(mazur()) >= {"rate-forgotten", "sign-of-error", "slope-dropped", "one-by-one", "missing-half",
                              "weights-transposed", "transpose-forgotten", "bias-forgotten"}  # fmt: skip


def test_a_rate_of_1_hides_that_it_was_forgotten() -> None:
    made = plan(replace(load(XOR), rate=1.0))
    assert "rate-forgotten" not in names(made) and "rate-forgotten" in names(mazur())
    assert why(made, "rate-forgotten") == "with the numbers that are given here it comes to the same."


def test_biases_of_0_and_symmetric_weights_hide_mistakes() -> None:
    layers = [dict(layer) for layer in XOR["layers"]]
    layers[0] |= {"weights": [[0.15, 0.2], [0.2, 0.3]], "bias": [0.0, 0.0]}
    layers[1] |= {"weights": [[0.4, 0.5], [0.5, 0.55]], "bias": [0.0, 0.0]}
    made = plan(load({**XOR, "layers": layers}))
    assert not {"bias-forgotten", "weights-transposed", "transpose-forgotten"} & names(made)
    # two steps later the matrices are no longer symmetric, and it shows
    assert "transpose-forgotten" in names(plan(load({**XOR, "layers": layers}), steps=2))


def test_conventions_are_those_of_the_problem() -> None:
    found = [convention.name for convention in mazur().conventions if convention.sign > 0]
    assert found == ["", "squared-error", "half-squared-error-mean-outputs", "one-by-one", "weights by row"]
    trained = [convention.name for convention in plan(load(XOR)).conventions if convention.sign > 0]
    assert "biases kept" in trained
    assert all(convention.says for convention in mazur().conventions[1:])
    forward = plan(load("mazur"), ["z1[1]", "a1[1]", "E"])
    assert all(convention.sign > 0 for convention in forward.conventions)


def test_what_separates_two_mistakes_is_where_their_numbers_differ() -> None:
    # the gradients of the first layer are so small that its weights hardly tell
    found = separating(mazur(), ["rate-forgotten", "rate-twice"])
    assert set(found) == {question.address for question in mazur().asked if question.name == "w2_new"}
    assert separating(mazur(), ["rate-forgotten"]) == ()
