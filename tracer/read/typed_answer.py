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
#: the sigmoid by its names; where it is used it is written out
_SIGMOID = re.compile(r"\b(?:sigmoid|logistic|expit|sigma) *\(")
_SIGMA_IN_TEX = re.compile(r"\\sigma *(?=\(|\\left *\()")
_LIBRARY = re.compile(r"\b(?:np|numpy|math|torch|tf)\.(?=[a-z]+ *\()")
#: what touches what follows it and is multiplied with it: a bracket, a value and a blank, a number before a bracket,
#: and a name before a bracket that is no name of a function: it has a digit or a line in it, or one letter
_TOUCHES = re.compile(
    r"(?<=[)\]]) *(?=[A-Za-z0-9_(])|(?<=[A-Za-z_0-9]) +(?=[A-Za-z_])|(?<=[A-Za-z_]) +(?=[0-9])"
    r"|(?<![A-Za-z_0-9.])(?:[0-9]+\.?[0-9]*|[A-Za-z]|[A-Za-z]\w*[0-9_]\w*)(?= *\()"
)
#: names as they are typed, in TeX: net_h1, w5; what has its own commands round it is left as it is
_PLAIN_NAME = re.compile(
    r"\\(?:mathrm|mathit|mathbf|mathsf|text|textrm|mbox|operatorname|role|textcolor|begin|end) *\{[^{}]*\}"
    r"|\\[A-Za-z]+|_\{\w+\}"
    r"|(?<![A-Za-z])(?P<word>[A-Za-z]{2,})(?:_(?:\{(?P<below>\w+)\}|(?P<loose>\w+)))?"
    r"|(?<![A-Za-z])(?P<letter>[A-Za-z])(?P<digits>[0-9]+)"
)
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
            tex = _SIGMA_IN_TEX.sub(r"\\operatorname{sigmoid}", bare.strip("$ "))
            written, marks = as_text(_PLAIN_NAME.sub(_in_tex, tex), symbols)
        elif _SUM.search(bare):
            return Unreadable(clean_text(text), _NO_SUMS)
        else:
            written, marks = _in_the_language(bare), {}
        expression = finished(parse_expression(_without_sigmoids(written), fixed=True), marks)
    except TracerError as error:
        return Unreadable(clean_text(text), " ".join(filter(None, (error.found, error.expected))))
    if not all(isinstance(part, _ALLOWED) for part in walk(expression)):
        return Unreadable(clean_text(text), _NO_SUMS)
    return Typed(text, expression)


def _in_the_language(bare: str) -> str:
    text = _NEW.sub(r"\1_new\2", _LIBRARY.sub("", bare.translate(_READ_AS)))
    text = _LAYER.sub(r"layer__\2\1", re.sub(r"\bln\b", "log", text))
    return _TOUCHES.sub(lambda match: f"{match[0].strip()}*", text)


def _in_tex(match: re.Match[str]) -> str:
    """A name as it is typed, as TeX prints it: net_h1 is \\mathrm{net}_{h1}, w5 is w_{5}."""
    word, letter = match["word"], match["letter"]
    if letter:
        return f"{letter}_{{{match['digits']}}}"
    if not word:
        return match[0]
    if word in _SPELLED:
        return f"\\operatorname{{{word}}}" + match[0][len(word) :]
    below = match["below"] or match["loose"]
    return f"\\mathrm{{{word}}}" + (f"_{{{below}}}" if below else "")


_SPELLED = ("exp", "log", "ln", "tanh", "sigmoid")


def _without_sigmoids(text: str) -> str:
    """A text in which every sigmoid is written out."""
    while match := _SIGMOID.search(text):
        depth, end = 1, match.end()
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        inside = text[match.end() : end - 1] if not depth else text[match.end() :]
        text = f"{text[: match.start()]}(1/(1 + exp(-({inside})))){text[end:]}"
    return text


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
