"""Derivations by named rules: every line is proved equal to the one before, and the last one is the textbook form.

The proof knows nothing of the rules. Lines are evaluated with mpmath at random points to 40 digits, a derivative that
is still open by a central difference of its inside; smooth formulas are also proved by SymPy, with its own derivatives.
"""

from __future__ import annotations

import html
import itertools
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as changed
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
import pytest
import sympy

import tracer
from tracer.calculus.algebra import Table, to_sympy
from tracer.calculus.equation import Equation, equation
from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
    Delta,
    Div,
    Expr,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Size,
    Sum,
    free_indices,
    names,
    rebuild,
    replace,
    walk,
)
from tracer.calculus.expression_text import to_text
from tracer.calculus.gathering import PI, gathered, multiplied_out
from tracer.calculus.language import parse_expression
from tracer.calculus.line_by_line import TABLE, Line, assumption, derivation, open_parts, variable_of
from tracer.calculus.rule import OPEN, U, V, Z
from tracer.calculus.rules import RULES
from tracer.errors import TracerError
from tracer.explain.derivations import derivations_of, told
from tracer.explain.typed_formula import derivations_for
from tracer.ops import ACTIVATIONS, LOSSES
from tracer.publish.derivation import derivation_page
from tracer.publish.environment import environment
from tracer.publish.mathml import formula_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
    from tracer.cli import main

FORMULAS = [
    "a = max(0, z) + log(1 + exp(-abs(z)))",  # softplus, as it is computed
    "a = log(1 + exp(z))",
    "a = z / (1 + exp(-z))",  # SiLU
    "a = z * (1 + erf(z / sqrt(2))) / 2",  # GELU
    "a = 0.5*z*(1 + tanh(sqrt(2/3.141592653589793)*(z + 0.044715*z**3)))",
    "a = where(z > 0, z, alpha*(exp(z) - 1))",  # ELU
    "a = where(z > 0, z, 0.01*z)",
    "a = where(z > 0, 1, 0)",  # step
    "a = max(alpha*z, z)",
    "a = min(1, max(-1, z))",
    "a = min(z, alpha) * sign(z)",
    "a = (1 + exp(-z))**(-1)",
    "a = 2/(1 + exp(-2*z)) - 1",
    "a = (exp(z) - exp(-z))/(exp(z) + exp(-z))",
    "a = z/(1 + abs(z))",
    "a = z/sqrt(1 + z**2)",
    "a = exp(-(z - mu)**2/(2*sigma**2))/(sigma*sqrt(2*3.141592653589793))",
    "a = z**z",
    "a = alpha**(2*z)",
    "a = alpha**z",
    "a = z**alpha/3",
    "a = z**-2 + 3*z**4 - z/7 + 5",
    "a = z*exp(-z)*tanh(z)",
    "a = 1/(1/z + 2/(z + 1))",
    "a = -(-z)*(0*z + 1)",
    "a = log(log(2 + z**2))",
    "a = tanh(tanh(z))**3",
    "a = exp(exp(-z))",
    "a = alpha*z",
    "a = 3*z/(2*z)",
    "a = alpha/(z*beta)",
]
INDEXED = [
    ("a[n,j] = exp(z[n,j])/sum(k, exp(z[n,k]))", "z"),  # softmax
    ("E = -sum(n, k, t[n,k]*log(a[n,k]))", "a"),
    ("E = -sum(n, k, t[n,k]*log(a[n,k]) + (1 - t[n,k])*log(1 - a[n,k]))/size(n)", "a"),
    ("E = -sum(n, k, t[n,k]*(z[n,k] - log(sum(j, exp(z[n,j])))))", "z"),
    ("E = sum(n, k, abs(a[n,k] - t[n,k]))/(size(n)*size(k))", "a"),
    ("z[n,j] = sum(i, x[n,i]*w[i,j]) + b[j]", "w"),
    ("z[n,j] = sum(i, x[n,i]*w[i,j]) + b[j]", "x"),
    ("s[n] = sum(i, x[n,i]**2*x[n,i+1])", "x"),
    ("E = -sum(n, log(a[n,t[n]]))", "a"),  # a target is the number of a unit
]


class Case(NamedTuple):
    """An equation, and what it is differentiated by."""

    item: Equation
    by: str


def of_operations() -> Iterator[tuple[str, Case]]:
    """Every declared activation and loss, each of its equations by what leads to it from the input."""
    for op in [*ACTIVATIONS.values(), *LOSSES.values()]:
        leading = {op.input}
        for item in op.equations:
            for by in sorted(leading & names(item.right)):
                yield f"{op.name} {item.left.name} by {by}", Case(item, by)
            leading |= {item.left.name} if leading & names(item.right) else set()


CASES = {
    **dict(of_operations()),
    **{text: Case(equation(text), "z") for text in FORMULAS},
    "another variable": Case(equation("a = where(z > 0, z, alpha*(exp(z) - 1))"), "alpha"),
    **{f"{text} by {by}": Case(equation(text), by) for text, by in INDEXED},
    "no known path": Case(equation("a = z / (1 + exp(-z))", slopes={"z": "a + (1 - a)/(1 + exp(-z))"}), "z"),
    "softplus": Case(equation("a = log(1 + exp(z))", slopes={"z": "1 - exp(-a)"}), "z"),
}


# -- an evaluation that knows no rule

EXTENTS = {"n": 2}
STEP = mpmath.mpf(10) ** -12
NEAR = mpmath.mpf(10) ** -13  # the language's pi has 16 digits

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "tanh": mpmath.tanh, "erf": mpmath.erf,
    "abs": abs, "sign": mpmath.sign, "max": max, "min": min,
}  # fmt: skip
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda x, y: x < y, "<=": lambda x, y: x <= y, ">": lambda x, y: x > y, ">=": lambda x, y: x >= y,
    "==": lambda x, y: x == y,
}  # fmt: skip


class Point:
    """Random values for every element that is read; the left side of the equation is computed from its right side."""

    def __init__(self, case: Case, seed: int) -> None:
        self.item, self.random = case.item, random.Random(seed)
        kind = (-3.0, 3.0) if not free_indices(case.item.right) and case.item.scalar_form else (0.05, 0.95)
        self.ranges = {case.by: kind}
        self.values: dict[tuple[str, tuple[int, ...]], Any] = {}

    def read(self, ref: Ref, at: Mapping[str, int]) -> Any:
        places = tuple(whole(index, at) for index in ref.indices)
        if ref.name == self.item.left.name and (ref.name, places) not in self.values:
            own = {index.name: place for index, place in zip(self.item.left.indices, places, strict=True)}
            return self.value(self.item.right, own)
        if (ref.name, places) not in self.values:
            low, high = self.ranges.get(ref.name, (0.1, 1.9))
            self.values[ref.name, places] = mpmath.mpf(self.random.uniform(low, high))
        return self.values[ref.name, places]

    def value(self, node: Expr, at: Mapping[str, int]) -> Any:
        match node:
            case Number(number):
                return mpmath.mpf(number.numerator) / number.denominator
            case Size(axis):
                return EXTENTS.get(axis, 3)
            case Ref():
                return self.read(node, at)
            case Neg(operand):
                return -self.value(operand, at)
            case Add(terms):
                return mpmath.fsum(self.value(term, at) for term in terms)
            case Mul(factors):
                return mpmath.fprod(self.value(factor, at) for factor in factors)
            case Div(top, bottom):
                return self.value(top, at) / self.value(bottom, at)
            case Pow(base, exponent):
                return mpmath.power(self.value(base, at), self.value(exponent, at))
            case Compare(operator, left, right):
                return COMPARED[operator](self.value(left, at), self.value(right, at))
            case Delta(left, right):
                return whole(left, at) == whole(right, at)
            case Sum(indices, body):
                ranges = [range(1, EXTENTS.get(index.axis, 3) + 1) for index in indices]
                letters = [index.name for index in indices]
                return mpmath.fsum(
                    self.value(body, {**at, **dict(zip(letters, places, strict=True))})
                    for places in itertools.product(*ranges)
                )
            case Call("where", (condition, first, second)):
                return self.value(first if self.value(condition, at) else second, at)
            case Call(function, (by, formula)) if function == OPEN:
                return self.difference(by, formula, at)
            case Call(function, arguments):
                return FUNCTIONS[function](*(self.value(argument, at) for argument in arguments))
        raise AssertionError(node)

    def difference(self, by: Expr, formula: Expr, at: Mapping[str, int]) -> Any:
        """A central difference of `formula`; a part that stands for a variable becomes one."""
        if not (isinstance(by, Ref) and by.name == next(iter(self.ranges))):
            inner = Ref("inner of the chain rule")
            self.values[inner.name, ()] = self.value(by, at)
            formula, by = put(formula, by, inner), inner
        key = (by.name, tuple(whole(index, at) for index in by.indices))
        self.read(by, at)
        middle = self.values[key]
        ends = []
        for place in (middle + STEP, middle - STEP):
            self.values[key] = place
            ends.append(self.value(formula, at))
        self.values[key] = middle
        return (ends[0] - ends[1]) / (2 * STEP)


def put(node: Expr, old: Expr, new: Expr) -> Expr:
    return new if node == old else rebuild(node, lambda part: put(part, old, new))


def whole(node: Expr, at: Mapping[str, int]) -> int:
    match node:
        case Index(name, _):
            return at[name]
        case Number(value):
            return int(value)
        case Add(terms):
            return sum(whole(term, at) for term in terms)
        case Neg(operand):
            return -whole(operand, at)
        case Ref(_, indices):  # a look-up: 1 or 2
            return 1 + sum(whole(index, at) for index in indices) % 2
    raise AssertionError(node)


def unequal(case: Case, lines: tuple[Line, ...], points: int = 12) -> list[str]:
    """The lines that are not equal to the one before, by numbers."""
    wrong, counted = [], 0
    letters = {index for part in (case.item.left, variable_of(case.item, case.by)) for index in free_indices(part)}
    with mpmath.workdps(40):
        for seed in range(20 * points):
            at = {index.name: random.Random(seed).randint(1, EXTENTS.get(index.axis, 3)) for index in letters}
            point = Point(case, seed)
            values = [point.value(line.expression, at) for line in lines]
            if any(isinstance(value, mpmath.mpc) and value.imag for value in values):
                continue  # outside the domain of a logarithm, root or power
            values = [mpmath.re(value) for value in values]
            counted += 1
            for before, after, line in zip(values, values[1:], lines[1:], strict=False):
                if abs(before - after) > NEAR * max(1, abs(before)):
                    wrong.append(f"{line.rule.name}: {to_text(line.expression)}: {before} is not {after}")
            if counted == points or wrong:
                break
    assert counted >= points // 2 or wrong
    return wrong


# -- every line is equal to the one before


@pytest.mark.parametrize("name", CASES)
def test_each_line_is_equal_to_the_one_before(name: str) -> None:
    case = CASES[name]
    lines = derivation(*case)
    if assumption(*case):
        lines = lines[:-1]  # the form holds only under its assumption, which random numbers do not keep
    assert not unequal(case, lines)


SMOOTH = [
    name
    for name, case in CASES.items()
    if case.item.scalar_form
    and not any(isinstance(part, Call) and part.function in ("max", "min", "abs", "sign", "where")
                for part in walk(case.item.right))
    and name != "a = z**z"  # for SymPy z may be negative here
]  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_sympy_proves_smooth_lines_equal(name: str) -> None:
    case, lines = CASES[name], derivation(*CASES[name])
    table = Table()
    first, *others = [symbolic(line.expression, case.item, table) for line in lines]
    for other, line in zip(others, lines[1:], strict=True):
        assert sympy.simplify(first - other) == 0, f"{line.rule.name}: {to_text(line.expression)}"


def symbolic(node: Expr, item: Equation, table: Table) -> Any:
    """A line as SymPy sees it, with its own derivatives for the open ones."""
    found: dict[Any, Any] = {}

    def close(part: Expr) -> Expr:
        if not (isinstance(part, Call) and part.function == OPEN):
            return rebuild(part, close)
        by, formula = part.arguments
        inner = by if isinstance(by, Ref) else Ref("inner")
        slope = to_sympy(put(formula, by, inner), table).diff(table.symbol(inner))
        result = Ref(f"open{len(found)}")
        found[table.symbol(result)] = slope.subs(table.symbol(inner), to_sympy(by, table))
        return result

    made = to_sympy(close(put(node, PI, Ref("pi"))), table).subs(found)
    left = {table.symbol(item.left): to_sympy(put(item.right, PI, Ref("pi")), table)}
    return made.subs(left).subs(table.symbol(Ref("pi")), sympy.pi)


# -- where a derivation ends


@pytest.mark.parametrize("name", CASES)
def test_it_begins_with_the_definition_and_ends_in_the_known_form(name: str) -> None:
    case = CASES[name]
    lines = derivation(*case)
    assert lines[0].rule.name == "definition"
    assert len(list(open_parts(lines[0].expression))) == 1
    assert not list(open_parts(lines[-1].expression))
    known = [known.form for known in case.item.textbook if known.by == case.by]
    assert not known or lines[-1].expression == known[0]
    for before, line in itertools.pairwise(lines):
        assert line.expression != before.expression or line.rule.name == "variable", line.rule.name


@pytest.mark.parametrize("name", CASES)
def test_every_rule_is_in_the_table(name: str) -> None:
    assert all(TABLE[line.rule.name] is line.rule for line in derivation(*CASES[name]))


def rules_of(text: str, **slopes: str) -> list[str]:
    return [line.rule.name for line in derivation(equation(text, slopes=slopes), "z")]


def test_every_rule_is_used() -> None:
    used = {line.rule.name for case in CASES.values() for line in derivation(*case)}
    assert used == set(TABLE)
    assert len(TABLE) == len({rule.says for rule in TABLE.values()})
    asked = (
        "constant, linearity, power rule, reciprocal rule, product rule, quotient rule, chain rule, exponential rule, "
    )
    asked += "logarithm rule, add and subtract one, split the fraction, substitute the output"
    assert set(asked.split(", ")) <= used


#: the derivation that tutorials print, a rule a line
SIGMOID = """
definition               d(z, 1/(1 + exp(-z)))
reciprocal rule          -(1/(1 + exp(-z))**2*d(z, 1 + exp(-z)))
linearity                -(1/(1 + exp(-z))**2*(d(z, 1) + d(z, exp(-z))))
constant                 -(1/(1 + exp(-z))**2*d(z, exp(-z)))
chain rule               -(1/(1 + exp(-z))**2*d(-z, exp(-z))*d(z, -z))
exponential rule         -(1/(1 + exp(-z))**2*exp(-z)*d(z, -z))
linearity                -(1/(1 + exp(-z))**2*exp(-z)*(-d(z, z)))
variable                 -(1/(1 + exp(-z))**2*exp(-z)*(-1))
put together             exp(-z)/(1 + exp(-z))**2
one fraction as two      1/(1 + exp(-z))*(exp(-z)/(1 + exp(-z)))
add and subtract one     1/(1 + exp(-z))*((1 + exp(-z) - 1)/(1 + exp(-z)))
split the fraction       1/(1 + exp(-z))*((1 + exp(-z))/(1 + exp(-z)) - 1/(1 + exp(-z)))
cancel                   1/(1 + exp(-z))*(1 - 1/(1 + exp(-z)))
substitute the output    a*(1 - a)
"""


def test_the_sigmoid_is_derived_in_the_classic_way() -> None:
    (item,) = ACTIVATIONS["sigmoid"].equations
    rows = [f"{line.rule.name:<24} {to_text(line.expression)}" for line in derivation(item, "z")]
    assert rows == SIGMOID.strip().splitlines()
    assert rules_of("a = 1/(exp(-z) + 1)")[-5:] == rules_of("a = 1/(1 + exp(-z))")[-5:]
    assert rules_of("y = (1 + exp(-z))**(-1)")[-1] == "substitute the output"  # also without a stated form


def test_short_derivations() -> None:
    assert rules_of("a = z") == ["definition", "variable"]
    assert rules_of("a = tanh(z)", z="1 - a**2") == ["definition", "tanh rule", "substitute the output"]
    assert rules_of("a = max(0, z)") == ["definition", "cases of max and min", "variable", "constant"]
    assert rules_of("a = z / (1 + exp(-z))", z="a + (1 - a)/(1 + exp(-z))")[-1] == "textbook form"


def test_the_error_of_one_output() -> None:
    lines = derivation(equation("E = sum(n, k, (a[n,k] - t[n,k])**2) / 2"), "a")
    assert to_text(lines[0].expression) == "d(a[n,k], sum(n', k', (a[n',k'] - t[n',k'])**2)/2)"
    assert to_text(lines[2].expression) == "1/2*d(a[n,k], (a[n,k] - t[n,k])**2)"
    assert to_text(lines[-1].expression) == "a[n,k] - t[n,k]"
    softmax = derivation(equation("a[n,j] = exp(z[n,j]) / sum(k, exp(z[n,k]))"), "z")
    assert to_text(softmax[0].expression).startswith("d(z[n,i], ")  # j and k are taken, and only the example is fixed


# -- the table


@pytest.mark.parametrize("name", [name for name, rule in TABLE.items() if rule.general])
def test_general_statements_hold(name: str) -> None:
    """With formulas for u and v, and a function for f."""
    meant = {U: parse_expression("z**2 + 2"), V: parse_expression("exp(z) + z")}

    def fill(node: Expr) -> Expr:
        if isinstance(node, Ref):
            return meant.get(node, node)
        if isinstance(node, Call) and node.function == "f":
            return Call("tanh", tuple(map(fill, node.arguments)))
        return rebuild(node, fill)

    general = TABLE[name].general
    assert general is not None
    case = Case(Equation(Ref("a"), Z), "z")
    lines = tuple(Line(fill(side), TABLE[name]) for side in general)
    assert not unequal(case, lines, 6)


def test_a_rule_says_what_it_does() -> None:
    for name, rule in TABLE.items():
        assert name == rule.name == name.lower()
        assert rule.says.endswith(".") and rule.says[0].isupper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-1/u**2*u*(-1)", "1/u"),
        ("1/2*2*(a - t)*(-1)", "t - a"),
        ("(x/sqrt(2))**2", "x**2/2"),
        ("2*x + 3*x - 5*x", "0"),
        ("0.5*x*3 + x/3", "5.5*x/3"),
        ("0.5*x/3", "0.5*x/3"),
        ("1.5*x*2", "3*x"),
        ("x/0 + 1/0", "x/0 + 1/0"),
        ("0*x/0", "0/0"),
        ("x**2**3*x", "x**9"),
        ("x**0.5*x**n*x", "x**0.5*x**n*x"),
        ("2*(x + y/z)/4", "1/2*(x + y/z)"),
        ("sqrt(x)*sqrt(x)/x", "1"),
        ("0.1*0.0000000000001*x", "x/100000000000000"),
    ],
)
def test_gathered(text: str, expected: str) -> None:
    node = parse_expression(text)
    made = gathered(node)
    assert to_text(made) == expected
    assert gathered(made) == made
    by = min(names(node), default="")
    case = Case(Equation(Ref("left"), node), by)
    if by and "/0" not in text:
        assert not unequal(case, (Line(node, TABLE["definition"]), Line(made, TABLE["put together"])), 4)


def test_multiplied_out_leaves_other_products_alone() -> None:
    for text in ("x*(1 + y/z)", "1/2*(x + y)", "2/3*(1 + y/z)", "1/x*(1 + y/z)", "x + y/z"):
        assert multiplied_out(parse_expression(text)) is None


# -- these tests can fail


@pytest.mark.parametrize("place", range(1, 14))
def test_a_planted_wrong_line_is_caught(place: int) -> None:
    case = CASES["sigmoid a by z"]
    lines = list(derivation(*case))
    lines[place] = changed(lines[place], expression=Mul((lines[place].expression, parse_expression("1.0000000001"))))
    (wrong, *_) = unequal(case, tuple(lines))
    assert wrong.startswith(lines[place].rule.name)


@pytest.mark.parametrize(
    ("rule", "wrong", "name"),
    [
        ("reciprocal rule", "1/u**2", "sigmoid a by z"),
        ("power rule", "p*z**p", "half-squared-error E by a"),
        ("tanh rule", "1 + tanh(z)**2", "tanh a by z"),
        ("one term of the sum", "", "half-squared-error E by a"),
        ("quotient rule", "", "a = z / (1 + exp(-z))"),
    ],
)
def test_a_wrong_rule_is_caught(rule: str, wrong: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(variable: Expr, formula: Expr) -> Expr | None:
        made = right.apply(variable, formula)
        return None if made is None else Add((made, Number(parse_expression("1/1000").numerator.value)))  # type: ignore[union-attr]

    (right,) = [record for record in RULES if record.name == rule]
    rules = tuple(changed(record, apply=broken) if record is right else record for record in RULES)
    monkeypatch.setattr("tracer.calculus.line_by_line.RULES", rules)
    monkeypatch.setattr("tracer.calculus.line_by_line.REWRITES", ())
    case = Case(changed(CASES[name].item, textbook=()), CASES[name].by)
    (found, *_) = unequal(case, derivation(*case))
    assert found.startswith(rule)


def test_a_wrong_textbook_form_is_caught() -> None:
    case = Case(equation("a = tanh(z)", slopes={"z": "1 - a**3"}), "z")
    assert unequal(case, derivation(*case))[0].startswith("textbook form")


# -- what readers see


def _in_one_line(tex: str) -> str:
    """TeX without the breaks of long lines and the sizes of brackets that they change."""
    tex = re.sub(r"\\(?:begin|end)\{aligned\}|\\\\|\\quad|&|\\(?:left|right|[bB]igg?[lr])\b", "", tex)
    return re.sub(r"\s+", "", tex)


@pytest.mark.parametrize("name", CASES)
def test_pages(name: str) -> None:
    made = told(*CASES[name], title="A *derivative*")
    assert [line.rule for line in made.lines] == [line.rule.name for line in derivation(*CASES[name])]
    for format in ("markdown", "latex", "html"):
        page = derivation_page([made], format)
        if format == "html":
            shown = re.sub(r"\s+", "", html.unescape(re.sub(r"<[^<>]*>", "", page.partition("<main>")[2])))
            assert all(re.sub(r"\s+", "", formula_text(line.tex)) in shown for line in made.lines)
        elif format == "latex":
            text = _in_one_line(page)
            assert all(_in_one_line(line.tex) in text for line in made.lines)
        else:
            text = re.sub(r"\s+", " ", page)
            assert all(re.sub(r"\s+", " ", line.tex) in text for line in made.lines)
        assert "3.14159" not in page
    assert all(len(re.findall(r"\\left\b", line.tex)) == len(re.findall(r"\\right\b", line.tex)) for line in made.lines)
    assert "\\" not in str(made)
    assert len(str(made).splitlines()) >= len(made.lines) + 4


def test_a_rule_is_explained_once() -> None:
    (made,) = derivations_for("sigmoid")
    first, again = [line for line in made.lines if line.rule == "linearity"]
    assert first.says and first.statement and not again.says and not again.statement
    assert first.statement.startswith(r"\frac{d}{dz}\left[c \cdot u + v\right] = c \cdot \frac{du}{dz}")
    chain, after = made.lines[4:6]
    assert (chain.letting, after.back) == ("u = -z", "u = -z")
    assert made.result == r"\frac{d}{dz}\left[\frac{1}{1 + e^{-z}}\right] = a \cdot \left(1 - a\right)"
    page = derivation_page([made])
    assert page.count("**Linearity.** ") == page.count("**Linearity** again.") == 1


def test_letters_do_not_collide() -> None:
    (made,) = derivations_for("exp(u*z)*v", "z")
    assert {line.letting for line in made.lines} == {"", r"w = u \cdot z"}
    (made,) = derivations_for("1/u")
    assert made.lines[1].statement.startswith(r"\frac{d}{dz}\left[\frac{1}{u}\right]")
    (made,) = derivations_for("a*alpha2**2", "alpha2")
    assert made.definition == r"y = a \cdot \alpha_{2}^{2}"


def test_a_long_argument_gets_a_letter() -> None:
    (made,) = derivations_for(FORMULAS[4].partition("=")[2])
    assert made.short.startswith(r"s = \sqrt{\frac{2}{\pi}} \cdot")
    assert made.lines[0].tex == r"\frac{d}{dz}\left[0.5 \cdot z \cdot \left(1 + \tanh\left(s\right)\right)\right]"
    assert r"\frac{ds}{dz}" in made.lines[7].tex
    assert r"\sqrt" in made.definition


def test_one_element_of_a_sum_is_told_apart() -> None:
    (made,) = derivations_for("mean-squared-error")
    assert made.element and made.by == "a_{nk}" and made.sizes == (("N", "n"), ("K", "k"))
    assert r"\sum_{n', k'}" in made.lines[0].tex
    softmax = told(equation("a[n,j] = exp(z[n,j]) / sum(k, exp(z[n,k]))"), "z", "softmax")
    assert not softmax.element and "'" not in softmax.lines[0].tex


def test_conventions_at_kinks_are_told() -> None:
    (made,) = derivations_for("relu")
    assert [name for name, _ in made.kinks] == ["max"]
    assert made.note == "The slope at 0 does not exist; it is taken as 0."
    page = derivation_page([made])
    assert "Convention for `max`: where both arguments are equal" in page
    (made,) = derivations_for("abs(3)*z + max(1, 2)")
    assert not made.kinks  # these do not move


def test_a_lesson_derives_its_activations() -> None:
    lesson = tracer.lesson("mazur", notation_name="han-kamber")
    (made,) = lesson.derivations
    assert made.lines[-1].tex == r"a \cdot \left(1 - a\right)"
    assert tracer.lesson("cs231n-circuit").derivations == ()
    story = '{% import "walkthrough/parts.md.j2" as show with context %}{% for of in lesson.derivations %}'
    story += "{{ show.derivation(of) }}{% endfor %}"
    page = environment().from_string(story).render(lesson=lesson)
    assert page.index("**Reciprocal rule.**") < page.index("**Substitute the output.**")


def test_an_operation_of_several_equations() -> None:
    op = changed(
        ACTIVATIONS["sigmoid"], equations=(equation("e = exp(-z)", "power of e"), equation("a = z/(1 + e)", "fraction"))
    )
    made = derivations_of(op)
    assert [part.title for part in made] == [
        "The derivative of the power of e by z",
        "The derivative of the fraction by e, with z held as it is",
        "The derivative of the fraction by z, with e held as it is",
    ]  # fmt: skip
    assert derivation_page(made).count("\n## The derivative of the ") == 3


def test_values_without_a_gradient_are_constants() -> None:
    [made] = derivations_of(ACTIVATIONS["softmax"])
    assert (made.title, made.held) == ("The derivative of the softmax", (r"m_{n} = \max_{k} z_{nk}",))
    titles = [part.title.partition(" by ")[2] for part in derivations_of(LOSSES["softmax-cross-entropy"])]
    assert titles == ["a", "a, with lse held as it is", "lse, with a held as it is"]


# -- the command line

RELU = """\
The derivative of the rectified linear unit

  a = max(0, z)

The slope at 0 does not exist; it is taken as 0.

  definition             da/dz = d/dz[max(0, z)]
  cases of max and min         = {d/dz[z] if z > 0; d/dz[0] otherwise}
  variable                     = {1 if z > 0; d/dz[0] otherwise}
  constant                     = {1 if z > 0; 0 otherwise}

Convention for max: where both arguments are equal the first one counts as the larger; so max(0, z) has slope 0 at 0.
"""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def derive(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`tracer derive` in this process, in an empty folder: status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tracer", "derive", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        return status, *capsys.readouterr()

    return call


def test_derive(derive: Command) -> None:
    assert derive("relu") == (0, RELU, "")
    assert derive("ReLU") == (0, RELU, "")
    for formula in ("a = 1/(1 + exp(-z))", "1/(1+exp(-z))"):
        status, out, _ = derive(formula)
        assert status == 0
        assert out.startswith("The derivative of a by z\n")
        assert out.endswith("substitute the output         = a · (1 - a)\n")
    assert "a = α · (e^z - 1)" in derive("alpha*(exp(z) - 1)", "--by", "alpha")[1]
    assert "∂E/∂a_nk = ∂/∂a_nk[1/N Σ_(n', k') (a_n'k' - t_n'k')^2]" in derive("squared-error-mean")[1]


@pytest.mark.parametrize("name", [*ACTIVATIONS, *LOSSES])
def test_derive_every_operation(derive: Command, name: str) -> None:
    status, out, err = derive(name)
    assert (status, err) == (0, "")
    assert "definition" in out


def test_derive_to_files(derive: Command, tmp_path: Path) -> None:
    assert derive("sigmoid", "-o", "page.md") == (0, "", "wrote page.md\n")
    assert derive("sigmoid", "-o", "page.tex")[0] == 0
    page, article = ((tmp_path / name).read_text(encoding="utf-8") for name in ("page.md", "page.tex"))
    assert page.startswith("# The derivative of the sigmoid\n")
    assert article.endswith("\\end{document}\n")
    assert page == derivation_page(derivations_for("sigmoid"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sigmod",), "derive: there is no activation or loss 'sigmod'.\nDid you mean 'sigmoid'?\n"
         'A formula is typed as "a = 1/(1 + exp(-z))".   [T106]'),
        (("half-squared-eror",), "derive: there is no activation or loss 'half-squared-eror'.\nDid you mean 'half-squ"),
        (("a = 1/(1 + exp(-z)",), "line 1, column 19 of 'a = 1/(1 + exp(-z)': the equation ends where ')'"),
        (("z^2",), "line 1, column 2 of 'z^2': '^' cannot stand in an equation."),
        (("sin(z)",), "line 1, column 1 of 'sin(z)': there is no function 'sin'."),
        (("d(z, z**2)",), "line 1, column 1 of 'd(z, z**2)': there is no function 'd'."),
        (("z**2", "--by", "x"), "--by: 'x' does not stand in 'a = z**2'.\nKnown: z.   [T204]"),
        (("sigmoid", "--by", "x"), "--by: 'x' does not stand in the equations of sigmoid.\nKnown: z.   [T204]"),
        (("b*c",), "--by: the formula has several variables: b, c.\nSay which: --by.   [T107]"),
        (("a = 3",), "'a = 3': there is no variable in it to derive by.   [T204]"),
        (("z[n] = x[n]**2",), "'z[n] = x[n]**2': a formula typed here has no indices and no sums.\nExpected single"),
        (("a = sum(i, z)",), "'a = sum(i, z)': a formula typed here has no indices and no sums."),
        (("a = a*z",), "'a = a*z': 'a' stands on both sides.\n"),
        (("sigmoid", "-o", "page.doc"), "page.doc: nobody knows the format of '.doc'.\nKnown suffixes: .md, .markdown"),
        (("sigmoid", "-o", "no/page.md"), "no/page.md: the folder "),
        (("*".join(["exp(z*z)"] * 200),), "equation 'a = "),
        (("z" + "*z" * 999,), "equation 'a = "),
        (("z" * 3000,), "derive: there is no activation or loss 'zzz"),
        (("exp(" * 41 + "z*z" + ")" * 41,), "line 1, column"),
        (("z*2" * 900,), "the equation has 2700 characters."),
    ],
)  # fmt: skip
def test_derive_says_what_is_wrong(derive: Command, words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    status, out, err = derive(*words)
    assert (status, out) == (2, "")
    assert err.startswith(f"tracer: {message}"), err
    assert list(tmp_path.iterdir()) == []


def test_the_deepest_formula(derive: Command) -> None:
    status, out, _ = derive("exp(" * 38 + "z*z" + ")" * 38)
    assert status == 0
    assert out.count("chain rule") == 38


def test_a_name_that_is_not_read() -> None:
    with pytest.raises(TracerError, match="'x' does not stand in 'a = z'"):
        derivation(equation("a = z"), "x")


def test_text_of_open_derivatives_cannot_be_typed() -> None:
    """The reserved function is no function of the language, so no formula can hold one."""
    assert replace(parse_expression("d*z"), lambda ref: ref) == Mul((Ref("d"), Z))
    with pytest.raises(TracerError, match="there is no function 'd'"):
        equation("a = d(z, z**2)")


@pytest.mark.parametrize("text", ["z/(z - z)", "1/(0*z)", "(2*z - z - z)**(-1)", "z + 1/(3 - 3)"])
def test_nothing_is_divided_by_what_is_always_zero(text: str) -> None:
    with pytest.raises(TracerError) as caught:
        derivations_for(text, "z")
    assert "is always 0.\nNothing is divided by 0.   [T105]" in str(caught.value)


def test_the_output_is_substituted_only_where_that_is_shorter() -> None:
    assert to_text(derivation(equation("a = (z - z)/z"), "z")[-1].expression) == "0"
    last = derivation(equation("a = z*(z - 1)/(z - 1)"), "z")[-1]
    assert last.rule.name == "put together" and "a" not in names(last.expression)
    assert to_text(derivation(equation("a = exp(z)"), "z")[-1].expression) == "a"
