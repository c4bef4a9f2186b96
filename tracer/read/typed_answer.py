"""A formula as an answer into our expression tree: in the equation language, or in the TeX that we print.

TeX is rewritten as text of the equation language, with a mark for each symbol, so that one parser with one set of
limits reads both. Nothing is evaluated, and nothing is compared here. Names stay as they were typed (in TeX, as TeX);
`resolved.py` tells what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref, rebuild, walk
from tracer.calculus.language import parse_expression
from tracer.errors import TracerError, clean_text
from tracer.read.around_number import plain_signs, unwrapped, without_name
from tracer.read.number import Unreadable
from tracer.read.tex_as_text import as_text

LONGEST_FORMULA = 500  # characters

_READ_AS = str.maketrans(
    {"·": "*", "×": "*", "⋅": "*", "∙": "*", "÷": "/", "^": "**", "²": "**2", "³": "**3", "√": "sqrt"}
    | dict(zip("αβγδεζηθκλμνξπρστφχψω", (
        "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
    ).split(), strict=True))
)  # fmt: skip
#: w5+ is the new w5, where no plus between two values can be meant
_NEW = re.compile(r"([A-Za-z_]\w*)(\[[0-9, ]{1,20}\])?\+(?=\s*(?:[-+*/),<>]|\Z))")
_LAYER = re.compile(r"\blayer([0-9]{1,4})\.([A-Za-z]\w*)")
_SUM = re.compile(r"\b(?:sum|largest|size|delta) *\(")
_NO_SUMS = "a formula here has no sums and no sizes; write every summand"
_ALLOWED = (Number, Ref, Neg, Add, Mul, Div, Pow, Call, Compare)


class Typed(NamedTuple):
    """A formula as it was typed, and its tree; its names are not resolved."""

    text: str
    expression: Expr


def read_typed_answer(text: str, symbols: Container[str] = ()) -> Typed | Unreadable:
    r"""A typed formula into its tree. `symbols` are names in TeX that look like powers, such as a^{2}_{1}.

    >>> from tracer.calculus.expression_text import to_text
    >>> to_text(read_typed_answer("delta = (a1 - t)*a1*(1 - a1)").expression)
    '(a1 - t)*a1*(1 - a1)'
    >>> to_text(read_typed_answer(r"\frac{1}{1 + e^{-z}}").expression)
    '1/(1 + exp(-z))'
    """
    if len(text) > LONGEST_FORMULA:
        shown = clean_text(text[:60]) + "..."
        return Unreadable(shown, f"longer than {LONGEST_FORMULA} characters")
    _, bare = without_name(unwrapped(plain_signs(text)))
    try:
        if "$" in text or "\\" in bare or "{" in bare:
            written, marks = as_text(bare.strip("$ "), symbols)
        elif _SUM.search(bare):
            return Unreadable(clean_text(text), _NO_SUMS)
        else:
            written, marks = _in_the_language(bare), {}
        expression = finished(parse_expression(written, fixed=True), marks)
    except TracerError as error:
        return Unreadable(clean_text(text), " ".join(filter(None, (error.found, error.expected))))
    if not all(isinstance(part, _ALLOWED) for part in walk(expression)):
        return Unreadable(clean_text(text), _NO_SUMS)
    return Typed(text, expression)


def _in_the_language(bare: str) -> str:
    text = _NEW.sub(r"\1_new\2", bare.translate(_READ_AS))
    return _LAYER.sub(r"layer__\2\1", re.sub(r"\bln\b", "log", text))


def finished(expression: Expr, marks: dict[str, str]) -> Expr:
    """The tree with the TeX of symbols in the place of their marks, and powers of e as exp."""

    def finish(node: Expr) -> Expr:
        node = rebuild(node, finish)
        match node:
            case Pow(Ref("e", ()), exponent):
                return Call("exp", (exponent,))
            case Ref(name, indices) if name in marks:
                return Ref(marks[name], indices)
        return node

    return finish(expression)
