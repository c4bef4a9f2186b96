"""The re-reader of pages: true and false relations of every kind are planted, and each false one has to be found."""

from __future__ import annotations

import ast
import doctest
import math
import random
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import reread
from reread import Result, check_page


def kinds(text: str, **options: Any) -> list[str]:
    return [finding.kind for finding in check_page(text, **options).findings]


def display(*rows: str) -> str:
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$\n"


def only(result: Result) -> reread.Finding:
    assert len(result.findings) == 1, result.findings
    return result.findings[0]


TRUE = [
    # (formula, how often each class is counted)
    (r"0.15 \cdot 0.05 = 0.0075", {"numeric =": 1}),
    (r"0{,}15 \cdot 0{,}05 = 0{,}0075", {"numeric =": 1}),
    (r"0.15\times 0.05=0.0075", {"numeric =": 1}),
    (r"-0.2 \cdot (-0.3) = 0.06", {"numeric =": 1}),
    (r"2 \cdot \left(-0.2\right) = -0.4", {"numeric =": 1}),
    (r"\bigl( 0.3 - 0.1 \bigr) \cdot 0.5 = 0.1", {"numeric =": 1}),
    (r"0.3 - 0.1 - 0.1 = 0.1", {"numeric =": 1}),
    (r"8 / 4 / 2 = 1", {"numeric =": 1}),
    (r"-0.3^{2} = -0.09", {"numeric =": 1}),
    (r"(-0.3)^2 = 0.09", {"numeric =": 1}),
    (r"\tfrac12 (0.01 - 0.75)^2 = 0.2738", {"numeric =": 1}),
    (r"\frac{1}{2} \cdot \frac{0.3}{0.1} = 1.5", {"numeric =": 1}),
    (r"\frac{1}{1 + \frac{1}{3}} = 0.75", {"numeric =": 1}),
    (r"1.5 \times 10^{-7} = 0.00000015", {"numeric =": 1}),
    (r"2 \cdot 1.5 \cdot 10^{-3} = 0.003", {"numeric =": 1}),
    (r"2^{3} \cdot 10^{2} = 800", {"numeric =": 1}),
    (r"x_3 = 3^2 \cdot 10^{2} = 900", {"numeric =": 1, "symbolic": 1}),
    (r"\max(0, -0.3) = 0", {"numeric =": 1}),
    (r"\min(0{,}1, 0{,}2) = 0{,}1", {"numeric =": 1}),
    (r"\mathrm{sign}(-0.3) = -1", {"numeric =": 1}),
    (r"\operatorname{sign}(0) = 0", {"numeric =": 1}),
    (r"\lvert -0.3 \rvert + |0.1 - 0.2| = 0.4", {"numeric =": 1}),
    (r"\vert 0.3 - 0.5 \vert \cdot \vert -2 \vert = 0.4", {"numeric =": 1}),
    (r"e^{0} = \exp(0) = 1 = 1 - \ln(1) = 1 + \tanh(0) = 1 - \mathrm{erf}(0)", {"numeric =": 5}),
    (r"\sqrt{0.04} = 0.2 = \sqrt[3]{0.008}", {"numeric =": 2}),
    (r"e^{-0.3775} = e^{-0.3775}", {"numeric =": 1}),
    (r"\frac{1}{1 + e^{-(0.3 + 0.0775)}} = \frac{1}{1 + \exp(-0.3775)}", {"numeric =": 1}),
    (r"10{,}000 \cdot 0.5 = 5{,}000", {"numeric =": 1}),
    (r"10\,000 \cdot 0.5 = 5\,000", {"numeric =": 1}),
    (r"25\% = 0.25", {"numeric =": 1}),
    (r"0.1 + 0.2 = 0.3, \quad 0.2 + 0.3 = 0.5", {"numeric =": 2}),
    (r"0.15 \to 0.1497 \qquad 3 \rightarrow 4", {}),
    (r"0.1 + \textcolor{red}{0.2} = \boxed{0.3}", {"numeric =": 1}),
    (r"\underbrace{0.1 \cdot 2}_{w_1 x_1} + \underbrace{0.2}_{b} \boxed{= 0.4}", {"numeric =": 1}),
    (r"\color{blue}{0.1} + {0.2} = {}0.3\,.", {"numeric =": 1}),
    (r"0.1 + 0.2 = 0.3 \quad\text{(see above)}", {"numeric =": 1}),
    (r"0.1 + 0.2 = 0.3 \text{ and } 0.2 + 0.2 = 0.4", {"numeric =": 2}),
    (r"0.1 + 0.2 = 0.3 \label{eq:1} \tag{1}", {"numeric =": 1}),
    (r"0.3 < 0.5 \le 0.5 \ne 0.6 \ge 0.6 > e^{-0.6}", {"numeric order": 5}),
    (r"0.3 <= 0.3 >= 0.2", {"numeric order": 2}),
    (r"1.55 \cdot 0.05 + 1.22 \cdot 0.26 \approx 0.39", {"numeric approx": 1}),
    (r"0.385 \approx 0.38", {"numeric approx": 1}),
    (r"0.385 \approx 0.39", {"numeric approx": 1}),
    (r"0.3947 \approx 0.4", {"numeric approx": 1}),
    (r"\frac{1}{1 + e^{-0.3775}} \approx 0.593269992107", {"numeric approx": 1}),
    (r"\frac{1}{1 + e^{-0.38}} \approx 0.593", {"numeric approx": 1}),  # 0.593873 from 0.38, but 0.38 is rounded
    (r"0.59 \cdot (1 - 0.59) \approx 0.2413", {"numeric approx": 1}),
    (r"\tanh(0.3) \approx 0.2913 \qquad \mathrm{erf}(0.3) \approx 0.3286", {"numeric approx": 2}),
    (r"\sqrt{2} \approx 1.414 \qquad \ln 2 \approx 0.6931 \qquad 2^{0.5} \approx 1.4", {"numeric approx": 3}),
    (r"\sqrt{2 / \pi} \approx 0.7979", {"numeric approx": 1}),
    (r"1.5 \times 10^{-7} \cdot 2 \approx 3.1 \times 10^{-7}", {"numeric approx": 1}),
    (r"12.3 \cdot 10.04 \approx 123", {"numeric approx": 1}),  # three significant figures
    (r"\frac{247}{2} \approx 124 \qquad \frac{245}{2} \approx 122", {"numeric approx": 2}),
    (r"(0.0)^{2} + 1 \approx 1.000 \qquad \sqrt{0.01 - 0.01} + 1 \approx 1.05", {"numeric approx": 2}),
    (r"\frac{2}{3} \approx 0.667 = 0.667", {"numeric approx": 1, "numeric =": 1}),
    (
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \begin{pmatrix} 0.5 \\ 0.25 \end{pmatrix}"
        r" = \begin{pmatrix} 1 \\ 2.5 \end{pmatrix}",
        {"matrix": 1},
    ),
    (
        r"\begin{bmatrix} 1 & 2 \end{bmatrix} \, \begin{bmatrix} 0.5 & 1 \\ 0.25 & 1 \end{bmatrix}"
        r" + \begin{bmatrix} 0 & -1 \end{bmatrix} = \begin{bmatrix} 1 & 2 \end{bmatrix}",
        {"matrix": 1},
    ),
    (
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}^{\top} \cdot \begin{pmatrix} 1 \\ 1 \end{pmatrix}"
        r" = \begin{pmatrix} 4 & 6 \end{pmatrix}^T = 2 \cdot \begin{pmatrix} 2 \\ 3 \end{pmatrix}",
        {"matrix": 2},
    ),
    (
        r"\begin{pmatrix} 0.1 \\ 0.2 \end{pmatrix} \odot \begin{pmatrix} 2 \\ 3 \end{pmatrix}"
        r" - 0.1 \begin{pmatrix} 2 \\ 0 \end{pmatrix} = \begin{pmatrix} 0 \\ 0.6 \end{pmatrix}",
        {"matrix": 1},
    ),
    (
        r"\tanh \begin{pmatrix} 0.3 \\ 0 \end{pmatrix} \approx \begin{pmatrix} 0.2913 \\ 0 \end{pmatrix}",
        {"matrix": 1},
    ),
    (r"\begin{pmatrix} 0.1 & 0.2 \end{pmatrix} \begin{pmatrix} 3 \\ 4 \end{pmatrix} = 1.1", {"matrix": 1}),
    (r"(0.1, 0.2) + (0.3, 0.4) = (0.4, 0.6)", {"matrix": 1}),
    (r"\left[\begin{array}{cc} 1 & 2 \end{array}\right] = \begin{pmatrix} 1 & 2 \end{pmatrix}", {"matrix": 1}),
    (r"\max\left(0, \begin{pmatrix} -1 & 2 \end{pmatrix}\right) = \begin{pmatrix} 0 & 2 \end{pmatrix}", {"matrix": 1}),
]


@pytest.mark.parametrize(("formula", "checked"), TRUE)
def test_what_is_true_passes_and_is_counted(formula: str, checked: dict[str, int]) -> None:
    result = check_page(f"so ${formula}$ holds")
    assert result.findings == []
    assert result.checked == checked


FALSE = [
    (r"1.55 \cdot 0.05 + 1.22 \cdot 0.26 = 0.394", "equal"),
    (r"2 \cdot 0.12 + 3 \cdot 0.23 = 0.85", "equal"),
    (r"0.15 \cdot 0.05 = 0.008", "equal"),
    (r"0{,}15 \cdot 0{,}05 = 0{,}075", "equal"),
    (r"0.1 + 0.2 = 0.30000000000000004", "equal"),
    (r"\frac{1}{3} = 0.333333333333", "equal"),
    (r"-0.3^{2} = 0.09", "equal"),
    (r"8 / 4 / 2 = 4", "equal"),
    (r"0.3 - 0.1 - 0.1 = 0.3", "equal"),
    (r"2 \cdot 1.5 \cdot 10^{-3} = 0.0003", "equal"),
    (r"e^{-0.3775} = 0.685573", "equal"),
    (r"\sqrt{2} = 1.414", "equal"),
    (r"e^{0.3} = e^{0.4}", "equal"),
    (r"\max(0, -0.3) = -0.3", "equal"),
    (r"\min(0.1, 0.2) = 0.2", "equal"),
    (r"\lvert -0.3 \rvert = -0.3", "equal"),
    (r"\mathrm{sign}(-0.3) = 1", "equal"),
    (r"0.1 + \textcolor{red}{0.2} = 0.4", "equal"),
    (r"\boxed{0.1 + 0.2 = 0.4}", "equal"),
    (r"\textcolor{red}{0.1 + 0.2} \cdot 2 = 0.6", "equal"),  # what is printed has no brackets
    (r"10{,}000 \cdot 0.5 = 50{,}000", "equal"),
    (r"E = 0.1 + 0.2 = 0.4", "equal"),
    (r"0.1 + 0.2 = 0.4 = E", "equal"),
    (r"0.1 + 0.2 = 0.3, \quad 0.2 + 0.3 = 0.6", "equal"),
    (r"0.1 + 0.2 = 0.4 \text{ and so on}", "equal"),
    (r"\text{the sum is } 0.1 + 0.2 = 0.4", "equal"),
    (r"25\% = 0.2", "equal"),
    (r"1.55 \cdot 0.05 + 1.22 \cdot 0.26 \approx 0.42", "approx"),
    (r"0.3849 \approx 0.39", "approx"),
    (r"0.395 \approx 0.3", "approx"),
    (r"2 \cdot 3 \approx 7", "approx"),
    (r"12.3 \cdot 10.04 \approx 125", "approx"),
    (r"7 \approx 2 \cdot 3", "approx"),
    (r"\frac{247}{2} \approx 125", "approx"),
    (r"27.8 + 167 \approx 194.4", "approx"),  # inside an expression a whole number is not rounded
    (r"(0.1, 0.2) + (0.3, 0.4, 0.5) = (0.4, 0.6)", "shape"),
    (r"(0.1, 0.2) = (0.1, 0.2, 0.3)", "shape"),
    (r"\frac{1}{1 + e^{-0.3775}} \approx 0.5934", "approx"),
    (r"\tanh(0.300) \approx 0.2919", "approx"),
    (r"\mathrm{erf}(0.300) \approx 0.3293", "approx"),
    (r"\ln(0.5) \approx 0.69", "approx"),
    (r"\sqrt{2} \approx 1.415", "approx"),
    (r"\sqrt{2 / \pi} \approx 0.7978", "approx"),
    (r"1.5 \times 10^{-7} \cdot 2 \approx 3.1 \times 10^{-6}", "approx"),
    (r"0.004 \approx 0.00", "zero"),
    (r"0.004 \approx 0", "zero"),
    (r"0.5 < 0.3", "order"),
    (r"0.3 < 0.3", "order"),
    (r"0.3 \ge 0.4", "order"),
    (r"0.3 \ne 0.30", "order"),
    (r"e^{0.5} < 1.6", "order"),
    (r"\frac{1}{0.3 - 0.3} = 3", "undefined"),
    (r"\ln(0) \approx -5.2", "undefined"),
    (r"10^{99999} \approx 3", "undefined"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} = \begin{pmatrix} 1 & 2 \\ 3 & 5 \end{pmatrix}", "equal"),
    (
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \begin{pmatrix} 0.5 \\ 0.25 \end{pmatrix}"
        r" = \begin{pmatrix} 1 \\ 2.6 \end{pmatrix}",
        "equal",
    ),
    (r"\begin{bmatrix} 1 & 2 \end{bmatrix}^{\top} = \begin{bmatrix} 2 \\ 1 \end{bmatrix}", "equal"),
    (r"\begin{bmatrix} 1 & 2 \end{bmatrix}^{\top} = \begin{bmatrix} 1 & 2 \end{bmatrix}", "shape"),
    (r"\begin{bmatrix} 1 & 2 \end{bmatrix} \begin{bmatrix} 1 & 2 \\ 3 & 4 \\ 5 & 6 \end{bmatrix} = 3", "shape"),
    (r"\begin{bmatrix} 1 & 2 \end{bmatrix} \odot \begin{bmatrix} 1 & 2 \end{bmatrix} = 5", "shape"),
    (
        r"\begin{pmatrix} 0.1 \\ 0.2 \end{pmatrix} \odot \begin{pmatrix} 2 \\ 3 \end{pmatrix}"
        r" \approx \begin{pmatrix} 0.2 \\ 0.9 \end{pmatrix}",
        "approx",
    ),
    (r"\begin{pmatrix} 0.1 & 0.002 \end{pmatrix} \approx \begin{pmatrix} 0.1 & 0.00 \end{pmatrix}", "zero"),
    (r"0.3 \pm 0.1", "unreadable"),
    (r"\sin(0.3) \approx 0.2955", "unreadable"),
    (r"0.3 \, 0.4 = 0.12", "unreadable"),
    (r"0.3 + = 0.3", "unreadable"),
    (r"(0.3 + 0.1 = 0.4", "unreadable"),
    (r"\unknownmacro{0.3} = 0.3", "unreadable"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}", "unreadable"),
    (r"0.3 \sim 0.3", "unreadable"),
    (r"\sqrt{0.3 = 0.3", "unreadable"),
    (r"1{,}23{,}4 = 5", "unreadable"),
    (r"z = 0.3 \pm 0.1", "unreadable"),
]


@pytest.mark.parametrize(("formula", "kind"), FALSE)
def test_what_is_false_is_found(formula: str, kind: str) -> None:
    assert kinds(f"so ${formula}$ holds") == [kind]
    assert kinds(f"\\[{formula}\\]", format="latex") == [kind]


@pytest.mark.parametrize(
    "formula",
    [
        r"\delta_{1} = a_1 - t_1",
        r"\frac{\partial E}{\partial w_{5}} = \delta_{o1} \cdot \mathrm{net}_{h1}",
        r"w_{5}^{+} = w_{5} - 0.5 \cdot 0.08",
        r"\sum_{i} 0.5 = 0.7",
        r"f(z) = \begin{cases} 1 & 0.3 > 0 \\ 0 & 1 < 0 \end{cases}",
        r"0.1 + \dots + 0.5 = 3",
        r"\sigma(0.5) = 3",
        r"e_1 = 2",
        r"\text{loss} = 0.3",
        r"X \in \mathbb{R}^{2 \times 3}",
    ],
)
def test_symbols_are_counted_but_not_judged(formula: str) -> None:
    result = check_page(f"${formula}$")
    assert result.findings == []
    assert set(result.checked) <= {"symbolic"}
    assert result.checked["symbolic"] or r"\in" in formula


def test_a_finding_says_what_where_and_why() -> None:
    page = "# A page\n\nFirst $0.1 + 0.2 = 0.3$,\nthen $0.2 + 0.2\n= 0.5$.\n"
    finding = only(check_page(page))
    assert finding == reread.Finding("equal", 5, "0.2 + 0.2 = 0.5", "the left is 0.4, the right 0.5")


def test_rows_that_begin_with_a_relation_continue_the_chain() -> None:
    rows = [r"z_1 &= 0.15 \cdot 0.05 + 0.2 \cdot 0.1", r"&= 0.0075 + 0.02", r"&= 0.0275", r"&\approx 0.028"]
    assert check_page(display(*rows)).checked == {"symbolic": 1, "numeric =": 2, "numeric approx": 1}
    assert kinds(display(*rows)) == []
    rows[2] = "&= 0.0285"
    assert only(check_page(display(*rows))).line == 5


def test_rows_that_begin_with_an_expression_start_a_chain() -> None:
    assert kinds(display(r"0.1 + 0.2 &= 0.3", r"0.2 + 0.3 &= 0.5", r"-0.2 &= -0.1 - 0.1")) == []
    assert kinds(display(r"& 0.1 + 0.2 = 0.3", r"& -0.3 \cdot 0.2 = -0.06")) == []
    assert kinds(display(r"0.1 + 0.2 &= 0.3", r"0.2 + 0.3 &= 0.6")) == ["equal"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"z &= 0.1 \cdot 0.5", r"&\quad + 0.2 \cdot 0.5 = 0.15"),
        (r"z &= 0.1 \cdot 0.5", r"& {}+ 0.2 \cdot 0.5 = 0.15"),
        (r"z &= 0.1 \cdot 0.5 +", r"&\quad 0.2 \cdot 0.5 = 0.15"),
        (r"z &= 0.25", r"&\quad - 0.2 \cdot 0.5 = 0.15"),
        (r"z &= 0.1 \cdot 0.5 + (0.2", r"&\quad - 0.1) = 0.15"),
        (r"0.15 =", r"& 0.1 \cdot 0.5 + 0.2 \cdot 0.5"),
    ],
)
def test_a_sum_may_be_broken_across_rows(first: str, second: str) -> None:
    result = check_page(display(first, second))
    assert result.findings == []
    assert result.checked["numeric ="] == 1
    false = [row.replace("0.15", "0.16") for row in (first, second)]
    assert kinds(display(*false)) == ["equal"]


def test_columns_keep_their_own_chains() -> None:
    assert kinds(display(r"x &= 0.1 + 0.2 & y &= 0.2 + 0.3", r"&= 0.3 & &= 0.5")) == []
    assert kinds(display(r"x &= 0.1 + 0.2 & y &= 0.2 + 0.3", r"&= 0.3 & &= 0.6")) == ["equal"]
    array = r"$$ \begin{array}{rcl} z & = & 0.1 + 0.2 \\ & = & 0.3 \end{array} $$"
    assert kinds(array) == []
    assert kinds(array.replace("& 0.3", "& 0.4")) == ["equal"]


def test_strict_is_what_holds_only_if_given_numbers_are_rounded() -> None:
    page = r"$0.15 \cdot 0.05 \approx 0.0076$"
    assert kinds(page) == []
    assert kinds(page, exact=["0.15", "0.05"]) == ["strict"]
    assert kinds(page, exact=["0.15"]) == []  # 0.05 may be 0.0507
    assert kinds(page.replace("0.0076", "0.0075"), exact=["0.15", "-0.05"]) == []
    assert kinds(page.replace("0.0076", "0.0176"), exact=["0.15", "0.05"]) == ["approx"]
    assert kinds(page.replace(".", "{,}"), exact=["0{,}15", "0.05"]) == ["strict"]
    assert kinds(r"$2 \cdot 1.5 \times 10^{-3} \approx 0.0031$", exact=[r"1.5 \cdot 10^{-3}"]) == ["strict"]


def test_a_result_is_rounded_even_if_it_looks_like_a_given_number() -> None:
    assert kinds(r"$0.149 \approx 0.15$", exact=["0.149", "0.15"]) == []
    assert kinds(r"$0.149 \approx 0.1$", exact=["0.149", "0.1"]) == []
    assert kinds(r"$0.149 \approx 0.15 + 0$", exact=["0.149", "0.15"]) == ["strict"]


VALUES = {r"z_{1}": 0.3775, r"\delta_{h1}": -1.25e-9, r"w_{5}^{+}": 0.35891647971788465, r"\mathrm{net}_{h1}": 0.125}


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"z_1 = 0.3775", []),
        (r"{z}_{ 1 } = 0.37750", []),
        (r"\textcolor{red}{z_{1}} = 0.3775", []),
        (r"z_{1} = 0.378", ["name"]),
        (r"z_{1} = 0.3774999999999", ["name"]),
        (r"z_{1} \approx 0.378", []),
        (r"z_{1} \approx 0.377", ["name"]),
        (r"0.378 \approx z_{1}", []),
        (r"0.378 = z_{1}", ["name"]),
        (r"w^{+}_{5} = 0.358916479718", []),
        (r"w_5^+ = 0.358916479717885", ["name"]),  # more digits than the twelve that count
        (r"w_{5}^{+} = 0.3589164797179", ["name"]),
        (r"w_{5}^{+} = 0.35892", ["name"]),
        (r"w_{5}^{+} \approx 0.35892", []),
        (r"w_{5}^{+} \approx 0.358917", ["name"]),
        (r"\mathrm{net}_{h1} \approx 0.12", []),  # half to even
        (r"\mathrm{net}_{h1} \approx 0.13", []),  # half up
        (r"\mathrm{net}_{h1} \approx 0.125 < 0.2", []),
        (r"\mathrm{net}_{h1} > 0.2", ["order"]),
        (r"0.1 < \mathrm{net}_{h1} < 0.1", ["order"]),
        (r"\delta_{h1} = -1.25 \times 10^{-9}", []),
        (r"\delta_{h1} = (-1.25 \cdot 10^{-9})", []),
        (r"\delta_{h1} = 1.25 \times 10^{-9}", ["name"]),
        (r"\delta_{h1} = 0", ["zero"]),
        (r"\delta_{h1} \approx 0.000", ["zero"]),
        (r"\delta_{h1} \approx -0.000", ["zero"]),
        (r"z_{1} = 0.15 \cdot 0.05 + 0.37 = 0.3775 \approx 0.38", []),
        (r"z_{1} = 0.15 \cdot 0.05 + 0.37 = 0.3775 \approx 0.376", ["approx", "name"]),
        (r"z_{1} = x \cdot w = 0.378", ["name"]),
        (r"z_{1} = x \cdot w \approx 0.378 = 0.378", []),
        (r"z_{1} = x \cdot w \approx 0.379", ["name"]),
        (r"z_{1} = y = 0.378", ["name"]),
        (r"z_{1} = x, \quad y = 0.378", []),
        (r"z_{1} = 0.378 + 0", []),  # not a single number
        (r"z_{2} = 0.378", []),
    ],
)
def test_names_have_their_recorded_values(formula: str, found: list[str]) -> None:
    result = check_page(f"${formula}$", values=VALUES)
    assert [finding.kind for finding in result.findings] == found
    if found and "approx" not in found:
        assert result.checked["name = number"]


def test_names_are_counted_once_for_every_number_of_their_chain() -> None:
    result = check_page(r"$z_{1} = 0.3775 \approx 0.378 \approx 0.38$", values=VALUES)
    assert result.checked == {"name = number": 3, "numeric approx": 2}


def test_a_name_may_be_the_letter_of_eulers_number() -> None:
    assert kinds("$e^{2} = 0.04$") == ["equal"]
    assert kinds("$e^{2} = 0.04$ $e = 0.2$", values={"e": 0.2}) == []
    assert kinds("$e = 0.3$", values={"e": 0.2}) == ["name"]


def test_names_of_matrices() -> None:
    values = {r"\mathbf{W}": [[0.1, 0.25], [0.3, 0.4]], "b": [0.5, 0.0001]}
    page = r"$\mathbf{W} = \begin{pmatrix} 0.1 & 0.25 \\ 0.3 & 0.4 \end{pmatrix}$"
    assert kinds(page, values=values) == []
    assert "row 1, column 2" in only(check_page(page.replace("0.25", "0.2"), values=values)).why
    assert kinds(page.replace(r"0.25 \\ 0.3 &", ""), values=values) == ["shape"]
    assert kinds(r"$b \approx \begin{pmatrix} 0.5 & 0.00 \end{pmatrix}$", values=values) == ["zero"]


MARKDOWN = r"""
Inline $0.1 + 0.1 = 0.3$ and in `$0.1 + 0.1 = 0.4$` code; 5 USD and \$6; $5 and $6 are money.

| unit | value |
|-----:|:------|
| $1$  | $0.1 + 0.1 = 0.5$ |

> quoted
>
> $$
> 0.1 + 0.1 = 0.6
> $$

1.  item

    $$
    0.1 + 0.1 = 0.7
    $$

```python
print("$0.1 + 0.1 = 0.8$")
```

~~~~
$$ 0.1 + 0.1 = 0.9 $$
```
~~~~

```math
0.1 + 0.1 = 1.0
```

github $`0.1 + 0.1 = 1.1`$ and kramdown $$0.1 + 0.1 = 1.2$$, end $0.1 &lt; 0.05$.
"""


def test_formulas_of_markdown() -> None:
    found = {finding.text.split()[-1]: finding.line for finding in check_page(MARKDOWN).findings}
    assert found == {"0.3": 2, "0.5": 6, "0.6": 11, "0.7": 17, "1.0": 30, "1.1": 33, "1.2": 33, "0.05": 33}
    assert kinds("a\n\n$$\n0.1 = 0.1\n\nb") == ["unreadable"]


ARTICLE = r"""\documentclass{article}
\newcommand{\x}{$0.1 + 0.1 = 0.3$}
\begin{document}
Inline $0.1 + 0.1 = 0.4$ and \(0.1 + 0.1 = 0.5\). % $0.1 + 0.1 = 0.6$
It costs \$5, 10\% more, $0.1 + 0.1 = 0.7$; \verb|$0.1 + 0.1 = 0.8$|.
\[ 0.1 + 0.1 = 0.9 \]
\begin{equation}\label{eq:a}
  0.1 + 0.1 = 1.0
\end{equation}
\begin{align*}
  z &= 0.1 + 0.1 \\[2pt]
    &= 1.1
\end{align*}
\begin{equation*}
\begin{aligned}
  z &= 0.1 + 0.1 \\
    &\approx 1.2
\end{aligned}
\end{equation*}
\begin{lstlisting}
$0.1 + 0.1 = 1.3$
\end{lstlisting}
\begin{verbatim}
\[ 0.1 + 0.1 = 1.4 \]
\end{verbatim}
\begin{tabular}{ll} $1$ & $0.1 + 0.1 = 1.5$ \\ \end{tabular}
\begin{multline} 0.1 + 0.1 \\ - 0.1 = 1.6 \end{multline}
\end{document}
"""


def test_formulas_of_latex() -> None:
    found = {finding.text.split()[-1]: finding.line for finding in check_page(ARTICLE, format="latex").findings}
    lines = {"0.4": 4, "0.5": 4, "0.7": 5, "0.9": 6, "1.0": 8, "1.1": 12, "1.2": 17, "1.5": 26, "1.6": 27}
    assert found == lines


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="'markdown' or 'latex'"):
        check_page("", format="html")


def test_random_sums_of_products() -> None:
    """True ones pass; one unit more in the last digit of the result is found, whatever the numbers are."""
    source = random.Random(1)
    for _ in range(150):
        numbers = [(source.randint(-999, 999), source.randint(0, 4)) for _ in range(2 * source.randint(1, 4))]
        values = [Fraction(digits, 10**places) for digits, places in numbers]
        terms = [a * b for a, b in zip(values[::2], values[1::2], strict=True)]
        written = [f"({digits / 10**places:.{places}f})" for digits, places in numbers]
        left = " + ".join(rf"{a} \cdot {b}" for a, b in zip(written[::2], written[1::2], strict=True))
        for more, found in ((0, []), (1, ["equal"])):
            total = sum(terms) * 10**8 + more
            assert total.denominator == 1
            sign = "-" if total < 0 else ""
            right = f"{sign}{abs(total.numerator) // 10**8}.{abs(total.numerator) % 10**8:08d}"
            assert kinds(f"${left} = {right}$") == found


@pytest.mark.parametrize(
    ("tex", "function", "low", "high"),
    [
        (r"\exp({})", math.exp, -3, 3),
        (r"\ln({})", math.log, 0.01, 9),
        (r"\sqrt{{{}}}", math.sqrt, 0.01, 9),
        (r"\tanh({})", math.tanh, -3, 3),
        (r"\mathrm{{erf}}({})", math.erf, -2, 2),
        (r"({})^{{3}}", lambda x: x**3, -3, 3),
        (r"({})^{{-2}}", lambda x: x**-2, 0.5, 3),
        (r"\frac{{1}}{{1 + e^{{-({})}}}}", lambda x: 1 / (1 + math.exp(-x)), -3, 3),
    ],
)
def test_rounded_operands_leave_just_their_room(tex: str, function: Any, low: float, high: float) -> None:
    """Any number that rounds to the printed operand may have been the one; what none of them gives is found."""
    source = random.Random(2)
    for _ in range(25):
        x = source.uniform(low, high)
        left = tex.format(f"{x:.2f}")
        ends = sorted(function(float(f"{x:.2f}") + half) for half in (-0.005, 0.005))
        room = ends[1] - ends[0]
        inside, above, below = function(x), ends[1] + 0.01 * room + 2e-9, ends[0] - 0.01 * room - 2e-9
        assert kinds(rf"${left} \approx {inside:.9f}$") == []
        assert kinds(rf"${left} \approx {above:.9f}$") == ["approx"]
        assert kinds(rf"${left} \approx {below:.9f}$") == ["approx"]


def test_a_page_of_two_thousand_relations_is_quick() -> None:
    source = random.Random(3)
    rows = []
    for _ in range(500):
        w, x, v, y = (source.randint(1, 9999) for _ in range(4))
        total = Fraction(w * x + v * y, 10**8)
        digits = f"0.{total.numerator * 10**8 // total.denominator:08d}" if total < 1 else None
        if digits is None:
            w, x, v, y, digits = 1000, 1000, 2000, 1000, "0.03000000"
        a = 1 / (1 + math.exp(-float(digits)))
        rows.append(
            display(
                rf"z &= 0.{w:04d} \cdot 0.{x:04d} + 0.{v:04d} \cdot 0.{y:04d}",
                rf"&= {digits}",
                rf"&\approx {float(digits):.5f}",
                rf"a &= \frac{{1}}{{1 + e^{{-{digits}}}}}",
                rf"&\approx {a:.6f}",
            )
        )
    start = time.perf_counter()
    result = check_page("\n".join(rows), values={"b": 1.0})
    seconds = time.perf_counter() - start
    assert result.findings == []
    assert result.checked == {"symbolic": 1000, "numeric =": 500, "numeric approx": 1000}
    assert seconds < 5, seconds  # about one on an idle machine


def test_the_reader_knows_nothing_of_the_writer() -> None:
    tree = ast.parse(Path(reread.__file__).read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(name.split(".")[0] == "tracer" for name in imported)


def test_its_example() -> None:
    assert doctest.testmod(reread).failed == 0
    assert doctest.testmod(reread).attempted == 2


# -- ways of rounding that a page states

CUT, EVEN, UP = (reread.Stated(mode, Fraction(1, 1000)) for mode in ("truncate", "half-even", "half-up"))


@pytest.mark.parametrize(
    ("formula", "how", "found"),
    [
        (r"w = 0.05 + 0.024893 = 0.074893 \approx 0.074", CUT, []),
        (r"w = 0.05 + 0.024893 = 0.074893 \approx 0.074", EVEN, ["approx", "name"]),
        (r"w = 0.05 + 0.024893 \approx 0.074", CUT, []),
        (r"w = 0.05 + 0.024893 \approx 0.074", UP, ["strict"]),
        (r"w = 0.05 + 0.023893 \approx 0.074", CUT, ["strict"]),
        (r"w = 0.05 + 0.024893 = 0.074892 \approx 0.074", CUT, ["equal"]),
        (r"w = 0.05 + 0.024893 = 0.074893", CUT, ["name"]),  # it is not what the name stands for
        (r"w = 0.074893 = 0.074", CUT, ["equal", "name"]),
        (r"w = 0.149 \cdot 0.5 = 0.0745 \approx 0.074", EVEN, []),
        (r"w = 0.149 \cdot 0.5 = 0.0745 \approx 0.074", UP, ["approx", "name"]),
        (r"w = \frac{1}{1 + e^{2.523}} \approx 0.074", CUT, []),
        (r"w = \frac{1}{1 + e^{2.51}} \approx 0.074", CUT, ["strict"]),
    ],
)
def test_stated_roundings(formula: str, how: reread.Stated, found: list[str]) -> None:
    rule = {"w": (3, False, how.mode)}
    text = f"${formula}$"
    given = ("0.05", "0.024893", "0.023893", "0.149", "0.5", "2.523", "2.51")
    made = kinds(text, values={"w": 0.074}, stated={"0.074": [how]}, carried=rule, exact=given)
    assert sorted(set(made)) == found


def test_a_cut_number_leaves_a_whole_unit() -> None:
    stated = {"0.394": [CUT]}
    assert kinds(r"$\frac{\left(0.394 - 2\right)^{2}}{2} \approx 1.2882$", stated=stated, exact=["2"]) == []
    assert kinds(r"$\frac{\left(0.394 - 2\right)^{2}}{2} \approx 1.2899$", stated=stated, exact=["2"]) == ["approx"]


def test_what_a_stated_rounding_makes_zero() -> None:
    assert kinds(r"$0.02 \cdot 0.02 \approx 0.000$", exact=["0.02"]) == ["zero"]
    assert kinds(r"$0.02 \cdot 0.02 \approx 0.000$", exact=["0.02"], stated={"0.000": [EVEN]}) == []
    assert kinds(r"$0.02 \cdot 0.03 \approx 0.000$", exact=["0.02", "0.03"], stated={"0.000": [EVEN]}) == ["strict"]
    assert kinds(r"$0.02 \cdot 0.03 \approx 0.000$", exact=["0.02", "0.03"], stated={"0.000": [CUT]}) == []
