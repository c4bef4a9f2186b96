"""Typed formulas into trees, and typed names into quantities."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tracer
from tracer.calculus.expression_text import to_text
from tracer.errors import TracerError
from tracer.explain.names import names_of
from tracer.explain.notation import NOTATIONS, notation
from tracer.read.answers import Sheet, read_answer
from tracer.read.number import Unreadable, Written, read_number
from tracer.read.resolved import Quantity, Vocabulary, plain_name, resolved, resolved_formula
from tracer.read.typed_answer import Typed, read_typed_answer

#: what is typed -> the tree, as text of the equation language
READ = {
    "(a1 - t)*a1*(1 - a1)*h1": "(a1 - t)*a1*(1 - a1)*h1",
    "delta = (a1 \u2212 t)\u00b7a1": "(a1 - t)*a1",
    "a^2 + b\u00b2": "a**2 + b**2",
    "1/(1 + e^-z1)": "1/(1 + exp(-z1))",
    "e^(-z1)*2": "exp(-z1)*2",
    "w5+ - w5": "w5_new - w5",
    "w1[1,2]+ * 2": "w1_new[1,2]*2",
    "ln(a) + \u03b7": "log(a) + eta",
    "layer1.w[1,2]*x": "layer__w1[1,2]*x",
    "`x*y`": "x*y",
    r"\frac{1}{1 + e^{-z_{1}}}": "1/(1 + exp(-z_{1}))",
    r"$(a_1 - t)\,a_1 (1 - a_1)$": "(a_{1} - t)*a_{1}*(1 - a_{1})",
    r"\left(\mathrm{out}_{o1} - 1\right) \cdot i_1": r"(\mathrm{out}_{o1} - 1)*i_{1}",
    r"\frac{\partial E}{\partial w_5}\cdot\eta": r"\frac{\partial E}{\partial w_{5}}*\eta",
    r"{w_5}^{+} + w_5^{\mathrm{new}}": r"{w_{5}}^{+} + w_{5}^{\mathrm{new}}",
    r"z^{(1)}_{2} \times 0{,}5": r"z_{2}^{(1)}*0.5",
    r"\tfrac12 (t-a)^2": "1/2*(t - a)**2",
    r"\bigl(1 - a\bigr)^2": "(1 - a)**2",
    r"\sqrt{x} + \left\lvert y\right\rvert": "sqrt(x) + abs(y)",
    r"\tanh\left(z\right) - \max(0, z)": "tanh(z) - max(0, z)",
    r"\nabla_{w_{i1j1}} E \cdot 2": r"\nabla_{w_{i1j1}}E*2",
    r"\role{net}{z_1} \textcolor{red}{+ 2}": "z_{1} + 2",
    r"2 x_1 \delta": r"2*x_{1}*\delta",
    "2 x": "2*x",
    "(a1 - t) a1 (1 - a1)": "(a1 - t)*a1*(1 - a1)",
    "(a1 - t)a1(1-a1)h1": "(a1 - t)*a1*(1 - a1)*h1",
    "w5 out_h1 + 2(w6)(out_h2)": "w5*out_h1 + 2*w6*out_h2",
    "w1[1,2] x1 + 0.5 b": "w1[1,2]*x1 + 0.5*b",
    "1/(1 + np.exp(-z1))": "1/(1 + exp(-z1))",
    "sigmoid(z1)*(1 - \u03c3(z1))": "1/(1 + exp(-z1))*(1 - 1/(1 + exp(-z1)))",
    r"\sigma\left(z_1\right)": "1/(1 + exp(-z_{1}))",
    r"\frac{1}{1 + exp(-net_h1)}": r"1/(1 + exp(-\mathrm{net}_{h1}))",
    r"w5 \cdot out_{h1} + b_2": r"w_{5}*\mathrm{out}_{h1} + b_{2}",
}

#: what is refused, and a part of the reason
REFUSED = {
    "__import__('os').getpid()": "''' cannot stand",
    "__import__(chr(111)+chr(115)).getpid()": "'.' cannot stand",
    "().__class__": "'.' cannot stand",
    "x.__class__.__mro__": "'.' cannot stand",
    "lambda:0": "':' cannot stand",
    "[x for x in y]": "found '['",
    "a:=1": "':' cannot stand",
    "x#y": "'#' cannot stand",
    "x;y": "';' cannot stand",
    "x\0": "cannot stand",
    'f"{x}"': "is not read",
    "Symbol('x', real=print(1))": "there is no function 'print'",
    "9**9**9": "the exponent is 387420489.",
    "10**100**100": "the exponent is 100.",
    "9^9^9": "the exponent is 387420489.",
    "factorial(10**7)": "there is no function 'factorial'",
    "binomial(1e8,5e7)": "there is no function 'binomial'",
    "1e1000000": "a number is too long or too large.",
    "(x+y+1)**300": "the exponent is 300.",
    "(" * 100 + "x" + ")" * 100: "nested more than 40 deep",
    "-" * 400 + "x": "too many signs in a row.",
    "x" * 501: "longer than 500 characters",
    "sum(i, x[i])": "no sums",
    "size(n)": "no sums",
    "x[i]": "is not an index here",
    "a = b = c": "'='",
    r"\frac12x^23": "TeX takes one digit where there are no braces",
    r"\sum_i x_i": r"'\sum_{i}' is not read",
    r"\input{/etc/passwd}": r"'\input' is not read",
    r"\write18{ls}": "is not read",
    r"\frac{1}{": "a brace is not closed",
    "{" * 100: "levels of braces",
    r"\mathrm{a}b c": "two letters stand side by side",
    r"\tanh z": "a function needs brackets",
    r"\begin{cases} 1 \end{cases}": "is not read",
    r"\exp": "a function has no argument",
}


@pytest.mark.parametrize("text", READ)
def test_what_is_read(text: str) -> None:
    answer = read_typed_answer(text)
    assert isinstance(answer, Typed), answer
    assert to_text(answer.expression) == READ[text] and answer.text == text


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:30]))
def test_what_is_refused(text: str) -> None:
    start = time.process_time()
    answer = read_typed_answer(text)
    assert isinstance(answer, Unreadable) and REFUSED[text] in answer.reason, answer
    assert time.process_time() - start < 1


def test_a_power_or_a_name() -> None:
    """A raised 2 is a power unless the notation prints such a name."""
    (power, name) = (read_typed_answer("a^{2}_{1}", symbols) for symbols in ((), ("a_{1}^{2}",)))
    assert isinstance(power, Typed) and to_text(power.expression) == "a_{1}**2"
    assert isinstance(name, Typed) and to_text(name.expression) == "a_{1}^{2}"


WORDS = r"a1 w_5 x 2 0.5 + - * / ** ^ ( ) [ ] { } , \frac \cdot _ e \exp exp( = < $ \left( \right) \partial 'new + é"
PIECES = st.sampled_from(WORDS.split())


@given(st.text(max_size=80) | st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=25).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    for answer in (read_typed_answer(text), read_answer(text)):
        if isinstance(answer, Unreadable):
            assert answer.reason and answer.text.encode("utf-8") is not None


@given(st.text(max_size=40) | st.lists(PIECES, max_size=8).map("".join))
def test_any_name_is_found_or_refused(text: str) -> None:
    with suppress(TracerError):
        assert MAZUR.quantity(text)


def vocabulary(problem: str, style: str) -> Vocabulary:
    return Vocabulary(names_of(tracer.trace(problem).network, notation(style)))


MAZUR = vocabulary("mazur", "mazur")
Z_H1, W5_NEW, DELTA_H1 = Quantity("z1", (1, 1)), Quantity("w2_new", (1, 1)), Quantity("delta1", (1, 1))


@pytest.mark.parametrize(
    ("typed", "quantity"),
    [
        *((name, Z_H1) for name in ("net_h1", "neth1", "z1[1]", "z1[1,1]", "`net_h1`", r"\mathrm{net}_{h1}")),
        *((name, Quantity("w2", (1, 1))) for name in ("w5", "w_5", "w₅", "$w_5$", "w_{5}", "layer2.w[1,1]", "w2[1,1]")),
        *((name, W5_NEW) for name in ("w5+", "w5_new", "w_5^+", "w₅⁺", "w5 new", "w5'", "{w_5}^{+}", "w_{5}^{+}")),
        *((name, DELTA_H1) for name in ("delta_h1", "δ_h1", r"\delta_{h1}", "delta1[1]")),
        *((name, Quantity("dw2", (1, 1))) for name in (
            "dw5", "dE/dw5", "∂E/∂w₅", "dE_total/dw5", r"\frac{\partial E_{\mathrm{total}}}{\partial w_5}")),
        *((name, Quantity("E", ())) for name in ("E", "E_total", r"E_{\mathrm{total}}")),
        ("2:E", Quantity("E", (), 2)),
        ("η", Quantity("eta", ())),
    ],
)  # fmt: skip
def test_names(typed: str, quantity: Quantity) -> None:
    assert MAZUR.quantity(typed) == (quantity, 1)


@pytest.mark.parametrize("style", NOTATIONS)
@pytest.mark.parametrize("problem", ["mazur", "eoj-softmax"])
def test_every_printed_symbol_is_known(problem: str, style: str) -> None:
    """What a page prints for an element can be typed, unless the notation prints the same for two."""
    known = vocabulary(problem, style)
    assert len(known.symbols) > 10
    for tex, (ref, sign) in known.symbols.items():
        if "\\" in tex or "{" in tex:
            assert known.quantity(tex)[0].name == ref.name and known.quantity(f"${tex}$")[1] == sign


def test_the_sign_of_a_notation() -> None:
    """Han and Kamber's Err is t - o, so minus our delta; Err_4 is that of unit 4; dE/dw is the same in any book."""
    known = vocabulary("han-kamber", "han-kamber")
    for typed in ("Err4", "Err_4", r"\mathrm{Err}_{4}", r"$\mathrm{Err}_4$"):
        assert known.quantity(typed) == (DELTA_H1, -1)
    for typed in ("dE/dw14", "∂E/∂w_14", r"\frac{\partial E}{\partial w_{14}}", "dE/dw1[1,1]"):
        assert known.quantity(typed) == (Quantity("dw1", (1, 1)), 1)
    assert known.quantity("w14+") == (Quantity("w1_new", (1, 1)), 1)


def test_a_sheet_is_resolved() -> None:
    given = {
        "w5": "0.4",
        "w2[1,1]": "0.40",
        "net_h1": "0.37",
        "z1[1]": "0.38",
        "w9": "1",
        "w2": "1",
        "out_h1": "0.5",
        "layer1.a[1]": "0.5",
    }
    sheet = Sheet("anna", "a.csv", {name: answer for name, text in given.items() if (answer := read_number(text))})
    found = resolved(sheet, MAZUR)
    assert {quantity: item.answer.text for quantity, item in found.answers.items()} == {
        Quantity("w2", (1, 1)): "0.4",
        Quantity("z1", (1, 1)): "0.37 | 0.38",
        Quantity("w1", (2, 1)): "1",
        Quantity("a1", (1, 1)): "0.5",
    }
    assert isinstance(found.answers[Quantity("z1", (1, 1))].answer, Unreadable)
    assert found.problems == (
        "w5 and w2[1,1] are one quantity, answered twice.",
        "net_h1 and z1[1] are one quantity, answered twice, differently.",
        "'w9': 'w9' means nothing here. Known: w1, w3, w2, w4, w5, w7, w6, w8.",
    )


def test_a_formula_is_resolved() -> None:
    for text in (
        "(out_o1 - 0.01)*out_h1",
        r"(\mathrm{out}_{o1} - 0.01) \cdot \mathrm{out}_{h1}",
        "(a2[1] - 0.01)*a1[1]",
    ):
        typed = read_typed_answer(text, MAZUR.symbols)
        assert isinstance(typed, Typed)
        assert to_text(resolved_formula(typed, MAZUR)) == "(a2[1,1] - 0.01)*a1[1,1]"
    typed = read_typed_answer("nothing*2")
    assert isinstance(typed, Typed)
    with pytest.raises(TracerError, match="means nothing here"):
        resolved_formula(typed, MAZUR)


def test_plain_names() -> None:
    assert plain_name("w_{5}^{*}") == "w_5_new" and isinstance(read_number("1"), Written)
