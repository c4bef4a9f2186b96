"""Where a result can lie, against people who round: every operation in decimal arithmetic, in every mode, by chance."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from random import Random

import numpy as np
import pytest

from tracer.calculus.expression import Add, Call, Div, Expr, Mul, Neg, Number, Pow, Ref
from tracer.calculus.language import parse_expression
from tracer.check.digits import Digits, Known
from tracer.check.intervals import enclose, number_of
from tracer.check.questions import givens, questions
from tracer.check.right_sides import RightSides
from tracer.run.building import build
from tracer.run.loading import load
from tracer.run.run import run

FULL = Context(prec=40)
MODES = (ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_DOWN)
FORMULAS = {
    "x1*w1 + x2*w2 + b": "net input",
    "1/(1 + exp(-z))": "sigmoid",
    "exp(z)/(1 + exp(z))": "sigmoid, the other way",
    "((a1 - t1)**2 + (a2 - t2)**2)/2": "error",
    "(a1 - t1)*a1*(1 - a1)": "delta of an output",
    "(d1*w1 + d2*w2)*a1*(1 - a1)": "delta of a hidden unit",
    "w1 - eta*d1": "update",
    "exp(z)/(exp(z) + exp(x1) + exp(x2))": "softmax",
    "(1 - a1*a1)*d1": "slope of tanh",
    "-log(a1)": "cross entropy",
}


class Person:
    """Somebody who rounds every operation, or none; an own evaluator, which shares nothing with the checker's."""

    def __init__(self, unit: Decimal | None, figures: int, mode: str) -> None:
        self.unit, self.figures, self.mode = unit, figures, mode

    def rounded(self, value: Decimal) -> Decimal:
        if self.figures:
            return Context(prec=self.figures, rounding=self.mode).plus(value)
        return value if self.unit is None else value.quantize(self.unit, self.mode)

    def of(self, node: Expr, values: Mapping[str, Decimal]) -> Decimal:
        match node:
            case Number(value):
                return Decimal(value.numerator) / Decimal(value.denominator)
            case Ref(name):
                return values[name]
            case Neg(inner):
                return -self.of(inner, values)
            case Add((first, *rest)):
                made = self.of(first, values)
                for term in rest:
                    made = self.rounded(FULL.add(made, self.of(term, values)))
                return made
            case Mul((first, *rest)):
                made = self.of(first, values)
                for factor in rest:
                    made = self.rounded(FULL.multiply(made, self.of(factor, values)))
                return made
            case Div(top, bottom):
                return self.rounded(FULL.divide(self.of(top, values), self.of(bottom, values)))
            case Pow(base, Number(exponent)):
                return self.rounded(FULL.power(self.of(base, values), Decimal(int(exponent))))
            case Call("exp", (inner,)):
                return self.rounded(FULL.exp(self.of(inner, values)))
            case Call("log", (inner,)):
                return self.rounded(FULL.ln(self.of(inner, values)))
        raise AssertionError(node)


GIVEN = ("x1", "x2", "w1", "w2", "b", "t1", "t2", "eta")


def drawn(random: Random) -> dict[str, Decimal]:
    values = {name: Decimal(random.randint(-95, 95)).scaleb(-2) for name in GIVEN}
    values |= {name: Decimal(random.randint(50, 950)).scaleb(-3) for name in ("a1", "a2")}
    return values | {name: Decimal(random.randint(-900, 900)).scaleb(-3) for name in ("z", "d1", "d2")}


@pytest.mark.parametrize("text", FORMULAS, ids=FORMULAS.values())
def test_whoever_rounds_on_paper_is_inside(text: str) -> None:
    node, random = parse_expression(text, "", fixed=True), Random(text)
    widest = 0.0
    for decimals, figures in ((2, 0), (4, 0), (0, 3), (0, 4)):
        unit = Decimal(1).scaleb(-decimals)
        digits = Digits(np.inf, figures) if figures else Digits(decimals)
        for _ in range(40):
            mode = random.choice(MODES)
            person = Person(None if figures else unit, figures, mode)
            exact = drawn(random)
            values = {name: value if name in GIVEN else person.rounded(value) for name, value in exact.items()}
            known = {Ref(name): Known(float(value), 0.0, 2) for name, value in values.items()}
            known |= {
                Ref(name): Known(float(values[name]), 1e-3, decimals or 9) for name in values if name not in GIVEN
            }
            found = enclose(node, known, digits)
            try:
                result = person.of(node, values)
            except (decimal.InvalidOperation, decimal.DivisionByZero):
                continue  # everything was rounded away; no number comes out
            last = 10.0 ** (result.adjusted() - figures + 1) if figures else float(unit)
            off = abs(float(result) - float(found.number))
            assert off <= float(found.paper) + last * 1.0001, (text, values, mode, digits)
            widest = max(widest, off / (float(found.paper) + last))
    assert widest > 0.25  # the bound is no barn door


@pytest.mark.parametrize("text", FORMULAS, ids=FORMULAS.values())
def test_whoever_carries_more_digits_is_inside(text: str) -> None:
    node, random = parse_expression(text, "", fixed=True), Random(text)
    for decimals in (2, 3, 5):
        unit = Decimal(1).scaleb(-decimals)
        for _ in range(60):
            exact, mode = drawn(random), random.choice(MODES)
            exact |= {
                name: value + Decimal(random.random()) * unit for name, value in exact.items() if name not in GIVEN
            }
            paper = {name: value if name in GIVEN else value.quantize(unit, mode) for name, value in exact.items()}
            known = {
                Ref(name): Known(float(value), 0.0 if name in GIVEN else float(unit), decimals)
                for name, value in paper.items()
            }
            if text == "-log(a1)" and paper["a1"] <= unit:
                continue
            found = enclose(node, known, Digits(decimals))
            off = abs(float(Person(None, 0, mode).of(node, exact)) - float(found.number))
            assert off <= float(found.carried), (text, exact, paper)


def test_numbers_are_those_of_the_formula() -> None:
    for text in FORMULAS:
        node, values = parse_expression(text, "", fixed=True), drawn(Random(1))
        known = {Ref(name): Known(float(value)) for name, value in values.items()}
        assert float(number_of(node, known)) == pytest.approx(float(Person(None, 0, ROUND_DOWN).of(node, values)))


def test_what_hangs_on_a_kink_is_unbounded_and_has_ends() -> None:
    node = parse_expression("where(z > 0, d1, 0)", "", fixed=True)
    found = enclose(node, {Ref("z"): Known(0.0, 0.01, 2), Ref("d1"): Known(0.4, 0.01, 2)}, Digits(2))
    assert np.isinf(found.carried) and -0.001 < found.low <= 0 and 0.4 <= found.high < 0.42


@pytest.mark.parametrize("problem", ["mazur", "eoj-softmax"])
def test_every_form_of_a_line_comes_to_the_same(problem: str) -> None:
    """Whatever is written differently is the same number where nothing was rounded."""
    network = build(load(problem))
    every = questions(network)
    asked = tuple(one for one in every if not one.name.startswith("da"))
    sides, trace = RightSides(network, asked), run(network.problem)
    values = dict(givens(network))
    for one in every:
        values[one.value] = Known(float(trace.value(one.name, 1)[tuple(place - 1 for place in one.places)]))
    more = 0
    for question in asked:
        forms = sides.forms[question.value] + sides.rare.get(question.value, ())
        numbers = [float(number_of(form, values)) for form in forms]
        assert numbers == pytest.approx([numbers[0]] * len(numbers), rel=1e-9, abs=1e-12), question.address
        more += len(forms) - 1
    assert more > 10
