"""Typed formulas against the formulas of steps. The first table is what counts as right, the second what is wrong and
by which mistake, the third what cannot be told."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.check.bounded_points import MOST_OPERATIONS, Points, Work
from tracer.check.checking import Plan, plan
from tracer.check.formula_answers import CIRCULAR, NUMBERS, VAGUE, FormulaVerdict, Same, compare_formula
from tracer.errors import TracerError
from tracer.explain.names import names_of
from tracer.explain.notation import notation_for
from tracer.read.number import Unreadable
from tracer.read.resolved import Vocabulary
from tracer.read.typed_answer import Typed, read_typed_answer
from tracer.run.loading import load

EQUAL, HERE = Same.EQUAL, Same.EQUAL_HERE

#: problem, what is asked, what is typed, and how equal it is
RIGHT = [
    ("mazur", "z1[1]", "w1*i1 + w2*i2 + b1", EQUAL),
    ("mazur", "z1[1]", r"b_{1} + i_{2} w_{2} + i_{1} w_{1}", EQUAL),
    ("mazur", "z1[1]", "0.15*0.05 + 0.2*0.1 + 0.35", HERE),
    ("mazur", "a1[1]", "1/(1 + e^(-net_h1))", EQUAL),
    ("mazur", "a1[1]", "exp(net_h1)/(1 + exp(net_h1))", EQUAL),
    ("mazur", "a1[1]", "(1 + tanh(net_h1/2))/2", EQUAL),
    ("mazur", "a1[1]", "1/(1 + exp(-(w1*i1 + w2*i2 + b1)))", EQUAL),
    ("mazur", "E", "((out_o1 - target_o1)^2 + (out_o2 - target_o2)^2)/2", EQUAL),
    ("mazur", "E", "E_o1 + E_o2", EQUAL),
    ("mazur", "E", r"\frac12(\mathrm{target}_{o1} - \mathrm{out}_{o1})^2 + \frac12(\mathrm{target}_{o2} - "
                   r"\mathrm{out}_{o2})^2", EQUAL),
    ("mazur", "delta2[1]", "(out_o1 - target_o1)*out_o1*(1 - out_o1)", EQUAL),
    ("mazur", "delta2[1]", "-(target_o1 - out_o1)*(out_o1 - out_o1^2)", EQUAL),
    ("mazur", "delta2[1]", "(out_o1 - target_o1)*exp(-net_o1)/(1 + exp(-net_o1))^2", EQUAL),
    ("mazur", "delta2[1]", "(out_o1 - 0.01)*out_o1*(1 - out_o1)", HERE),
    ("mazur", "delta1[1]", "out_h1*(1 - out_h1)*(w5*delta_o1 + w7*delta_o2)", EQUAL),
    ("mazur", "dw1[1,1]", "((out_o1 - target_o1)*out_o1*(1 - out_o1)*w5 + (out_o2 - target_o2)*out_o2*(1 - out_o2)*w7)"
                          "*out_h1*(1 - out_h1)*i1", EQUAL),
    ("mazur", "w1_new[1,1]", "w1 - eta*dw1", EQUAL),
    ("mazur", "w1_new[1,1]", "w1 - 0.5*dw1", HERE),
    ("mazur", "w1_new[1,1]", r"w_1 - \eta \cdot \frac{\partial E}{\partial w_1}", EQUAL),
    ("eoj-softmax", "delta2[1]", "a2[1] - t[1]", EQUAL),
]  # fmt: skip

#: problem, what is asked, what is typed, and one mistake that it is
WRONG = [
    ("mazur", "z1[1]", "w1*i1 + w2*i2", "bias-forgotten"),
    ("mazur", "z1[1]", "w1*i2 + w2*i1 + b1", "inputs-swapped"),
    ("mazur", "z1[1]", "w1*i1 + w3*i2 + b1", "weights-transposed"),
    ("mazur", "z1[1]", "0.15*0.05 + 0.2*0.1", "bias-forgotten"),
    ("mazur", "a1[1]", "1/(1 + e^net_h1)", "sign-in-exponent"),
    ("mazur", "a1[1]", "net_h1 + 0*w1", "activation-skipped"),
    ("mazur", "E", "(out_o1 - target_o1)^2 + (out_o2 - target_o2)^2", "missing-half"),
    ("mazur", "delta2[1]", "out_o1 - target_o1", "slope-dropped"),
    ("mazur", "delta2[1]", "(out_o1 - target_o1)*net_o1*(1 - net_o1)", "slope-at-net-input"),
    ("mazur", "delta2[1]", "(target_o1 - out_o1)*out_o1*(1 - out_o1)", "sign-of-error"),
    ("mazur", "delta1[1]", "(delta_o1*w5 + delta_o2*w6)*out_h1*(1 - out_h1)", "transpose-forgotten"),
    ("mazur", "delta1[1]", "delta_o1*w5*out_h1*(1 - out_h1)", "first-path-only"),
    ("mazur", "dw2[1,1]", "delta_o1*net_h1", "net-input-below"),
    ("mazur", "w1_new[1,1]", "w1 + eta*dw1", "update-adds"),
    ("mazur", "w1_new[1,1]", "w1 - dw1", "rate-forgotten"),
]

#: what is asked of mazur, what is typed, and why nothing is told
UNTOLD = [
    ("delta2[1]", "delta_o1", CIRCULAR),
    ("delta2[1]", "dw5/out_h1", CIRCULAR),
    ("delta2[1]", "(0.7514 - 0.01)*0.7514*(1 - 0.7514)", NUMBERS),
    ("a1[1]", "1/0", VAGUE),
    ("z1[1]", "w1*i1 + w2*i2 + b1 + (w5 + 100000000000000) - 100000000000000 - w5", VAGUE),  # drowned in roundings
    ("a1[1]", "sqrt(net_h1 - 1000)", VAGUE),
]


@cache
def prepared(name: str) -> tuple[Plan, Vocabulary]:
    problem = load(name)
    made = plan(problem)
    return made, Vocabulary(names_of(made.network, notation_for(problem)))


def told(name: str, address: str, text: str, **how: int) -> FormulaVerdict:
    made, vocabulary = prepared(name)
    typed = read_typed_answer(text)
    assert isinstance(typed, Typed), typed
    return compare_formula(typed, next(one for one in made.asked if one.address == address), made, vocabulary, **how)


@pytest.mark.parametrize(("name", "address", "text", "same"), RIGHT)
def test_right_in_any_form(name: str, address: str, text: str, same: Same) -> None:
    assert told(name, address, text) == FormulaVerdict(same)


@pytest.mark.parametrize(("name", "address", "text", "mistake"), WRONG)
def test_wrong_by_a_named_mistake(name: str, address: str, text: str, mistake: str) -> None:
    found = told(name, address, text)
    assert found.same is Same.DIFFERENT
    assert mistake in found.mistakes


@pytest.mark.parametrize(("address", "text", "reason"), UNTOLD)
def test_what_cannot_be_told(address: str, text: str, reason: str) -> None:
    assert told("mazur", address, text) == FormulaVerdict(Same.CANNOT_TELL, reason)


def test_one_point_proves_a_difference() -> None:
    """It is the same wherever the weight is positive."""
    assert told("mazur", "z1[1]", "abs(w1)*i1 + w2*i2 + b1") == FormulaVerdict(Same.DIFFERENT)


def test_a_slip_of_its_own_is_different_and_no_mistake() -> None:
    assert told("mazur", "z1[1]", "w1*i1 + w2*i2 + b2") == FormulaVerdict(Same.DIFFERENT)


def test_nearly_equal_is_not_equal() -> None:
    assert told("mazur", "z1[1]", "w1*i1 + w2*i2 + b1 + 0.000000001*w5") == FormulaVerdict(Same.DIFFERENT)
    assert told("mazur", "z1[1]", "w1*i1 + w2*i2 + 1.0000001*b1") == FormulaVerdict(Same.DIFFERENT)


def test_the_sign_that_is_passed_back_is_a_convention() -> None:
    """Where a class passes back t - o, the formulas with that sign are right, and the others are not."""
    made, _ = prepared("mazur")
    other = next(place for place, one in enumerate(made.conventions) if one.name == "target-minus-output")
    for address, text in (
        ("delta2[1]", "(target_o1 - out_o1)*out_o1*(1 - out_o1)"),
        ("w1_new[1,1]", "w1 + eta*dw1"),
    ):
        assert other in told("mazur", address, text).conventions
        assert told("mazur", address, text, convention=other).right
    assert not told("mazur", "w1_new[1,1]", "w1 - eta*dw1", convention=other).right
    assert told("mazur", "delta2[1]", "(target_o1 - out_o1)*out_o1*(1 - out_o1)", sign=-1).right


@pytest.mark.parametrize(
    "text", ["9^9^9", "__import__('os').getpid()", "x.__class__", "(" * 200 + "w1" + ")" * 200, "w1+" * 300 + "1"]
)
def test_hostile_text_does_not_come_so_far(text: str) -> None:
    assert isinstance(read_typed_answer(text), Unreadable)


@pytest.mark.parametrize("text", ["foo*2", "w1[9,9]*2", "i*2"])
def test_names_that_mean_nothing(text: str) -> None:
    with pytest.raises(TracerError) as caught:
        told("mazur", "z1[1]", text)
    assert caught.value.code in ("T201", "T301", "T302")


def test_the_work_is_counted() -> None:
    """What has more parts than may be computed ends without an answer."""
    made, _ = prepared("mazur")
    sides = made.conventions[0].sides
    work = Work()
    Points(sides.declared, made.given, frozenset(), work).range_of(sides.declared[made.asked[-1].value])
    assert 50 < MOST_OPERATIONS - work.left < MOST_OPERATIONS / 20
    import tracer.check.formula_answers as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Work", lambda: Work(20))
        assert told("mazur", "E", "E_o1 + E_o2") == FormulaVerdict(Same.CANNOT_TELL, module.TOO_MUCH)


#: formulas over the values of one step, and a number that they never are
_ATOMS = st.sampled_from(["out_o1", "target_o1", "net_o1", "w5", "out_h1", "2", "0.5"])
_FORMULAS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda three: f"({three[0]} {three[1]} {three[2]})"),
        inner.map(lambda one: f"exp(-{one})"),
        inner.map(lambda one: f"{one}^2"),
    ),
    max_leaves=6,
)


@settings(max_examples=12, deadline=None)
@given(_FORMULAS)
def test_a_formula_equals_itself_and_not_itself_and_more(text: str) -> None:
    """Whatever was typed: added to the key and taken away again it is right, added alone it is not."""
    key = "(out_o1 - target_o1)*out_o1*(1 - out_o1)"
    same = told("mazur", "delta2[1]", f"{key} + ({text}) - ({text})").same
    assert same in (Same.EQUAL, Same.EQUAL_HERE, Same.CANNOT_TELL)
    more = told("mazur", "delta2[1]", f"{key} + ({text})^2 + 1").same
    assert more in (Same.DIFFERENT, Same.CANNOT_TELL)
