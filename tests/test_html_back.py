"""What is read back from MathML is what stood in the story, formula by formula."""

from __future__ import annotations

import html_back
import pytest
import reread
from test_true_as_printed import CASES, page_of

from tracer.publish.mathml import mathml


def back(tex: str) -> str:
    (math,) = html_back.read_html(mathml(tex)).elements()
    return html_back.tex_of(math)


def canonical(tex: str) -> str:
    return reread._canonical(reread._tree(tex))


def test_every_kind_of_formula_comes_back() -> None:
    pages = (page_of(case._replace(format="markdown")) for case in CASES[::4])
    formulas = {tex for page in pages for _, tex in reread._markdown_formulas(page) if tex}
    assert len(formulas) > 1000
    assert [tex for tex in sorted(formulas) if canonical(back(tex)) != canonical(tex)] == []


@pytest.mark.parametrize(
    "tex",
    [
        r"0{,}15 \cdot \left(-1{,}5\right) + 2",
        r"-\frac{1}{2} - \sqrt{x_{1}} + \sqrt[3]{y}",
        r"{w_{1,2}}^{*} = 1.5 \times 10^{-5}",
        r"\max(0, z) \le \sum_{k=1}^{3} x_{k}",
        r"\underset{2 \times 3}{\mathbf{W}}^{\top}",
        r"\begin{cases} z & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\left\lvert x \right\rvert - \tilde{\delta}_{j1} \quad {y'}_{k}",
        "\\begin{aligned}\na &\\approx \\begin{pmatrix} 1 & -2 \\\\ 3 & 4 \\end{pmatrix} \\\\\n&= b\n\\end{aligned}",
    ],
)
def test_a_formula_comes_back(tex: str) -> None:
    assert canonical(back(tex)) == canonical(tex)


@pytest.mark.parametrize("page", ["<p><em>x</p></em>", "<p>", "a < b", "<p id=x></p>", '<p a="1" a="2"></p>', "</p>"])
def test_what_is_not_well_formed_is_refused(page: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        html_back.read_html(page)
